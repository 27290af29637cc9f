# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers that a peer chooses are bounded, however many digits they have: Python refuses to read more than 4300 of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.sip.addresses import SipUri, parse_address
from ansible_collections.siptls.vos.plugins.module_utils.sip.fields import parse_cseq, parse_via, parse_warning
from ansible_collections.siptls.vos.plugins.module_utils.sip.message import parse_message
from ansible_collections.siptls.vos.plugins.module_utils.sip.registering import bindings_in
from ansible_collections.siptls.vos.plugins.module_utils.sip.registrations import parse_registrations
from ansible_collections.siptls.vos.plugins.module_utils.sip.requests import Client
from ansible_collections.siptls.vos.plugins.module_utils.sip.sdp_reading import parse_sdp
from ansible_collections.siptls.vos.plugins.module_utils.sip.srtp import parse_crypto
from ansible_collections.siptls.vos.plugins.module_utils.sip.stream import MessageReader

DIGITS = ("1" + "0" * 400, "9" * 5000, "0" * 5000 + "9" * 5000, "00001" + "9" * 5000, "\u0663" * 5000)
KEY = "A" * 40


@pytest.mark.parametrize("digits", DIGITS, ids=["400", "5000", "zeros", "first", "arabic"])
@pytest.mark.parametrize(
    "read",
    [
        lambda one: parse_cseq(f"{one} INVITE"),
        lambda one: parse_via(f"SIP/2.0/TLS h:{one};branch=z9hG4bKa"),
        lambda one: parse_warning(f'{one} h "x"'),
        lambda one: parse_address(f"<sip:a@h:{one}>", "To"),
        lambda one: MessageReader().feed(f"SIP/2.0 200 OK\r\nContent-Length: {one}\r\n\r\n".encode()),
        lambda one: parse_message(f"SIP/2.0 {one} OK\r\n\r\n".encode()),
        lambda one: parse_sdp(f"v=0\nm=audio {one} RTP/SAVP 0\n".encode()),
        lambda one: parse_sdp(f"v=0\nm=audio 4000/{one} RTP/SAVP 0\n".encode()),
        lambda one: parse_crypto(f"{one} AES_CM_128_HMAC_SHA1_80 inline:{KEY}"),
        lambda one: parse_crypto(f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^{one}"),
        lambda one: parse_crypto(f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|{one}"),
        lambda one: parse_crypto(f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|{one}:4"),
        lambda one: parse_registrations(f"sip:gw1@h ab {one}", where="vos"),
    ],
)  # fmt: skip
def test_a_number_of_any_length_is_refused_in_words(read: Callable[[str], object], digits: str) -> None:
    with pytest.raises(SiptlsError):
        read(digits)


@pytest.mark.parametrize("digits", DIGITS, ids=["400", "5000", "zeros", "first", "arabic"])
def test_a_number_that_decides_nothing_is_passed_over(digits: str) -> None:
    message = parse_message(
        f"SIP/2.0 200 OK\r\nExpires: {digits}\r\nContact: <sip:gw1@h>;expires={digits}\r\n\r\n".encode()
    )
    assert [one.expires for one in bindings_in(message)] == [None]  # type: ignore[arg-type]  # a response
    client = Client.nameless(SipUri("example.com", "gw1"))
    via = parse_via(f"SIP/2.0/TLS h;branch=z9hG4bKa;received=192.0.2.1;rport={digits}")
    assert client.seen_as(via) == client
    session = parse_sdp(
        f"v=0\no=- {digits} {digits} IN IP4 h\nt={digits} 0\nm=audio 4000 RTP/AVP 0\nb=AS:{digits}\n".encode()
    )
    assert session.media[0].port == 4000
