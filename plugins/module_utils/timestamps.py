# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times in UTC, written and read as RFC 3339 has them: ``2026-11-27T01:00:00Z``.

Never with strftime: it leaves the zeros of a year before 1000 out, and then no reader takes the text and it sorts wrongly.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

__all__ = ["parse_moment", "read_time", "utc_now", "write_moment", "write_time"]


def utc_now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def write_time(time: datetime) -> str:
    """A time in UTC, with microseconds where it has any, as the PKI directory keeps it."""
    return _text(time, "auto")


def write_moment(time: datetime) -> str:
    """A time in UTC, to the second, as documents and reports have it."""
    return _text(time, "seconds")


def _text(time: datetime, timespec: str) -> str:
    return time.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def read_time(text: str) -> datetime:
    """The time, in UTC, that :func:`write_time` or :func:`write_moment` wrote.

    :raises ValueError: it is not a time, has no time zone, or is not within the years 1 to 9999 of UTC
    """
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"no time zone in {text!r}")
    return _in_utc(time)


def parse_moment(found: Any) -> datetime:
    """A time that somebody else wrote, in UTC: text, or what YAML made of it. Without a time zone it is meant in UTC.

    :raises ValueError: it is something else, or not within the years 1 to 9999 of UTC
    """
    if isinstance(found, str):
        found = datetime.fromisoformat(found)
    elif not isinstance(found, datetime):
        raise ValueError("a moment is text")
    return found.replace(tzinfo=UTC) if found.tzinfo is None else _in_utc(found)


def _in_utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise ValueError("the moment is out of range") from None
