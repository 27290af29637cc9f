# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trunks, limits, revocation and a restart at an edge, with Asterisk behind it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.edge.settings import Limits, Trunk
from ansible_collections.siptls.vos.tests.integration.edge_client import SRTP_OFFER, TlsClient, in_a_call
from ansible_collections.siptls.vos.tests.integration.edge_gateway import Baresip
from ansible_collections.siptls.vos.tests.integration.edge_lab import ROOTS, EdgeLab, an_edge, await_true, identity
from ansible_collections.siptls.vos.tests.integration.edge_switch import Asterisk, password_of

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(not (ROOTS / "sid").is_dir(), reason="needs the folders that tools/bootstrap edge makes"),
]

TRUNK = 5107


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeLab]:
    limits = Limits(calls=4, calls_each=2, requests=60)
    made = EdgeLab(
        tmp_path_factory.mktemp("edge"), an_edge(limits=limits, trunks=[Trunk("gw7@example.com", TRUNK, numbers=True)])
    )
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def switch(lab: EdgeLab) -> Asterisk:
    return Asterisk(lab, ["gw1", "gw2", "gw3", "gw4"], TRUNK)


def audited(lab: EdgeLab, **wanted: Any) -> bool:
    return any(wanted.items() <= one.items() for one in lab.records("audit"))


def is_refused(client: TlsClient, said: str) -> bool:
    """Whether the connection is closed to what is said."""
    try:
        client.send(said)
    except OSError:
        return True
    return False


def test_a_call_of_the_switch_to_an_inside_port_reaches_its_gateway_and_no_other(
    lab: EdgeLab, switch: Asterisk
) -> None:
    trunk, other = TlsClient(lab, identity("gw7")), TlsClient(lab, identity("gw3"))
    assert trunk.ask("OPTIONS", "gw7").status == 200
    assert other.register("gw3", password_of("gw3")).status == 200
    switch.originate("PJSIP/72345@trunk7")
    invite = trunk.receive()
    assert invite.first.startswith("INVITE sip:72345@")
    assert ("RTP/SAVP" in invite.body, "10.20.0." in invite.text) == (True, False)
    trunk.answer(invite, "200 OK", SRTP_OFFER.format(address=trunk.address))
    assert trunk.receive().first.startswith("ACK ")
    assert switch.channels() == 1
    switch.ask("channel request hangup all")
    bye = trunk.receive()
    assert bye.first.startswith("BYE ")
    trunk.answer(bye, "200 OK")
    await_true(lambda: switch.channels() == 0)
    with pytest.raises(TimeoutError):
        other.receive(seconds=1)


def test_a_trunk_calls_from_its_inside_port_with_the_numbers_of_its_callers(lab: EdgeLab, switch: Asterisk) -> None:
    trunk = TlsClient(lab, identity("gw7"))
    # The switch knows it by address and port: it asks for no password
    dialog = in_a_call(trunk, "gw7", "none", caller="5551234")
    assert switch.channels() == 1
    assert trunk.ask("BYE", "5551234", cseq=2, **dialog).status == 200
    await_true(lambda: switch.channels() == 0)


def test_a_trunk_without_a_connection_is_told_as_unavailable(lab: EdgeLab, switch: Asterisk) -> None:
    trunk = TlsClient(lab, identity("gw7"))
    trunk.ask("OPTIONS", "gw7")
    trunk.close()
    await_true(lambda: "gw7" not in lab.rpc("htable.dump", "flow"))
    switch.ask("pjsip set logger on")
    switch.originate("PJSIP/79999@trunk7")
    await_true(lambda: "SIP/2.0 480" in switch.program.text(), switch.program.text)


def test_more_calls_than_a_gateway_may_have_are_refused_and_others_notice_nothing(
    lab: EdgeLab, switch: Asterisk
) -> None:
    one, other = TlsClient(lab, identity("gw1")), TlsClient(lab, identity("gw2"))
    dialogs = [in_a_call(one, "gw1", password_of("gw1")) for _ in range(2)]
    refused = one.ask("INVITE", "gw1", uri="sip:echo@example.com", body=SRTP_OFFER.format(address=one.address))
    assert (refused.status, refused.one("Retry-After")) == (503, "5")
    assert audited(lab, reason="too_many_calls_of_gateway", gateway="gw1@example.com")
    theirs = in_a_call(other, "gw2", password_of("gw2"))
    assert other.ask("BYE", "gw2", cseq=3, **theirs).status == 200
    for dialog in dialogs:
        assert one.ask("BYE", "gw1", cseq=3, **dialog).status == 200
    again = in_a_call(one, "gw1", password_of("gw1"))
    assert one.ask("BYE", "gw1", cseq=3, **again).status == 200
    await_true(lambda: switch.channels() == 0)


def test_more_calls_a_second_than_a_gateway_may_make_are_refused(lab: EdgeLab, switch: Asterisk) -> None:
    client = TlsClient(lab, identity("gw2"))
    for number in range(45):
        client.send(
            client.request(
                "INVITE", "gw2", uri=f"sip:{number}@example.com", body=SRTP_OFFER.format(address=client.address)
            )
        )
    await_true(lambda: audited(lab, reason="too_many_calls_a_second_of_gateway", gateway="gw2@example.com"))


def test_a_gateway_in_a_loop_is_refused_and_disconnected_and_others_stay(lab: EdgeLab, switch: Asterisk) -> None:
    mad, other = TlsClient(lab, identity("gw4")), TlsClient(lab, identity("gw2"))
    for _ in range(130):
        mad.send(mad.request("REGISTER", "gw4"))
    answers = [mad.receive(lambda message: message.status >= 200) for _ in range(130)]
    assert {one.status for one in answers} == {401, 503}
    assert {one.one("Retry-After") for one in answers if one.status == 503} == {"10"}
    flood = "".join(mad.request("REGISTER", "gw4") for _ in range(50))
    await_true(lambda: is_refused(mad, flood))
    assert (
        len(
            [
                one
                for one in lab.records("audit")
                if (one["reason"], one["gateway"]) == ("too_many_requests", "gw4@example.com")
            ]
        )
        <= 2
    )
    assert other.register("gw2", password_of("gw2")).status == 200


def test_a_revoked_gateway_is_disconnected_and_neither_calls_nor_is_called(lab: EdgeLab, switch: Asterisk) -> None:
    certificate = identity("gw3")
    client = TlsClient(lab, certificate)
    assert client.register("gw3", password_of("gw3")).status == 200
    lab.rpc("htable.seti", "revoked", f"s:{certificate.serial_number}", "1")
    with pytest.raises(ConnectionError):
        client.receive()
    assert audited(lab, event="edge_closed", reason="revoked", gateway="gw3@example.com")
    # The switch still holds its registration
    assert "gw3" in switch.registered()
    again = TlsClient(lab, certificate)
    assert again.ask("REGISTER", "gw3").status == 403
    with pytest.raises(ConnectionError):
        again.receive()
    switch.ask("pjsip set logger on")
    before = switch.program.text().count("SIP/2.0 480")
    switch.originate("PJSIP/gw3")
    await_true(lambda: switch.program.text().count("SIP/2.0 480") > before)
    # With a new certificate it is back
    assert TlsClient(lab, identity("gw3")).register("gw3", password_of("gw3")).status == 200


def test_gateways_are_back_after_the_edge_was_killed(lab: EdgeLab, switch: Asterisk) -> None:
    gateway = Baresip(lab, "gw1", "192.0.2.11", password_of("gw1"))
    await_true(lambda: "gw1@" in lab.rpc("htable.dump", "flow"), gateway.program.text)
    lab.proxy.close(signal.SIGKILL)
    lab.start_proxy()
    await_true(lambda: "gw1@" in lab.rpc("htable.dump", "flow"), gateway.program.text, 60)
    switch.originate("PJSIP/gw1")
    gateway.saw("CALL_ESTABLISHED")
    gateway.command("hangup")
    await_true(lambda: switch.channels() == 0)
