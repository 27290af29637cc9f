# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kernel's packet filter admits, and a gateway that is not brought back to plain SIP behind one that drops it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.network import NetworkHost
from ansible_collections.siptls.vos.tests.integration.plain_fleet import PlainFleet
from ansible_collections.siptls.vos.tests.integration.playground import Play

pytestmark = pytest.mark.nightly

GATEWAY, OTHER = "192.0.2.11", "192.0.2.99"
CLOSED = (
    "add table inet somebody; "
    "add chain inet somebody input { type filter hook input priority 0; policy accept; }; "
    f"add rule inet somebody input ip saddr {OTHER} udp dport 5060 accept; "
    "add rule inet somebody input udp dport 5060 drop; "
    "add rule inet somebody input tcp dport 5060 reject"
)


@pytest.fixture
def softswitch() -> Iterator[NetworkHost]:
    host = NetworkHost()
    yield host
    host.close()


def test_what_is_admitted_is_decided_by_the_ruleset_of_the_kernel(play: Play, softswitch: NetworkHost) -> None:
    shell = play.folder / "shell"
    shell.write_text(f'#!/bin/sh\nexec {" ".join(softswitch.enter)} /bin/sh "$@"\n')
    shell.chmod(0o755)
    packets = [
        {"protocol": name, "source": source, "port": 5060} for name in ("udp", "tcp") for source in (GATEWAY, OTHER)
    ]
    task = {"name": "Ask", "siptls.vos.packet_filter_info": {"packets": packets}}
    environment = {"ANSIBLE_EXECUTABLE": str(shell)}
    found = play([task], environment=environment).of("gw1")
    assert [one["admitted"] for one in found["packets"]] == [True] * 4
    softswitch.run("nft", CLOSED)
    found = play([task], environment=environment).of("gw1")
    assert not found["changed"]
    assert [one["admitted"] for one in found["packets"]] == [False, True, False, False]
    assert "5060" in found["packets"][0]["rule"]
    assert "not an IP address" in play(
        [{"name": "Ask", "siptls.vos.packet_filter_info": {"packets": [{**packets[0], "source": "gw1"}]}}], fails=True
    ).message("gw1")


@pytest.mark.skipif(not shutil.which("iptables-legacy"), reason="needs iptables-legacy (package iptables)")
def test_rules_that_nft_does_not_list_leave_it_open(play: Play, softswitch: NetworkHost) -> None:
    shell = play.folder / "shell"
    shell.write_text(f'#!/bin/sh\nexec {" ".join(softswitch.enter)} /bin/sh "$@"\n')
    shell.chmod(0o755)
    softswitch.run("iptables-legacy", "-A", "INPUT", "-p", "udp", "--dport", "5060", "-j", "DROP")
    task = {
        "name": "Ask",
        "siptls.vos.packet_filter_info": {"packets": [{"protocol": "udp", "source": GATEWAY, "port": 5060}]},
    }
    found = play([task], environment={"ANSIBLE_EXECUTABLE": str(shell)}).of("gw1")
    assert found["packets"][0]["admitted"] is None


def test_a_gateway_whose_softswitch_drops_plain_sip_is_not_cut_off(tmp_path: Path, softswitch: NetworkHost) -> None:
    fleet = PlainFleet(tmp_path, ("gw1",))
    try:
        assert fleet.site().returncode == 0
        set_up, registered = fleet.configured(), fleet.registered()
        softswitch.run("nft", CLOSED)
        fleet._shell.write_text(f'#!/bin/sh\nexec {" ".join(softswitch.enter)} /bin/sh "$@"\n')
        for options in (("--check",), ()):
            done = fleet.play(
                "siptls.vos.remove", "--limit", "gw1", *options, changed={"gw1": {"gateway_address": GATEWAY}}
            )
            assert done.returncode == 2, done.stdout + done.stderr
            assert fleet.outcomes() == {"gw1": "refused"}
            assert "vos drops plain SIP from it" in fleet.causes()["gw1"]
            assert "allowlist_close_plain_sip=false" in fleet.causes()["gw1"]
        assert fleet.configured() == set_up
        assert fleet.registered() == registered
    finally:
        fleet.end()
