# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of values that become parts of systemd units: time spans, calendar events, accounts, options, environments, credentials."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .kind import Kind, list_of, plain, text
from .kinds import ACCOUNT, FILE_ON_DEVICE, is_line
from .violations import Violation, shown

__all__ = ["CALENDAR", "CREDENTIALS", "ENVIRONMENT", "OPTIONS", "SERVICE_ACCOUNT", "TIME_SPAN"]

# systemd.time(7). A bare number is one of seconds.
_SPAN_UNIT = "(?:usec|us|msec|ms|seconds?|sec|s|minutes?|min|months?|M|m|hours?|hr|h|days?|d|weeks?|w|years?|y)"  # the longer ones first
_SPAN = rf"[0-9]{{1,9}}(?:\.[0-9]{{1,9}})? ?{_SPAN_UNIT}"
TIME_SPAN = plain(
    "a time span of systemd, such as 5min or 1h 30m",
    lambda value: (
        not isinstance(value, bool)
        and isinstance(value, (int, str))
        and re.fullmatch(rf"[0-9]{{1,9}}|infinity|{_SPAN}(?: ?{_SPAN}){{0,9}}", str(value)) is not None
    ),
)
CALENDAR = text(
    "a calendar event of systemd, such as hourly or Mon..Fri 06:00",
    r"[A-Za-z0-9*](?:[A-Za-z0-9*,.:/~+_ -]{0,198}[A-Za-z0-9*])?",
)
SERVICE_ACCOUNT = plain(
    "the name or number of an account other than root",
    lambda value: not list(ACCOUNT.problems("", value)) and str(value) != "root" and str(value).strip("0") != "",
)
OPTIONS = list_of(
    plain("an option, printable characters alone", lambda value: is_line(value) and value != ""), "a list of options"
)


def _mapping_of(what: str, names: str, kind: Kind) -> Kind:
    """A dictionary with names of the operator's choice.

    :param names: a pattern that they match
    :param kind: of each value
    """

    def problems(name: str, value: Any) -> Iterator[Violation]:
        if not isinstance(value, Mapping):
            yield Violation(name, shown(value), what)
            return
        for key, item in value.items():
            if not isinstance(key, str) or not re.fullmatch(names, key):
                yield Violation(name, f"the name {shown(key)}", what)
            else:
                yield from kind.problems(f"{name}.{key}", item)

    return Kind(what, problems)


ENVIRONMENT = _mapping_of(
    "a dictionary of environment variables, their names of letters, digits and underscores",
    "[A-Za-z_][A-Za-z0-9_]{0,99}",
    plain(
        "printable characters on one line",
        lambda value: isinstance(value, (int, float)) or is_line(value),
    ),
)
CREDENTIALS = _mapping_of(
    "a dictionary of absolute paths, their names of letters, digits, '.', '_' and '-'",
    "[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}",
    FILE_ON_DEVICE,
)
