# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plain text of the PKI directory: ``name: value`` on a line, and times that sort and that a person can read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

__all__ = ["read_lines", "read_time", "write_lines", "write_time"]


def write_lines(lines: Mapping[str, str]) -> bytes:
    """``name: value`` lines; a line break in a value becomes a blank."""
    return "".join(f"{name}: {' '.join(value.splitlines())}\n" for name, value in lines.items()).encode()


def read_lines(text: bytes) -> dict[str, str]:
    """The lines that :func:`write_lines` wrote, by their names; the first of each name counts."""
    found: dict[str, str] = {}
    for line in text.decode(errors="replace").splitlines():
        name, _colon, value = line.partition(": ")
        found.setdefault(name, value)
    return found


def write_time(time: datetime) -> str:
    """A time in UTC by RFC 3339, with microseconds where it has any."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_time(text: str) -> datetime:
    """The time that :func:`write_time` wrote.

    :raises ValueError: it is none
    """
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"no time zone in {text!r}")
    return time.astimezone(UTC)
