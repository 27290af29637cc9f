# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Via, CSeq and Warning (RFC 3261, sections 20.42, 20.16, 20.43)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .addresses import check_host, split_host_port
from .syntax import (
    BLANKS,
    QUOTED,
    TOKEN,
    MalformedError,
    Parameter,
    is_token,
    parse_parameters,
    quoted,
    render_parameters,
    shown,
    unquoted,
    whole_number,
)

__all__ = ["CSeq", "Via", "WarningValue", "parse_cseq", "parse_via", "parse_warning"]

MAGIC_COOKIE = "z9hG4bK"  # what the branch of every client of RFC 3261 begins with, section 8.1.1.7
_LARGEST_SEQUENCE = 2**31 - 1  # RFC 3261, section 8.1.1.5
_VIA = re.compile(rf"({TOKEN})[ \t]*/[ \t]*({TOKEN})[ \t]*/[ \t]*({TOKEN})[ \t]+([^;]+)(.*)", re.DOTALL)
_CSEQ = re.compile(rf"([0-9]+)[ \t]+({TOKEN})")
_WARNING = re.compile(rf"([1-9][0-9]{{2}})[ \t]+([^ \t\"\x00-\x1f\x7f]+)[ \t]+({QUOTED})")


@dataclass(frozen=True)
class Via:
    """One hop of a request.

    :ivar transport: ``TLS``, ``TCP``, ``UDP``, in the letters of the sender
    :ivar port: None where none is given
    """

    transport: str
    host: str
    port: int | None = None
    parameters: tuple[Parameter, ...] = ()

    def __post_init__(self) -> None:
        check_host(self.host, "Via")
        if not is_token(self.transport) or not (self.port is None or 0 <= self.port <= 65535):
            raise MalformedError("no Via", found=shown(f"{self.transport} {self.host}"))

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"SIP/2.0/{self.transport} {self.host}{port}{render_parameters(self.parameters)}"

    @property
    def branch(self) -> str | None:
        """What names the transaction; None where it is not there, as in RFC 2543."""
        return next((one.value or "" for one in self.parameters if one.name.lower() == "branch"), None)


def parse_via(text: str) -> Via:
    """One value of Via.

    :raises MalformedError: it is none, or none of SIP/2.0
    """
    match = _VIA.fullmatch(text.strip(BLANKS))
    if match is None:
        raise MalformedError("Via cannot be read", expected="SIP/2.0/TLS host:port;branch=...", found=shown(text))
    if (match[1].upper(), match[2]) != ("SIP", "2.0"):
        raise MalformedError("Via is not of SIP/2.0", found=shown(text))
    host, port = split_host_port(match[4].strip(BLANKS), "Via")
    via = Via(match[3], host, port, parse_parameters(match[5], "Via"))
    if via.branch == MAGIC_COOKIE:
        raise MalformedError(f"the branch in Via is {MAGIC_COOKIE} and names no transaction", found=shown(text))
    return via


@dataclass(frozen=True)
class CSeq:
    """The number of a request in its dialog, and its method."""

    number: int
    method: str

    def __post_init__(self) -> None:
        if not 0 <= self.number <= _LARGEST_SEQUENCE or not is_token(self.method):
            raise MalformedError("no CSeq", expected="0 to 2147483647 and a method", found=shown(str(self)[:40]))

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


def parse_cseq(text: str) -> CSeq:
    """The value of CSeq.

    :raises MalformedError: it is none, or its number is 2**31 or more
    """
    match = _CSEQ.fullmatch(text.strip(BLANKS))
    number = whole_number(match[1], _LARGEST_SEQUENCE) if match else None
    if match is None or number is None:
        raise MalformedError("CSeq cannot be read", expected="a number below 2**31 and a method", found=shown(text))
    return CSeq(number, match[2])


@dataclass(frozen=True)
class WarningValue:
    """Why a request was refused, in the words of who refused it.

    :ivar code: 300 to 399 by the registry; 370 to 379 are about the media
    :ivar agent: who says it
    """

    code: int
    agent: str
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.agent} {quoted(self.text)}"


def parse_warning(text: str) -> WarningValue:
    """One value of Warning.

    :raises MalformedError: it is none
    """
    match = _WARNING.fullmatch(text.strip(BLANKS))
    if match is None:
        raise MalformedError("Warning cannot be read", expected='three digits, a host, "text"', found=shown(text))
    return WarningValue(int(match[1]), match[2], unquoted(match[3]))
