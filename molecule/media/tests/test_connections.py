# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One TLS connection serves all registrations of a gateway, and pings keep it open (RFC 5626). Seen on the wire."""

from __future__ import annotations

import itertools
import subprocess
from functools import cache
from pathlib import Path

import pytest
from lab.evidence import Evidence, address, read
from lab.registrar import registrations
from lab.sip import PORT, REGISTRAR
from lab.wire import Packet

KEPT = Path(__file__).resolve().parents[3] / ".cache/lab/media/connections.json"
#: Those that call meanwhile, and those that do nothing but be registered
GATEWAYS = ("gw1", "gw2", "gw4", "gw5", "gw6", "gw7")
#: Octets that TLS 1.3 adds to what is inside a record: its kind, and the tag of AEAD (RFC 8446, section 5.2)
ADDED = 1 + 16
PONG_WITHIN = 10.0  # seconds, RFC 5626, section 4.4.1

every_gateway = pytest.mark.parametrize("gateway", GATEWAYS)


@cache
def evidence() -> Evidence:
    return read(KEPT)


def records(gateway: str, sent: bool) -> list[tuple[Packet, int]]:
    """The packets from or to a gateway that are one TLS record of application data each, with the octets inside it."""
    here, there = address(gateway), (address("vos"), PORT)
    found = []
    for packet in evidence().packets:
        ends = (packet.source[0], packet.destination) if sent else (packet.destination[0], packet.source)
        octets = packet.payload
        if ends == (here, there) and octets[:3] == b"\x17\x03\x03" and int.from_bytes(octets[3:5]) == len(octets) - 5:
            found.append((packet, len(octets) - 5 - ADDED))
    return found


def test_connections_are_of_tls_1_3() -> None:
    """What is read from the lengths of records holds for it alone."""
    assert {one.tls_version for one in registrations()} == {"TLSv1.3"}


@every_gateway
def test_one_connection_serves_many_registrations(gateway: str) -> None:
    heard = [one for one in evidence().messages if one.peer[0] == address(gateway)]
    refreshes = [one for one in heard if one.received and one.status is None and one.method == "REGISTER"]
    answers = [one for one in heard if not one.received and one.status == 200 and one.method == "REGISTER"]
    assert len(refreshes) >= 3
    assert len({one.peer for one in refreshes}) == 1
    assert len({one.header("Call-ID") for one in refreshes}) == 1
    assert abs(len(answers) - len(refreshes)) <= 1
    # Over this connection and no other, and it was not made anew
    connections = {packet.source[1] for packet in evidence().packets if packet.source[0] == address(gateway)}
    assert connections == {refreshes[0].peer[1]}
    handshakes = [
        one
        for one in evidence().packets
        if address(gateway) in (one.source[0], one.destination[0]) and one.payload[:1] == b"\x16"
    ]
    assert handshakes == []


@every_gateway
def test_each_ping_is_answered(gateway: str) -> None:
    """Inside the record of a ping are four octets, CR LF CR LF, and in that of a pong two. No SIP message is as short."""
    pings = [packet for packet, length in records(gateway, sent=True) if length == len("\r\n\r\n")]
    pongs = [packet for packet, length in records(gateway, sent=False) if length == len("\r\n")]
    print(f"\n{gateway}: pings at {[round(one.time - evidence().packets[0].time, 1) for one in pings]} s", end="")
    assert len(pings) >= 2
    for one, after in zip(pings, pongs, strict=True):
        assert 0 <= after.time - one.time < PONG_WITHIN
    for one, following in itertools.pairwise(pings):
        # 80 to 100 percent of what the registrar asks for (RFC 5626, section 4.4.1), and some for a busy machine
        assert 15 <= following.time - one.time <= 22


def test_the_registrar_asks_for_the_interval_that_is_set() -> None:
    answers = [
        one
        for one in evidence().messages
        if one.status == 200 and one.method == "REGISTER" and one.header("Require") == "outbound"
    ]
    assert {one.header("Flow-Timer") for one in answers} == {"20"}


def test_a_ping_by_hand_gets_its_pong() -> None:
    own = "-cert /etc/gateway/certs/gateway.crt -key /etc/gateway/certs/gateway.key -CAfile /etc/gateway/certs/ca.crt"
    client = f"openssl s_client -quiet -connect {REGISTRAR}:{PORT} -servername {REGISTRAR} {own}"
    program = f"(printf '\\r\\n\\r\\n'; sleep 1) | timeout 5 {client}"
    done = subprocess.run(
        ["podman", "exec", "siptls-gw1", "sh", "-c", program], capture_output=True, check=False, timeout=30
    )
    assert done.stdout == b"\r\n"
