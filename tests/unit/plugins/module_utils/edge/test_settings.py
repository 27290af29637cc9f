# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the templates of an edge are rendered with. That real servers take it is in tests/integration/test_edge_*.py."""

from __future__ import annotations

from typing import Any

from ansible_collections.siptls.vos.plugins.module_utils.edge.settings import (
    Edge,
    Limits,
    Outside,
    Switch,
    Trunk,
    edge_settings,
)

TLS = {
    "session_cache": False,
    "certificate": "/c",
    "private_key": "/k",
    "trust_bundle": "/ca",
    "crl": "",
    "ciphers": "X",
    "groups": "",
}
DOMAIN = {"name": "example.com", "srtp_require": True, "srtp_auth": "sdes", "srtp_suites": []}


def settings(**more: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "outside": Outside("192.0.2.1"),
        "switch": Switch("10.0.0.2"),
        "inside_address": "10.0.0.1",
    }
    return edge_settings(Edge(**{**values, "domains": [DOMAIN], "tls": TLS, **more}))


def test_the_switch_is_the_first_that_may_send_from_inside_and_nobody_twice() -> None:
    found = settings(switch=Switch("10.0.0.2", sources=["10.0.0.3", "10.0.0.2"]))
    assert found["switch"]["sources"] == ["10.0.0.2", "10.0.0.3"]


def test_durations_are_seconds_and_flags_are_numbers() -> None:
    found = settings(connection_lifetime="2h")
    assert (found["connection_lifetime"], found["tls"]["session_cache"]) == (7200, 0)


def test_sizes_follow_from_the_number_of_gateways() -> None:
    small, large = (settings(limits=Limits(gateways=number))["sizes"].shared_memory for number in (10, 4000))
    assert large - small > 1000


def test_what_only_the_inside_may_say_passes_in_neither_direction() -> None:
    headers = settings()["headers"]
    for name in ("P-Asserted-Identity", "Remote-Party-ID", "Diversion", "Path", "History-Info", "Server", "Warning"):
        assert name not in headers["inward"].split("|")
        assert name not in headers["outward"].split("|")
    assert "Authorization" in headers["inward"].split("|")
    assert "Authorization" not in headers["outward"].split("|")
    assert "User-Agent" not in headers["outward"].split("|")


def test_a_trunk_has_its_port_and_may_have_other_numbers() -> None:
    found = settings(trunks=[Trunk("gw7@example.com", 5107, numbers=True)])
    assert found["trunks"] == [{"gateway": "gw7@example.com", "port": 5107, "numbers": True}]
