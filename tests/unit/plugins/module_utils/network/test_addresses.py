# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses as an inventory has them, and what is left when they are merged."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import pairwise

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.network.addresses import merged, network
from hypothesis import given
from hypothesis import strategies as st

NETWORKS_4 = st.builds(
    lambda number, length: IPv4Network((number >> (32 - length) << (32 - length), length)),
    st.integers(0, 2**32 - 1),
    st.integers(1, 32),
)
NETWORKS_6 = st.builds(
    lambda number, length: IPv6Network((number >> (128 - length) << (128 - length), length)),
    st.integers(0, 2**128 - 1),
    st.integers(1, 128),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        ("2001:DB8:0::7", "2001:db8::7/128"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("fe80::7", "fe80::7/128"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::/0", "::/0"),
    ],
)
def test_what_is_an_address_or_a_network(text: str, found: str) -> None:
    assert network(text) == ip_network(found)


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        ("gw1.example.com", ""),
        ("", ""),
        ("192.0.2.7 ", ""),
        ("192.0.2.07", ""),
        ("192.0.2.256", ""),
        ("192.0.2", ""),
        ("192.0.2.1-192.0.2.9", ""),
        ("192.0.2.7:5061", ""),
        ("[2001:db8::7]", ""),
        ("fe80::7%eth0", ""),
        ("192.0.2.0/33", ""),
        ("192.0.2.7/24", "for the network write 192.0.2.0/24"),
        ("2001:db8::7/64", "for the network write 2001:db8::/64"),
        ("::ffff:192.0.2.7", "write the IPv4 address itself"),
        ("127.0.0.1", "no packet from outside has such a source"),
        ("::1", "no packet from outside has such a source"),
        ("0.0.0.0", "no packet from outside has such a source"),
        ("::", "no packet from outside has such a source"),
        ("224.0.0.0/4", "no packet from outside has such a source"),
        (3221225991, ""),
        (None, ""),
        (True, ""),
        (["192.0.2.7"], ""),
    ],
)
def test_what_is_none(value: object, remedy: str) -> None:
    with pytest.raises(SiptlsError) as raised:
        network(value)
    assert raised.value.found == repr(value)
    assert raised.value.remedy.startswith(remedy)
    assert bool(raised.value.remedy) is bool(remedy)


@given(st.lists(NETWORKS_4, max_size=20), st.lists(NETWORKS_6, max_size=20))
def test_merging_loses_nobody_and_takes_in_nobody(four: list[IPv4Network], six: list[IPv6Network]) -> None:
    result = merged([*four, *six])
    for given_networks, found in ((four, result.ipv4), (six, result.ipv6)):
        for each in given_networks:
            assert sum(each.subnet_of(wide) for wide in found) == 1  # type: ignore[arg-type]  # of one family
        # As many addresses as there were, each counted once
        ends = sorted((int(n.network_address), int(n.broadcast_address)) for n in given_networks)
        held, last = 0, -1
        for low, high in ends:
            held += max(0, high - max(low - 1, last))
            last = max(last, high)
        assert sum(each.num_addresses for each in found) == held
        # nft takes no set whose elements overlap, and lists them in this order
        for before, after in pairwise(found):
            assert before.broadcast_address < after.network_address  # type: ignore[operator]  # of one family


def test_neighbours_become_one() -> None:
    found = merged(map(network, ["192.0.2.0/25", "192.0.2.128/25", "192.0.2.9", "192.0.3.0", "192.0.3.1"]))
    assert list(map(str, found)) == ["192.0.2.0/24", "192.0.3.0/31"]
    assert not found.are_everyone
    assert merged(map(network, ["::/1", "8000::/1"])).are_everyone
    assert ip_address("::") in merged([network("::/0")]).ipv6[0]
