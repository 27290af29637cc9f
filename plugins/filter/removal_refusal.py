# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter siptls.vos.removal_refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.removal.decisions import (
    ACCEPTABLE,
    facts_of,
    gateway_refusal,
    softswitch_refusal,
    tls_refusal,
    unknown_accepted,
)

DOCUMENTATION = r"""
name: removal_refusal
short_description: Why a device may not go back to plain SIP
version_added: 0.4.0
author: siptls.vos contributors (@siptls)
description:
  - Decides by what is known of a device whether the playbook C(siptls.vos.remove) may bring it back to plain SIP.
  - Returns what blocks the removal, with the remedy. Returns an empty string if nothing does.
positional: _input, accept
options:
  _input:
    description:
      - What is known of the device.
      - Of a gateway, C(name), C(softswitch), C(unknown), C(missing), C(calls_told), C(provable), C(srtp_required) and C(closed_by).
      - Of a softswitch, C(unknown_files) and C(on_tls), both lists.
    type: dict
    required: true
  accept:
    description: What the operator accepts, V(unregistered), V(srtp_required) and V(gateways_on_tls). One of them, or a list.
    type: raw
    default: []
"""

EXAMPLES = r"""
- name: Say why the softswitch may not go back
  ansible.builtin.debug:
    msg: "{{ {'unknown_files': [], 'on_tls': ['gw1']} | siptls.vos.removal_refusal }}"
"""

RETURN = r"""
_value:
  description: Why not, in words. Empty where the device may go back.
  type: str
"""


def removal_refusal(facts: Mapping[str, Any], accept: str | Iterable[str] = ()) -> str:
    """Why the device may not go back; empty where it may.

    :raises AnsibleFilterError: what is given is not known
    """
    accepted = [accept] if isinstance(accept, str) else list(accept)
    if unknown := unknown_accepted(filter(None, accepted)):
        raise AnsibleFilterError(f"remove_accept: expected {', '.join(ACCEPTABLE)}; found {', '.join(unknown)}")
    try:
        if "unknown_files" in facts or "on_tls" in facts:
            why = (softswitch_refusal(facts.get("unknown_files", ())), tls_refusal(facts.get("on_tls", ()), accepted))
            return "; ".join(filter(None, why))
        return gateway_refusal(facts_of(facts), accepted)
    except TypeError as error:
        raise AnsibleFilterError(f"removal_refusal expects what is known of a device: {error}") from None


class FilterModule:
    """Filters for the way back to plain SIP."""

    def filters(self) -> Mapping[str, Callable[..., str]]:
        """By name."""
        return {"removal_refusal": removal_refusal}
