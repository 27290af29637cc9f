# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frozen dataclasses to what JSON can hold, and back: their annotations are the schema.

A document comes from a file that others can write, and much in it was said by devices. So reading is lenient: a member of another kind than
its annotation has its default, a part of a list that is of another kind is left out, and each such place is named. The rest stands. Only
what lacks a member without default is of another kind as a whole. Texts, numbers and moments are bounded.

A class whose values are written in another form than it keeps them has that form in ``WRITTEN``, and goes there and back by ``written``
and ``of_written``. A class with a field ``more`` keeps in it the members that it does not know.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from ..errors import SiptlsError
from ..json_text import shown_value
from ..timestamps import parse_moment, write_moment

__all__ = ["LONGEST_TEXT", "Problem", "from_timestamp", "read", "read_known", "write", "write_moment"]

#: Characters of one text
LONGEST_TEXT = 100_000
_LARGEST = 2**63
_MORE = "more"
_MAKER = "a document of siptls.vos.verify"
Value = TypeVar("Value")
#: A place: the one that it is in, and its name or number there; None for all of it
Place: TypeAlias = "tuple[Any, str | int] | None"


@dataclass(frozen=True)
class Problem:
    """What is of another kind than it has to be.

    :ivar at: the place, such as ``devices[3].clock_ahead``; empty for all of it
    :ivar expected: empty for a member that is missing
    """

    at: str
    expected: str
    found: str = ""

    def error(self, where: str) -> SiptlsError:
        """As an error for a reader who needs all of it."""
        if not self.expected:
            return SiptlsError(f"{self.at} is missing", where=where, expected=_MAKER)
        return SiptlsError(
            f"{self.at or 'the document'} cannot be read", where=where, expected=self.expected, found=self.found
        )


class _WrongKindError(Exception):
    """What is read is of another kind as a whole, and that is noted already."""


@dataclass(frozen=True)
class _Leaf:
    """Reads a plain value.

    :ivar take: the value; raises ValueError, TypeError or OverflowError for one of another kind
    """

    expected: str
    take: Callable[[Any], Any]


_Parts: TypeAlias = Callable[[Any, Place, list[Problem]], Any]
_Reader: TypeAlias = "_Leaf | _Parts"


def write(value: Any) -> Any:
    """A dataclass as dictionaries, lists and plain values; moments as ``2026-11-27T01:00:00Z``."""
    if is_dataclass(value) and not isinstance(value, type):
        if hasattr(value, "written"):
            return write(value.written())
        known = {field.name: write(getattr(value, field.name)) for field in fields(value) if field.name != _MORE}
        return {**getattr(value, _MORE, {}), **known}
    if isinstance(value, tuple):
        return [write(one) for one in value]
    return write_moment(value) if isinstance(value, datetime) else value


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


def read(kind: type[Value], found: Any, *, where: str) -> Value:
    """A value of this class from what JSON held, for a reader who needs all of it. Members that the class does not know are left out.

    :param where: the file or variable, for an error
    :raises SiptlsError: something in it is of another kind, or missing
    """
    problems: list[Problem] = []
    value = read_known(kind, found, problems)
    if problems or value is None:
        raise (problems or [Problem("", "an object with named members", shown_value(found))])[0].error(where)
    return value


def read_known(kind: type[Value], found: Any, problems: list[Problem], at: Place = None) -> Value | None:
    """A value of this class from what JSON held, with what can be read of it; None where it is of another kind as a whole.

    :param problems: takes what is of another kind in it
    """
    try:
        value: Value = _taken(_reader(cast("Any", kind)), found, at, problems)
    except _WrongKindError:
        return None
    return value


def _taken(reader: _Reader, found: Any, at: Place, problems: list[Problem]) -> Any:
    if not isinstance(reader, _Leaf):
        return reader(found, at, problems)
    try:
        return reader.take(found)
    except (ValueError, TypeError, OverflowError):
        raise _noted(problems, at, reader.expected, found) from None


def _noted(problems: list[Problem], at: Place, expected: str, found: Any = "") -> _WrongKindError:
    problems.append(Problem(_shown(at), expected, shown_value(found) if expected else ""))
    return _WrongKindError()


def _shown(at: Place) -> str:
    parts: list[str] = []
    while at is not None:
        at, key = at
        parts.append(f"[{key}]" if isinstance(key, int) else f".{key}")
    return "".join(reversed(parts)).removeprefix(".")


@cache
def _reader(kind: Any) -> _Reader:
    """How a value of this annotation is read."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _reader(next(one for one in arguments if one is not type(None)))
    if origin is tuple:
        return _listed(_reader(arguments[0]))
    if origin is Literal:
        return _Leaf(f"one of {', '.join(arguments)}", lambda found: _one_of(found, arguments))
    if is_dataclass(kind):
        return _members(kind)
    return _LEAVES[kind]


def _listed(item: _Reader) -> _Parts:
    def take(found: Any, at: Place, problems: list[Problem]) -> Any:
        if not isinstance(found, list | tuple):
            raise _noted(problems, at, "a list", found)
        listed = []
        for number, one in enumerate(found):
            try:
                listed.append(_taken(item, one, (at, number), problems))
            except _WrongKindError:
                continue
        return tuple(listed)

    return take


def _members(kind: Any) -> _Parts:
    shape = getattr(kind, "WRITTEN", kind)
    hints = get_type_hints(shape)
    plan = [
        (field.name, _reader(hints[field.name]), type(None) in get_args(hints[field.name]), _has_default(field))
        for field in fields(shape)
        if field.name != _MORE
    ]
    known = {name for name, *_others in plan}
    keeps_more = any(field.name == _MORE for field in fields(shape))

    def take(found: Any, at: Place, problems: list[Problem]) -> Any:
        if not isinstance(found, Mapping):
            raise _noted(problems, at, "an object with named members", found)
        members: dict[str, Any] = {}
        for name, reader, may_be_none, has_default in plan:
            value = found.get(name)
            if value is not None:
                try:
                    members[name] = _taken(reader, value, (at, name), problems)
                    continue
                except _WrongKindError:
                    if not (has_default or may_be_none):
                        raise
            elif not (has_default or may_be_none):
                raise _noted(problems, (at, name), "")
            if not has_default:
                members[name] = None
        if keeps_more and found.keys() - known:
            members[_MORE] = {str(name): value for name, value in found.items() if name not in known}
        made = shape(**members)
        return made if shape is kind else kind.of_written(made)

    return take


def _has_default(field: Any) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _one_of(found: Any, members: tuple[str, ...]) -> str:
    if not isinstance(found, str) or found not in members:
        raise ValueError("none of these")
    return str(found)


def _text(found: Any) -> str:
    # A serial number that YAML took for a number is meant as text
    if isinstance(found, int) and not isinstance(found, bool) and abs(found) < _LARGEST:
        return str(found)
    if not isinstance(found, str) or len(found) > LONGEST_TEXT:
        raise ValueError("not a text")
    return str(found)


def _whole(found: Any) -> int:
    # A bool is an int for Python, and not for a reader
    if not isinstance(found, int) or isinstance(found, bool) or abs(found) >= _LARGEST:
        raise ValueError("not a whole number")
    return int(found)


def _flag(found: Any) -> bool:
    if not isinstance(found, bool):
        raise ValueError("neither true nor false")
    return found


_LEAVES: dict[Any, _Leaf] = {
    str: _Leaf("a text", _text),
    int: _Leaf("a whole number", _whole),
    bool: _Leaf("true or false", _flag),
    datetime: _Leaf(
        "a moment in UTC such as 2026-11-27T01:00:00Z", lambda found: parse_moment(found).replace(microsecond=0)
    ),
}
