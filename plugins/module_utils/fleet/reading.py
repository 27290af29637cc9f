# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frozen dataclasses to what JSON can hold, and back: their annotations are the schema, and an error names the place.

A class whose values are written in another form than it keeps them has that form in ``WRITTEN``, and goes there and back by ``written``
and ``of_written``.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from ..errors import SiptlsError
from ..json_text import shown_value

__all__ = ["from_timestamp", "read", "write", "write_moment"]

_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_KINDS: dict[Any, str] = {str: "a text", int: "a whole number", bool: "true or false"}
Value = TypeVar("Value")


def write(value: Any) -> Any:
    """A dataclass as dictionaries, lists and plain values; moments as ``2026-11-27T01:00:00Z``."""
    if is_dataclass(value) and not isinstance(value, type):
        if hasattr(value, "written"):
            return write(value.written())
        return {field.name: write(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [write(one) for one in value]
    return write_moment(value) if isinstance(value, datetime) else value


def write_moment(moment: datetime) -> str:
    """In UTC, to the second."""
    # strftime leaves the zeros of a year before 1000 out, and no reader takes it then
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def from_timestamp(seconds: float, name: str) -> datetime:
    """The moment that is so many seconds after the beginning of 1970, UTC.

    :param name: what the value is called in an error
    :raises SiptlsError: it is not a number of seconds within the years 1 to 9999
    """
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        raise SiptlsError(
            f"{name} is not a moment", expected="seconds since 1970, such as 1795741200", found=shown_value(seconds)
        ) from None


def read(kind: type[Value], found: Any, *, where: str, at: str = "") -> Value:
    """A value of this class from what JSON held. Members that the class does not know are left out.

    :param where: the file or variable, for an error
    :param at: the place in it; empty for all of it
    :raises SiptlsError: something is missing, or is of another kind
    """
    value: Value = _read(kind, found, where, at)
    return value


def _read(kind: Any, found: Any, where: str, at: str) -> Any:
    if is_dataclass(kind):
        return _read_members(kind, found, where, at)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if found is None and type(None) in arguments:
            return None
        return _read(next(one for one in arguments if one is not type(None)), found, where, at)
    if origin is tuple:
        if not isinstance(found, list | tuple):
            raise _wrong("a list", found, where, at)
        return tuple(_read(arguments[0], one, where, f"{at}[{number}]") for number, one in enumerate(found))
    if origin is Literal:
        if not isinstance(found, str) or found not in arguments:
            raise _wrong(f"one of {', '.join(arguments)}", found, where, at)
        return str(found)
    if kind is datetime:
        return _read_moment(found, where, at)
    # A bool is an int for Python, and not for a reader
    if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
        raise _wrong(_KINDS[kind], found, where, at)
    return kind(found)


def _read_members(kind: Any, found: Any, where: str, at: str) -> Any:
    if hasattr(kind, "of_written"):
        return kind.of_written(_read_members(kind.WRITTEN, found, where, at))
    if not isinstance(found, Mapping):
        raise _wrong("an object with named members", found, where, at)
    members, hints = {}, _hints(kind)
    for field in fields(kind):
        place = f"{at}.{field.name}" if at else field.name
        if field.name in found:
            members[field.name] = _read(hints[field.name], found[field.name], where, place)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise SiptlsError(f"{place} is missing", where=where, expected="a document of siptls.vos.verify")
    return kind(**members)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _read_moment(found: Any, where: str, at: str) -> datetime:
    if isinstance(found, datetime):
        return found
    try:
        return datetime.strptime(found, _MOMENT).replace(tzinfo=UTC)
    except (TypeError, ValueError):
        raise _wrong("a moment in UTC such as 2026-11-27T01:00:00Z", found, where, at) from None


def _wrong(expected: str, found: Any, where: str, at: str) -> SiptlsError:
    return SiptlsError(
        f"{at or 'the document'} cannot be read", where=where, expected=expected, found=shown_value(found)
    )
