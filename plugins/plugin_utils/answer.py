# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a script on a device printed, read."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..module_utils import text
from ..module_utils.errors import SiptlsError

__all__ = ["BEGIN", "LATEST", "Answer", "answered", "parse_answer"]

#: The last second that a device's clock may show: the end of the year 9999, as in a certificate (RFC 5280, section 4.1.2.5).
LATEST = 253_402_300_799

#: The marks before and after what a script of ours prints; a token that nobody else knows follows.
BEGIN, END = "siptls begin ", "siptls end "
_FIELD = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class Answer:
    """What a script printed: fields, ``name value`` on a line, each with a body of lines that begin with a blank.

    :ivar where: the device, for errors
    """

    fields: tuple[tuple[str, str, str], ...]
    where: str = ""

    def value(self, name: str) -> str | None:
        """The value of the first field called ``name``, or None."""
        return next((value for found, value, _body in self.fields if found == name), None)

    def body(self, name: str) -> str | None:
        """The body of the first field called ``name``, or None where there is no such field."""
        return next((body for found, _value, body in self.fields if found == name), None)

    def each(self, name: str) -> Iterator[tuple[str, str]]:
        """Value and body of every field called ``name``."""
        return ((value, body) for found, value, body in self.fields if found == name)

    def number(self, name: str, maximum: int) -> int | None:
        """The number from 0 to ``maximum`` in the first field called ``name``; None where there is no such field or it is empty.

        :raises SiptlsError: it holds something else
        """
        value = self.value(name)
        if not value:
            return None
        found = text.number(value, maximum)
        if found is None:
            raise self.unreadable(name, f"a number from 0 to {maximum}", value)
        return found

    def octets(self, name: str) -> bytes:
        """What the body of the first field called ``name`` is the Base64 of (RFC 4648, section 4); empty where there is none.

        :raises SiptlsError: it is no Base64
        """
        body = self.body(name) or ""
        try:
            return base64.b64decode("".join(body.split()).encode(), validate=True)
        except (binascii.Error, UnicodeEncodeError):
            raise self.unreadable(name, "Base64", body) from None

    def unreadable(self, name: str, expected: str, found: str) -> SiptlsError:
        """The error for a field that holds what no script of ours prints."""
        return SiptlsError(
            f"the device's answer cannot be read: {name}",
            where=self.where,
            expected=expected,
            found=repr(found[:200]),
            remedy="find out which of the programs on the device is not what it is called",
        )


def answered(answer: Answer | SiptlsError) -> Answer:
    """One of several answers.

    :raises SiptlsError: there is an error in its place
    """
    if isinstance(answer, SiptlsError):
        raise answer
    return answer


def parse_answer(output: str, token: str, where: str = "") -> Answer | None:
    """The fields between the two marks of a script's output; None where a mark is missing. What is before them is a login's chatter.

    Where a terminal stood in between, it ended every line with a carriage return of its own, the first line too; and it mixed in
    what commands complained about, so a line that cannot be a field is left out.
    """
    _chatter, begin, rest = output.partition(f"{BEGIN}{token}")
    terminal = "\r\n" if rest.startswith("\r\n") else "\n"
    answer, end, _more = rest.rpartition(f"{terminal}{END}{token}")
    if not (begin and end):
        return None
    fields: list[tuple[str, str, list[str]]] = []
    for line in answer.split(terminal):
        if line.startswith(" "):
            if fields:
                fields[-1][2].append(line[1:])
        elif line:
            name, _blank, value = line.partition(" ")
            if _FIELD.fullmatch(name):
                fields.append((name, value, []))
    return Answer(tuple((name, value, "".join(f"{line}\n" for line in body)) for name, value, body in fields), where)
