# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Session descriptions, read from octets (RFC 8866).

What decides on media is read: ``m=``, ``c=`` and ``a=`` lines, of the session or of a media by their place before or behind the first
``m=``. Whatever else deviates from section 5 of the RFC (order, missing or empty lines, unknown types, blanks) is noted and fails
nothing: the devices that have to work with the description do the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .sdp import DIGITS, LARGEST_PORT, LINE, TIME, TOKEN, Attribute, Connection, Media, Origin, SessionDescription
from .syntax import BLANKS, MalformedError, whole_number

__all__ = ["parse_sdp"]

_LARGEST = 262144  # octets of one description
_MOST_LINES = 4096
_MOST_MEDIA = 64
_MOST_NOTES = 10
_SESSION_LETTERS = "vosiuepcbtrzka"
_MEDIA_LETTERS = "micbka"
_TEXTS = "siuepbrzk"
_REPEATED = "epbtra"  # of a session; r and t take turns
_REPEATED_IN_MEDIA = "cba"
# What a fault in it must not be passed over for: whether media is encrypted hangs on it
_SECURITY = re.compile(r"(?:crypto|fingerprint|setup|key-mgmt)\b", re.IGNORECASE)
_NOBODY = Origin("-", "0", "0", Connection("IN", "IP4", "0.0.0.0"))  # noqa: S104 - an address in a text
_CALL = "t=0 0"  # RFC 3264, section 5


@dataclass(frozen=True)
class _Line:
    number: int
    letter: str
    value: str

    def fail(self, problem: str, expected: str) -> MalformedError:
        # Not what it holds: that may be a key, or what a fault made of one.
        return MalformedError(f"{self.words()} {problem}", expected=expected)

    def words(self) -> str:
        return f"line {self.number} of an SDP, {self.letter}=,"


class _Notes:
    """What deviates, each by the number of its line: never with what the line holds, which may be a key."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}

    def add(self, words: str) -> None:
        self._found[words] = None

    @property
    def all(self) -> tuple[str, ...]:
        found = list(self._found)
        more = [f"and {len(found) - _MOST_NOTES} more deviations"] if len(found) > _MOST_NOTES else []
        return (*found[:_MOST_NOTES], *more)


def parse_sdp(octets: bytes) -> SessionDescription:
    """The session description in ``octets``; lines end in CR LF or in LF. Its ``notes`` say what deviates from RFC 8866.

    :raises MalformedError: it is none, or an ``m=`` line or an attribute that decides on keys cannot be read; with the number of
        the line, and never with what an ``a=`` or ``k=`` line holds
    """
    if len(octets) > _LARGEST:
        raise MalformedError(f"an SDP is longer than {_LARGEST} octets", found=f"{len(octets)} octets")
    notes = _Notes()
    lines = list(_read_lines(octets.decode("utf-8", "surrogateescape"), notes))
    starts = [at for at, line in enumerate(lines) if line.letter == "m"]
    if len(starts) > _MOST_MEDIA:
        raise MalformedError(f"an SDP has more than {_MOST_MEDIA} m= lines", found=str(len(starts)))
    ends = [*starts[1:], len(lines)] if starts else []
    session = _Section(lines[: starts[0] if starts else None], _SESSION_LETTERS, _REPEATED, notes)
    version = session.first("v")
    if version is None:
        raise MalformedError("this is no SDP: it has no v= line (RFC 8866, section 5)")
    if version.value != "0":
        raise version.fail("is another version", "v=0")
    return SessionDescription(
        origin=_origin(session.first("o"), notes),
        name=_name(session.first("s"), notes),
        information=session.one("i"),
        uri=session.one("u"),
        emails=session.all("e"),
        phones=session.all("p"),
        connection=next(_connections(session, notes), None),
        bandwidths=session.all("b"),
        times=_times(session, notes),
        key=session.one("k"),
        attributes=_attributes(session, notes),
        media=tuple(_media(lines[start:end], notes) for start, end in zip(starts, ends, strict=True)),
        notes=notes.all,
    )


def _read_lines(text: str, notes: _Notes) -> Iterator[_Line]:
    rows = text.removeprefix("\ufeff").split("\n")
    if rows[-1] == "":
        rows.pop()
    if len(rows) > _MOST_LINES:
        raise MalformedError(f"an SDP has more than {_MOST_LINES} lines", found=str(len(rows)))
    for number, row in enumerate(rows, 1):
        letter, equals, value = row.removesuffix("\r").partition("=")
        letter = letter.strip(BLANKS)
        if not equals or letter not in tuple(_SESSION_LETTERS + "m"):
            what = "is empty" if not row.strip(BLANKS + "\r") else "has no type that RFC 8866 knows"
            notes.add(f"line {number} of an SDP {what}, and was ignored")
            continue
        # Texts may begin and end with blanks, and a session may be named by one (RFC 8866, section 5.3)
        is_text = letter in _TEXTS or (letter == "a" and ":" in value)
        line = _Line(number, letter, value if is_text else value.strip(BLANKS))
        if line.value != value:
            notes.add(f"{line.words()} has blanks around its value")
        if not LINE.fullmatch(line.value) and (line.value or letter not in "sm"):
            if letter == "m" or (letter == "a" and _SECURITY.match(line.value.strip(BLANKS))):
                raise line.fail("holds a control character", "a value")
            notes.add(f"{line.words()} is empty or holds a control character, and was ignored")
            continue
        yield line


class _Section:
    """The lines of a session, or of one media."""

    def __init__(self, lines: list[_Line], order: str, repeated: str, notes: _Notes) -> None:
        self._lines: dict[str, list[_Line]] = {}
        self.times = [line for line in lines if line.letter in "trz"]
        last = 0
        for line in lines:
            at = order.find(line.letter)
            turn = "t" in order and line.letter == "t" and order[last] == "r"
            if at < 0:
                notes.add(f"{line.words()} has no place behind an m= line, and was ignored")
                continue
            if line.letter in self._lines and line.letter not in repeated:
                notes.add(f"{line.words()} is given twice: the first one counts")
                continue
            if at < last and not turn:
                notes.add(f"{line.words()} is out of order (RFC 8866, section 5)")
            self._lines.setdefault(line.letter, []).append(line)
            last = max(at, last) if not turn else at

    def lines(self, letter: str) -> list[_Line]:
        return self._lines.get(letter, [])

    def first(self, letter: str) -> _Line | None:
        return next(iter(self.lines(letter)), None)

    def all(self, letter: str) -> tuple[str, ...]:
        return tuple(line.value for line in self.lines(letter))

    def one(self, letter: str) -> str | None:
        return next(iter(self.all(letter)), None)


def _origin(line: _Line | None, notes: _Notes) -> Origin:
    if line is None:
        notes.add("an SDP has no o= line")
        return _NOBODY
    words = line.value.split()
    if len(words) != 6 or not all(DIGITS.fullmatch(word) for word in words[1:3]):
        notes.add(f"{line.words()} cannot be read (o=USER ID VERSION IN IP4 ADDRESS)")
        return _NOBODY
    return Origin(words[0], words[1], words[2], Connection(*words[3:]))


def _name(line: _Line | None, notes: _Notes) -> str:
    if line is None or not line.value:
        notes.add("an SDP has no name (s=-)")
        return "-"
    return line.value


def _times(session: _Section, notes: _Notes) -> tuple[str, ...]:
    found = [line for line in session.times if line.letter != "t" or TIME.fullmatch(line.value)]
    if len(found) < len(session.times) or not session.lines("t"):
        notes.add("an SDP has no t= line, or one that is no time (t=0 0)")
    letters = "".join(line.letter for line in found)
    if not re.fullmatch(r"(?:tr*)+z?", letters):
        found = [line for line in found if line.letter == "t"]
    return tuple(f"{line.letter}={line.value}" for line in found) or (_CALL,)


def _connections(section: _Section, notes: _Notes) -> Iterator[Connection]:
    for line in section.lines("c"):
        words = line.value.split()
        if len(words) == 3:
            yield Connection(*words)
        else:
            notes.add(f"{line.words()} cannot be read (c=IN IP4 ADDRESS), and was ignored")


def _attributes(section: _Section, notes: _Notes) -> tuple[Attribute, ...]:
    found = []
    for line in section.lines("a"):
        name, colon, value = line.value.partition(":")
        if TOKEN.fullmatch(name) and (value or not colon):
            found.append(Attribute(name, value if colon else None))
        elif _SECURITY.match(name.strip(BLANKS)):
            raise line.fail("cannot be read", "a=NAME:VALUE")
        else:
            notes.add(f"{line.words()} cannot be read (a=NAME or a=NAME:VALUE), and was ignored")
    return tuple(found)


def _media(lines: list[_Line], notes: _Notes) -> Media:
    section = _Section(lines, _MEDIA_LETTERS, _REPEATED_IN_MEDIA, notes)
    line = lines[0]
    words = line.value.split()
    if len(words) < 4:
        raise line.fail("cannot be read", "m=KIND PORT PROFILE FORMATS, a port of 0 to 65535")
    kind, where, profile, *formats = words
    port, slash, count = where.partition("/")
    number, ports = whole_number(port, LARGEST_PORT), whole_number(count, LARGEST_PORT) if slash else 1
    if number is None or not ports:
        raise line.fail("cannot be read", "m=KIND PORT PROFILE FORMATS, a port of 0 to 65535")
    return Media(
        kind=kind,
        port=number,
        profile=profile,
        formats=tuple(formats),
        ports=ports,
        title=section.one("i"),
        connections=tuple(_connections(section, notes)),
        bandwidths=section.all("b"),
        key=section.one("k"),
        attributes=_attributes(section, notes),
    )
