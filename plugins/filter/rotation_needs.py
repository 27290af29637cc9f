# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter siptls.vos.rotation_needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.rotation.needs import needs_of

DOCUMENTATION = r"""
name: rotation_needs
short_description: Tell what a device lacks for a rotation
version_added: 0.4.0
author: siptls.vos contributors (@siptls)
description:
  - Tells why the playbook C(siptls.vos.rotate) would refuse a device as soon as a renewal is due there, by what the inventory says of it.
  - The playbooks C(siptls.vos.rotate), C(siptls.vos.site) and C(siptls.vos.verify) all go by it.
options:
  _input:
    description:
      - The device. C(kind), V(gateway) or V(softswitch), and C(host), its name.
      - Of both, C(proof), the value of C(vos_registration_proof) or C(gateway_registration_proof), and C(registrations_command), the value
        of C(vos_registrations_command) of the softswitch.
      - Of a gateway, C(softswitch), the name of its softswitch, C(calls_command) and C(when_busy), the values of
        C(gateway_calls_command) and C(gateway_when_busy), and C(seen), what M(siptls.vos.registrations) returned, where it was asked.
      - C(set_up), V(false) for a device that C(siptls.vos.site) has not set up. That is then all that is missing.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Say what a rotation would need
  ansible.builtin.debug:
    msg: "{{ platform | siptls.vos.rotation_needs | map(attribute='remedy') | join('; ') }}"
  vars:
    platform:
      kind: softswitch
      host: "{{ inventory_hostname }}"
      proof: registration
      registrations_command: ""
"""

RETURN = r"""
_value:
  description:
    - What is missing; empty where nothing is.
    - C(code) is one of V(calls), V(registrations), V(certificates) and V(set_up). C(cause) and C(remedy) are for people.
  type: list
  elements: dict
"""


def rotation_needs(device: Mapping[str, Any]) -> list[dict[str, str]]:
    """What is missing for a rotation of this device.

    :raises AnsibleFilterError: what is given is not a device
    """
    try:
        found = needs_of(device)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise AnsibleFilterError(
            "rotation_needs expects a dictionary with kind, host, proof and registrations_command, and of a gateway softswitch, "
            "calls_command and when_busy"
        ) from None
    return [asdict(need) for need in found]


class FilterModule:
    """Filters about rotation."""

    def filters(self) -> Mapping[str, Callable[..., list[dict[str, str]]]]:
        """By name."""
        return {"rotation_needs": rotation_needs}
