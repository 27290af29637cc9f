# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter siptls.vos.last_crls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleFilterError

from ..module_utils.errors import SiptlsError
from ..module_utils.pki.opened import opened_at

DOCUMENTATION = r"""
name: last_crls
short_description: Read the last CRLs of CAs
version_added: 0.4.0
author: siptls.vos contributors (@siptls)
description:
  - Reads the last CRL of each CA from the PKI directory. A CRL that its CA did not sign is an error.
  - Nothing is signed, so no passphrase is needed. M(siptls.vos.revocation_list) makes a CRL.
positional: _input, authorities, base
options:
  _input:
    description: The path of the PKI directory, or a dictionary with C(bao), the option of that name of M(siptls.vos.certificate_info).
    type: raw
    required: true
  authorities:
    description: The names of the CAs. One that has no CRL, or that is not in the PKI directory, is left out.
    type: list
    elements: str
    required: true
  base:
    description: The folder at which a relative path begins. A task begins it at the folder of the playbook, which is C(playbook_dir).
    type: str
    default: the folder that Ansible runs in
seealso:
  - module: siptls.vos.revocation_list
"""

EXAMPLES = r"""
- name: Read what a softswitch has to check certificates against
  ansible.builtin.set_fact:
    crls: "{{ pki_directory | siptls.vos.last_crls(['root', 'issuing'], base=playbook_dir) }}"
"""

RETURN = r"""
_value:
  description: The CRLs, PEM, one after the other in the order of the names.
  type: str
"""


def last_crls(pki: str | Mapping[str, Any], authorities: Iterable[str], base: str = "") -> str:
    """The CRLs, PEM.

    :raises AnsibleFilterError: one cannot be read, or was not signed by its CA
    """
    try:
        register = opened_at(pki, Path(base), Path(constants.DEFAULT_LOCAL_TMP)).register
        return "".join(crl.pem for crl in map(register.last_crl, authorities) if crl)
    except SiptlsError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """Filters about CRLs."""

    def filters(self) -> Mapping[str, Callable[..., str]]:
        """By name."""
        return {"last_crls": last_crls}
