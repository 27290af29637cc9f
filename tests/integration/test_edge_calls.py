# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls through an edge: SRTP outside, plain RTP inside, and one record for each.

baresip is outside and Asterisk inside. What is said of media is from the wire.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.edge_gateway import Baresip
from ansible_collections.siptls.vos.tests.integration.edge_lab import (
    DOMAIN,
    GATEWAYS,
    INSIDE,
    OUTSIDE,
    ROOTS,
    SWITCH,
    EdgeLab,
    an_edge,
    await_true,
)
from ansible_collections.siptls.vos.tests.integration.edge_switch import Asterisk, password_of
from ansible_collections.siptls.vos.tests.integration.edge_wire import Wire

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(not (ROOTS / "sid").is_dir(), reason="needs the folders that tools/bootstrap edge makes"),
]

# All send from the first of them, as they are on one host
ADDRESSES = {"gw1": "192.0.2.11", "gw2": "192.0.2.12", "gw3": "192.0.2.13"}
#: Encrypted is what reads as noise, where the tone is all there is
NOISE, TONE = 0.05, 0.9


@dataclass
class Site:
    """An edge with its switch and three gateways, all of them registered; the last one has no SRTP."""

    lab: EdgeLab
    switch: Asterisk
    gw1: Baresip
    gw2: Baresip
    plain: Baresip
    keying: str
    suites: set[str]

    def calls(self) -> list[dict[str, Any]]:
        return self.lab.records("call")


@pytest.fixture(scope="module", params=["sdes", "sdes on Debian 12", "sdes of AES-GCM alone", "dtls"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    policy: dict[str, Any] = {
        "sdes": {},
        "sdes on Debian 12": {},
        "sdes of AES-GCM alone": {"srtp_suites": ["AEAD_AES_256_GCM"]},
        "dtls": {"srtp_auth": "dtls"},
    }[request.param]
    release = "bookworm" if request.param.endswith("12") else "trixie"
    lab = EdgeLab(tmp_path_factory.mktemp("edge"), an_edge(domains=[{**DOMAIN, **policy}]), release)
    try:
        lab.start()
        keying = "dtls" if "srtp_auth" in policy else "sdes"
        yield registered(lab, keying, set(policy.get("srtp_suites", [])))
    finally:
        lab.close()


def registered(lab: EdgeLab, keying: str, suites: set[str]) -> Site:
    switch = Asterisk(lab, ADDRESSES)
    media = "dtls_srtp" if keying == "dtls" else "srtp-mand"
    keyings = {"gw1": media, "gw2": media, "gw3": ""}
    gateways = [
        Baresip(lab, name, address, password_of(name), media=keyings[name]) for name, address in ADDRESSES.items()
    ]
    await_true(lambda: switch.registered() == set(ADDRESSES), lambda: gateways[0].program.text() + lab.proxy.text())
    return Site(lab, switch, *gateways, keying, suites)


@pytest.fixture(autouse=True)
def nobody_is_in_a_call(site: Site) -> Iterator[None]:
    """What an earlier test has left, whatever became of it, ends."""
    yield
    for gateway in (site.gw1, site.gw2, site.plain):
        gateway.command("hangupall")
        gateway.events.clear()
    await_true(lambda: site.switch.channels() == 0)


@pytest.fixture
def wires(site: Site) -> Iterator[tuple[Wire, Wire]]:
    pair = Wire(site.lab.edge, "outside"), Wire(site.lab.edge, "inside")
    yield pair
    for one in pair:
        one.close()


def up(site: Site, caller: Baresip, callee: Baresip | None, number: str) -> None:
    caller.dial(number)
    caller.saw("CALL_ESTABLISHED")
    if callee:
        callee.saw("CALL_ESTABLISHED")


def test_a_call_between_gateways_is_encrypted_outside_and_plain_inside(site: Site, wires: tuple[Wire, Wire]) -> None:
    if site.suites and site.keying == "sdes":
        pytest.skip("baresip offers AES_CM_128 alone by SDES")
    before = len(site.calls())
    up(site, site.gw1, site.gw2, "gw2")
    outside, inside = wires
    await_true(
        lambda: all(
            wire.heard(one) == 2
            for wire, one in ((inside, INSIDE), (inside, SWITCH), (outside, OUTSIDE), (outside, GATEWAYS[0]))
        )
    )
    assert max(outside.tone_shares(GATEWAYS[0]) + outside.tone_shares(OUTSIDE)) < NOISE
    assert min(inside.tone_shares(INSIDE) + inside.tone_shares(SWITCH)) > TONE
    site.gw1.command("hangup")
    site.gw2.saw("CALL_CLOSED")
    await_true(lambda: site.switch.channels() == 0 and len(site.calls()) == before + 2)
    legs = {one["direction"]: one for one in site.calls()[before:]}
    assert {(one["gateway"], one["outside"], one["inside"]) for one in legs.values()} == {
        ("gw1@example.com", site.keying, "plain"),
        ("gw2@example.com", site.keying, "plain"),
    }
    assert (legs["from_gateway"]["ended_by"], legs["to_gateway"]["ended_by"]) == ("gateway", "switch")
    if site.keying == "sdes":
        assert legs["from_gateway"]["outside_suite"] == "AES_CM_128_HMAC_SHA1_80"
    assert all(one["begun"] <= one["answered"] <= one["ended"] for one in legs.values())


def test_a_call_of_the_switch_is_encrypted_outside(site: Site, wires: tuple[Wire, Wire]) -> None:
    before = len(site.calls())
    site.switch.originate("PJSIP/gw2")
    site.gw2.saw("CALL_ESTABLISHED")
    outside, inside = wires
    await_true(lambda: inside.heard(INSIDE) == 1 and outside.heard(OUTSIDE) == 1)
    assert max(outside.tone_shares(GATEWAYS[0]) + outside.tone_shares(OUTSIDE)) < NOISE
    assert min(inside.tone_shares(INSIDE)) > TONE
    site.gw2.command("hangup")
    await_true(lambda: site.switch.channels() == 0 and len(site.calls()) > before)
    record = site.calls()[-1]
    assert (record["gateway"], record["direction"], record["outside"], record["ended_by"]) == (
        "gw2@example.com",
        "to_gateway",
        site.keying,
        "gateway",
    )
    if site.suites:
        assert record["outside_suite"] in site.suites


def test_hold_and_resume(site: Site, wires: tuple[Wire, Wire]) -> None:
    if site.suites and site.keying == "sdes":
        pytest.skip("baresip offers AES_CM_128 alone by SDES")
    up(site, site.gw1, None, "echo")
    outside, inside = wires
    await_true(lambda: len(inside.rtp(INSIDE)) > 50)
    site.gw1.command("hold")
    await_true(lambda: site.gw1.program.text().count("a=recvonly") > 0, site.gw1.program.text)
    site.gw1.command("resume")
    both = len(inside.rtp(INSIDE)), len(outside.rtp(OUTSIDE))
    await_true(lambda: len(inside.rtp(INSIDE)) > both[0] + 200 and len(outside.rtp(OUTSIDE)) > both[1] + 200)
    assert min(inside.tone_shares(INSIDE)) > TONE
    assert max(outside.tone_shares(GATEWAYS[0])) < NOISE
    site.gw1.command("hangup")
    await_true(lambda: site.switch.channels() == 0)


def test_nothing_of_the_inside_is_told_outside(site: Site) -> None:
    site.switch.originate("PJSIP/gw1")
    site.gw1.saw("CALL_ESTABLISHED")
    site.gw1.command("hangup")
    await_true(lambda: site.switch.channels() == 0)
    if not site.suites:
        up(site, site.gw1, site.gw2, "gw2")
    for gateway in (site.gw1, site.gw2):
        said = gateway.program.text()
        assert "SIP/2.0 200" in said
        assert [line for line in said.splitlines() if "10.20.0." in line or "Asterisk" in line] == []


def test_a_busy_number_is_told_as_it_is_and_recorded(site: Site) -> None:
    if site.suites and site.keying == "sdes":
        pytest.skip("baresip offers AES_CM_128 alone by SDES")
    before = len(site.calls())
    site.gw1.dial("busy")
    assert "486" in site.gw1.saw("CALL_CLOSED")["param"]
    await_true(lambda: len(site.calls()) > before)
    assert (site.calls()[-1]["status"], "answered" in site.calls()[-1]) == (486, False)


def test_plain_media_are_refused_with_the_reason_in_both_directions(site: Site) -> None:
    site.plain.dial("echo")
    assert "488" in site.plain.saw("CALL_CLOSED")["param"]
    assert 'Warning: 399 example.com "SRTP is required, and plain RTP was offered"' in site.plain.program.text()
    await_true(lambda: any(one["reason"].startswith("media: SRTP is required") for one in site.lab.records("audit")))
    before = len(site.calls())
    site.switch.originate("PJSIP/gw3")
    await_true(lambda: len(site.calls()) > before)
    assert (site.calls()[-1]["gateway"], site.calls()[-1]["status"]) == ("gw3@example.com", 488)
    assert site.switch.channels() == 0
