# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate and address, and neither alone: gw1 and gw2 have both, gw3 a certificate like theirs and an address that is not listed."""

from __future__ import annotations

import json
import subprocess
import time

from lab.registrar import podman_exec, registrations
from lab.sip import request, send

ADDRESSES = {"gw3": "10.77.61.23"}
LISTED, UNLISTED = ("gw1", "gw2"), "gw3"
PATIENCE = 45


def registered() -> set[str]:
    try:
        return {one.gateway for one in registrations()}
    except (subprocess.CalledProcessError, KeyError):
        return set()


def wait_for(gateways: set[str]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not gateways <= registered() and time.monotonic() < give_up:
        time.sleep(0.5)
    assert gateways <= registered()


def dropped() -> int:
    """Packets of others than the listed that came to the SIP-TLS port."""
    table = json.loads(podman_exec("siptls-vos", "nft", "-j", "list", "table", "inet", "siptls"))
    return sum(
        part["counter"]["packets"]
        for one in table["nftables"]
        if one.get("rule", {}).get("chain") == "signalling"
        for part in one["rule"]["expr"]
        if "counter" in part
    )


def connect(gateway: str, port: int = 5061) -> str:
    """What comes of a TCP connection to the softswitch within three seconds."""
    program = f"timeout 3 openssl s_client -connect vos.example.com:{port} </dev/null 2>&1; echo status $?"
    return podman_exec(f"siptls-{gateway}", "sh", "-c", program)


def listed(gateway: str, verb: str) -> None:
    """Adds or deletes the address of a gateway, in the very set that the role has made."""
    podman_exec("siptls-vos", "nft", verb, "element", "inet", "siptls", "gateways_ipv4", f"{{ {ADDRESSES[gateway]} }}")


def assert_both_factors_count() -> None:
    wait_for(set(LISTED))
    before = dropped()
    podman_exec(f"siptls-{UNLISTED}", "systemctl", "restart", "gateway")
    # A certificate that the softswitch would take, and no connection. After a boot the gateway may send to the softswitch's old MAC
    # address for some seconds, which nobody counts
    give_up = time.monotonic() + PATIENCE
    while True:
        assert "status 124" in connect(UNLISTED)
        if dropped() > before or time.monotonic() > give_up:
            break
    assert dropped() > before
    assert UNLISTED not in registered()


def test_certificate_and_listed_address_register_and_a_certificate_alone_gets_no_connection() -> None:
    podman_exec(
        f"siptls-{UNLISTED}",
        *("openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "/etc/gateway/certs/ca.crt"),
        *("-untrusted", "/etc/gateway/certs/gateway.crt", "/etc/gateway/certs/gateway.crt"),
    )
    assert_both_factors_count()


def test_a_listed_address_without_a_certificate_is_refused() -> None:
    answer = send("siptls-gw1", request("REGISTER", "sip:gw1@example.com"))
    assert answer.status is None
    assert "SSL alert number 116" in answer.tls


def test_it_is_the_address_alone_that_keeps_the_unlisted_gateway_out() -> None:
    listed(UNLISTED, "add")
    try:
        podman_exec(f"siptls-{UNLISTED}", "systemctl", "restart", "gateway")
        wait_for({*LISTED, UNLISTED})
    finally:
        listed(UNLISTED, "delete")
    assert "status 124" in connect(UNLISTED)


def test_what_manages_the_softswitch_is_not_locked_out() -> None:
    """Another port is open to everybody: here one that stands for SSH, which the softswitch of the lab does not have."""
    with subprocess.Popen(
        ["podman", "exec", "siptls-vos", "timeout", "20", "openssl", "s_server", "-accept", "22", "-nocert", "-quiet"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as server:  # fmt: skip
        try:
            give_up = time.monotonic() + 10
            while "CONNECTED" not in (said := connect(UNLISTED, 22)) and time.monotonic() < give_up:
                time.sleep(0.2)
        finally:
            server.terminate()
    assert "CONNECTED" in said


def test_both_factors_count_after_a_boot_from_its_first_moment() -> None:
    subprocess.run(["podman", "restart", "--time", "5", "siptls-vos"], check=True, capture_output=True, timeout=60)
    podman_exec(
        "siptls-vos", "timeout", "90", "sh", "-c", "until grep -q ':13C5 .* 0A ' /proc/net/tcp; do sleep 0.3; done"
    )
    # It listens on port 5061; the list was there before
    stamps = [
        int(podman_exec("siptls-vos", "systemctl", "show", "-P", "ActiveEnterTimestampMonotonic", unit))
        for unit in ("siptls-allowlist", "vos")
    ]
    assert 0 < stamps[0] < stamps[1]
    # They would come back by themselves, each after a back-off of its own (RFC 5626, section 4.5)
    for gateway in LISTED:
        podman_exec(f"siptls-{gateway}", "systemctl", "restart", "gateway")
    assert_both_factors_count()
