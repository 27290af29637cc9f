# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON (RFC 8259) written and read for every report: writing never fails, and what is read is bounded.

A number that no reader is sure to take, such as NaN, infinity or one of thousands of digits, is null: unknown.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Set
from datetime import date, datetime, timedelta
from typing import Any

from .timestamps import parse_moment, write_moment

__all__ = ["dump_json", "plain_value", "read_json", "shown_value"]

#: More digits than this has no count, duration or moment; an RFC 5280 serial number has 49.
MOST_DIGITS = 100
#: Deeper than any report; json itself ends near 1000
DEEPEST = 100
_LARGEST = 10**MOST_DIGITS
_TOO_DEEP = "(nested too deeply)"
_CIRCULAR = "(circular)"


def dump_json(document: Any, *, indent: int | None = 2) -> bytes:
    """``document`` as JSON in UTF-8, with a newline at its end. Never fails, see :func:`plain_value`.

    Halves of surrogate pairs, which stand for bytes that are not text, are written as their escapes.
    """
    try:
        text = json.dumps(document, indent=indent, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError, OverflowError):
        text = json.dumps(plain_value(document), indent=indent, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode("utf-8", "backslashreplace")


def read_json(text: str) -> Any:
    """What ``text`` holds; numbers out of bounds are None.

    :raises ValueError: it is not JSON, or is nested too deeply
    """
    try:
        return json.loads(text, parse_int=_whole, parse_float=_real, parse_constant=lambda _name: None)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def plain_value(value: Any) -> Any:
    """``value`` with nothing in it that JSON does not have.

    Mappings and sequences become dictionaries with text as keys, and lists; sets are sorted; moments are in UTC, as
    ``2026-11-27T01:00:00Z``; lengths of time are in seconds; bytes are UTF-8. Numbers out of bounds are None. Anything else is its
    text. What is nested more than 100 deep, or in itself, is replaced by words.
    """
    return _plain(value, ())


def shown_value(value: Any, most: int = 60) -> str:
    """The beginning of a value, for an error. Never fails."""
    text = _text(value)
    return text if len(text) <= most else f"{text[:most]}..."


def _plain(value: Any, above: tuple[int, ...]) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value) if -_LARGEST < value < _LARGEST else None
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping | list | tuple | Set):
        if id(value) in above:
            return _CIRCULAR
        if len(above) >= DEEPEST:
            return _TOO_DEEP
        return _plain_container(value, (*above, id(value)))
    return _plain_scalar(value)


def _plain_container(value: Any, above: tuple[int, ...]) -> Any:
    if isinstance(value, Mapping):
        return {_key(key): _plain(one, above) for key, one in value.items()}
    listed = [_plain(one, above) for one in value]
    return sorted(listed, key=repr) if isinstance(value, Set) else listed


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "surrogateescape")
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    try:
        return str(value)
    except Exception:  # whatever an object does when it is asked for its text, a report is written
        return f"({type(value).__name__})"


def _moment(value: datetime) -> str:
    try:
        return write_moment(parse_moment(value))
    except ValueError:
        return value.isoformat()


def _key(key: Any) -> str:
    if isinstance(key, str):
        return str(key)
    plain = _plain(key, ()) if not isinstance(key, tuple | frozenset) else _text(key)
    return plain if isinstance(plain, str) else json.dumps(plain)


def _text(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # as above
        return f"({type(value).__name__})"


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits.removeprefix("-")) <= MOST_DIGITS else None


def _real(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None
