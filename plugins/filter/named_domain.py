# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter siptls.vos.named_domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.sip.aor import comparable_host

DOCUMENTATION = r"""
name: named_domain
short_description: Select the SIP domain of a name
version_added: 0.4.0
author: siptls.vos contributors (@siptls)
description:
  - Returns those of the SIP domains that have this name. Case, a final dot and the spelling of an international name make no difference.
positional: _input, name
options:
  _input:
    description: A list of SIP domains, as the variable C(vos_sip_domains) of the role P(siptls.vos.vos#role) has it.
    type: list
    elements: dict
    required: true
  name:
    description: The name of the domain.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Say whether the SIP domain of the gateway requires SRTP
  ansible.builtin.debug:
    msg: >-
      {{ vos_sip_domains | siptls.vos.named_domain(gateway_sip_domain) | map(attribute='srtp_require', default=true) | first }}
"""

RETURN = r"""
_value:
  description: The domains of that name.
  type: list
  elements: dict
"""


def named_domain(domains: Sequence[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    """The SIP domains of a name.

    :raises AnsibleFilterError: what is given is not a list of SIP domains
    """
    try:
        wanted = comparable_host(name)
        return [one for one in domains if comparable_host(one["name"]) == wanted]
    except (AttributeError, KeyError, TypeError):
        raise AnsibleFilterError("named_domain expects a list of SIP domains, each with a name, and a name") from None


class FilterModule:
    """Filters for SIP domains."""

    def filters(self) -> Mapping[str, Callable[..., list[Mapping[str, Any]]]]:
        """By name."""
        return {"named_domain": named_domain}
