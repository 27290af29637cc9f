# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter siptls.vos.softswitch_for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.policy.fleet import Gateway, Softswitch, softswitches_for

DOCUMENTATION = r"""
name: softswitch_for
short_description: Select the softswitch that a gateway registers at
version_added: 0.4.0
author: siptls.vos contributors (@siptls)
description:
  - Returns the name of the softswitch whose C(vos_hostname), C(ansible_host) or SIP domains, in this order, have the host of
    C(gateway_register). If there is one softswitch only, it is that one.
  - Returns an empty string if no softswitch matches, or several do. In that case, set C(gateway_softswitch).
positional: _input, hostvars, register
options:
  _input:
    description: The names of the softswitches.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variables of all hosts.
    type: dict
    required: true
  register:
    description: The variable C(gateway_register) of the gateway.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Say where the gateway registers
  ansible.builtin.debug:
    msg: "{{ groups['softswitches'] | siptls.vos.softswitch_for(hostvars, gateway_register) }}"
"""

RETURN = r"""
_value:
  description: The name of the softswitch in the inventory; may be empty.
  type: str
"""


def softswitch_for(names: Sequence[str], hostvars: Mapping[str, Mapping[str, Any]], register: str) -> str:
    """The softswitch that a gateway registers at; empty where that cannot be told.

    :raises AnsibleFilterError: what is given is not of the right kind
    """
    if isinstance(names, str) or not isinstance(register, str):
        raise AnsibleFilterError("softswitch_for expects the names of softswitches, hostvars and gateway_register")
    if len(names) == 1:
        return names[0]
    softswitches = [Softswitch.of(name, hostvars[name]) for name in names if name in hostvars]
    found = softswitches_for(Gateway("", "", "", "", register), softswitches)
    return found[0] if len(found) == 1 else ""


class FilterModule:
    """Filters for gateways."""

    def filters(self) -> Mapping[str, Callable[..., str]]:
        """By name."""
        return {"softswitch_for": softswitch_for}
