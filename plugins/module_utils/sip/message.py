# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP messages, read from octets and written (RFC 3261, section 7).

A message here is a start line, header fields and a body. What the fields say is read by the ``parse_`` functions
of addresses and fields; whether a message has all that it must have is asked of ``check_message`` in check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

from .addresses import Address, parse_address
from .fields import CSeq, Via, parse_cseq, parse_via
from .syntax import BLANKS, MalformedError, is_sendable, is_token, shown, split_list, split_readable, whole_number

__all__ = [
    "DEFAULT_LIMITS",
    "END_OF_HEAD",
    "Head",
    "HeaderField",
    "Limits",
    "Message",
    "Request",
    "Response",
    "long_name",
    "parse_head",
    "parse_message",
]

Value = TypeVar("Value")
END_OF_HEAD = b"\r\n\r\n"
_VERSION = "SIP/2.0"
_STATUS_LINE = re.compile(r"SIP/2\.0 +([0-9]+)(?: ([^\r\n]*))?", re.IGNORECASE | re.ASCII)
# A Content-Length beside half a line end: two readers may disagree on where the message ends
_HIDDEN_LENGTH = re.compile(r"[\r\n][ \t]*(?:content-length|l)[ \t]*:", re.IGNORECASE)
_LINE_END = re.compile(r"[\r\n]")
_FOLDED = re.compile(r"\r\n[ \t]+")
_LARGEST_LENGTH = 2**31 - 1

# RFC 3261, section 7.3.3; RFC 3265, 3515, 4028, 6665 and the registry of IANA for the rest.
_LONG_NAMES = {
    "a": "accept-contact", "b": "referred-by", "c": "content-type", "d": "request-disposition",
    "e": "content-encoding", "f": "from", "i": "call-id", "j": "reject-contact", "k": "supported",
    "l": "content-length", "m": "contact", "n": "identity-info", "o": "event", "r": "refer-to",
    "s": "subject", "t": "to", "u": "allow-events", "v": "via", "x": "session-expires", "y": "identity",
}  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """What a message may have at most, in octets and in number; more of it is refused before it is kept."""

    head: int = 65536
    fields: int = 512
    body: int = 1024 * 1024


DEFAULT_LIMITS = Limits()


def long_name(name: str) -> str:
    """The one form of the name of a header field: long and in lower case."""
    lower = name.lower()
    return _LONG_NAMES.get(lower, lower)


@dataclass(frozen=True)
class HeaderField:
    """One header field, its folded lines made one.

    :ivar name: as it is written
    :ivar value: without blanks around it; octets that are no UTF-8 are surrogates
    """

    name: str
    value: str = field(repr=False)  # may be credentials

    def __post_init__(self) -> None:
        if not is_token(self.name):
            raise MalformedError("no name of a header field", expected="a token", found=shown(self.name))
        if long_name(self.name) == "content-length":
            raise MalformedError("Content-Length is no field to set: it is written with the body")
        if _LINE_END.search(self.value) or self.value != self.value.strip(BLANKS) or not is_sendable(self.value):
            raise MalformedError(
                f"no value for {self.name}", expected="one line, no blanks around it", found=shown(self.value)
            )


@dataclass(frozen=True, kw_only=True)
class _Message:
    headers: tuple[HeaderField, ...] = field(default=(), repr=False)  # credentials are in there
    body: bytes = field(default=b"", repr=False)  # keys are in there

    def start_line(self) -> str:
        """The first line, without its end."""
        raise NotImplementedError

    def render(self) -> bytes:
        """The octets to send, with a Content-Length."""
        lines = [self.start_line(), *(f"{one.name}: {one.value}" for one in self.headers)]
        head = "\r\n".join([*lines, f"Content-Length: {len(self.body)}", "", ""])
        return head.encode("utf-8", "surrogateescape") + self.body

    def values(self, name: str) -> list[str]:
        """The values of all fields of that name, long or compact, in their order."""
        wanted = long_name(name)
        return [one.value for one in self.headers if long_name(one.name) == wanted]

    def value(self, name: str) -> str | None:
        """The value of the field of that name; None where it is not there.

        :raises MalformedError: it is there more than once
        """
        values = self.values(name)
        if len(values) > 1:
            raise MalformedError(f"{name} is given {len(values)} times, and has one value (RFC 3261, section 7.3.1)")
        return values[0] if values else None

    def listed(self, name: str) -> list[str]:
        """The values of a field that holds a list, of all lines, in their order.

        :raises MalformedError: a list cannot be taken apart
        """
        return [one for value in self.values(name) for one in (split_list(value, name) if value else ())]

    def readable(self, name: str, parse: Callable[[str], Value]) -> tuple[list[Value], int]:
        """Those values of a field that holds a list which can be read, and how many cannot: one of them hides no other."""
        found: list[Value] = []
        values = [one for line in self.values(name) for one in split_readable(line)]
        for value in values:
            with suppress(MalformedError):
                found.append(parse(value))
        return found, len(values) - len(found)

    def readable_addresses(self, name: str) -> tuple[list[Address], int]:
        """The same of a field that lists addresses."""
        return self.readable(name, lambda value: parse_address(value, name))

    def _needed(self, name: str) -> str:
        value = self.value(name)
        if value is None:
            raise MalformedError(f"{name} is missing")
        return value

    # What follows reads a field when it is asked for; MalformedError where it is missing or cannot be read.

    @property
    def vias(self) -> list[Via]:
        """The hops, the last one first."""
        return [parse_via(value) for value in self.listed("Via")]

    @property
    def sender(self) -> Address:
        """From."""
        return parse_address(self._needed("From"), "From")

    @property
    def recipient(self) -> Address:
        """To."""
        return parse_address(self._needed("To"), "To")

    @property
    def cseq(self) -> CSeq:
        """The number and the method of the request, in a response too."""
        return parse_cseq(self._needed("CSeq"))

    @property
    def call_id(self) -> str:
        """What all messages of a dialog have in common."""
        value = self._needed("Call-ID")
        if not value or " " in value or "\t" in value:
            raise MalformedError("Call-ID cannot be read", expected="one word", found=shown(value))
        return value

    @property
    def contacts(self) -> list[Address]:
        """The addresses of Contact; none for ``*``."""
        return [] if self.values("Contact") == ["*"] else self.addresses("Contact")

    def addresses(self, name: str) -> list[Address]:
        """The addresses of Route, Record-Route or another field that lists them."""
        return [parse_address(value, name) for value in self.listed(name)]


@dataclass(frozen=True, kw_only=True)
class Request(_Message):
    """A request.

    :ivar uri: the Request-URI, as it is written
    """

    method: str
    uri: str

    def __post_init__(self) -> None:
        uri_fits = self.uri and not re.search(r'[\x00-\x20\x7f<>"]', self.uri)
        if not is_token(self.method) or not uri_fits or not is_sendable(self.uri):
            raise MalformedError("no request line", expected="METHOD URI SIP/2.0", found=shown(self.start_line()))

    def start_line(self) -> str:
        """``METHOD URI SIP/2.0``."""
        return f"{self.method} {self.uri} {_VERSION}"


@dataclass(frozen=True, kw_only=True)
class Response(_Message):
    """A response.

    :ivar status: 100 to 699
    :ivar reason: in the words of who sent it; may be empty
    """

    status: int
    reason: str

    def __post_init__(self) -> None:
        if not 100 <= self.status <= 699 or _LINE_END.search(self.reason) or not is_sendable(self.reason):
            raise MalformedError(
                "no status line", expected="SIP/2.0 and a status of 100 to 699", found=shown(self.start_line()[:80])
            )

    def start_line(self) -> str:
        """``SIP/2.0 STATUS REASON``."""
        return f"{_VERSION} {self.status} {self.reason}"


Message: TypeAlias = "Request | Response"


@dataclass(frozen=True)
class Head:
    """A message without its body.

    :ivar message: its body is empty
    :ivar length: of the body, in octets; None where no Content-Length says it
    """

    message: Message
    length: int | None

    def with_body(self, body: bytes) -> Message:
        """The whole message."""
        return replace(self.message, body=body)


def parse_head(octets: bytes, limits: Limits = DEFAULT_LIMITS) -> Head:
    """What stands before the empty line.

    :param octets: the start line and the header fields, without the empty line and the line end before it
    :raises MalformedError: it is no SIP, or larger than ``limits``
    """
    if len(octets) > limits.head:
        raise MalformedError(f"the head of a message is longer than {limits.head} octets")
    text = octets.decode("utf-8", "surrogateescape")
    start, _end, rest = text.partition("\r\n")
    if _LINE_END.search(start):
        raise MalformedError("the start line holds half a line end", expected="CR LF", found=shown(start))
    fields: list[HeaderField] = []
    lengths: list[int] = []
    for name, value in _fields(rest):
        if len(fields) + len(lengths) >= limits.fields:
            raise MalformedError(f"a message has more than {limits.fields} header fields")
        if long_name(name) == "content-length":
            lengths.append(_content_length(value))
        else:
            fields.append(HeaderField(name, value))
    if len(lengths) > 1:
        raise MalformedError(f"Content-Length is given {len(lengths)} times: nobody knows where the message ends")
    return Head(_parse_start_line(start, tuple(fields)), lengths[0] if lengths else None)


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """The header fields. A line that is none is passed over, and the others count."""
    for line in _FOLDED.sub(" ", text).split("\r\n"):
        name, colon, value = line.partition(":")
        name = name.rstrip(BLANKS)
        if _HIDDEN_LENGTH.search(line) or (long_name(name) == "content-length" and _LINE_END.search(value)):
            raise MalformedError("Content-Length stands beside half a line end", expected="CR LF", found=shown(line))
        if colon and is_token(name) and not _LINE_END.search(value):
            yield name, value.strip(BLANKS)


def _content_length(value: str) -> int:
    length = whole_number(value, _LARGEST_LENGTH)
    if length is None:
        raise MalformedError("Content-Length is no length", expected="a whole number of octets", found=shown(value))
    return length


def _parse_start_line(line: str, fields: tuple[HeaderField, ...]) -> Message:
    if line[:4].lower() == "sip/":
        match = _STATUS_LINE.fullmatch(line)
        status = whole_number(match[1], 699) if match and len(match[1]) == 3 else None
        if match is None or status is None:
            raise MalformedError(
                "the status line cannot be read", expected="SIP/2.0, 100 to 699, a reason", found=shown(line)
            )
        return Response(headers=fields, status=status, reason=match[2] or "")
    parts = line.split(" ")
    if len(parts) != 3 or not all(parts):
        raise MalformedError(
            "the request line cannot be read", expected="METHOD URI SIP/2.0, one space between them", found=shown(line)
        )
    method, uri, version = parts
    if version.lower() != _VERSION.lower():
        raise MalformedError("another version of SIP", expected=_VERSION, found=shown(version))
    return Request(headers=fields, method=method, uri=uri)


def parse_message(octets: bytes, limits: Limits = DEFAULT_LIMITS) -> Message:
    """The message of one datagram (RFC 3261, section 18.3).

    What stands behind the length that Content-Length says is no part of it; without one all is body.

    :raises MalformedError: it is no SIP, is cut short, or is larger than ``limits``
    """
    octets = octets.lstrip(b"\r\n")
    end = octets.find(END_OF_HEAD)
    if end < 0:
        raise MalformedError("a message has no empty line after its header fields", found=shown(octets))
    head = parse_head(octets[:end], limits)
    body = octets[end + len(END_OF_HEAD) :]
    length = len(body) if head.length is None else head.length
    if length > len(body):
        raise MalformedError(
            "a message is shorter than its Content-Length says",
            expected=f"{length} octets",
            found=f"{len(body)} octets",
        )
    if length > limits.body:
        raise MalformedError(f"a body is longer than {limits.body} octets", found=f"{length} octets")
    return head.with_body(body[:length])
