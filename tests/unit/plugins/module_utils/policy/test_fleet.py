# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which softswitch a gateway registers at, and what two gateways may not share."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.action import policy
from ansible_collections.siptls.vos.plugins.module_utils.policy.fleet import (
    Gateway,
    Softswitch,
    ambiguous,
    fleet_violations,
    softswitches_for,
)

A = Softswitch.of(
    "vos-a",
    {"vos_hostname": "VOS-A.example.com", "vos_sip_domains": [{"name": "example.com"}], "ansible_host": "192.0.2.11"},
)
B = Softswitch.of(
    "vos-b",
    {
        "vos_hostname": "vos-b.example.com",
        "vos_sip_domains": [{"name": "example.com"}, {"name": "b.example"}, {"name": "old.example", "state": "absent"}],
        "vos_post_quantum_certificate": {"hostname": "pq-b.example.com"},
    },
)


def gateway(name: str = "gw1", **variables: Any) -> Gateway:
    return Gateway.of(name, {"gateway_sip_domain": "Example.com", **variables})


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"gateway_register": "sip:vos-b.example.com:5061"}, ["vos-b"]),
        ({"gateway_register": "sip:Vos-A.Example.com:5061;transport=tls"}, ["vos-a"]),
        ({"gateway_register": "sip:pq-b.example.com:5061"}, ["vos-b"]),
        ({"gateway_register": "sip:192.0.2.11:5061"}, ["vos-a"]),
        ({"gateway_register": "sip:b.example:5061"}, ["vos-b"]),
        ({"gateway_register": "sip:old.example:5061"}, []),
        ({}, ["vos-a", "vos-b"]),
        ({"gateway_softswitch": "vos-b"}, ["vos-b"]),
    ],
)
def test_the_softswitch_follows_from_where_it_registers(variables: dict[str, Any], expected: list[str]) -> None:
    assert softswitches_for(gateway(**variables), [A, B]) == expected
    assert bool(list(ambiguous(gateway(**variables), [A, B]))) is (len(expected) != 1)


def test_the_only_softswitch_is_meant_whatever_its_name() -> None:
    assert softswitches_for(gateway(gateway_register="sip:elsewhere.example:5061"), [B]) == ["vos-b"]
    assert softswitches_for(gateway(), []) == []


@pytest.mark.parametrize(
    ("second", "variable"),
    [
        ({"gateway_user": "gw1"}, "gateway_user"),
        ({"gateway_hostname": "GW1.example.com"}, "gateway_hostname"),
        ({"gateway_register": "sip:sip.example.net:5061"}, "gateway_register"),
        (
            {"gateway_sip_domain": "other.example", "gateway_register": "sip:vos-a.example.com:5061"},
            "gateway_sip_domain",
        ),
    ],
)
def test_what_does_not_fit_is_said_of_the_gateway_that_has_it(second: dict[str, Any], variable: str) -> None:
    found = fleet_violations([gateway(), gateway("gw2", **second)], [A], ["gw1", "gw2"])
    assert {(host, violation.variable) for host, violation in found} >= {("gw2", variable)}
    assert all(host == "gw2" for host, _finding in found)
    assert not fleet_violations([gateway(), gateway("gw2", **second)], [A], ["gw3"])


def test_a_fleet_that_fits_has_no_finding() -> None:
    fleet = [
        gateway(gateway_register="sip:vos-a.example.com:5061"),
        gateway("gw2", gateway_register="sip:vos-b.example.com:5061"),
        gateway("gw3", gateway_user="gw1", gateway_sip_domain="b.example"),
        gateway("gw4", gateway_register="sip:localhost:5061", gateway_softswitch="vos-a"),
    ]
    assert not fleet_violations(fleet, [A, B], [one.name for one in fleet])


@pytest.mark.parametrize("softswitches", [[A], [A, B]])
@pytest.mark.parametrize("name", ["VOS-A", "softswitches", "gw1"])
def test_a_softswitch_that_is_none_is_refused_by_its_name(name: str, softswitches: list[Softswitch]) -> None:
    found = fleet_violations([gateway(gateway_softswitch=name)], softswitches, ["gw1"])
    assert [(host, one.variable) for host, one in found] == [("gw1", "gateway_softswitch")]
    assert "vos-a" in found[0][1].expected


class _Asked(dict[str, Any]):
    """Variables of a host that remember which of them were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return default


def test_the_action_reads_of_other_hosts_all_that_they_are_compared_by() -> None:
    gateway_asked, softswitch_asked = _Asked(), _Asked()
    Gateway.of("gw1", gateway_asked)
    Softswitch.of("vos", softswitch_asked)
    assert gateway_asked.names == set(policy._OF_GATEWAYS)
    assert softswitch_asked.names == set(policy._OF_SOFTSWITCHES)
