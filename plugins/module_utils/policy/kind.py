# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kind of values is, and how one is made of others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .violations import Violation, nearest, shown

__all__ = ["Kind", "choice", "list_of", "plain", "record", "text"]


@dataclass(frozen=True)
class Kind:
    """A kind of value.

    :ivar expected: what a right value is, after the word "expected"
    :ivar problems: what is wrong with a value, given the variable's name and the value
    :ivar choices: all right values, where they can be listed
    """

    expected: str
    problems: Callable[[str, Any], Iterator[Violation]]
    choices: tuple[str, ...] = ()


def plain(expected: str, is_right: Callable[[Any], bool]) -> Kind:
    """What a value is right for, told by a function."""

    def problems(name: str, value: Any) -> Iterator[Violation]:
        if not is_right(value):
            yield Violation(name, shown(value), expected)

    return Kind(expected, problems)


def text(expected: str, pattern: str, *, longest: int = 255) -> Kind:
    """Text that matches a pattern as a whole."""
    compiled = re.compile(pattern)
    return plain(
        expected,
        lambda value: isinstance(value, str) and len(value) <= longest and compiled.fullmatch(value) is not None,
    )


def choice(*choices: str) -> Kind:
    """One of a few words."""
    expected = f"one of {', '.join(choices)}" if len(choices) > 1 else choices[0]

    def problems(name: str, value: Any) -> Iterator[Violation]:
        if value not in choices:
            near = nearest(str(value), choices)
            yield Violation(name, shown(value), expected, f"did you mean {near}?" if near else "")

    return Kind(expected, problems, choices)


def list_of(kind: Kind, what: str) -> Kind:
    """A list whose items are of one kind.

    :param what: the list in words
    """

    def problems(name: str, value: Any) -> Iterator[Violation]:
        if isinstance(value, str) or not isinstance(value, Sequence):
            yield Violation(name, shown(value), what)
            return
        for at, item in enumerate(value):
            yield from kind.problems(f"{name}[{at}]", item)

    return Kind(what, problems)


def record(what: str, required: Mapping[str, Kind], optional: Mapping[str, Kind]) -> Kind:
    """A dictionary with these keys and no others.

    :param what: the dictionary in words
    """
    known = {**required, **optional}

    def problems(name: str, value: Any) -> Iterator[Violation]:
        if not isinstance(value, Mapping):
            yield Violation(name, shown(value), what)
            return
        for key in required:
            if key not in value:
                yield Violation(f"{name}.{key}", "nothing", required[key].expected)
        for key, item in value.items():
            if key in known:
                yield from known[key].problems(f"{name}.{key}", item)
            else:
                near = nearest(str(key), known)
                remedy = f"did you mean {near}?" if near else ""
                yield Violation(name, f"the key {shown(key)}", f"only the keys {', '.join(known)}", remedy)

    return Kind(what, problems)
