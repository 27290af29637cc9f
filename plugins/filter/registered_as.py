# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter siptls.vos.registered_as."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.sip.aor import find_aor, normal_aor

DOCUMENTATION = r"""
name: registered_as
short_description: Select the registrations of an address of record
version_added: 0.4.0
author: siptls.vos contributors (@siptls)
description:
  - Returns those of the registrations that are of this address of record (AoR).
  - The scheme, the case of the host, the port and parameters make no difference. The exact user is preferred. Where no such user is
    registered, one that differs by case alone is selected if it is the only one, since some registrars keep users in lower case.
positional: _input, aor
options:
  _input:
    description: RV(siptls.vos.registrations#module:registrations) of the module M(siptls.vos.registrations).
    type: list
    elements: dict
    required: true
  aor:
    description: The address of record, C(sip:user@domain).
    type: str
    required: true
seealso:
  - module: siptls.vos.registrations
"""

EXAMPLES = r"""
- name: Ask who is registered
  siptls.vos.registrations:
    command: vos-cli registrations
  register: told

- name: Say whether the gateway is registered
  ansible.builtin.debug:
    msg: "{{ told.registrations | siptls.vos.registered_as('sip:gw1@Example.com') | length > 0 }}"
"""

RETURN = r"""
_value:
  description: The registrations of that AoR, in their order.
  type: list
  elements: dict
"""


def registered_as(registrations: Sequence[Mapping[str, Any]], aor: str) -> list[Mapping[str, Any]]:
    """The registrations of an AoR.

    :raises AnsibleFilterError: the AoR is invalid, or what is given is not a list of registrations
    """
    try:
        name = find_aor(normal_aor(aor), (one["aor"] for one in registrations))
        return [one for one in registrations if one["aor"] == name]
    except (KeyError, TypeError):
        raise AnsibleFilterError(
            "registered_as expects what siptls.vos.registrations returned as registrations"
        ) from None
    except ValueError:
        raise AnsibleFilterError(f"registered_as expects an AoR such as sip:gw1@example.com, not {aor!r}") from None


class FilterModule:
    """Filters for registrations."""

    def filters(self) -> Mapping[str, Callable[..., list[Mapping[str, Any]]]]:
        """By name."""
        return {"registered_as": registered_as}
