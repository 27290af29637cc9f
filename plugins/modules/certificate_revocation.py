# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: certificate_revocation
short_description: Revocation of the certificates of a device
version_added: 0.2.0
description:
  - Puts on record in the PKI directory that certificates count no more, and why.
  - A revocation is never changed or forgotten. What is revoked already stays as it is, and a warning tells of another reason.
  - It takes effect with the next list of M(siptls.vos.revocation_list) that reaches those who check, and with the next responses of
    M(siptls.vos.ocsp_responses). The playbook C(siptls.vos.revoke) goes the whole way.
  - From then on M(siptls.vos.device_certificate) refuses to issue for the device, until it is told to by
    O(siptls.vos.device_certificate#module:after_revocation=issue).
options:
  pki:
    description:
      - The PKI directory on the controller.
      - A relative path begins at the folder of the playbook.
      - Required where O(bao) is not given, and excludes O(bao).
    type: path
  authority:
    description:
      - The name in the PKI directory of the authority that issued the certificates.
      - Absent, whichever has issued them. While one authority takes over from another, that is both.
    type: str
  device:
    description:
      - The device, as the inventory names it. All its certificates that have not ended are revoked, with
        O(authority) those from it alone.
      - Either this or O(serial_number).
    type: str
  serial_number:
    description: The serial number of one certificate, in hexadecimal digits, with or without colons. In quotes.
    type: str
  on_record:
    description:
      - Whether O(serial_number) has to be that of a certificate on record, which a typo is not.
      - V(false) also takes that of a certificate which O(authority) issued elsewhere.
    type: bool
    default: true
  reason:
    description: Why (RFC 5280, section 5.3.1).
    type: str
    choices:
      - unspecified
      - key_compromise
      - ca_compromise
      - affiliation_changed
      - superseded
      - cessation_of_operation
      - privilege_withdrawn
    default: unspecified
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.controller
  - siptls.vos.operation.roots
  - siptls.vos.operation.openbao
seealso:
  - module: siptls.vos.revocation_list
  - module: siptls.vos.ocsp_responses
"""

EXAMPLES = r"""
- name: A gateway that was stolen counts no more
  siptls.vos.certificate_revocation:
    pki: ./pki
    authority: issuing
    device: gw1
    reason: key_compromise

- name: One certificate counts no more
  siptls.vos.certificate_revocation:
    pki: ./pki
    authority: issuing
    serial_number: "53:53:30:e6:f3:07:9d:e5:87:4b:b1:87:2f:12:93:c1:29:b7:d7:68"
    reason: superseded
"""

RETURN = r"""
reason:
  description: Why something changed, in words.
  returned: changed
  type: str
  sample: "not revoked before: 535330e6f3079de5874bb1872f1293c129b7d768"
revoked:
  description: The certificates in question, each with the revocation that stands.
  returned: success
  type: list
  elements: dict
  contains:
    serial_number:
      description: In hexadecimal digits.
      type: str
      returned: always
      sample: 535330e6f3079de5874bb1872f1293c129b7d768
    device:
      description: Whose certificate it was; empty for one that is not on record.
      type: str
      returned: always
      sample: gw1
    aors:
      description: The addresses of record that it names; empty for one that is not on record.
      type: list
      elements: str
      returned: always
      sample: ["sip:gw1@example.com"]
      version_added: 0.4.0
    reason:
      description: Why it was revoked.
      type: str
      returned: always
      sample: key_compromise
    revoked:
      description: Since when, in UTC.
      type: str
      returned: always
      sample: "2026-11-23T11:00:00Z"
"""
