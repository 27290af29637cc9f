# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter siptls.vos.proven_rollover."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleFilterError

from ..module_utils.errors import SiptlsError
from ..module_utils.pki.opened import opened_at
from ..module_utils.timestamps import utc_now

DOCUMENTATION = r"""
name: proven_rollover
short_description: Tell whether a step of a CA rollover is proven
version_added: 0.4.0
author: siptls.vos contributors (@siptls)
description:
  - Reads the proof that M(siptls.vos.rollover) recorded in the PKI directory, and compares it with the records of certificates. That a file
    is there proves nothing.
  - A file that proves nothing is an error, which says how to prove the step again.
positional: _input, authority, step, base
options:
  _input:
    description: The path of the PKI directory, or a dictionary with C(bao), the option of that name of M(siptls.vos.certificate_info).
    type: raw
    required: true
  authority:
    description: The name of the CA. Empty for none, of which nothing is proven.
    type: str
    required: true
  step:
    description:
      - V(trust), that every device trusts the CA.
      - V(retirement), that no device depends on it any more.
    type: str
    choices: [trust, retirement]
    default: trust
  base:
    description: The folder at which a relative path begins. A task begins it at the folder of the playbook, which is C(playbook_dir).
    type: str
    default: the folder that Ansible runs in
    version_added: 0.4.0
seealso:
  - module: siptls.vos.rollover
"""

EXAMPLES = r"""
- name: Stop while a device may not trust the new CA
  ansible.builtin.assert:
    that: (inventory_dir ~ '/pki') | siptls.vos.proven_rollover('issuing2027')

- name: Stop while a device may depend on the old CA, by a path that may be relative
  ansible.builtin.assert:
    that: pki_directory | siptls.vos.proven_rollover('issuing', 'retirement', base=playbook_dir)
"""

RETURN = r"""
_value:
  description: Whether the step is proven.
  type: bool
"""


def proven_rollover(pki: str | Mapping[str, Any], authority: str, step: str = "trust", base: str = "") -> bool:
    """Whether there is a proof.

    :raises AnsibleFilterError: there is no such step, or a file that proves nothing
    """
    if step not in ("trust", "retirement"):
        raise AnsibleFilterError(f"step: expected trust or retirement; found {step!r}")
    if not authority:
        return False
    try:
        register = opened_at(pki, Path(base), Path(constants.DEFAULT_LOCAL_TMP)).register
        read = register.trust_proof if step == "trust" else register.retirement_proof
        return read(authority, now=utc_now()) is not None
    except SiptlsError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """Filters about CA rollovers."""

    def filters(self) -> Mapping[str, Callable[..., bool]]:
        """By name."""
        return {"proven_rollover": proven_rollover}
