# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Session descriptions, read from octets (RFC 8866).

Lines stand in the order of the RFC's section 5 and have its letters; anything else is refused, as that section wants.
"""

from __future__ import annotations

from dataclasses import dataclass

from .sdp import DIGITS, LARGEST_PORT, LINE, TIME, TOKEN, Attribute, Connection, Media, Origin, SessionDescription
from .syntax import MalformedError, whole_number

__all__ = ["parse_sdp"]

_LARGEST = 262144  # octets of one description
_MOST_LINES = 4096
_MOST_MEDIA = 64
_SESSION_LETTERS = "vosiuepcbtrzka"
_MEDIA_LETTERS = "micbka"
_REPEATED = "epbtra"  # of a session; r and t take turns
_REPEATED_IN_MEDIA = "cba"


@dataclass(frozen=True)
class _Line:
    number: int
    letter: str
    value: str

    def fail(self, problem: str, expected: str) -> MalformedError:
        # Not what it holds: that may be a key, or what a fault made of one.
        return MalformedError(f"line {self.number} of an SDP, {self.letter}=, {problem}", expected=expected)


def parse_sdp(octets: bytes) -> SessionDescription:
    """The session description in ``octets``; lines end in CR LF or in LF.

    :raises MalformedError: it is none, with the number of the line; never with what an ``a=`` or ``k=`` line holds
    """
    if len(octets) > _LARGEST:
        raise MalformedError(f"an SDP is longer than {_LARGEST} octets", found=f"{len(octets)} octets")
    lines = _read_lines(octets.decode("utf-8", "surrogateescape"))
    starts = [at for at, line in enumerate(lines) if line.letter == "m"]
    if len(starts) > _MOST_MEDIA:
        raise MalformedError(f"an SDP has more than {_MOST_MEDIA} m= lines", found=str(len(starts)))
    ends = [*starts[1:], len(lines)] if starts else []
    session = _Section(lines[: starts[0] if starts else None], _SESSION_LETTERS, _REPEATED)
    media = tuple(_media(lines[start:end]) for start, end in zip(starts, ends, strict=True))
    version = session.needed("v")
    if version.value != "0":
        raise version.fail("is another version", "v=0")
    return SessionDescription(
        origin=_origin(session.needed("o")),
        name=session.needed("s").value,
        information=session.one("i"),
        uri=session.one("u"),
        emails=session.all("e"),
        phones=session.all("p"),
        connection=next((_connection(line) for line in session.lines("c")), None),
        bandwidths=session.all("b"),
        times=tuple(f"{line.letter}={line.value}" for line in session.times()),
        key=session.one("k"),
        attributes=_attributes(session),
        media=media,
    )


def _read_lines(text: str) -> list[_Line]:
    rows = text.split("\n")
    if rows[-1] == "":
        rows.pop()
    if len(rows) > _MOST_LINES:
        raise MalformedError(f"an SDP has more than {_MOST_LINES} lines", found=str(len(rows)))
    lines = []
    for number, row in enumerate(rows, 1):
        letter, equals, value = row.removesuffix("\r").partition("=")
        if not equals or letter not in tuple(_SESSION_LETTERS + "m"):
            raise MalformedError(f"line {number} of an SDP is none", expected="a letter of RFC 8866, =, a value")
        line = _Line(number, letter, value)
        if not LINE.fullmatch(value):
            raise line.fail("is empty or holds a control character", "a value")
        lines.append(line)
    return lines


class _Section:
    """The lines of a session, or of one media."""

    def __init__(self, lines: list[_Line], order: str, repeated: str) -> None:
        self._lines: dict[str, list[_Line]] = {}
        self._times = [line for line in lines if line.letter in "trz"]
        self._first = lines[0].number if lines else 1
        last = 0
        for line in lines:
            at = order.find(line.letter)
            turn = "t" in order and line.letter == "t" and order[last] == "r"
            if at < 0 or (at < last and not turn):
                raise line.fail("stands where it has no place", f"the order {'= '.join(order)}=")
            if line.letter in self._lines and line.letter not in repeated:
                raise line.fail("is given twice", "one of it")
            self._lines.setdefault(line.letter, []).append(line)
            last = at

    def lines(self, letter: str) -> list[_Line]:
        return self._lines.get(letter, [])

    def times(self) -> list[_Line]:
        if not self.lines("t"):
            raise MalformedError("an SDP has no t= line", expected="t=0 0 for a call (RFC 3264, section 5)")
        for line in self.lines("t"):
            if not TIME.fullmatch(line.value):
                raise line.fail("is no time", "t=START STOP")
        return self._times

    def all(self, letter: str) -> tuple[str, ...]:
        return tuple(line.value for line in self.lines(letter))

    def one(self, letter: str) -> str | None:
        return next(iter(self.all(letter)), None)

    def needed(self, letter: str) -> _Line:
        lines = self.lines(letter)
        if not lines:
            raise MalformedError(f"an SDP has no {letter}= line (RFC 8866, section 5)")
        return lines[0]


def _origin(line: _Line) -> Origin:
    words = line.value.split(" ")
    if len(words) != 6 or not all(words) or not all(DIGITS.fullmatch(word) for word in words[1:3]):
        raise line.fail("cannot be read", "o=USER ID VERSION IN IP4 ADDRESS")
    return Origin(words[0], words[1], words[2], Connection(*words[3:]))


def _connection(line: _Line) -> Connection:
    words = line.value.split(" ")
    if len(words) != 3 or not all(words):
        raise line.fail("cannot be read", "c=IN IP4 ADDRESS")
    return Connection(*words)


def _attributes(section: _Section) -> tuple[Attribute, ...]:
    found = []
    for line in section.lines("a"):
        name, colon, value = line.value.partition(":")
        if not TOKEN.fullmatch(name) or (colon and not value):
            raise line.fail("cannot be read", "a=NAME or a=NAME:VALUE")
        found.append(Attribute(name, value if colon else None))
    return tuple(found)


def _media(lines: list[_Line]) -> Media:
    section = _Section(lines, _MEDIA_LETTERS, _REPEATED_IN_MEDIA)
    line = lines[0]
    kind, _space, rest = line.value.partition(" ")
    where, _space, rest = rest.partition(" ")
    profile, *formats = rest.split(" ")
    port, slash, count = where.partition("/")
    number, ports = whole_number(port, LARGEST_PORT), whole_number(count, LARGEST_PORT) if slash else 1
    if number is None or not ports or not formats or not all(formats):
        raise line.fail("cannot be read", "m=KIND PORT PROFILE FORMATS, a port of 0 to 65535")
    return Media(
        kind=kind,
        port=number,
        profile=profile,
        formats=tuple(formats),
        ports=ports,
        title=section.one("i"),
        connections=tuple(_connection(one) for one in section.lines("c")),
        bandwidths=section.all("b"),
        key=section.one("k"),
        attributes=_attributes(section),
    )
