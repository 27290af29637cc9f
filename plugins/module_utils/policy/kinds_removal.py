# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of values for the way back to plain SIP: settings of an INI section, and contents of files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..ini import ini_problem
from .kinds import FILE_ON_DEVICE, Kind
from .violations import Violation, shown

__all__ = ["FILE_CONTENTS", "INI_SETTINGS"]

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_SETTINGS = "a dictionary of settings, such as {register: 'sip:vos.example.com:5060', transport: udp}"
_CONTENTS = "a dictionary with the contents of files by their absolute paths, empty where there was no such file"


def _mapping(expected: str, of_entry: Callable[[str, Any, Any], Iterator[Violation]]) -> Kind:
    def problems(name: str, value: Any) -> Iterator[Violation]:
        if not isinstance(value, Mapping):
            yield Violation(name, shown(value), expected)
            return
        for key, entry in value.items():
            yield from of_entry(name, key, entry)

    return Kind(expected, problems)


def _setting(name: str, key: Any, value: Any) -> Iterator[Violation]:
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        yield Violation(name, f"the key {shown(key)}", "letters, digits, '_', '.' and '-', a letter first")
    elif not isinstance(value, str | int) or isinstance(value, bool) or str(value) == "":
        yield Violation(f"{name}.{key}", shown(value), "a text or a number")
    elif problem := ini_problem(str(value)):
        yield Violation(f"{name}.{key}", f"a value that {problem}", "a value that every reader reads as it is")


def _content(name: str, path: Any, content: Any) -> Iterator[Violation]:
    yield from FILE_ON_DEVICE.problems(name, path)
    if not isinstance(content, str):
        yield Violation(f"{name}[{shown(path)}]", shown(content), "the content of the file, empty where there was none")


INI_SETTINGS = _mapping(_SETTINGS, _setting)
FILE_CONTENTS = _mapping(_CONTENTS, _content)
