# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all header fields are made of: tokens, quoted strings, parameters, lists (RFC 3261, section 25.1).

The texts here have no line ends any more: a folded field was made one line before (RFC 3261, section 7.3.1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import SiptlsError
from ..text import whole_number

__all__ = [
    "MalformedError",
    "Parameter",
    "is_sendable",
    "is_token",
    "parse_parameters",
    "quoted",
    "render_parameters",
    "shown",
    "split_list",
    "split_readable",
    "unquoted",
    "whole_number",
]

TOKEN = r"[A-Za-z0-9\-.!%*_+`'~]+"  # noqa: S105 - a pattern, no password
# Raw controls are in no quoted string; behind a backslash there may be all but CR and LF.
QUOTED = r'"[^"\\\x00-\x08\x0a-\x1f\x7f]*(?:\\[\x00-\x09\x0b\x0c\x0e-\x7f][^"\\\x00-\x08\x0a-\x1f\x7f]*)*"'
BLANKS = " \t"

_TOKEN = re.compile(TOKEN)
_QUOTED = re.compile(QUOTED)
# A value is looser than a token: addresses with colons are in use (RFC 3261, via-received), and base64 with its "=".
_PARAMETER = re.compile(
    rf'[ \t]*;[ \t]*(?P<name>{TOKEN})[ \t]*(?:=[ \t]*(?P<value>{QUOTED}|[^ \t;,"<>\x00-\x1f\x7f]+))?[ \t]*'
)
_PIECE = re.compile(rf'[^,"<]+|{QUOTED}|<[^<>]*>|(?P<comma>,)')
_ESCAPED = re.compile(r'[\x00-\x08\x0a-\x1f"\\\x7f]')
_PAIR = re.compile(r"\\(.)", re.DOTALL)

_KEY_LIKE = re.compile(r"(?![0-9]+(?![A-Za-z0-9+/=]))[A-Za-z0-9+/=]{16,}")  # a large number is none
_PASSWORD = re.compile(r"(sips?:[^\s:@]*):[^\s@]*@", re.IGNORECASE)
_LOOKED_AT, _SHOWN = 400, 100


class MalformedError(SiptlsError, ValueError):
    """Octets of a peer that are not what a standard says, or a value that cannot be sent."""


def shown(text: str | bytes) -> str:
    """``text`` of a peer for an error: short, printable, and without anything that could be a key or a password."""
    if isinstance(text, bytes):
        text = text[: _LOOKED_AT + 1].decode("utf-8", "backslashreplace")
    start = text[:_LOOKED_AT]
    if len(text) > _LOOKED_AT:
        start = re.sub(r"[A-Za-z0-9+/=]{1,15}\Z", "", start)
    start = _PASSWORD.sub(r"\1:***@", _KEY_LIKE.sub("***", start))
    cut = start[:_SHOWN]
    return repr(cut) + ("..." if len(text) > _LOOKED_AT or len(start) > _SHOWN else "")


def is_token(text: str) -> bool:
    """Whether ``text`` is a token."""
    return _TOKEN.fullmatch(text) is not None


def is_sendable(text: str) -> bool:
    """Whether ``text`` comes back from its octets as it is. Octets that are no UTF-8 are surrogates in a text."""
    if text.isascii():
        return True
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") == text
    except UnicodeEncodeError:
        return False


def quoted(text: str) -> str:
    """``text`` as a quoted string.

    :raises MalformedError: it has a line end, which no quoted string can carry
    """
    if "\r" in text or "\n" in text:
        raise MalformedError("a quoted string cannot carry a line end", found=shown(text))
    return '"' + _ESCAPED.sub(r"\\\g<0>", text) + '"'


def unquoted(text: str) -> str:
    """What the quoted string ``text`` says; a text that is none, as it is."""
    return _PAIR.sub(r"\1", text[1:-1]) if _QUOTED.fullmatch(text) else text


@dataclass(frozen=True)
class Parameter:
    """``;name=value`` or ``;name``.

    :ivar value: as it is written, with its quotes; None where there is none
    """

    name: str
    value: str | None = None

    def __post_init__(self) -> None:
        match = _PARAMETER.fullmatch(str(self))
        if match is None or (match["name"], match["value"]) != (self.name, self.value):
            raise MalformedError("no parameter", expected=";name or ;name=value", found=shown(str(self)))

    def __str__(self) -> str:
        return f";{self.name}" if self.value is None else f";{self.name}={self.value}"


def parse_parameters(text: str, where: str) -> tuple[Parameter, ...]:
    """From ``;a=b;c="d"``; an empty text has none.

    :param where: the field that it stands in, for an error
    :raises MalformedError: the text is not such a list, or one stands in it twice
    """
    found: list[Parameter] = []
    at = 0
    while at < len(text):
        match = _PARAMETER.match(text, at)
        if match is None:
            raise MalformedError(
                "a parameter cannot be read", where=where, expected=";name or ;name=value", found=shown(text[at:])
            )
        found.append(Parameter(match["name"], match["value"]))
        at = match.end()
    names = {parameter.name.lower() for parameter in found}
    if len(names) < len(found):
        raise MalformedError("a parameter is given twice (RFC 3261, section 7.3.1)", where=where, found=shown(text))
    return tuple(found)


def render_parameters(parameters: tuple[Parameter, ...]) -> str:
    """The text of them all."""
    return "".join(map(str, parameters))


def split_readable(text: str) -> list[str]:
    """The values that commas separate in ``text``, as :func:`split_list` has them, whatever is wrong with one of them.

    Empty ones are left out. What follows a quote or a ``<`` that does not end is one value, which nobody can read.
    """
    values = []
    start = at = 0
    while match := _PIECE.match(text, at):
        if match["comma"]:
            values.append(text[start:at])
            start = match.end()
        at = match.end()
    return [one for one in (value.strip(BLANKS) for value in (*values, text[start:])) if one]


def split_list(text: str, where: str) -> list[str]:
    """The values that commas separate in ``text``; commas in quotes and in ``<>`` separate nothing.

    :raises MalformedError: an empty value, or a quote or ``<`` that does not end
    """
    values = []
    start = at = 0
    while at < len(text):
        match = _PIECE.match(text, at)
        if match is None:
            what = "quoted string" if text[at] == '"' else "<"
            raise MalformedError(f"a {what} does not end", where=where, found=shown(text[at:]))
        if match["comma"]:
            values.append(text[start:at].strip(BLANKS))
            start = match.end()
        at = match.end()
    values.append(text[start:].strip(BLANKS))
    if not all(values):
        raise MalformedError("an empty value in a list", where=where, found=shown(text))
    return values
