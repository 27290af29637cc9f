# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""INI text as softswitches and gateways read it: strict parsing, and setting keys in an operator's file.

The dialect is what common readers agree on. A section is ``[name]``; a setting is ``key = value``;
a line whose first character other than a blank is ``#`` or ``;`` is a comment. Section names are
exact, key names are compared without regard to case (as Python's configparser does).

Readers disagree about comments after a value, quotes and continued lines. So text written here has
none of them, and a value that would look like one is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from .errors import SiptlsError

__all__ = ["IniError", "ini_problem", "merge_ini", "parse_ini"]

_HEADER = re.compile(r"[ \t]*\[(?P<name>[^\[\]]+)\][ \t]*(?:[#;].*)?\Z")
_SETTING = re.compile(r"[ \t]*(?P<key>[^\s=#;\[][^=]*?)[ \t]*=[ \t]*(?P<value>.*?)[ \t]*\Z")
_INLINE_COMMENT = re.compile(r"(?:\A|[ \t]+)(?P<comment>[#;].*)\Z")
# C0 controls, DEL, C1 controls, and the two separators that Unicode counts as line ends.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BYTE_ORDER_MARK = "\ufeff"


class IniError(SiptlsError, ValueError):
    """Text that is not INI, or a name or value that INI cannot carry."""


def ini_problem(value: str) -> str | None:
    """Why every reader would not read ``value`` back as it is; None if it is safe to write."""
    if _CONTROL.search(value):
        return "has a line break or another control character"
    if value != value.strip():
        return "begins or ends with a blank"
    if _INLINE_COMMENT.search(value):
        return "has a '#' or ';' at its start or after a blank, which begins a comment"
    if value[:1] in ("'", '"'):
        return "begins with a quote, which some readers remove"
    if value.endswith("\\"):
        return "ends with a backslash, which continues a line"
    return None


def parse_ini(text: str) -> dict[str, dict[str, str]]:
    """The settings of ``text`` by section and key, names as they are written, in order.

    A setting without a value (``key =``) is the empty string: merge_ini removes such a key.
    Raises IniError, with the line number, for a line that is neither a header, a setting, a comment
    nor blank; a setting before the first section; a section or key given twice; an unsafe value.
    """
    sections: dict[str, dict[str, str]] = {}
    seen: set[tuple[str, str]] = set()
    section: str | None = None
    for number, line in enumerate(text.removeprefix(_BYTE_ORDER_MARK).split("\n"), start=1):
        line = line.removesuffix("\r")
        if not line.strip() or line.lstrip()[0] in "#;":
            continue
        if header := _HEADER.match(line):
            section = header["name"].strip()
            if section in sections:
                raise IniError(f"line {number}: section [{section}] is given twice")
            sections[section] = {}
            continue
        setting = _SETTING.match(line)
        if setting is None:
            raise IniError(f"line {number}: expected [section], 'key = value' or a comment, found {line!r}")
        key, value = setting["key"], setting["value"]
        if section is None:
            raise IniError(f"line {number}: {key!r} stands before the first [section]")
        if (section, key.lower()) in seen:
            raise IniError(f"line {number}: {key!r} is given twice in [{section}]")
        if problem := ini_problem(value):
            raise IniError(f"line {number}: the value of {key!r} {problem}")
        seen.add((section, key.lower()))
        sections[section][key] = value
    return sections


def merge_ini(existing: str, wanted: Mapping[str, Mapping[str, str | None]]) -> str:
    """``existing`` with the settings of ``wanted`` (section -> key -> value) put into it.

    A value of None or "" removes the key. Everything else stays as it is: comments, order, blank lines,
    line ends (LF or CRLF), other keys, other sections, lines that are not INI at all. A key that is
    there is changed in place; a new one follows the last setting of its section; a new section goes to
    the end. Of a key given several times only the first remains, so that readers in which the first
    counts and readers in which the last counts see the same. A comment after a replaced value moves to
    a line of its own above it. Merging the same again changes nothing.

    Raises IniError for a section, key or value that cannot be written.
    """
    _check(wanted)
    mark = _BYTE_ORDER_MARK if existing.startswith(_BYTE_ORDER_MARK) else ""
    lines = _read(existing.removeprefix(mark))
    end = "\r\n" if lines and lines[0].end == "\r\n" else "\n"
    for section, settings in wanted.items():
        lines = _set_section(lines, section, settings, end)
    return mark + "".join(line.text + line.end for line in lines)


@dataclass(frozen=True)
class _Line:
    text: str
    end: str
    section: str | None = None
    key: str | None = None  # lower case; a continued line carries the key that it continues
    value: str = ""


def _check(wanted: Mapping[str, Mapping[str, str | None]]) -> None:
    for section, settings in wanted.items():
        if _CONTROL.search(section) or section != section.strip() or not _HEADER.match(f"[{section}]"):
            raise IniError(f"{section!r} cannot be the name of a section")
        keys = [key.lower() for key in settings]
        for key, value in settings.items():
            setting = _SETTING.match(f"{key} = x")
            if _CONTROL.search(key) or setting is None or setting["key"] != key:
                raise IniError(f"{key!r} in [{section}] cannot be the name of a key")
            if keys.count(key.lower()) > 1:
                raise IniError(f"{key!r} is given twice in [{section}]")
            if problem := ini_problem(value or ""):
                raise IniError(f"the value of {key!r} in [{section}] {problem}")


def _read(text: str) -> list[_Line]:
    lines: list[_Line] = []
    section: str | None = None
    for raw in re.findall(r"[^\n]*\n|[^\n]+", text):
        end = "\r\n" if raw.endswith("\r\n") else raw[len(raw.rstrip("\n")) :]
        body = raw.removesuffix(end)
        before = lines[-1] if lines else None
        if before is not None and before.key is not None and _continues(before, body):
            lines.append(_Line(body, end, section, before.key))
        elif header := _HEADER.match(body):
            section = header["name"].strip()
            lines.append(_Line(body, end, section))
        elif setting := _SETTING.match(body):
            key = setting["key"].lower()
            lines.append(_Line(body, end, section, key, setting["value"]))
        else:
            lines.append(_Line(body, end, section))
    return lines


def _continues(before: _Line, body: str) -> bool:
    """Whether ``body`` carries on the value of the setting before it.

    A line after a backslash does, and an indented one, unless it reads as something of its own.
    """
    stripped = body.strip()
    if not stripped or stripped[0] in "#;[" or _SETTING.match(body):
        return False
    return before.text.endswith("\\") or body[0] in " \t"


def _set_section(lines: list[_Line], section: str, settings: Mapping[str, str | None], end: str) -> list[_Line]:
    wanted = {key.lower(): (key, value) for key, value in settings.items()}
    done: set[str] = set()
    result: list[_Line] = []
    for line in lines:
        if line.section != section or line.key not in wanted:
            result.append(line)
            continue
        key, value = wanted[line.key]
        if value and line.key not in done:
            done.add(line.key)
            result += _replaced(line, key, value, end)
    missing = {key: value for key, value in settings.items() if value and key.lower() not in done}
    return _with_new(result, section, missing, end) if missing else result


def _replaced(line: _Line, key: str, value: str, end: str) -> list[_Line]:
    if line.value == value and line.text.lstrip().startswith(key):
        return [line]
    indent = line.text[: len(line.text) - len(line.text.lstrip(" \t"))]
    new = _Line(f"{indent}{key} = {value}", line.end, line.section, key.lower(), value)
    comment = _INLINE_COMMENT.search(line.value)
    if comment is None:
        return [new]
    return [_Line(indent + comment["comment"], line.end or end, line.section), new]


def _with_new(lines: list[_Line], section: str, settings: Mapping[str, str], end: str) -> list[_Line]:
    new = [_Line(f"{key} = {value}", end, section, key.lower(), value) for key, value in settings.items()]
    start = next((at for at, line in enumerate(lines) if line.section == section), None)
    if start is None:
        apart = [_Line("", end)] if lines and lines[-1].text.strip() else []
        return [*_ended(lines, end), *apart, _Line(f"[{section}]", end, section), *new]
    after = start + 1
    # Below text that is not INI: directly above it, the new setting would take it for its own value.
    while after < len(lines) and _continues(new[-1], lines[after].text):
        after += 1
    for at in range(after, len(lines)):
        if lines[at].section != section:
            break
        if lines[at].key is not None:
            after = at + 1
    return [*_ended(lines[:after], end), *new, *lines[after:]]


def _ended(lines: list[_Line], end: str) -> list[_Line]:
    """``lines`` with a line end on the last one too."""
    if not lines or lines[-1].end:
        return lines
    return [*lines[:-1], replace(lines[-1], end=end)]
