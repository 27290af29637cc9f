# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""INI text as softswitches and gateways read it: strict parsing, reading a section of an operator's file, and setting keys in it.

The dialect is what common readers agree on. A section is ``[name]``; a setting is ``key = value``;
a line whose first character other than a blank is ``#`` or ``;`` is a comment. Section names are
exact, key names are compared without regard to case (as Python's configparser does).

Readers disagree about comments after a value, quotes and continued lines. So text written here has
none of them, and a value that would look like one is refused. In a file that an operator wrote,
``key: value`` is a setting too, and whatever is not of the section asked for may be anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .ini_lines import (
    BYTE_ORDER_MARK,
    CONTROL,
    LARGEST_FILE,
    LONGEST_LINE,
    IniError,
    IniLine,
    comment_in,
    continues,
    cut,
    header_of,
    read_lines,
    split_setting,
)

__all__ = [
    "LARGEST_FILE",
    "LONGEST_LINE",
    "IniError",
    "IniSection",
    "ini_problem",
    "merge_ini",
    "parse_ini",
    "read_section",
    "sections_in",
]

_LONGEST_QUOTE = 80
_QUOTES = ("'", '"')


def ini_problem(value: str) -> str | None:
    """Why every reader would not read ``value`` back as it is; None if it is safe to write."""
    if CONTROL.search(value):
        return "has a line break or another control character"
    if value != value.strip():
        return "begins or ends with a blank"
    if comment_in(value) >= 0:
        return "has a '#' or ';' at its start or after a blank, which begins a comment"
    if value[:1] in _QUOTES:
        return "begins with a quote, which some readers remove"
    if value.endswith("\\"):
        return "ends with a backslash, which continues a line"
    return None


def parse_ini(text: str) -> dict[str, dict[str, str]]:
    """The settings of ``text`` by section and key, names as they are written, in order.

    A setting without a value (``key =``) is the empty string: merge_ini removes such a key.
    Raises IniError, with the line number, for a line that is neither a header, a setting, a comment
    nor blank; a setting before the first section; a section or key given twice; an unsafe value; a line
    longer than LONGEST_LINE. Raises IniError for text larger than LARGEST_FILE.
    """
    sections: dict[str, dict[str, str]] = {}
    seen: set[tuple[str, str]] = set()
    section: str | None = None
    for number, line, _end in _cut_strictly(text.removeprefix(BYTE_ORDER_MARK)):
        if not line.strip() or line.lstrip()[0] in "#;":
            continue
        if (name := header_of(line)) is not None:
            section = name
            if section in sections:
                raise IniError(f"line {number}: section [{section}] is given twice")
            sections[section] = {}
            continue
        parts = split_setting(line)
        if parts is None or "=" not in parts[1]:
            raise IniError(
                f"line {number}: expected [section], 'key = value' or a comment, found {line[:_LONGEST_QUOTE]!r}"
            )
        key, _between, value = parts
        if section is None:
            raise IniError(f"line {number}: {key!r} stands before the first [section]")
        if (section, key.lower()) in seen:
            raise IniError(f"line {number}: {key!r} is given twice in [{section}]")
        if problem := ini_problem(value):
            raise IniError(f"line {number}: the value of {key!r} {problem}")
        seen.add((section, key.lower()))
        sections[section][key] = value
    return sections


def _cut_strictly(text: str) -> Iterable[tuple[int, str, str]]:
    """As ``cut``; a NUL character is left to the line that it is in."""
    if "\0" not in text:
        return cut(text)
    return ((number, line, "\n") for number, line in enumerate(text.split("\n"), start=1))


@dataclass(frozen=True)
class IniSection:
    """What one section of an operator's file says of the keys asked for, as :func:`merge_ini` reads it.

    :ivar values: by key, lower case; where readers disagree, what most of them read
    :ivar doubts: by key, lower case, why readers disagree about its value, a clause without the value
    :ivar odd_lines: numbers of lines in it that are neither a setting, a comment, blank nor the rest of a value
    """

    values: Mapping[str, str]
    doubts: Mapping[str, str]
    odd_lines: tuple[int, ...] = ()


def read_section(text: str, section: str, keys: Iterable[str]) -> IniSection | None:
    """The section of that name; None where there is none. What is in other sections, or in none, does not matter.

    :param keys: names of the keys that matter; those that are not there are left out
    :raises IniError: the file exceeds a limit, or is UTF-16 or UTF-32
    """
    known = frozenset(key.lower() for key in keys)
    lines = read_lines(text.removeprefix(BYTE_ORDER_MARK), {section: known})
    given: dict[str, list[tuple[int, IniLine]]] = {}
    odd: list[int] = []
    is_there = False
    for number, line in enumerate(lines, start=1):
        if line.section != section:
            continue
        is_there = True
        if line.key in known:
            given.setdefault(line.key or "", []).append((number, line))
        elif line.key is None and line.text.strip() and line.text.strip()[0] not in "#;" and not _is_header(line):
            odd.append(number)
    if not is_there:
        return None
    values = {key: _usual(found[0][1].value) for key, found in given.items()}
    doubts = {key: doubt for key, found in given.items() if (doubt := _doubt(found))}
    return IniSection(values, doubts, tuple(odd))


def sections_in(text: str) -> tuple[str, ...]:
    """The names of the sections, in their order, each once.

    :raises IniError: the file exceeds a limit, or is UTF-16 or UTF-32
    """
    lines = cut(text.removeprefix(BYTE_ORDER_MARK))
    return tuple(dict.fromkeys(name for _number, line, _end in lines if (name := header_of(line)) is not None))


def _is_header(line: IniLine) -> bool:
    return header_of(line.text) is not None


def _usual(value: str) -> str:
    """The value as most readers read it: without a comment behind it, and without quotes around it."""
    at = comment_in(value)
    value = value[:at].rstrip(" \t") if at >= 0 else value
    return value[1:-1] if len(value) > 1 and value[0] in _QUOTES and value[0] == value[-1] else value


def _doubt(given: list[tuple[int, IniLine]]) -> str:
    settings = [(number, line) for number, line in given if line.delimiter]
    if len({line.value for _number, line in settings}) > 1:
        numbers = " and ".join(str(number) for number, _line in settings[:4])
        return f"lines {numbers} give it different values, and which one counts depends on the reader"
    for number, line in given:
        if not line.delimiter:
            return f"line {number} may be the rest of its value"
        if problem := ini_problem(line.value):
            return f"its value in line {number} {problem}"
    return ""


def merge_ini(existing: str, wanted: Mapping[str, Mapping[str, str | None]]) -> str:
    """``existing`` with the settings of ``wanted`` (section -> key -> value) put into it.

    A value of None or "" removes the key. Everything else stays as it is: comments, order, blank lines,
    line ends (LF or CRLF), other keys, other sections, lines that are not INI at all, bytes that are not UTF-8.
    A key that is there is changed in place; a new one follows the last setting of its section; a new
    section goes to the end. Ours are written as ``key = value``. Where a section, or else the file, only has
    settings of the form ``key: value``, ours are of that form too, one that is there with the blanks that it has.
    Of a key given several times only the first remains, so that readers in which the first
    counts and readers in which the last counts see the same. A comment after a replaced value moves to
    a line of its own above it. Merging the same again changes nothing.

    Raises IniError for a section, key or value that cannot be written, and for a file that is UTF-16 or UTF-32,
    larger than LARGEST_FILE, or has a line longer than LONGEST_LINE.
    """
    _check(wanted)
    mark = BYTE_ORDER_MARK if existing.startswith(BYTE_ORDER_MARK) else ""
    known = {section: frozenset(key.lower() for key in settings) for section, settings in wanted.items()}
    lines = read_lines(existing.removeprefix(mark), known)
    end = "\r\n" if lines and lines[0].end == "\r\n" else "\n"
    for section, settings in wanted.items():
        lines = _set_section(lines, section, settings, end)
    return mark + "".join(line.text + line.end for line in lines)


def _check(wanted: Mapping[str, Mapping[str, str | None]]) -> None:
    for section, settings in wanted.items():
        if CONTROL.search(section) or section != section.strip() or header_of(f"[{section}]") is None:
            raise IniError(f"{section!r} cannot be the name of a section")
        seen: set[str] = set()
        for key, value in settings.items():
            parts = split_setting(f"{key} = x")
            if CONTROL.search(key) or ":" in key or parts is None or parts[0] != key:
                raise IniError(f"{key!r} in [{section}] cannot be the name of a key")
            if key.lower() in seen:
                raise IniError(f"{key!r} is given twice in [{section}]")
            if problem := ini_problem(value or ""):
                raise IniError(f"the value of {key!r} in [{section}] {problem}")
            seen.add(key.lower())


def _set_section(lines: list[IniLine], section: str, settings: Mapping[str, str | None], end: str) -> list[IniLine]:
    wanted = {key.lower(): (key, value) for key, value in settings.items()}
    delimiter = _delimiter_of(lines, section)
    done: set[str] = set()
    result: list[IniLine] = []
    for line in lines:
        if line.section != section or line.key not in wanted:
            result.append(line)
            continue
        key, value = wanted[line.key]
        if value and line.key not in done:
            done.add(line.key)
            result += _replaced(line, key, value, delimiter, end)
    missing = {key: value for key, value in settings.items() if value and key.lower() not in done}
    return _with_new(result, section, missing, delimiter, end) if missing else result


def _delimiter_of(lines: list[IniLine], section: str) -> str:
    """What ends a key in this section, or else in this file: ``:`` where nothing else does."""
    own = {line.delimiter for line in lines if line.section == section and line.delimiter}
    return ":" if (own or {line.delimiter for line in lines if line.delimiter}) == {":"} else "="


def _replaced(line: IniLine, key: str, value: str, delimiter: str, end: str) -> list[IniLine]:
    if line.value == value and line.delimiter == delimiter and line.text[len(line.indent) :].startswith(key):
        return [line]
    between = line.between if line.value and line.delimiter == delimiter == ":" else _between(delimiter)
    new = IniLine(f"{line.indent}{key}{between}{value}", line.end, line.section, key.lower(), value, between)
    at = comment_in(line.value)
    return [new] if at < 0 else [IniLine(line.indent + line.value[at:], line.end or end, line.section), new]


def _between(delimiter: str) -> str:
    return ": " if delimiter == ":" else " = "


def _with_new(
    lines: list[IniLine], section: str, settings: Mapping[str, str], delimiter: str, end: str
) -> list[IniLine]:
    between = _between(delimiter)
    new = [
        IniLine(f"{key}{between}{value}", end, section, key.lower(), value, between) for key, value in settings.items()
    ]
    start = next((at for at, line in enumerate(lines) if line.section == section), None)
    if start is None:
        apart = [IniLine("", end)] if lines and lines[-1].text.strip() else []
        return [*_ended(lines, end), *apart, IniLine(f"[{section}]", end, section), *new]
    after = start + 1
    # Below text that is not INI: directly above it, the new setting would take it for its own value.
    while after < len(lines) and continues(new[-1], new[-1].text, lines[after].text):
        after += 1
    for at in range(after, len(lines)):
        if lines[at].section != section:
            break
        if lines[at].key is not None:
            after = at + 1
    return [*_ended(lines[:after], end), *new, *lines[after:]]


def _ended(lines: list[IniLine], end: str) -> list[IniLine]:
    """``lines`` with a line end on the last one too."""
    if not lines or lines[-1].end:
        return lines
    return [*lines[:-1], replace(lines[-1], end=end)]
