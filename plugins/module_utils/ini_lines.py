# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of an INI file: what each of them is, in time proportional to the size of the file.

Nothing here backtracks: a device may send 64 KiB of blanks on one line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from .errors import SiptlsError

__all__ = [
    "BYTE_ORDER_MARK",
    "CONTROL",
    "LARGEST_FILE",
    "LONGEST_LINE",
    "IniError",
    "IniLine",
    "comment_in",
    "continues",
    "cut",
    "header_of",
    "read_lines",
    "split_setting",
]

#: Bytes in a file, and in one line of it.
LARGEST_FILE = 1024 * 1024
LONGEST_LINE = 64 * 1024
BYTE_ORDER_MARK = "\ufeff"
# C0 controls, DEL, C1 controls, and the two separators that Unicode counts as line ends.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BLANKS = " \t"
_HEADER = re.compile(r"[ \t]*\[(?P<name>[^\[\]]+)\][ \t]*(?:[#;].*)?\Z")
_COMMENT = re.compile(r"(?:\A|(?<=[ \t]))[#;]")
_NAME = re.compile(r"[\w.-]+")
# Between ':' and '=': the rest of a name such as "port:tls", and no value
_REST_OF_NAME = re.compile(r"[\w.-]+[ \t]*")
# As bytes that are not UTF-8 arrive, by surrogateescape. The UTF-32 marks hold NUL characters as well.
_LITTLE_ENDIAN, _BIG_ENDIAN = "\udcff\udcfe", "\udcfe\udcff"


class IniError(SiptlsError, ValueError):
    """Text that is not INI, or a name or value that INI cannot carry."""

    def about(self, path: str, problem: str) -> SiptlsError:
        """The same of a file on a device.

        :param problem: what is therefore impossible, a clause
        """
        return SiptlsError(
            f"{problem}: {self.problem}", where=path, expected=self.expected, found=self.found, remedy=self.remedy
        )


@dataclass(frozen=True, slots=True)
class IniLine:
    """One line.

    :ivar end: its line end; empty for a last line without one
    :ivar section: the one that it is in, a header too
    :ivar key: lower case; a continued line carries the key that it continues; None for all but settings
    :ivar between: what stands between key and value: a delimiter, with blanks around it; empty on a continued line
    """

    text: str
    end: str
    section: str | None = None
    key: str | None = None
    value: str = ""
    between: str = ""

    @property
    def delimiter(self) -> str:
        """``=`` or ``:``; empty where it is no setting, or a continued line."""
        return self.between.strip(_BLANKS)

    @property
    def indent(self) -> str:
        """Its blanks in front."""
        return self.text[: len(self.text) - len(self.text.lstrip(_BLANKS))]


def cut(text: str) -> Iterator[tuple[int, str, str]]:
    """Number, text and line end of each line; ``text`` begins without a byte order mark.

    Raises IniError for text that is not in an encoding in which ASCII is ASCII, and for what exceeds the limits.
    """
    if encoding := _encoding_of(text):
        raise IniError(
            f"it is encoded as {encoding}",
            expected="UTF-8, or another encoding that contains ASCII, such as GBK or Latin-1",
            remedy="convert the file to UTF-8 (iconv), and make sure that the service reads it",
        )
    if len(text) > LARGEST_FILE or _octets(text) > LARGEST_FILE:
        raise IniError(
            "it is too large for an INI file", expected=f"{LARGEST_FILE} bytes at most", found=f"{_octets(text)} bytes"
        )
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if len(line) * 4 > LONGEST_LINE and _octets(line) > LONGEST_LINE:
            raise IniError(
                f"line {number} is too long for an INI file",
                expected=f"{LONGEST_LINE} bytes at most",
                found=f"{_octets(line)} bytes",
            )
        if number == len(lines):
            if line:
                yield number, line, ""
        elif line.endswith("\r"):
            yield number, line[:-1], "\r\n"
        else:
            yield number, line, "\n"


def _encoding_of(text: str) -> str:
    """The encoding of text that ASCII cannot be added to; empty for all other text."""
    if text.startswith(_LITTLE_ENDIAN):
        return "UTF-16 or UTF-32, little-endian"
    if text.startswith(_BIG_ENDIAN):
        return "UTF-16, big-endian"
    return "UTF-16, UTF-32 or no text at all (it has NUL characters)" if "\0" in text else ""


def _octets(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))


def header_of(line: str) -> str | None:
    """The name of the section that begins with this line; None for any other line."""
    header = _HEADER.match(line) if "[" in line else None
    return header["name"].strip() if header else None


def comment_in(value: str) -> int:
    """Where a comment begins in a value, for readers that know comments there; -1 where none does."""
    comment = _COMMENT.search(value)
    return comment.start() if comment else -1


def split_setting(line: str, known: Collection[str] = ()) -> tuple[str, str, str] | None:
    """Key, what stands between, and value; None where the line is no setting.

    ``key = value`` always is one. ``key: value`` is one where the key is known, or looks like nothing else.

    :param known: names of keys that matter, lower case
    """
    text = line.strip(_BLANKS)
    if not text or text[0] in "=:#;[" or text[0].isspace():
        return None
    equals, colon = text.find("="), text.find(":")
    if colon >= 0 and (equals < 0 or colon < equals) and _is_delimiter(text, colon, equals, known):
        return _parts(text, colon)
    return _parts(text, equals) if equals >= 0 else None


def _is_delimiter(text: str, colon: int, equals: int, known: Collection[str]) -> bool:
    name, after = text[:colon].strip(_BLANKS), text[colon + 1 : colon + 2]
    if name.lower() in known:
        return equals < 0 or not _REST_OF_NAME.fullmatch(text, colon + 1, equals)
    return equals < 0 and (not after or after in _BLANKS) and _NAME.fullmatch(name) is not None


def _parts(text: str, at: int) -> tuple[str, str, str]:
    key, value = text[:at].rstrip(_BLANKS), text[at + 1 :].lstrip(_BLANKS)
    return key, text[len(key) : len(text) - len(value)], value


def read_lines(text: str, known: Mapping[str, Collection[str]]) -> list[IniLine]:
    """All lines of an operator's file, which may hold anything. ``text`` begins without a byte order mark.

    :param known: by section, the names of keys that matter, lower case
    :raises IniError: see :func:`cut`
    """
    lines: list[IniLine] = []
    section: str | None = None
    begun: IniLine | None = None  # the setting that the next line may continue
    for _number, body, end in cut(text):
        if not body:
            begun = None
            lines.append(IniLine(body, end, section))
            continue
        keys = known.get(section, ()) if section is not None else ()
        if begun is not None and continues(begun, lines[-1].text, body, keys):
            lines.append(IniLine(body, end, section, begun.key))
            continue
        begun = None
        if (name := header_of(body)) is not None:
            section = name
            lines.append(IniLine(body, end, section))
        elif parts := split_setting(body, keys):
            key, between, value = parts
            begun = IniLine(body, end, section, key.lower(), value, between)
            lines.append(begun)
        else:
            lines.append(IniLine(body, end, section))
    return lines


def continues(setting: IniLine, before: str, body: str, known: Collection[str] = ()) -> bool:
    """Whether ``body`` carries on the value of ``setting``.

    A line after a backslash does, and an indented one, unless it reads as something of its own.

    :param before: the line directly above: that of the setting, or one that continues it
    """
    stripped = body.strip()
    if not stripped or stripped[0] in "#;[" or _is_setting_of_its_own(setting, body, known):
        return False
    return before.endswith("\\") or body[0] in _BLANKS


def _is_setting_of_its_own(setting: IniLine, body: str, known: Collection[str]) -> bool:
    parts = split_setting(body, known)
    if parts is None:
        return False
    if "=" in parts[1] or "=" in parts[2] or parts[0].lower() in known:
        return True
    # key: value, below key: value or no deeper than the setting, is one more of them; elsewhere it is part of a value
    indent = len(body) - len(body.lstrip(_BLANKS))
    return setting.delimiter == ":" or indent <= len(setting.indent)
