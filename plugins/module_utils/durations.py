# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Durations as users write them: ``90d``, ``12h``, ``1w``."""

from __future__ import annotations

import re
from datetime import timedelta

from .errors import SiptlsError

__all__ = ["format_duration", "parse_duration"]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_DURATION = re.compile(r"([0-9]{1,10})([smhdw])")
_LONGEST = 36525 * 86400


def parse_duration(text: str, *, name: str = "duration") -> timedelta:
    """The length of time that ``text`` stands for: digits and one of s, m, h, d, w. Longer than zero, 100 years at most.

    :param name: what the value is called in an error
    :raises SiptlsError: the text is not a duration
    """
    match = _DURATION.fullmatch(text.strip())
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
    if not 0 < seconds <= _LONGEST:
        raise SiptlsError(
            f"{name} is not a duration",
            expected="a whole number above zero and a unit (s, m, h, d, w), such as 90d, at most 100 years",
            found=repr(text),
        )
    return timedelta(seconds=seconds)


def format_duration(length: timedelta) -> str:
    """``length`` for a reader, in its largest fitting unit, rounded down: ``30 d``, ``12 h``, ``5 min``, ``40 s``."""
    sign, length = ("-", -length) if length < timedelta(0) else ("", length)
    for unit, name in ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min")):
        if length >= unit:
            return f"{sign}{length // unit} {name}"
    return f"{sign}{length // timedelta(seconds=1)} s"
