# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets through an edge, to a switch that speaks plain SIP: Kamailio and rtpengine of Debian 12 and 13, with Asterisk 22 behind them."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.edge_client import (
    SRTP_OFFER,
    TlsClient,
    in_a_call,
    plain_exchange,
)
from ansible_collections.siptls.vos.tests.integration.edge_lab import (
    INSIDE,
    OUTSIDE,
    ROOTS,
    EdgeLab,
    await_true,
    identity,
)
from ansible_collections.siptls.vos.tests.integration.edge_switch import Asterisk, password_of
from ansible_collections.siptls.vos.tests.shared.probe_material import DAY, FOREIGN, ISSUING, NOW, leaf

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(not (ROOTS / "sid").is_dir(), reason="needs the folders that tools/bootstrap edge makes"),
]

ATTACKER = "192.0.2.66"
REVOKED = identity("gw9")


@pytest.fixture(scope="module", params=["trixie", "bookworm"])
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeLab]:
    made = EdgeLab(tmp_path_factory.mktemp("edge"), release=request.param)
    try:
        made.revoke(REVOKED)
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def switch(lab: EdgeLab) -> Asterisk:
    return Asterisk(lab, ["gw1", "gw2", "gw3"])


def audited(lab: EdgeLab, **wanted: Any) -> bool:
    """Whether there is an audit event with all of these."""
    return any(wanted.items() <= one.items() for one in lab.records("audit"))


def test_a_gateway_registers_with_the_digest_of_the_switch(lab: EdgeLab, switch: Asterisk) -> None:
    client = TlsClient(lab, identity("gw1"))
    done = client.register("gw1", password_of("gw1"))
    assert (done.status, done.one("Contact")) == (
        200,
        f"<sip:gw1@{client.address}:{client.port};transport=tls>;expires=59",
    )
    assert "gw1" in switch.registered()
    assert client.register("gw1", password_of("gw1"), expires=0).status == 200
    await_true(lambda: "gw1" not in switch.registered())


def test_the_password_is_the_switch_s_to_judge(lab: EdgeLab, switch: Asterisk) -> None:
    assert TlsClient(lab, identity("gw1")).register("gw1", "wrong").status == 401
    assert "gw1" not in switch.registered()


@pytest.mark.parametrize(
    "case",
    ["no certificate", "foreign CA", "expired", "revoked"],
)
def test_who_has_no_valid_certificate_gets_no_connection(lab: EdgeLab, switch: Asterisk, case: str) -> None:
    certificate, issuer = {
        "no certificate": (None, ISSUING),
        "foreign CA": (leaf(FOREIGN, "gw2.example.com", uris=["sip:gw2@example.com"]), FOREIGN),
        "expired": (
            leaf(ISSUING, "gw2.example.com", uris=["sip:gw2@example.com"], begin=NOW - 9 * DAY, end=NOW - DAY),
            ISSUING,
        ),
        "revoked": (REVOKED, ISSUING),
    }[case]
    before = lab.proxy.text().count(f"src addr: {ATTACKER}")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        TlsClient(lab, certificate, ATTACKER, issuer).ask("OPTIONS", "gw2")
    await_true(lambda: lab.proxy.text().count(f"src addr: {ATTACKER}") > before)
    reason = "peer did not return a certificate" if certificate is None else "certificate verify failed"
    assert (
        f"TLS accept:error:{'0A0000C7' if certificate is None else '0A000086'}:SSL routines::{reason}"
        in lab.proxy.text()
    )


def test_a_certificate_without_an_aor_is_refused(lab: EdgeLab, switch: Asterisk) -> None:
    client = TlsClient(lab, leaf(ISSUING, "nameless", dns=["nameless.example.com"]), ATTACKER)
    assert client.ask("REGISTER", "gw2").status == 403
    assert audited(lab, reason="certificate_without_identity", source_address=ATTACKER)


def test_another_s_aor_is_refused(lab: EdgeLab, switch: Asterisk) -> None:
    client = TlsClient(lab, identity("gw1"))
    assert client.register("gw2", password_of("gw2")).status == 403
    assert audited(
        lab, reason="aor_is_another", gateway="gw1@example.com", to="sip:gw2@example.com", source_port=client.port
    )
    assert "gw2" not in switch.registered()


def test_another_s_digest_user_is_refused(lab: EdgeLab, switch: Asterisk) -> None:
    client = TlsClient(lab, identity("gw1"))
    assert client.register("gw1", password_of("gw2"), digest_user="gw2").status == 403
    assert audited(lab, reason="digest_user_is_another", gateway="gw1@example.com", digest_user="gw2")


@pytest.mark.parametrize(
    "repeated", ["f: <sip:gw2@example.com>;tag=1", "From: <sip:gw2@example.com>;tag=1", "t: <sip:gw2@example.com>"]
)
def test_a_header_that_is_there_twice_is_refused(lab: EdgeLab, switch: Asterisk, repeated: str) -> None:
    client = TlsClient(lab, identity("gw1"))
    # No answer can be written to what has two senders
    with pytest.raises(ConnectionError):
        client.ask("REGISTER", "gw1", more=[repeated])
    assert audited(lab, reason="repeated_header", source_port=client.port)


def test_a_second_set_of_credentials_is_refused(lab: EdgeLab, switch: Asterisk) -> None:
    client = TlsClient(lab, identity("gw1"))
    credentials = [
        f'Authorization: Digest username="{name}", realm="asterisk", nonce="1", uri="sip:x", response="1"'
        for name in ("gw1", "gw2")
    ]
    assert client.ask("REGISTER", "gw1", more=credentials).status == 403
    with pytest.raises(ConnectionError):
        client.receive()
    assert audited(lab, reason="repeated_header", gateway="gw1@example.com")


def test_a_call_from_another_is_refused(lab: EdgeLab, switch: Asterisk) -> None:
    client = TlsClient(lab, identity("gw1"))
    assert (
        client.ask("INVITE", "gw2", uri="sip:echo@example.com", body=SRTP_OFFER.format(address=client.address)).status
        == 403
    )
    assert audited(
        lab, reason="sender_is_another", gateway="gw1@example.com", method="INVITE", **{"from": "sip:gw2@example.com"}
    )


def test_an_asserted_identity_of_another_is_refused(lab: EdgeLab, switch: Asterisk) -> None:
    client = TlsClient(lab, identity("gw1"))
    forged = ["P-Asserted-Identity: <sip:gw2@example.com>"]
    assert (
        client.ask(
            "INVITE", "gw1", uri="sip:echo@example.com", more=forged, body=SRTP_OFFER.format(address=client.address)
        ).status
        == 403
    )
    assert audited(lab, reason="asserted_identity_is_another", gateway="gw1@example.com", method="INVITE")


def test_nobody_ends_the_call_of_another(lab: EdgeLab, switch: Asterisk) -> None:
    client = TlsClient(lab, identity("gw1"))
    dialog = in_a_call(client, "gw1", password_of("gw1"))
    # From as another gateway's, over the connection of the one that is in the call
    assert client.ask("BYE", "gw2", cseq=3, **dialog).status == 403
    assert audited(lab, reason="sender_is_another", gateway="gw1@example.com", method="BYE")
    # All that identifies the dialog, over another gateway's connection
    other = TlsClient(lab, identity("gw3"), "192.0.2.13")
    assert other.ask("BYE", "gw1", cseq=3, **dialog).status == 403
    renamed = [one.replace("gw1*", "gw3*") for one in dialog["more"]]
    assert other.ask("BYE", "gw1", cseq=3, **{**dialog, "more": renamed}).status == 403
    assert audited(lab, reason="dialog_of_another", gateway="gw3@example.com", method="BYE")
    assert switch.channels() == 1
    assert client.ask("BYE", "gw1", cseq=4, **dialog).status == 200
    await_true(lambda: switch.channels() == 0)


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["tcp", "udp"])
def test_plain_sip_gets_no_answer_outside(lab: EdgeLab, switch: Asterisk, kind: socket.SocketKind) -> None:
    for port in (5060, 5061):
        assert lab.outside.call(plain_exchange, kind, ATTACKER, (OUTSIDE, port), options(OUTSIDE)) == b""
    if kind == socket.SOCK_STREAM:
        assert re.search(
            rf"TLS accept:error:0A0000(9C|F7|C1|10B)?.*\n(.*\n){{0,4}}.*src addr: {ATTACKER}", lab.proxy.text()
        )


def test_a_packet_from_outside_to_an_inside_port_gets_no_answer(lab: EdgeLab, switch: Asterisk) -> None:
    for target in ((INSIDE, 5060),):
        assert lab.outside.call(plain_exchange, socket.SOCK_DGRAM, ATTACKER, target, options(INSIDE)) == b""
    assert audited(lab, reason="inside_from_another_address", side="inside", source_address=ATTACKER)


def options(host: str) -> bytes:
    lines = [
        f"OPTIONS sip:{host} SIP/2.0",
        f"Via: SIP/2.0/UDP {ATTACKER};branch=z9hG4bKattack;rport",
        "From: <sip:gw1@example.com>;tag=1",
        f"To: <sip:{host}>",
        "Call-ID: attack",
        "CSeq: 1 OPTIONS",
        "Max-Forwards: 70",
        "Content-Length: 0",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
