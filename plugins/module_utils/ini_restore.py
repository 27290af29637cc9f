# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back of :func:`merge_ini`: keys that were set in an operator's INI file are taken out, and those of before come back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from .ini import merge_ini
from .ini_lines import BYTE_ORDER_MARK, IniError, IniLine, comment_in, header_of, read_lines

__all__ = ["missing_keys", "restore_ini"]

_Keys = Mapping[str, Iterable[str]]


def restore_ini(current: str, original: str | None, keys: _Keys) -> str:
    """``current`` with these keys as ``original`` has them; a key that ``original`` lacks is removed.

    Where nothing but these keys differs, that is ``original`` byte for byte. Otherwise all else stays as it is in ``current``: it was
    changed by others since. A section that only held these keys goes too.

    :param original: the file before these keys were first set in it; None where that is not known: then they are removed
    :param keys: by section, the names of the keys
    :raises IniError: one of the files is UTF-16 or UTF-32, or exceeds a limit
    """
    known = {section: frozenset(key.lower() for key in names) for section, names in keys.items()}
    mark = BYTE_ORDER_MARK if current.startswith(BYTE_ORDER_MARK) else ""
    lines = read_lines(current.removeprefix(mark), known)
    if original is not None and _differs_by_these_alone(current, lines, original, keys):
        return original
    before = read_lines((original or "").removeprefix(BYTE_ORDER_MARK), known)
    end = "\r\n" if lines and lines[0].end == "\r\n" else "\n"
    for section, names in known.items():
        lines = _restored(lines, before, section, names, end)
    return mark + "".join(line.text + line.end for line in lines)


def missing_keys(text: str, section: str, keys: Iterable[str]) -> tuple[str, ...]:
    """Those of ``keys`` that have no value in this section.

    :raises IniError: see :func:`restore_ini`
    """
    names = {key.lower(): key for key in keys}
    lines = read_lines(text.removeprefix(BYTE_ORDER_MARK), {section: names})
    there = {line.key for line in lines if line.section == section and line.value}
    return tuple(key for name, key in names.items() if name not in there)


def _differs_by_these_alone(current: str, lines: list[IniLine], original: str, keys: _Keys) -> bool:
    """Whether ``current`` is what becomes of ``original`` when these keys get the values that they have now."""
    now: dict[str, dict[str, str | None]] = {section: dict.fromkeys(names) for section, names in keys.items()}
    for section, settings in now.items():
        names = {key.lower(): key for key in settings}
        for line in lines:
            if line.section == section and line.key in names and line.delimiter and settings[names[line.key]] is None:
                settings[names[line.key]] = line.value
    try:
        return merge_ini(original, now) == current
    except IniError:
        return False


def _restored(
    lines: list[IniLine], before: list[IniLine], section: str, names: frozenset[str], end: str
) -> list[IniLine]:
    theirs: dict[str, list[IniLine]] = {}
    for line in before:
        if line.section == section and line.key in names:
            theirs.setdefault(line.key or "", []).append(replace(line, end=line.end or end))
    ours = [line.text for line in lines if line.section == section and line.key in names]
    if ours and ours == [line.text for line in before if line.section == section and line.key in names]:
        return lines
    done: set[str] = set()
    result: list[IniLine] = []
    for line in lines:
        if line.section != section or line.key not in names:
            result.append(line)
        elif line.key not in done:
            done.add(line.key)
            back = theirs.get(line.key, [])
            if back and result and _is_comment_of(back[0], result[-1]):
                result.pop()
            result += back
    missing = [line for key, found in theirs.items() if key not in done for line in found]
    if missing:
        return _with(result, section, missing, end)
    was_there = any(line.section == section for line in before)
    return result if was_there else _without_empty(result, section)


def _is_comment_of(setting: IniLine, line: IniLine) -> bool:
    """Whether the line is the comment behind this value, as merge_ini moves it above the setting."""
    at = comment_in(setting.value)
    return at >= 0 and line.text == setting.indent + setting.value[at:]


def _with(lines: list[IniLine], section: str, more: list[IniLine], end: str) -> list[IniLine]:
    """These lines below the last setting of the section, or in a section of their own at the end."""
    at = max(
        (at for at, line in enumerate(lines) if line.section == section and (line.key or header_of(line.text))),
        default=None,
    )
    if at is None:
        header = [IniLine(f"[{section}]", end, section)]
        return [*_ended(lines, end), *header, *more]
    return [*_ended(lines[: at + 1], end), *more, *lines[at + 1 :]]


def _ended(lines: list[IniLine], end: str) -> list[IniLine]:
    return [*lines[:-1], replace(lines[-1], end=lines[-1].end or end)] if lines else []


def _without_empty(lines: list[IniLine], section: str) -> list[IniLine]:
    """Without the header of a section that holds nothing any more, and the blank lines around it."""
    own = [at for at, line in enumerate(lines) if line.section == section]
    if not own or any(lines[at].text.strip() and header_of(lines[at].text) is None for at in own):
        return lines
    first = own[0]
    while first and not lines[first - 1].text.strip():
        first -= 1
    kept = [*lines[:first], *(line for line in lines[own[0] :] if line.section != section)]
    apart = [IniLine("", lines[own[0]].end)] if first and own[-1] + 1 < len(lines) else []
    return [*kept[:first], *apart, *kept[first:]]
