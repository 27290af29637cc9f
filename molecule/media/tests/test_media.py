# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real calls under each policy: what was agreed, what arrived, and what an eavesdropper had of it.

Judged from what side_effect.yml kept.
"""

from __future__ import annotations

import itertools
import re
from functools import cache
from pathlib import Path

import pylibsrtp
import pytest
from ansible_collections.siptls.vos.plugins.module_utils.sip.offer_answer import Keying
from lab.evidence import Evidence, address, read
from lab.legs import Leg, legs
from lab.matrix import ABSENT, ARRIVED, Row, rows, table, tone_of
from lab.sip import request, send
from lab.streams import decrypted, tone_share
from lab.wire import UDP

PROJECT = Path(__file__).resolve().parents[3]
KEPT = PROJECT / ".cache/lab/media"
CELLS = {
    "sdes_cm": (Keying.SDES, "AES_CM_128_HMAC_SHA1_80"),
    "sdes_gcm": (Keying.SDES, "AEAD_AES_256_GCM"),
    "dtls_cm": (Keying.DTLS, "AES_CM_128_HMAC_SHA1_80"),
    "dtls_gcm": (Keying.DTLS, "AEAD_AES_256_GCM"),
}
REFUSED = {
    "plain_refused": "SRTP is required, and plain RTP was offered",
    "suites_refused": "no suite that was offered is allowed; allowed: AEAD_AES_256_GCM",
}
CALLS = (*CELLS, "plain_allowed", *REFUSED)
OWN = (
    "-cert /etc/gateway/certs/gateway.crt",
    "-key /etc/gateway/certs/gateway.key",
    "-CAfile /etc/gateway/certs/ca.crt",
)

every_cell = pytest.mark.parametrize("cell", CELLS)


@cache
def evidence(name: str) -> Evidence:
    return read(KEPT / f"{name}.json")


@cache
def both_legs(name: str) -> tuple[Leg, Leg]:
    return legs(evidence(name))


@cache
def measured() -> tuple[Row, ...]:
    return tuple(row for name in CALLS for row in rows(evidence(name)))


@every_cell
def test_both_legs_agree_on_what_the_policy_says(cell: str) -> None:
    for leg in both_legs(cell):
        assert leg.verdict.cause == ""
        assert (leg.verdict.keying, leg.suite) == CELLS[cell], leg.gateway


@every_cell
def test_each_tone_arrives_at_the_other_gateway(cell: str) -> None:
    for receiver, sender in itertools.permutations(both_legs(cell)):
        assert tone_share(receiver.heard_clear, tone_of(sender.gateway)) > ARRIVED


@every_cell
def test_no_tone_is_on_the_wire(cell: str) -> None:
    for leg, other in itertools.permutations(both_legs(cell)):
        for stream in (leg.sent, leg.heard):
            for gateway in (leg.gateway, other.gateway):
                assert tone_share(stream, tone_of(gateway)) < ABSENT


@every_cell
def test_each_leg_has_keys_of_its_own(cell: str) -> None:
    caller, callee = both_legs(cell)
    assert len({*caller.keys, *callee.keys}) == len(caller.keys + callee.keys) == 4
    for leg, other in ((caller, callee), (callee, caller)):
        for key in other.keys:
            with pytest.raises(pylibsrtp.Error):
                decrypted(leg.sent, leg.suite or "", key)


@pytest.mark.parametrize("call", [*CELLS, "plain_allowed"])
def test_media_goes_through_the_relay_and_the_ports_that_are_allowed(call: str) -> None:
    relay = address("vos")
    media = [
        one for one in evidence(call).packets if one.protocol == UDP and 53 not in (one.source[1], one.destination[1])
    ]
    assert len(media) > 200
    for packet in media:
        ends = {packet.source[0]: packet.source[1], packet.destination[0]: packet.destination[1]}
        assert relay in ends
        assert all(10000 <= port <= 20000 for port in ends.values()), ends


def test_the_measure_finds_the_tone_of_a_gateway_that_does_not_encrypt() -> None:
    """Without this, finding none would prove nothing. The leg of the other gateway is encrypted all the same."""
    plain, encrypted = both_legs("plain_allowed")
    assert (plain.verdict.keying, encrypted.verdict.keying) == (Keying.NONE, Keying.SDES)
    assert tone_share(plain.sent, tone_of(plain.gateway)) > ARRIVED
    assert tone_share(encrypted.heard, tone_of(plain.gateway)) < ABSENT
    assert tone_share(encrypted.heard_clear, tone_of(plain.gateway)) > ARRIVED


@pytest.mark.parametrize("call", REFUSED)
def test_an_offer_that_the_policy_forbids_is_refused_in_words(call: str) -> None:
    (row,) = rows(evidence(call))
    assert row.verdict == f"refused, 488: {REFUSED[call]}"
    assert [one for one in evidence(call).packets if one.protocol == UDP and len(one.payload) == 172] == []


def offer(*lines: str) -> str:
    return "".join(
        f"{line}\r\n" for line in ("v=0", "o=- 1 1 IN IP4 10.77.61.99", "s=-", "c=IN IP4 10.77.61.99", "t=0 0", *lines)
    )


KEY = "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
FINGERPRINT = "a=fingerprint:sha-256 " + ":".join(["AB"] * 32)
NULLS = "a=crypto:1 NULL_HMAC_SHA1_80 " + KEY


@pytest.mark.parametrize(
    ("gateway", "domain", "body", "reason"),
    [
        ("gw1", "example.com", offer("m=audio 4000 RTP/AVP 0", f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY}"),
         "SRTP is required, and plain RTP was offered"),
        ("gw1", "example.com", offer("m=audio 4000 RTP/SAVP 0", f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY}", "m=video 4002 RTP/AVP 96"),
         "SRTP is required, and plain RTP was offered"),
        ("gw1", "example.com", offer("m=audio 4000 RTP/SAVP 0", NULLS),
         "no suite that was offered is allowed; allowed: AES_CM_128_HMAC_SHA1_80"),
        ("gw1", "example.com", offer("m=audio 4000 UDP/TLS/RTP/SAVP 0", FINGERPRINT, "a=setup:actpass"),
         "SRTP keyed by SDES is required, and DTLS-SRTP was offered"),
        ("gw1", "example.com", offer("m=audio 4000 RTP/SAVP 0"), "SRTP keyed by SDES is required, and no key was offered"),
        ("gw5", "dtls.example.com", offer("m=audio 4000 RTP/SAVP 0", f"a=crypto:1 AEAD_AES_256_GCM {KEY}"),
         "SRTP keyed by DTLS-SRTP is required, and SDES was offered"),
        ("gw1", "example.com", "", "no session description"),
    ],
)  # fmt: skip
def test_no_other_offer_gets_round_the_policy(gateway: str, domain: str, body: str, reason: str) -> None:
    aor = f"sip:{gateway}@{domain}"
    # To the other gateway of its domain
    callee = f"sip:{'gw2' if gateway == 'gw1' else 'gw6'}@{domain}"
    head = (
        request("INVITE", aor)
        .replace(f"INVITE sip:{domain}", f"INVITE {callee}")
        .replace(f"To: <{aor}>", f"To: <{callee}>")
    )
    contact = f"Contact: <{aor};transport=tls>\r\n"
    kind = "Content-Type: application/sdp\r\n" if body else ""
    message = head.replace("Content-Length: 0\r\n\r\n", f"{contact}{kind}Content-Length: {len(body)}\r\n\r\n{body}")
    answer = send(f"siptls-{gateway}", message, *OWN)
    assert answer.status == 488, answer
    assert f'Warning: 399 {domain} "{reason}"' in answer.sip


def test_the_matrix_is_as_documented() -> None:
    """The figures differ from run to run, the words do not. What was measured now is printed, and stays in .cache/media_matrix.rst."""
    text = table(measured())
    (PROJECT / ".cache/media_matrix.rst").write_text(text)
    print(f"\n{text}")
    documented = (PROJECT / "docs/docsite/rst/media.rst").read_text()
    found = [
        tuple(re.split(r" {2,}", line.strip())) for line in documented.splitlines() if re.match(r"gw\d to gw\d  ", line)
    ]
    assert [(call, keying, suite, verdict) for call, keying, suite, _far, _wire, verdict in found] == [
        row.words() for row in measured()
    ]
