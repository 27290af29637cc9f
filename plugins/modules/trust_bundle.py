# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: trust_bundle
short_description: Trust anchors of one or more authorities in one file
version_added: 0.2.0
description:
  - Sees to it that a host has a file with the trust anchors of these authorities and the authorities below them, old and new side by
    side while one takes over from another.
  - For hosts that verify the certificates of this PKI and have none of their own from it, such as a monitoring host. A device with a
    certificate has its trust bundle from M(siptls.vos.device_certificate) already.
  - The file is staged, put in place by one rename, and loaded, as by M(siptls.vos.device_files).
options:
  pki:
    description:
      - The PKI directory on the controller.
      - A relative path begins at the folder of the playbook.
      - Required where O(bao) is not given, and excludes O(bao).
    type: path
  authorities:
    description:
      - The names of the authorities in the PKI directory. Naming an issuing authority includes those above it.
      - Their order makes no difference.
    type: list
    elements: str
    required: true
  path:
    description: Absolute path of the file on the device. It holds these anchors and nothing else.
    type: str
    required: true
  owner:
    description: The owner of the file, a name or a number. Empty keeps the owner that it has.
    type: str
    default: ""
  group:
    description: The group of the file, as O(owner).
    type: str
    default: ""
  mode:
    description: The permission bits, four octal digits in quotes.
    type: str
    default: "0644"
  reload:
    description:
      - A command for the device's shell, run when the file has changed and when it is not what was loaded last.
      - Where it fails, the file is as it was before.
    type: str
    default: ""
  state_file:
    description: As for M(siptls.vos.device_files). Empty puts it beside O(path).
    type: str
    default: ""
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
  - siptls.vos.operation.roots
  - siptls.vos.operation.openbao
notes:
  - An anchor that has ended is a warning, since old phones and openssl alike then verify nothing with it.
seealso:
  - module: siptls.vos.authority
  - module: siptls.vos.device_files
"""

EXAMPLES = r"""
- name: The monitoring host verifies what the softswitch serves
  siptls.vos.trust_bundle:
    pki: ./pki
    authorities: [issuing]
    path: /etc/ssl/siptls-ca.pem

- name: The proxy trusts the old and the new authority while one takes over from the other
  siptls.vos.trust_bundle:
    pki: ./pki
    authorities: [issuing, issuing2027]
    path: /etc/proxy/ca.pem
    reload: systemctl reload proxy
"""

RETURN = r"""
reason:
  description: Why something changed, in words.
  returned: changed
  type: str
  sample: /etc/ssl/siptls-ca.pem does not exist
reloaded:
  description: Whether O(reload) was run, or would be.
  returned: success, except where check mode only foretells an authority
  type: bool
  sample: true
anchors:
  description: What is in the file, in its order.
  returned: success, except where check mode only foretells an authority
  type: list
  elements: dict
  contains:
    subject:
      description: Its subject (RFC 4514).
      type: str
      sample: CN=Example SIP Root CA,O=Example
    serial_number:
      description: Its serial number, in hexadecimal digits.
      type: str
      sample: 2f1d9a7c
    not_after:
      description: When it ends, UTC.
      type: str
      sample: "2036-11-20T10:00:00Z"
    fingerprint_sha256:
      description: The SHA-256 fingerprint of the certificate, as C(openssl x509 -fingerprint -sha256) prints it.
      type: str
      sample: F1:89:79:E8:FB:77:00:B0:14:0B:BE:C9:CE:23:D0:0F:42:9B:41:A2:D0:A9:DA:EC:AF:9E:3A:21:4A:58:18:0E
  sample:
    - subject: CN=Example SIP Root CA,O=Example
      serial_number: 2f1d9a7c
      not_after: "2036-11-20T10:00:00Z"
      fingerprint_sha256: F1:89:79:E8:FB:77:00:B0:14:0B:BE:C9:CE:23:D0:0F:42:9B:41:A2:D0:A9:DA:EC:AF:9E:3A:21:4A:58:18:0E
"""
