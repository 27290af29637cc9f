# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A capture is read as it was written, whatever came in between, and octets that are none never break anything."""

from __future__ import annotations

import ssl
import struct

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.capture import MalformedCaptureError, streams
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.hellos import hellos_in, read_hellos
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.diagnosis.packets import (
    CLIENT,
    SERVER,
    capture,
    frame,
    hello,
    said,
)
from hypothesis import given
from hypothesis import strategies as st

ALERT_70 = bytes.fromhex("15030300020246")


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


def ip_packets(payload: bytes) -> list[bytes]:
    return said(payload, (), 5, link=101)


def cut_capture(frames: list[bytes], snaplen: int, link: int = 1) -> bytes:
    """As tcpdump -s writes it."""
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snaplen, link)
    return head + b"".join(
        struct.pack("<IIII", 1, 0, min(len(one), snaplen), len(one)) + one[:snaplen] for one in frames
    )


MACS = bytes(12)
PPPOE = b"\x11\x00\x00\x01\x00\x00"


@pytest.mark.parametrize(
    ("link", "header"),
    [
        (1, MACS + b"\x81\x00\x00\x07\x08\x00"),
        (1, MACS + b"\x88\xa8\x00\x07\x81\x00\x00\x09\x08\x00"),
        (1, MACS + b"\x81\x00\x00\x07\x81\x00\x00\x09\x08\x00"),
        (1, MACS + b"\x91\x00\x00\x07\x88\xa8\x00\x07\x81\x00\x00\x09\x08\x00"),
        (1, MACS + b"\x88\x64" + PPPOE + b"\x00\x21"),
        (1, MACS + b"\x88\xa8\x00\x07\x81\x00\x00\x09\x88\x64" + PPPOE + b"\x00\x21"),
        (1, MACS + b"\x88\x47\x00\x01\x00\x40\x00\x02\x01\x40"),
        (113, bytes(14) + b"\x08\x00"),
        (113, bytes(14) + b"\x81\x00\x00\x07\x08\x00"),
        (276, b"\x08\x00" + bytes(18)),
        (276, b"\x88\x64" + bytes(18) + PPPOE + b"\x00\x21"),
        (101, b""),
        (228, b""),
        (0, bytes(4)),
        (108, bytes(4)),
    ],
)
def test_a_hello_is_found_below_tags_and_tunnels(link: int, header: bytes) -> None:
    frames = [header + one for one in ip_packets(hello())]
    found, doubt = read_hellos(capture(frames, link=link), port=5061)
    assert [one.server_name for one in found] == ["vos.example.com"]
    assert doubt == ""


@pytest.mark.parametrize("extensions", [(), (0,), (0, 60), (43, 135), (51,), (44,)])
def test_a_hello_is_found_behind_the_extension_headers_of_ipv6(extensions: tuple[int, ...]) -> None:
    frames = []
    for packet in ip_packets(hello()):
        chain = [*extensions, 6]
        headers = b"".join(bytes((after, 1 if one == 51 else 0)) + bytes(10 if one == 51 else 6)
                           for one, after in zip(extensions, chain[1:], strict=True))  # fmt: skip
        tcp = headers + packet[20:]
        ends = b"".join(bytes(12) + packet[at : at + 4] for at in (12, 16))
        frames.append(struct.pack("!IHBB", 0x60000000, len(tcp), chain[0], 64) + ends + tcp)
    (found,) = hellos_in(capture(frames, link=101), port=5061)
    assert found.server_name == "vos.example.com"


@pytest.mark.parametrize("snaplen", [96, 200, 300])
def test_a_hello_that_the_capture_cut_is_unknown_and_neither_absent_nor_malformed(snaplen: int) -> None:
    found, doubt = read_hellos(cut_capture(said(hello(), (), 5), snaplen), port=5061)
    assert found == ()
    assert "ClientHello of 192.0.2.21 is not whole" in doubt
    assert "tcpdump -s 0" in doubt


def test_packets_cut_before_tcp_are_told() -> None:
    found, doubt = read_hellos(cut_capture(said(hello(), (), 5), 40), port=5061)
    assert (found, doubt) == (
        (),
        "packets were cut short by the snapshot length of the capture (tcpdump -s 0 keeps them whole)",
    )


def test_an_answer_that_the_capture_cut_is_not_taken_for_none() -> None:
    words = said(hello(), (), 5)
    answer = [frame(SERVER, CLIENT, 90, b"", 0x12), frame(SERVER, CLIENT, 91, ALERT_70 * 400)]
    octets = capture(words) + cut_capture(answer, 57)[24:]
    (found,) = hellos_in(octets, port=5061)
    assert found.chosen.startswith("not known: cut short")
    assert found.alert is None


def test_padding_that_was_cut_off_matters_not() -> None:
    frames = [one + bytes(50) for one in said(hello(), (), 5)]
    octets = cut_capture(frames, max(map(len, frames)) - 50)
    found, doubt = read_hellos(octets, port=5061)
    assert (len(found), doubt) == (1, "")


def test_fragments_are_told_and_not_misread() -> None:
    syn, data = ip_packets(hello())
    middle = 20 + 160
    first = data[:2] + struct.pack("!HHH", middle, 1, 0x2000) + data[8:middle]
    second = data[:2] + struct.pack("!HHH", 20 + len(data) - middle, 1, 20) + data[8:20] + data[middle:]
    found, doubt = read_hellos(capture([syn, first, second], link=101), port=5061)
    assert found == ()
    assert "fragmented" in doubt


def test_what_is_missing_is_told() -> None:
    frames = said(hello(), (100, 300), 5)
    assert "packets are missing" in read_hellos(capture([*frames[:2], *frames[3:]]), port=5061)[1]
    assert "end is not in the capture" in read_hellos(capture(frames[:2]), port=5061)[1]
    assert "ends in the middle" in read_hellos(capture(frames)[:-5], port=5061)[1]
    assert "link type 147" in read_hellos(capture(frames, link=147), port=5061)[1]
    broken = bytearray(hello())
    broken[76:78] = b"\xff\xff"  # the length of the list of suites
    assert "cannot be parsed" in read_hellos(capture(said(bytes(broken), (), 5)), port=5061)[1]
    assert read_hellos(capture(said(b"OPTIONS sip:x", (), 5)), port=5061) == ((), "")


def test_pcapng_is_named() -> None:
    with pytest.raises(MalformedCaptureError, match="pcapng.*editcap -F pcap"):
        streams(bytes.fromhex("0a0d0d0a") + bytes(60))


@given(
    st.lists(st.binary(max_size=120), max_size=4),
    st.sampled_from([0, 1, 101, 108, 113, 147, 228, 276]),
    st.sampled_from(
        [
            b"",
            MACS + b"\x81\x00\x00\x01",
            MACS + b"\x88\x64",
            MACS + b"\x88\x47",
            MACS + b"\x86\xdd\x60",
            MACS + b"\x08\x00E",
        ]
    ),
    st.integers(0, 200),
)
def test_no_octets_break_anything(frames: list[bytes], link: int, begin: bytes, snaplen: int) -> None:
    found, doubt = read_hellos(cut_capture([begin + one for one in frames], snaplen, link), port=5061)
    assert isinstance(found, tuple)
    assert isinstance(doubt, str)
