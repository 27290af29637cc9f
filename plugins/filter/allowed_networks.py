# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter siptls.vos.allowed_networks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.errors import SiptlsError
from ..module_utils.network.addresses import Network
from ..module_utils.network.allowlist import allowed

DOCUMENTATION = r"""
name: allowed_networks
short_description: The networks that gateways reach a softswitch from
version_added: 0.2.0
author: siptls.vos contributors (@siptls)
description:
  - Collects the addresses of gateways and merges them into the fewest networks that hold them all.
  - The addresses of a gateway are its variable C(gateway_address), one or a list; without that C(ansible_host); without that its
    name in the inventory. No name is resolved.
  - Fails where a gateway has no address, where the result is empty, and where it is all addresses that there are.
positional: _input, hostvars
options:
  _input:
    description: The names of the gateways.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variables of all hosts, as Ansible has them.
    type: dict
    required: true
  more:
    description: Addresses and networks besides.
    type: list
    elements: str
    default: []
  everyone:
    description: Whether the result may hold V(0.0.0.0/0) or V(::/0).
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Tell who may reach the softswitch
  ansible.builtin.debug:
    msg: "{{ groups['gateways'] | siptls.vos.allowed_networks(hostvars, more=['198.51.100.0/24']) }}"
"""

RETURN = r"""
_value:
  description: The networks, in ascending order. One that holds a single address is written as the address.
  type: dict
  contains:
    ipv4:
      description: Those of IPv4.
      type: list
      elements: str
      sample: [192.0.2.7, 198.51.100.0/24]
    ipv6:
      description: Those of IPv6.
      type: list
      elements: str
      sample: ["2001:db8::7"]
"""


def allowed_networks(
    gateways: Iterable[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    more: Iterable[str] = (),
    *,
    everyone: bool = False,
) -> dict[str, list[str]]:
    """The networks by family, as text.

    :raises AnsibleFilterError: see ``module_utils.allowlist.allowed``
    """
    try:
        networks = allowed(((name, hostvars[name]) for name in gateways), more, everyone=everyone)
    except SiptlsError as error:
        raise AnsibleFilterError(str(error)) from None
    return {"ipv4": [_shown(each) for each in networks.ipv4], "ipv6": [_shown(each) for each in networks.ipv6]}


def _shown(network: Network) -> str:
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


class FilterModule:
    """Filters for allow-lists."""

    def filters(self) -> Mapping[str, Callable[..., dict[str, list[str]]]]:
        """By name."""
        return {"allowed_networks": allowed_networks}
