# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inputs of the fuzzing: torture messages and valid values, broken at random places."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from pathlib import Path

from ansible_collections.siptls.vos.plugins.module_utils.sip.dtls import SETUP_ROLES
from ansible_collections.siptls.vos.plugins.module_utils.sip.sdp import Connection, Media, Origin, SessionDescription
from ansible_collections.siptls.vos.plugins.module_utils.tls.transcript import parse_transcript
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.sip import strategies, torture_messages
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

_SAMPLES = Path(__file__).resolve().parents[1] / "unit/plugins/module_utils/tls/samples"
EXAMPLES = 200  # of each kind
LONGEST = 150_000
PIECES = [
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n ",
        b"\r\n\r\n",
        b"\x00",
        b"\xff",
        b"\xc3",
        b" ",
        b"\t",
        b",",
        b";",
        b":",
        b"=",
        b"<",
        b">",
    ),
    *(
        b'"',
        b"\\",
        b'\\"',
        b"@",
        b"[",
        b"]",
        b"[::1]",
        b"%00",
        b"|",
        b"/",
        b"z9hG4bK",
        b"SIP/2.0",
        b"SIP/2.0 200 OK\r\n",
    ),
    *(
        b"Content-Length: 0\r\n",
        b"l: 9999999999\r\n",
        b"4294967296",
        b"-1",
        b"9" * 40,
        b"9" * 5000,
        b"2^48",
        b"|2^20|1:4",
    ),
    *(
        b"inline:",
        b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:",
        b"m=audio 0 RTP/SAVP 0\r\n",
        b"a=setup:",
        b"a=fingerprint:",
    ),
    *(
        b"v=0\r\n",
        b"t=0 0\r\n",
        b"k=clear:",
        b"a=",
        "\u0130\u017f\u212a\u0660".encode(),
        b"\xed\xb2\x80",
        b"\xe2\x80\xa8",
    ),
]


# What lists, blanks, words, quotes and folds are made of.
RUNS = [b" ", b"\t", b"a", b"0", b"=", b",", b";", b":", b"<", b">", b'"', b"\\", b"%00", b"\r\n ", b"a.", b";a", b"a,"]

_VALUES: list[st.SearchStrategy[object]] = [
    *(strategies.addresses, strategies.vias, strategies.cseqs, strategies.warnings, strategies.uris),
    *(strategies.header_values, st.sampled_from(SETUP_ROLES)),
]


def _session(media: list[Media]) -> bytes:
    """A session description that is all about its media."""
    origin = Origin("-", "1", "1", Connection("IN", "IP4", "192.0.2.1"))
    return SessionDescription(origin, media=tuple(media)).render()


def _octets(value: object) -> bytes:
    return str(value).encode("utf-8", "surrogateescape")


def make_seeds(number: int) -> list[bytes]:
    """The torture messages, and valid values of each kind, of all kinds as many; the same for the same ``number``."""
    kinds: list[st.SearchStrategy[bytes]] = [
        strategies.messages.map(lambda message: message.render()),
        strategies.exchanges().map(lambda pair: pair[0].render()),
        strategies.exchanges().map(lambda pair: pair[1].render() + b"\r\n" + pair[0].render()),
        strategies.sessions.map(SessionDescription.render),
        st.lists(strategies.media, min_size=1, max_size=2).map(_session),
        strategies.cryptos.map(lambda crypto: crypto.render().encode()),
        strategies.fingerprints.map(lambda fingerprint: fingerprint.render().encode()),
        strategies.challenges.map(lambda challenge: challenge.render().encode("utf-8", "surrogateescape")),
        *(kind.map(_octets) for kind in _VALUES),
    ]
    torture = [torture_messages.octets_of(name) for name in torture_messages.NAMES]
    handshakes = [path.read_bytes() for path in sorted(_SAMPLES.glob("*.txt"))]
    messages = [chunk.octets for octets in handshakes for chunk in parse_transcript(octets.decode())]
    lists = [torture, handshakes, messages, *(_examples(kind, number) for kind in kinds)]
    return [octets for one in lists for octets in itertools.islice(itertools.cycle(one), EXAMPLES)]


def _examples(kind: st.SearchStrategy[bytes], number: int) -> list[bytes]:
    found: list[bytes] = []

    @seed(number)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(kind)
    def collect(octets: bytes) -> None:
        found.append(octets)

    collect()
    return found


def make_input(chance: random.Random, seeds: list[bytes]) -> bytes:
    """One seed, broken up to eight times; one in fifty stays whole, one in a hundred becomes very long."""
    octets = bytearray(chance.choice(seeds))
    if chance.random() < 0.02:
        return bytes(octets)
    for _time in range(chance.choice((1, 1, 1, 2, 2, 3, 4, 8))):
        chance.choice(_BREAKS)(chance, octets, seeds)
    if chance.random() < 0.01:
        _long(chance, octets, seeds)
    return bytes(octets)


def _span(chance: random.Random, octets: bytes | bytearray) -> tuple[int, int]:
    start = chance.randrange(len(octets) + 1)
    return start, min(len(octets), start + int(chance.expovariate(1 / 12)))


def _change(chance: random.Random, octets: bytearray, seeds: list[bytes]) -> None:
    if octets:
        octets[chance.randrange(len(octets))] = chance.randrange(256)


def _put(chance: random.Random, octets: bytearray, seeds: list[bytes]) -> None:
    start, end = _span(chance, octets)
    octets[start : end if chance.random() < 0.5 else start] = chance.choice(PIECES)


def _remove(chance: random.Random, octets: bytearray, seeds: list[bytes]) -> None:
    start, end = _span(chance, octets)
    del octets[start:end]


def _repeat(chance: random.Random, octets: bytearray, seeds: list[bytes]) -> None:
    start, end = _span(chance, octets)
    octets[start:start] = octets[start:end] * chance.randrange(1, 6)


def _splice(chance: random.Random, octets: bytearray, seeds: list[bytes]) -> None:
    other = chance.choice(seeds)
    start, end = _span(chance, octets)
    first, last = sorted((chance.randrange(len(other) + 1), chance.randrange(len(other) + 1)))
    octets[start:end] = other[first:last]


def _cut(chance: random.Random, octets: bytearray, seeds: list[bytes]) -> None:
    del octets[chance.randrange(len(octets) + 1) :]


def _lines(chance: random.Random, octets: bytearray, seeds: list[bytes]) -> None:
    """A line elsewhere, or twice."""
    lines = octets.split(b"\r\n")
    line = lines.pop(chance.randrange(len(lines))) if chance.random() < 0.5 else chance.choice(lines)
    lines.insert(chance.randrange(len(lines) + 1), line)
    octets[:] = b"\r\n".join(lines)


def _long(chance: random.Random, octets: bytearray, seeds: list[bytes]) -> None:
    """So much of one thing that a parser of quadratic cost would not come back."""
    start, end = _span(chance, octets)
    piece = chance.choice((bytes(octets[start:end][:30]) or b" ", chance.choice(PIECES), chance.choice(RUNS)))
    size = int(10 ** chance.uniform(3.5, chance.choice((4.8, 4.8, 4.8, 5.17))))  # most within the limit of a head
    octets[start:start] = piece * (size // len(piece))
    del octets[LONGEST:]


_BREAKS: list[Callable[[random.Random, bytearray, list[bytes]], None]] = [
    *(_change, _change, _put, _put, _remove, _repeat, _splice, _cut, _lines),
]
