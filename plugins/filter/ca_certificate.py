# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter siptls.vos.ca_certificate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleFilterError

from ..module_utils.errors import SiptlsError
from ..module_utils.pki.opened import opened_at
from ..module_utils.pki.x509.certificates import describe_certificate, pem

DOCUMENTATION = r"""
name: ca_certificate
short_description: Read the certificate of a CA
version_added: 0.4.0
author: siptls.vos contributors (@siptls)
description:
  - Reads the certificate of a CA from the PKI directory, after its chain was verified.
positional: _input, authority, base
options:
  _input:
    description: The path of the PKI directory, or a dictionary with C(bao), the option of that name of M(siptls.vos.certificate_info).
    type: raw
    required: true
  authority:
    description: The name of the CA.
    type: str
    required: true
  base:
    description: The folder at which a relative path begins. A task begins it at the folder of the playbook, which is C(playbook_dir).
    type: str
    default: the folder that Ansible runs in
seealso:
  - module: siptls.vos.authority
"""

EXAMPLES = r"""
- name: Read the certificate that is published for clients
  ansible.builtin.set_fact:
    issuing_ca: "{{ pki_directory | siptls.vos.ca_certificate('issuing', base=playbook_dir) }}"
"""

RETURN = r"""
_value:
  description: The certificate, PEM, below lines that describe it. Empty where there is no such CA.
  type: str
"""


def ca_certificate(pki: str | Mapping[str, Any], authority: str, base: str = "") -> str:
    """The certificate, PEM, below lines that describe it; empty where there is no such CA.

    :raises AnsibleFilterError: the CA cannot be read, or its chain is not valid
    """
    try:
        found = opened_at(pki, Path(base), Path(constants.DEFAULT_LOCAL_TMP)).register.find_authority(authority)
    except SiptlsError as error:
        raise AnsibleFilterError(str(error)) from None
    return describe_certificate(found.certificate) + pem(found.certificate) if found else ""


class FilterModule:
    """Filters about CAs."""

    def filters(self) -> Mapping[str, Callable[..., str]]:
        """By name."""
        return {"ca_certificate": ca_certificate}
