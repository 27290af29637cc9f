# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter siptls.vos.still_on_tls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.removal.decisions import GatewayAtSwitch, still_on_tls
from ..module_utils.sip.registrations import Registration

DOCUMENTATION = r"""
name: still_on_tls
short_description: Select the gateways that use TLS at a softswitch
version_added: 0.4.0
author: siptls.vos contributors (@siptls)
description:
  - Returns the gateways that would lose their registration if the softswitch had no TLS listener any more.
  - A gateway counts as being off TLS where the playbook C(siptls.vos.remove) has brought it back in this run, and where the softswitch says
    that it is registered without a certificate. Everybody else counts as being on TLS.
  - Also who is registered with a certificate and is none of these gateways, by the address of record.
positional: _input, registrations
options:
  _input:
    description: The gateways, each with C(name), C(aor), C(outcome) and C(tells).
    type: list
    elements: dict
    required: true
  registrations:
    description: RV(siptls.vos.registrations#module:registrations) of the module M(siptls.vos.registrations). Empty where nobody can tell.
    type: list
    elements: dict
    default: []
seealso:
  - module: siptls.vos.registrations
"""

EXAMPLES = r"""
- name: Say who is still on TLS
  ansible.builtin.debug:
    msg: "{{ [{'name': 'gw1', 'aor': 'sip:gw1@example.com'}] | siptls.vos.still_on_tls(told.registrations) }}"
"""

RETURN = r"""
_value:
  description: Their names.
  type: list
  elements: str
"""


def on_tls(gateways: Iterable[Mapping[str, Any]], registrations: Iterable[Mapping[str, Any]] = ()) -> list[str]:
    """The names of the gateways that are still on TLS.

    :raises AnsibleFilterError: what is given is not known
    """
    try:
        known = [GatewayAtSwitch(**gateway) for gateway in gateways]
        found = [Registration(one["aor"], one["serial_number"], None) for one in registrations]
        return list(still_on_tls(known, found))
    except (KeyError, TypeError):
        raise AnsibleFilterError("still_on_tls expects gateways, and what siptls.vos.registrations returned") from None
    except ValueError as error:
        raise AnsibleFilterError(f"still_on_tls expects an AoR such as sip:gw1@example.com, not {error}") from None


class FilterModule:
    """Filters for the way back to plain SIP."""

    def filters(self) -> Mapping[str, Callable[..., list[str]]]:
        """By name."""
        return {"still_on_tls": on_tls}
