# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls over real TLS, with a double for who answers them: what is agreed on, and that nobody is left in a call."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.sip.message import Message, Request, Response
from ansible_collections.siptls.vos.plugins.module_utils.sip.sdp import Attribute, SessionDescription
from ansible_collections.siptls.vos.plugins.module_utils.sip.sdp_reading import parse_sdp
from ansible_collections.siptls.vos.plugins.module_utils.sip.srtp import CryptoAttribute, parse_crypto
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.sip_peer import SipPeer, answer, seen_from
from ansible_collections.siptls.vos.tests.integration.test_sip_probe import PASSWORD, Registrar
from ansible_collections.siptls.vos.tests.shared import probe_material

CALLEE = "<sip:600@10.77.0.22:5061;transport=tls>"
FIRST_HOP, SECOND_HOP = "<sip:10.77.0.10:5061;transport=tls;lr>", "<sip:relay.example.com;lr>"
SDP = ("Content-Type", "application/sdp")
Choose = Callable[[SessionDescription], SessionDescription]


def answered(offer: SessionDescription, *attributes: Attribute, profile: str = "") -> SessionDescription:
    """An answer to an offer: the same media with these attributes."""
    media = offer.media[0]
    kept = tuple(one for one in media.attributes if one.name == "rtpmap")
    changed = replace(media, port=4000, profile=profile or media.profile, attributes=(*kept, *attributes))
    return replace(offer, media=(changed,))


def sdes(number: int, tag: int | None = None) -> Choose:
    """Chooses the suite of that number, with a key of its own."""

    def choose(offer: SessionDescription) -> SessionDescription:
        offered = {parse_crypto(one).tag: parse_crypto(one) for one in offer.media[0].values("crypto")}
        suite = offered[number].suite
        assert suite
        return answered(
            offer, Attribute("crypto", CryptoAttribute.fresh(number if tag is None else tag, suite).render())
        )

    return choose


def dtls(offer: SessionDescription) -> SessionDescription:
    return answered(offer, Attribute("setup", "active"), Attribute("fingerprint", "sha-256 " + ":".join(["AB"] * 32)))


class Callee:
    """Who is called. Answers to everything, as told."""

    def __init__(
        self,
        choose: Choose | None = None,
        *,
        refuses: tuple[int, str, str] | None = None,
        rings: bool = False,
        early: bool = False,
        retransmits: bool = False,
        wants_password: bool = False,
        takes_after_cancel: bool = False,
    ) -> None:
        self.choose, self.refuses, self.rings, self.early = choose, refuses, rings, early
        self.retransmits, self.takes_after_cancel = retransmits, takes_after_cancel
        self.registrar = Registrar("SHA-256") if wants_password else None
        self.pending: Request | None = None
        self.offers: list[SessionDescription] = []

    def __call__(self, request: Request) -> Iterable[Message | bytes | None]:
        request = seen_from(request)
        handlers = {
            "OPTIONS": self.on_options,
            "INVITE": self.on_invite,
            "ACK": self.on_ack,
            "BYE": self.on_bye,
            "CANCEL": self.on_cancel,
        }
        return handlers[request.method](request)

    def on_options(self, request: Request) -> Iterable[Message]:
        yield answer(request, 200, "OK")

    def on_ack(self, request: Request) -> Iterable[Message]:
        return []

    def on_bye(self, request: Request) -> Iterable[Message]:
        yield answer(request, 200, "OK")

    def on_cancel(self, request: Request) -> Iterable[Message]:
        yield answer(request, 200, "OK")
        if self.pending and self.takes_after_cancel:
            yield self._taken(self.pending)
        elif self.pending:
            yield answer(self.pending, 487, "Request Terminated")

    def on_invite(self, request: Request) -> Iterable[Message]:
        if self.registrar:
            first, *_others = self.registrar(request)
            if isinstance(first, Response) and first.status == 401:
                yield first
                return
        self.pending = request
        self.offers.append(parse_sdp(request.body))
        yield answer(request, 100, "Trying")
        if self.refuses:
            status, reason, warning = self.refuses
            yield answer(request, status, reason, *([("Warning", warning)] if warning else []))
            return
        yield answer(request, 180, "Ringing") if not self.early else self._taken(request, 183, "Session Progress")
        if not self.rings:
            taken = self._taken(request)
            yield taken
            if self.retransmits:
                yield taken

    def _taken(self, request: Request, status: int = 200, reason: str = "Answering") -> Response:
        assert self.choose
        routes = (("Record-Route", SECOND_HOP), ("Record-Route", FIRST_HOP))
        body = self.choose(parse_sdp(request.body)).render()
        return answer(request, status, reason, ("Contact", CALLEE), *routes, SDP, body=body)


@dataclass(frozen=True)
class Case:
    """Who is called with which offer, and what is to come of it.

    :ivar methods: what the softswitch gets after OPTIONS
    :ivar media: facts
    """

    id: str
    callee: Callee
    methods: tuple[str, ...]
    hung_up: str
    verdict: str = "ok"
    cause: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    media: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""


CALL, REFUSED, CANCELLED = ("INVITE", "ACK", "BYE"), ("INVITE", "ACK"), ("INVITE", "CANCEL", "ACK")
GCM, CM128 = "AEAD_AES_256_GCM", "AES_CM_128_HMAC_SHA1_80"
NO_PLAIN = (488, "Not Acceptable Here", '399 example.com "SRTP keyed by sdes is required"')
CASES = [
    Case("gcm", Callee(sdes(1)), CALL, "ACK, BYE, 200",
         media={"keying": "sdes", "suite": GCM, "encrypted": True, "provisional": [100, 180]}),
    Case("cm128", Callee(sdes(3)), CALL, "ACK, BYE, 200", media={"suite": CM128}, options={"expect": {"keying": "sdes"}}),
    Case("dtls", Callee(dtls), CALL, "ACK, BYE, 200", options={"keying": "dtls", "expect": {"keying": "dtls"}},
         media={"keying": "dtls", "suite": ""}),
    Case("weaker", Callee(sdes(3)), CALL, "ACK, BYE, 200", "failed", f"{GCM} is expected, and {CM128} was agreed",
         {"expect": {"suites": [GCM]}}, {"suite": CM128}),
    Case("password", Callee(sdes(1), wants_password=True), ("INVITE", "ACK", *CALL), "ACK, BYE, 200", options={"password": PASSWORD}),
    Case("no-password", Callee(sdes(1), wants_password=True), REFUSED, "", "failed", "a password is asked for, and none was given"),
    Case("retransmitted", Callee(sdes(1), retransmits=True), CALL, "ACK, BYE, 200"),
    Case("plain-refused", Callee(refuses=NO_PLAIN), REFUSED, "", options={"keying": "none"}, media={"status": 488, "agreed": None}),
    Case("plain-taken", Callee(answered), CALL, "ACK, BYE, 200", "failed", "plain media was taken", {"keying": "none"}),
    Case("plain-nobody", Callee(refuses=(404, "Not Found", "")), REFUSED, "", "unknown", "whether plain media is refused is not known",
         {"keying": "none"}),
    Case("refused", Callee(refuses=NO_PLAIN), REFUSED, "", "failed", "INVITE was refused with 488 Not Acceptable Here: the offered media"),
    Case("busy", Callee(refuses=(486, "Busy Here", "")), REFUSED, "", "failed", "the called device is busy"),
    Case("answered-plain", Callee(lambda offer: answered(offer, profile="RTP/AVP")), CALL, "ACK, BYE, 200", "failed",
         "the answer is not encrypted"),
    Case("other-tag", Callee(sdes(1, tag=9)), CALL, "ACK, BYE, 200", "failed", "answered with tag 9"),
    Case("nobody-answers", Callee(sdes(1), rings=True), CANCELLED, "CANCEL, 487, ACK", "unknown", "nobody took the call in time"),
    Case("early-answer", Callee(sdes(1), rings=True, early=True), CANCELLED, "CANCEL, 487, ACK", media={"suite": GCM, "early": True},
         notes="an early answer"),
    Case("taken-too-late", Callee(sdes(1), rings=True, takes_after_cancel=True), ("INVITE", "CANCEL", "ACK", "BYE"), "ACK, BYE, 200"),
]  # fmt: skip
WRONG = {
    "suite": ({"suites": ["AES_CM_129"]}, "suites holds a suite that is not known"),
    "no-suite": ({"suites": []}, "suites is empty"),
    "dtls-without": ({"keying": "dtls", "certificate": "", "private_key": ""}, "keying dtls needs a certificate"),
    "address": ({"media_address": "here and there"}, "media_address is no address"),
    "port": ({"media_port": 70000}, "media_port is no port"),
}


@dataclass(frozen=True)
class Done:
    """What all tasks returned, by case; what the softswitches got; what was printed; and what is left on the devices."""

    results: Mapping[str, Mapping[str, Any]]
    requests: Mapping[str, list[Request]]
    output: str
    left: Sequence[Path]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """All cases in one play, a host for each, at the highest verbosity."""
    certs = tmp_path_factory.mktemp("certs")
    probe_material.write(certs)
    peers = {case.id: SipPeer(certs, case.callee) for case in CASES}
    options = {case.id: case.options for case in CASES} | {name: one for name, (one, _message) in WRONG.items()}
    hosts = {}
    for name, more in options.items():
        hosts[name] = {
            "probe": {
                "aor": "sip:gw1@example.com",
                "connect": f"127.0.0.1:{peers[name].port if name in peers else 9}",
                "certificate": str(certs / "gw1.crt"),
                "private_key": str(certs / "gw1.key"),
                "trust_bundle": str(certs / "ca.crt"),
                "to": "600",
                "ring": "2s" if name in ("nobody-answers", "early-answer", "taken-too-late") else "20s",
                "timeout": "20s",
                **more,
            }
        }
    play = Play(tmp_path_factory.mktemp("play"))
    outcome = play.start(
        [{"name": "It", "siptls.vos.srtp_probe": "{{ probe }}"}], hosts=hosts, forks=6, verbosity=4
    ).finish()
    for case in CASES:
        peers[case.id].wait_for(1 + len(case.methods))
    return Done(
        {name: outcome.of(name) for name in hosts},
        {name: peer.requests for name, peer in peers.items()},
        outcome.output,
        outcome.left,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_call_has_its_verdict_and_its_end(done: Done, case: Case) -> None:
    result = done.results[case.id]
    assert result["verdict"] == case.verdict, result
    assert result["status"] == ("ok" if case.verdict == "ok" else "failed")
    assert case.cause in result["cause"]
    assert result["media"]["hung_up"] == case.hung_up
    assert tuple(one.method for one in done.requests[case.id][1:]) == case.methods
    assert {name: result["media"][name] for name in case.media} == case.media
    assert case.notes in " / ".join(result["notes"])
    assert result["changed"] is False


def test_the_offer_is_what_was_asked_for(done: Done) -> None:
    offers = {case.id: case.callee.offers for case in CASES}
    sdes_media = offers["gcm"][0].media[0]
    assert sdes_media.profile == "RTP/SAVP"
    suites = [parse_crypto(one) for one in sdes_media.values("crypto")]
    assert [one.suite_name for one in suites] == [GCM, "AES_256_CM_HMAC_SHA1_80", CM128]
    assert [one.problem() for one in suites] == [None, None, None]
    assert 10000 <= sdes_media.port < 20000
    assert str(offers["gcm"][0].connection) == "IN IP4 127.0.0.1", "as the softswitch saw the device"
    assert offers["dtls"][0].media[0].profile == "UDP/TLS/RTP/SAVP"
    assert len(offers["dtls"][0].media[0].values("fingerprint")[0].split(":")) == 32
    assert offers["plain-taken"][0].media[0].profile == "RTP/AVP"
    assert offers["plain-taken"][0].media[0].values("crypto") == []


def test_requests_in_the_call_go_over_the_recorded_route(done: Done) -> None:
    invite, ack, bye = done.requests["gcm"][1:]
    assert invite.uri == "sip:600@example.com"
    for one in (ack, bye):
        assert one.uri == CALLEE.strip("<>")
        assert one.values("Route") == [FIRST_HOP, SECOND_HOP]
        assert one.recipient.tag == "peer"
        assert (one.call_id, one.sender) == (invite.call_id, invite.sender)
    assert (ack.cseq.number, bye.cseq.number) == (invite.cseq.number, invite.cseq.number + 1)


def test_what_ends_an_invite_is_of_its_transaction(done: Done) -> None:
    for name in ("refused", "nobody-answers"):
        invite, *others = done.requests[name][1:]
        for one in others:
            assert one.vias[0].branch == invite.vias[0].branch
            assert (one.uri, one.cseq.number) == (invite.uri, invite.cseq.number)


def test_no_key_and_no_password_is_printed(done: Done) -> None:
    offers = [offer for case in CASES for offer in case.callee.offers]
    keys = [
        key.material for offer in offers for one in offer.media[0].values("crypto") for key in parse_crypto(one).keys
    ]
    assert len(keys) > 30
    assert len(set(keys)) == len(keys)
    for key in keys:
        assert base64.b64encode(key).decode()[:20] not in done.output
    assert PASSWORD not in done.output


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_option_is_an_error_before_anything_is_done(done: Done, name: str) -> None:
    assert WRONG[name][1] in done.results[name]["msg"]
    assert "verdict" not in done.results[name]


def test_nothing_is_left_on_the_device(done: Done) -> None:
    assert done.left == []
