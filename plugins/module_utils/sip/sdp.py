# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Session descriptions: what is in them, and how they are written (RFC 8866).

Times, repeats and zones are kept as lines: nothing here goes by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields

from .syntax import MalformedError, is_sendable, shown

__all__ = ["Attribute", "Connection", "Media", "Origin", "SessionDescription"]

LARGEST = 262144  # octets of one description
MOSTLINES = 4096
MOST_MEDIA = 64

_SESSION_LETTERS = "vosiuepcbtrzka"
_MEDIA_LETTERS = "micbka"
_REPEATED = "epbtra"  # of a session; r and t take turns
_REPEATED_IN_MEDIA = "cba"
TOKEN = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+")
_WORD = re.compile(r"[^ \t\r\n\x00]+")
LINE = re.compile(r"[^\r\n\x00]+")
_PROFILE = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+(?:/[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+)*")
DIGITS = re.compile(r"[0-9]{1,40}")
TIME = re.compile(r"[0-9]{1,40} [0-9]{1,40}")
_KEY_ATTRIBUTES = ("crypto", "key-mgmt")
LARGEST_PORT = 65535


def _check(what: str, pattern: re.Pattern[str], *texts: str | None) -> None:
    for text in texts:
        if text is not None and not (pattern.fullmatch(text) and is_sendable(text)):
            raise MalformedError(f"no {what}", found=shown(text))


class _Shown:
    """A repr as ``shown`` has texts: a line end that was lost brings a key into any of them."""

    def __repr__(self) -> str:
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.repr}  # type: ignore[arg-type]  # a dataclass
        return f"{type(self).__name__}({', '.join(f'{name}={_shown(value)}' for name, value in values.items())})"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_shown, value))})"
    return shown(value) if isinstance(value, str) else repr(value)


@dataclass(frozen=True)
class Attribute:
    """``a=name:value`` or ``a=name``. The value of an attribute that carries keys is in no repr.

    :ivar value: None where there is no colon
    """

    name: str
    value: str | None = None

    def __post_init__(self) -> None:
        _check("attribute", TOKEN, self.name)
        _check("value of an attribute", LINE, self.value)

    def __repr__(self) -> str:
        hidden = self.value is None or self.name.lower() in _KEY_ATTRIBUTES
        value = repr(self.value and "...") if hidden else shown(self.value or "")
        return f"Attribute({shown(self.name)}, {value})"

    def line(self) -> str:
        """The line, with its keys."""
        return f"a={self.name}" if self.value is None else f"a={self.name}:{self.value}"


@dataclass(frozen=True, repr=False)
class Origin(_Shown):
    """Who made the session.

    :ivar session_id: digits
    :ivar version: digits; grows with each change of the description (RFC 3264, section 8)
    :ivar address: with network and kind before it: ``IN IP4 192.0.2.1``
    """

    username: str
    session_id: str
    version: str
    address: Connection

    def __post_init__(self) -> None:
        _check("o= line", _WORD, self.username)
        _check("number in o=", DIGITS, self.session_id, self.version)

    def __str__(self) -> str:
        return f"{self.username} {self.session_id} {self.version} {self.address}"


@dataclass(frozen=True, repr=False)
class Connection(_Shown):
    """Where media is to go.

    :ivar network: ``IN``
    :ivar kind: ``IP4`` or ``IP6``
    :ivar address: a number or a host name, for multicast with what follows a slash
    """

    network: str
    kind: str
    address: str

    def __post_init__(self) -> None:
        _check("address in an SDP", _WORD, self.network, self.kind, self.address)

    def __str__(self) -> str:
        return f"{self.network} {self.kind} {self.address}"


@dataclass(frozen=True, repr=False)
class Media(_Shown):
    """One ``m=`` line and what belongs to it.

    :ivar kind: ``audio``, ``video``, ...
    :ivar port: 0 where the media is refused or given up (RFC 3264, sections 5.1 and 6)
    :ivar ports: how many, for layered media
    :ivar profile: ``RTP/AVP``, ``RTP/SAVP``, ``UDP/TLS/RTP/SAVP``, ...
    :ivar formats: payload types, for RTP
    :ivar bandwidths: what follows ``b=``
    :ivar key: what follows the obsolete ``k=``
    """

    kind: str
    port: int
    profile: str
    formats: tuple[str, ...]
    ports: int = 1
    title: str | None = None
    connections: tuple[Connection, ...] = ()
    bandwidths: tuple[str, ...] = ()
    key: str | None = field(default=None, repr=False)
    attributes: tuple[Attribute, ...] = ()

    def __post_init__(self) -> None:
        if not (0 <= self.port <= LARGEST_PORT and 1 <= self.ports <= LARGEST_PORT and self.formats):
            raise MalformedError(
                "no m= line",
                expected="a port of 0 to 65535, a profile, a format",
                found=shown(self._first_line()[:200]),
            )
        _check("kind of media", TOKEN, self.kind)
        _check("profile of media", _PROFILE, self.profile)
        _check("format of media", _WORD, *self.formats)
        _check("line of media", LINE, self.title, self.key, *self.bandwidths)

    def _first_line(self) -> str:
        ports = f"/{self.ports}" if self.ports != 1 else ""
        return f"m={self.kind} {self.port}{ports} {self.profile} {' '.join(self.formats)}"

    def lines(self) -> Iterator[str]:
        """The lines, with their keys."""
        yield self._first_line()
        yield from _optional("i", self.title)
        yield from (f"c={one}" for one in self.connections)
        yield from (f"b={one}" for one in self.bandwidths)
        yield from _optional("k", self.key)
        yield from (one.line() for one in self.attributes)

    def values(self, name: str) -> list[str]:
        """The values of its attributes of that name; a name without a value gives an empty text."""
        return _values(self.attributes, name)


@dataclass(frozen=True, repr=False)
class SessionDescription(_Shown):
    """A session and its media.

    :ivar times: the lines ``t=``, ``r=``, ``z=``, whole; at least one ``t=``, which comes first
    :ivar notes: how the text that it was read from deviates from RFC 8866, each a clause without what a line holds
    """

    origin: Origin
    name: str = "-"
    information: str | None = None
    uri: str | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    connection: Connection | None = None
    bandwidths: tuple[str, ...] = ()
    times: tuple[str, ...] = ("t=0 0",)
    key: str | None = field(default=None, repr=False)
    attributes: tuple[Attribute, ...] = ()
    media: tuple[Media, ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        _check("s= line", LINE, self.name)
        _check("line of a session", LINE, self.information, self.uri, self.key)
        _check("line of a session", LINE, *self.emails, *self.phones, *self.bandwidths, *self.times)
        letters = "".join(one[:2] for one in self.times)
        if not re.fullmatch(r"(?:t=(?:r=)*)+(?:z=)?", letters) or not all(
            TIME.fullmatch(one[2:]) if one[0] == "t" else len(one) > 2 for one in self.times
        ):
            raise MalformedError(
                "no times of a session", expected="t=START STOP", found=shown(" ".join(self.times[:9]))
            )

    def lines(self) -> Iterator[str]:
        """The lines, with their keys."""
        yield "v=0"
        yield f"o={self.origin}"
        yield f"s={self.name}"
        yield from _optional("i", self.information)
        yield from _optional("u", self.uri)
        yield from (f"e={one}" for one in self.emails)
        yield from (f"p={one}" for one in self.phones)
        yield from _optional("c", None if self.connection is None else str(self.connection))
        yield from (f"b={one}" for one in self.bandwidths)
        yield from self.times
        yield from _optional("k", self.key)
        yield from (one.line() for one in self.attributes)
        for media in self.media:
            yield from media.lines()

    def render(self) -> bytes:
        """The octets to send; its keys are in there."""
        return "".join(f"{line}\r\n" for line in self.lines()).encode("utf-8", "surrogateescape")

    def values(self, name: str, media: Media | None = None) -> list[str]:
        """The values of the attributes of that name that hold for ``media``: its own, or else those of the session."""
        return (media.values(name) if media else []) or _values(self.attributes, name)


def _optional(letter: str, value: str | None) -> Iterator[str]:
    if value is not None:
        yield f"{letter}={value}"


def _values(attributes: Sequence[Attribute], name: str) -> list[str]:
    return [one.value or "" for one in attributes if one.name.lower() == name.lower()]
