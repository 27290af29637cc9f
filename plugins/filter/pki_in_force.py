# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter siptls.vos.pki_in_force."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.pki.issuing.rollover_phases import PHASES, in_force

DOCUMENTATION = r"""
name: pki_in_force
short_description: Tell which authority signs and which are trusted in a phase of a rollover
version_added: 0.2.0
author: siptls.vos contributors (@siptls)
description:
  - What the roles of this collection make of C(pki_rollover).
  - In the phase V(publish) the old authority signs and devices trust both, in V(issue) the new one signs and devices trust both, in
    V(retire) the new one alone counts.
positional: _input, root, issuing, phase
options:
  _input:
    description: The rollover, a dictionary with C(root), C(issuing) and C(phase). Empty where none is under way.
    type: dict
    required: true
  root:
    description: The name of the root that is to be replaced.
    type: str
    required: true
  issuing:
    description: The name of the issuing authority that is to be replaced.
    type: str
    required: true
  phase:
    description: What to assume instead of the phase in the rollover. Empty for that.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Say who signs
  ansible.builtin.debug:
    msg: "{{ (pki_rollover | default({}) | siptls.vos.pki_in_force('root', 'issuing')).issuing }}"
"""

RETURN = r"""
_value:
  description: >-
    A dictionary with C(root) and C(issuing), the authorities in force. C(trusted) has the other issuing authorities that devices
    trust. C(is_new) says whether the new ones are in force. C(lists) has the authorities whose revocation lists are wanted.
  type: dict
"""


def pki_in_force(rollover: Mapping[str, str] | None, root: str, issuing: str, phase: str = "") -> dict[str, Any]:
    """What holds.

    :raises AnsibleFilterError: the phase is none
    """
    asked = phase or (rollover or {}).get("phase", "publish")
    if rollover and asked not in PHASES:
        raise AnsibleFilterError(f"pki_rollover.phase: expected one of {', '.join(PHASES)}; found {asked!r}")
    found = in_force(root, issuing, rollover or {}, phase)
    return {
        "root": found.root,
        "issuing": found.issuing,
        "trusted": list(found.trusted),
        "is_new": found.is_new,
        "lists": list(found.lists),
    }


class FilterModule:
    """Filters about the authorities."""

    def filters(self) -> Mapping[str, Callable[..., dict[str, Any]]]:
        """By name."""
        return {"pki_in_force": pki_in_force}
