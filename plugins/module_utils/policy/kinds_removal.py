# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of values for the way back to plain SIP: settings of an INI section, and contents of files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..ini import ini_problem
from .findings import Finding, shown
from .kinds import FILE_ON_DEVICE, Kind

__all__ = ["FILE_CONTENTS", "INI_SETTINGS"]

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_SETTINGS = "a dictionary of settings, such as {register: 'sip:vos.example.com:5060', transport: udp}"
_CONTENTS = "a dictionary with the contents of files by their absolute paths, empty where there was no such file"


def _mapping(expected: str, of_entry: Callable[[str, Any, Any], Iterator[Finding]]) -> Kind:
    def problems(name: str, value: Any) -> Iterator[Finding]:
        if not isinstance(value, Mapping):
            yield Finding(name, shown(value), expected)
            return
        for key, entry in value.items():
            yield from of_entry(name, key, entry)

    return Kind(expected, problems)


def _setting(name: str, key: Any, value: Any) -> Iterator[Finding]:
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        yield Finding(name, f"the key {shown(key)}", "letters, digits, '_', '.' and '-', a letter first")
    elif not isinstance(value, str | int) or isinstance(value, bool) or str(value) == "":
        yield Finding(f"{name}.{key}", shown(value), "a text or a number")
    elif problem := ini_problem(str(value)):
        yield Finding(f"{name}.{key}", f"a value that {problem}", "a value that every reader reads as it is")


def _content(name: str, path: Any, content: Any) -> Iterator[Finding]:
    yield from FILE_ON_DEVICE.problems(name, path)
    if not isinstance(content, str):
        yield Finding(f"{name}[{shown(path)}]", shown(content), "the content of the file, empty where there was none")


INI_SETTINGS = _mapping(_SETTINGS, _setting)
FILE_CONTENTS = _mapping(_CONTENTS, _content)
