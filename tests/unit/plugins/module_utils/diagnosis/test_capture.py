# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A capture is read as it was written, whatever came in between, and octets that are none never break anything."""

from __future__ import annotations

import ssl
import struct
from collections.abc import Sequence
from itertools import pairwise

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.capture import MalformedCaptureError, streams
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.hellos import hellos_in
from hypothesis import given
from hypothesis import strategies as st

CLIENT, SERVER = ("192.0.2.21", 40_000), ("192.0.2.10", 5061)
ALERT_70 = bytes.fromhex("15030300020246")


def frame(
    source: tuple[str, int],
    destination: tuple[str, int],
    sequence: int,
    payload: bytes,
    flags: int = 0x18,
    link: int = 1,
) -> bytes:
    tcp = (
        struct.pack("!HHIIBBHHH", source[1], destination[1], sequence & 0xFFFFFFFF, 0, 5 << 4, flags, 65535, 0, 0)
        + payload
    )
    ends = b"".join(bytes(map(int, one.split("."))) for one in (source[0], destination[0]))
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0) + ends + tcp
    if link == 113:
        return bytes(14) + b"\x08\x00" + ip
    if link == 276:
        return b"\x08\x00" + bytes(18) + ip
    return (bytes(12) + b"\x08\x00" + ip) if link == 1 else ip


def capture(frames: Sequence[bytes], order: str = "<", link: int = 1) -> bytes:
    head = struct.pack(f"{order}IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    return head + b"".join(struct.pack(f"{order}IIII", 1, 0, len(one), len(one)) + one for one in frames)


def said(payload: bytes, cuts: Sequence[int], start: int, link: int = 1) -> list[bytes]:
    """A connection that says this in segments that end at the cuts."""
    ends = sorted({0, len(payload), *(cut % (len(payload) + 1) for cut in cuts)})
    return [
        frame(CLIENT, SERVER, start, b"", 0x02, link),
        *(frame(CLIENT, SERVER, start + 1 + begin, payload[begin:end], link=link) for begin, end in pairwise(ends)),
    ]


def hello(maximum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = maximum
    outgoing = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="vos.example.com").do_handshake()
    return outgoing.read()


@given(
    st.binary(min_size=1, max_size=400),
    st.lists(st.integers(0, 400), max_size=6),
    st.integers(0, 0xFFFFFFFF),
    st.sampled_from(["<", ">"]),
    st.sampled_from([1, 101, 113, 276]),
    st.randoms(use_true_random=False),
)
def test_what_was_said_is_read_whatever_order_it_came_in_and_twice(payload, cuts, start, order, link, shuffled) -> None:  # type: ignore[no-untyped-def]
    frames = said(payload, cuts, start, link)
    rest = [*frames[1:], frames[-1]]
    shuffled.shuffle(rest)
    (found,) = streams(capture([frames[0], *rest], order, link))
    assert found.octets == payload
    assert (found.source, found.destination) == (CLIENT, SERVER)


@given(st.binary(max_size=600))
def test_octets_that_are_no_packets_are_passed_over(noise: bytes) -> None:
    assert hellos_in(capture([noise]) + noise, port=5061) == ()
    for cut in range(0, len(noise), 7):
        assert isinstance(streams(capture(said(noise, (), 1))[:-cut] if cut else capture([noise])), tuple)


@given(st.binary(max_size=60))
def test_a_file_that_is_no_capture_is_refused_in_words(noise: bytes) -> None:
    with pytest.raises(MalformedCaptureError, match="editcap"):
        streams(b"no" + noise)


def test_a_gap_ends_what_is_known() -> None:
    frames = said(b"abcdef", (3,), 7)
    del frames[1]
    (found,) = streams(capture(frames))
    assert found.octets == b""


def test_both_hellos_are_told_in_words() -> None:
    words = hello()
    answer = [frame(SERVER, CLIENT, 90, b"", 0x12), frame(SERVER, CLIENT, 91, ALERT_70)]
    (found,) = hellos_in(capture([*said(words, (100, 300), 5), *answer]), port=5061)
    assert found.versions == ("TLSv1.3", "TLSv1.2")
    assert found.server_name == "vos.example.com"
    assert "asks for vos.example.com" in found.client
    assert "ecdsa_p256_sha256" in found.signatures
    assert "X25519" in found.groups
    assert found.alert == 70
    assert found.chosen.startswith("refused: protocol_version (70)")
    assert found.source == CLIENT[0]


def test_a_port_that_is_used_again_is_another_connection() -> None:
    frames = [*said(hello(), (), 5), *said(hello(ssl.TLSVersion.TLSv1_2), (), 99_999)]
    assert [one.versions for one in hellos_in(capture(frames), port=5061)] == [("TLSv1.3", "TLSv1.2"), ("TLSv1.2",)]
    assert hellos_in(capture(frames), port=5060) == ()
