# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A capture is read as it was written, whatever came in between, and octets that are none never break anything."""

from __future__ import annotations

import ssl

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.capture import MalformedCaptureError, streams
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.hellos import hellos_in
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
