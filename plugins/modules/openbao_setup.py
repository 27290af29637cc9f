# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: openbao_setup
short_description: Set up OpenBao as the issuer of certificates
version_added: 0.5.0
description:
  - Mounts the PKI engine and, with O(bao.kv), the KV engine for the records, and tunes both.
  - Makes a role of the PKI engine for each profile of M(siptls.vos.device_certificate). By its role alone, a certificate gets its key
    usages, its domains and its longest lifetime.
  - Writes the policies that it is given. The role P(siptls.vos.openbao#role) has those of least privilege.
  - What is not as wanted is put right. Nothing is removed.
  - M(siptls.vos.authority) makes the authorities.
options:
  domains:
    description: The domains that certificates may be for. DNS names may be below them, SIP URIs are in them.
    type: list
    elements: str
    required: true
  longest:
    description: How long a certificate may last. A number and one of V(s), V(m), V(h), V(d), V(w).
    type: str
    default: 397d
  policies:
    description: By their names, the policies in HCL.
    type: dict
    default: {}
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.controller
  - siptls.vos.operation.openbao
seealso:
  - module: siptls.vos.authority
"""

EXAMPLES = r"""
- name: Set OpenBao up
  siptls.vos.openbao_setup:
    bao:
      addresses: [https://bao1.example.com:8200, https://bao2.example.com:8200, https://bao3.example.com:8200]
      ca_certificate: bao_ca.pem
      kv: siptls
    domains: [example.com]
    policies:
      siptls-reading: |
        path "siptls/data/*" {
          capabilities = ["read"]
        }
  run_once: true
"""

RETURN = r"""
changed:
  description: Whether something was put right, or would be.
  type: bool
  returned: always
  sample: true
reason:
  description: What was not as wanted.
  type: str
  returned: changed
  sample: "pki: role gateway: allowed_domains is ['example.org'], to be ['example.com']"
"""
