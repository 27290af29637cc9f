# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: device_certificate_batch
short_description: Certificates and keys of many SIP devices in one task, made on the controller
version_added: 0.2.0
description:
  - Makes keys and certificates for devices that have no shell to make a key with, and puts them into a folder for each device on
    the controller. Where a device has a shell, M(siptls.vos.device_certificate) is the better way; its key never leaves it.
  - A device whose certificate and key are fit is left alone. What makes it due is what makes it due in
    M(siptls.vos.device_certificate).
  - All processors work at once. Keys are certain on the disk before certificates are on record, and these before anything is handed
    out. A run that is interrupted anywhere is continued by the next, and no certificate is issued twice.
  - Whoever reads C(DIRECTORY/NAME/) sees files that belong together. It is a symbolic link, replaced by one rename. The generation
    before stays in C(DIRECTORY/.generations/).
options:
  devices:
    description:
      - The devices, each a dictionary.
      - C(name), required, is the name in the PKI directory and of the folder.
      - C(identity), required, is a dictionary as O(siptls.vos.device_certificate#module:identity).
      - C(profile) and C(pkcs12_passphrase) go before O(profile) and O(pkcs12_passphrase).
      - What is wrong with any of them stops the task before anything is written.
    type: list
    elements: raw
    required: true
  profile:
    description: What the certificates may be used for, see O(siptls.vos.device_certificate#module:profile).
    type: str
    choices: [softswitch, gateway, ocsp_responder]
    default: gateway
  key:
    description: The private keys.
    type: dict
    default: {}
    suboptions:
      type:
        description: Their type.
        type: str
        choices: [rsa-2048, rsa-3072, rsa-4096, ecdsa-p256, ecdsa-p384, ed25519, ml-dsa-44, ml-dsa-65, ml-dsa-87]
        default: ecdsa-p256
      rekey:
        description:
          - Whether a new certificate gets a new key.
          - With V(never) the key in use is kept, where there is one of this type. The key of a certificate that was revoked is never
            kept.
        type: str
        choices: [always, never]
        default: always
  valid_for:
    description: How long a new certificate is valid, such as V(90d). No longer than its issuer.
    type: str
    default: 90d
  renew_before:
    description: How long before its end a certificate is renewed. Shorter than O(valid_for).
    type: str
    default: 30d
  directory:
    description:
      - The folder on the controller that gets the folders of the devices; made where it does not exist.
      - It holds private keys in the clear, mode 0600, and belongs in no repository.
      - A relative path begins at the folder of the playbook.
    type: path
    required: true
  outputs:
    description:
      - What is written for each device.
      - V(pair) is C(certificate.pem), with the certificates behind it, and C(private_key.pem); it is always written.
      - V(combined) is C(combined.pem), the key and then the certificates.
      - V(pkcs12) is C(device.p12), encrypted by a passphrase.
      - V(chain) is C(chain.pem), the certificates behind the device's own.
      - V(trust_bundle) is C(trust_bundle.pem), the trust anchor and the authorities below it.
    type: list
    elements: str
    choices: [pair, combined, pkcs12, chain, trust_bundle]
    default: [pair]
  pkcs12_passphrase:
    description: The passphrase of PKCS 12 files of devices that bring none of their own.
    type: str
    default: ""
  after_revocation:
    description:
      - What to do for a device whose newest certificate was revoked.
      - V(refuse) fails before anything is written. V(issue) issues a new certificate with a new key.
    type: str
    choices: [refuse, issue]
    default: refuse
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.issuer
  - siptls.vos.operation.controller
notes:
  - The task holds the passphrases of its devices. Set C(no_log) where a callback plugin would show its arguments.
  - With the authority's key in a token, one process does all the work.
  - Every few seconds a long run says how far it is.
seealso:
  - module: siptls.vos.device_certificate
"""

EXAMPLES = r"""
- name: Every telephone of the site has a key and a certificate to fetch
  siptls.vos.device_certificate_batch:
    issuer:
      pki: ./pki
      authority: issuing
      passphrase: "{{ vault_issuing_passphrase }}"
    devices:
      - name: phone-201
        identity:
          common_name: "201"
          sip_uris: [sip:201@example.com]
          dns: [phone-201.example.com]
      - name: phone-202
        identity:
          common_name: "202"
          sip_uris: [sip:202@example.com]
          dns: [phone-202.example.com]
    directory: ./provisioning
    outputs: [pair, pkcs12]
    pkcs12_passphrase: "{{ vault_provisioning_passphrase }}"
"""

RETURN = r"""
reason:
  description: Why something changed, in words, with the number of devices that each reason holds for.
  returned: changed
  type: str
  sample: "renewal due (212); no certificate installed (3)"
issued:
  description: How many devices got a new certificate, or would.
  returned: success, except where check mode only foretells the authority
  type: int
  sample: 215
completed:
  description: How many kept their certificate and got files that were missing beside it.
  returned: success, except where check mode only foretells the authority
  type: int
  sample: 0
unchanged:
  description: How many were left alone.
  returned: success, except where check mode only foretells the authority
  type: int
  sample: 9785
devices:
  description: The devices that something was done for, or would be.
  returned: success, except where check mode only foretells the authority
  type: list
  elements: dict
  contains:
    name:
      description: The device.
      type: str
      returned: always
      sample: phone-201
    reason:
      description: Why.
      type: str
      returned: always
      sample: "renewal due: 29 d left, renewed 30 d before the end"
    serial_number:
      description: The serial number of its new certificate, in hexadecimal digits.
      type: str
      returned: when it was issued
      sample: 535330e6f3079de5874bb1872f1293c129b7d768
    not_after:
      description: The end of its lifetime, in UTC.
      type: str
      returned: when it was issued
      sample: "2027-02-21T09:38:09Z"
"""
