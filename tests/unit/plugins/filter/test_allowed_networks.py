# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.siptls.vos.plugins.filter.allowed_networks import FilterModule

allowed_networks = FilterModule().filters()["allowed_networks"]
HOSTVARS = {
    "gw1": {"gateway_address": ["192.0.2.7", "2001:db8::7"]},
    "gw2": {"ansible_host": "198.51.100.7"},
    "gw3": {"ansible_host": "gw3.example.com"},
}


def test_the_networks_of_gateways_by_family_as_nft_writes_them() -> None:
    assert allowed_networks(["gw2", "gw1"], HOSTVARS, more=["198.51.100.0/24"]) == {
        "ipv4": ["192.0.2.7", "198.51.100.0/24"],
        "ipv6": ["2001:db8::7"],
    }


def test_what_is_wrong_is_an_error_of_the_filter() -> None:
    with pytest.raises(AnsibleFilterError, match="gw3: it has no gateway_address"):
        allowed_networks(["gw1", "gw3"], HOSTVARS)
