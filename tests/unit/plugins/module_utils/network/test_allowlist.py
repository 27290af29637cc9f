# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is on an allow-list, by the variables of the gateways."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.network.allowlist import allowed


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({"gateway_address": "192.0.2.7"}, ["192.0.2.7/32"]),
        ({"gateway_address": ["192.0.2.7", "2001:db8::7"]}, ["192.0.2.7/32", "2001:db8::7/128"]),
        ({"gateway_address": "192.0.2.7", "ansible_host": "198.51.100.7"}, ["192.0.2.7/32"]),
        ({"gateway_address": [], "ansible_host": "198.51.100.7"}, []),
        ({"gateway_address": None, "ansible_host": "198.51.100.7"}, ["198.51.100.7/32"]),
        ({"ansible_host": "2001:db8::7"}, ["2001:db8::7/128"]),
    ],
)
def test_the_addresses_of_a_gateway(variables: dict[str, Any], found: list[str]) -> None:
    others = ["203.0.113.1/32"]
    networks = set(map(str, allowed([("gw1", variables)], others)))
    assert networks == {*found, *others}


def test_a_gateway_that_is_called_by_its_address() -> None:
    assert list(map(str, allowed([("192.0.2.7", {})]))) == ["192.0.2.7/32"]


@pytest.mark.parametrize("variables", [{}, {"ansible_host": "gw1.example.com"}, {"ansible_host": "127.0.0.1"}])
def test_a_gateway_without_an_address_is_named_with_the_remedy(variables: dict[str, Any]) -> None:
    with pytest.raises(SiptlsError) as raised:
        allowed([("gw0", {"ansible_host": "192.0.2.7"}), ("gw1", variables)])
    assert "gw1: it has no gateway_address" in str(raised.value)
    assert repr(variables.get("ansible_host", "gw1")) in str(raised.value)
    assert "set gateway_address to the address that its packets have" in str(raised.value)
    assert "gw0" not in str(raised.value)


def test_all_that_is_wrong_is_said_at_once_but_not_ten_thousand_times() -> None:
    with pytest.raises(SiptlsError) as raised:
        allowed([("gw1", {}), ("gw2", {"gateway_address": 7})], ["x"])
    assert [line.partition(".")[0] for line in str(raised.value).splitlines()[1:]] == [
        "- gw1: it has no gateway_address, and what the controller calls it is no address that packets come from",
        "- gw2: gateway_address holds what is no address",
        "- allowlist_addresses holds what is no address",
    ]
    with pytest.raises(SiptlsError, match="and 9980 more"):
        allowed((f"gw{number}", {}) for number in range(10_000))


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(SiptlsError, match="the allow-list is empty"):
        allowed([])


@pytest.mark.parametrize("more", [["0.0.0.0/0"], ["::/0"], ["0.0.0.0/1", "128.0.0.0/1"]])
def test_everyone_is_refused_unless_that_is_said(more: list[str]) -> None:
    with pytest.raises(SiptlsError, match="every address of a family"):
        allowed([], more)
    assert allowed([], more, everyone=True).are_everyone
