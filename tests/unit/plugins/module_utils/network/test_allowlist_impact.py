# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who would be cut off, by what a kernel and a softswitch say."""

from __future__ import annotations

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.network.addresses import network
from ansible_collections.siptls.vos.plugins.module_utils.network.allowlist_impact import (
    Allowlist,
    Present,
    cut_off,
    flow_peers,
    refusal,
)
from ansible_collections.siptls.vos.plugins.module_utils.network.sockets import peer_address
from ansible_collections.siptls.vos.plugins.module_utils.sip.registrations import Registration

LIST = Allowlist((network("192.0.2.0/28"),), 5061, 5060)
OPEN = Allowlist(LIST.networks, 5061, 0)
KNOWN, UNKNOWN = Registration("sip:gw1@example.com", "0a", 1), Registration("sip:gw2@example.com", "", None)


@pytest.mark.parametrize(
    ("digits", "address"),
    [
        ("0B0200C0", "192.0.2.11"),
        ("B80D0120000000000000000011000000", "2001:db8::11"),
        ("0000000000000000FFFF00000B0200C0", "192.0.2.11"),
        ("0100007F", ""),
        ("00000000", ""),
        ("0B0200", ""),
        ("ZZ0200C0", ""),
    ],
)
def test_addresses_as_the_kernel_writes_them(digits: str, address: str) -> None:
    assert peer_address(digits) == address


@pytest.mark.parametrize(
    ("present", "wanted", "words"),
    [
        (Present({5061: ("192.0.2.11",)}), LIST, []),
        (Present({5061: ("192.0.2.99",)}), LIST, ["192.0.2.99, TCP port 5061"]),
        # To plain SIP nobody comes, listed or not
        (Present({5060: ("192.0.2.11", "192.0.2.11")}), LIST, ["192.0.2.11, TCP port 5060"]),
        (Present({}, flows=("192.0.2.11",)), LIST, ["192.0.2.11, UDP port 5060"]),
        (Present({}, flows=("192.0.2.11",)), OPEN, []),
        (Present({5061: ("192.0.2.1",)}, registrations=(KNOWN, UNKNOWN)), LIST,
         ["sip:gw2@example.com, registered without a certificate that is known, and so over plain SIP"]),
        (Present({5061: ("192.0.2.1", "192.0.2.1")}, registrations=(KNOWN, UNKNOWN)), LIST, []),
        (Present({}, registrations=(KNOWN, UNKNOWN)), OPEN, []),
    ],
)  # fmt: skip
def test_who_would_be_cut_off(present: Present, wanted: Allowlist, words: list[str]) -> None:
    assert [str(one) for one in cut_off(present, wanted, None)] == words


def test_flows_are_those_of_others() -> None:
    lines = [
        "ipv4 2 udp 17 170 src=192.0.2.11 dst=192.0.2.1 sport=5060 dport=5060 src=192.0.2.1 dst=192.0.2.11 sport=5060 dport=5060 [ASSURED]",
        "udp 17 170 src=192.0.2.1 dst=198.51.100.7 sport=5060 dport=5060 src=198.51.100.7 dst=192.0.2.1 sport=5060 dport=5060 [ASSURED]",
        "udp 17 src=nonsense dst=127.0.0.1 sport=5060",
    ]
    assert flow_peers(lines, ["192.0.2.1"]) == ("192.0.2.11", "198.51.100.7")


def test_the_refusal_is_bounded() -> None:
    present = Present({5060: tuple(f"192.0.2.{last}" for last in range(1, 101))})
    text = str(refusal(cut_off(present, LIST, None), "vos"))
    assert "would cut off 100 who are connected" in text
    assert "and 80 more" in text
    assert "192.0.2.21" not in text
