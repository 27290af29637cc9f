# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: device_certificate
short_description: Certificate and private key of a SIP device, kept valid
version_added: 0.1.0
description:
  - Sees to it that a softswitch or gateway has a private key, a certificate for it from an authority of the PKI directory, the
    chain behind it, and the trust anchors to verify others with.
  - One look at the device, one command, decides. Where everything is as wanted, that is all.
  - The private key is made on the device and never leaves it. What the device sends is a certificate signing request, which proves
    that it holds the key and counts for nothing else. Names, uses and lifetime come from the options of this task.
  - A certificate is on record in the PKI directory before the device gets it.
  - Certificate and key are published as one. Each pair has a folder of its own below C(generations/), named by the serial number;
    C(current) is a symlink to the one in use, replaced by one rename; the paths that services read are symlinks through
    C(current). Whenever a run is interrupted, the pair behind these paths matches. The generation before stays for
    O(state=previous).
  - Before it is published, the new pair is proven on the device; key and certificate belong together, and the device's own
    trust bundle and clock accept the chain.
  - A pair of regular files that is found at O(certificate) and O(private_key) is kept as the generation C(imported).
options:
  profile:
    description:
      - What the certificate may be used for.
      - V(softswitch) is a TLS server, a TLS client and a SIP domain (RFC 5924). It needs at least one C(sip:domain) in
        O(identity.sip_uris).
      - V(gateway) is a TLS client, and a TLS server for calls that come in.
      - V(ocsp_responder) signs, for its issuer, answers whether certificates are revoked (RFC 6960, section 4.2.2.2). Since 0.2.0.
    type: str
    required: true
    choices: [softswitch, gateway, ocsp_responder]
  identity:
    description: The names in the certificate. At least one alternative name is needed.
    type: dict
    required: true
    suboptions:
      common_name:
        description: The common name, 64 octets at most.
        type: str
        required: true
      sip_uris:
        description:
          - SIP URIs among the subject alternative names (RFC 5922), C(sip:domain) for a domain that the device serves and
            C(sip:user@domain) for a user.
          - Where a C(sip:domain) is there, peers ignore the DNS names, so list every domain here.
        type: list
        elements: str
        default: []
      dns:
        description: Host names among the subject alternative names. Whole names, no wildcards.
        type: list
        elements: str
        default: []
  key:
    description: The private key of the device.
    type: dict
    default: {}
    suboptions:
      type:
        description:
          - Its type.
          - V(ml-dsa-44), V(ml-dsa-65) and V(ml-dsa-87) are post-quantum (FIPS 204). They need OpenSSL 3.5 on the device, and a
            cryptography library on the controller that has them. Since 0.2.0.
        type: str
        choices: [rsa-2048, rsa-3072, rsa-4096, ecdsa-p256, ecdsa-p384, ed25519, ml-dsa-44, ml-dsa-65, ml-dsa-87]
        default: ecdsa-p256
      rekey:
        description:
          - Whether a new certificate gets a new key.
          - With V(never) the key in use is kept, where there is one. The key of a certificate that was revoked is never kept.
        type: str
        choices: [always, never]
        default: always
  valid_for:
    description:
      - How long a new certificate is valid, such as V(90d). A number and one of V(s), V(m), V(h), V(d), V(w).
      - A certificate never outlives its issuer. It is made shorter where it would.
      - A shorter value takes hold at once, a longer one with the next renewal.
    type: str
    default: 90d
  renew_before:
    description: How long before its end a certificate is renewed. Shorter than O(valid_for).
    type: str
    default: 30d
  renew_now:
    description:
      - Issues a new certificate though none is due, each time that the task is run. The record of the certificate says so.
      - O(key.rekey) decides whether it gets a new key, as in every renewal.
    type: bool
    default: false
    version_added: 0.4.0
  directory:
    description: The directory on the device that holds the files below. Absolute. Made where it does not exist.
    type: str
    required: true
  certificate:
    description: The name of the certificate file, which holds the certificate and then those behind it, without the trust anchor.
    type: str
    required: true
  private_key:
    description: The name of the private key file. Mode 0600.
    type: str
    required: true
  trust_bundle:
    description: The name of the file with the trust anchor and the authorities below it. Published before the certificate.
    type: str
    default: ca.crt
  trusts:
    description:
      - Further authorities in the PKI directory, by their names. Their trust anchors are part of O(trust_bundle) as well, in the
        order of the authorities' names.
      - For the time in which one authority takes over from another.
    type: list
    elements: str
    default: []
    version_added: 0.2.0
  takes_over_from:
    description:
      - The name of the authority that O(issuer.authority) takes over from. Nothing is issued then before the PKI directory says that
        every device trusts the new one, which M(siptls.vos.rollover) puts there.
      - Nor does the device lose the anchors of the old one before the PKI directory says that nobody depends on it.
      - Empty where nobody takes over.
    type: str
    default: ""
    version_added: 0.2.0
  is_proven:
    description:
      - Whether both are certain by other means.
      - For a check run, which asks the devices and cannot put on record what they say.
    type: bool
    default: false
    version_added: 0.2.0
  owner:
    description: The owner of the files, a name or a number. Empty leaves it to whoever runs the task.
    type: str
    default: ""
  group:
    description:
      - The group of the files, a name or a number. Empty leaves it to whoever runs the task.
      - A group other than C(root) and other than O(owner) may read the private key, mode 0640. Without one it is 0600.
    type: str
    default: ""
  state:
    description:
      - V(present) issues a certificate where one is due, and puts right what has changed.
      - V(previous) goes back to the generation before the newest one. A device that is back there already is unchanged. A
        generation that has expired is refused.
    type: str
    choices: [present, previous]
    default: present
  after_revocation:
    description:
      - What to do for a device whose newest certificate was revoked.
      - V(refuse) fails, so that no scheduled run gives back what was taken away.
      - V(issue) issues a new certificate with a new key; say so once, for the devices that are to be trusted again.
    type: str
    choices: [refuse, issue]
    default: refuse
    version_added: 0.2.0
  record_as:
    description:
      - The name that the certificate is recorded under, where that is not the name of the device in the inventory.
      - For a device that has a second certificate, such as one with a post-quantum key beside one without. Both are renewed and
        revoked by themselves then.
      - Empty for the name in the inventory.
    type: str
    default: ""
    version_added: 0.3.0
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.together
  - siptls.vos.operation.issuer
  - siptls.vos.operation.device
  - siptls.vos.operation.variables
notes:
  - The certificate is recorded under the name that the inventory gives the device, unless O(record_as) is another. With
    C(delegate_to), the device is the host that the task is delegated to, since version 0.4.0. It was the host of the play before. A
    certificate that is recorded under the host of the play is found again with O(record_as).
  - The directory, and every directory above it, must be writable by root and the connecting user alone, or the task fails since
    version 0.4.0. A sticky directory such as C(/tmp) will do above it. The owner of the files may be another.
  - Of a file for certificates, the device sends only blocks of certificates. A private key in it makes the task fail.
  - A certificate begins to be valid an hour before it is made, for devices whose clocks are late.
  - Services go on with the certificate they have read until they are told otherwise. M(siptls.vos.device_files) reloads a service
    whose certificate has changed.
  - Any number of hosts, forks and runs may use one PKI directory at once.
  - A key belongs to one device. A certificate signing request with a key that was another device's is refused.
seealso:
  - module: siptls.vos.authority
  - module: siptls.vos.device_files
  - module: siptls.vos.certificate_revocation
"""

EXAMPLES = r"""
- name: The gateway has a valid certificate
  siptls.vos.device_certificate:
    issuer:
      pki: ./pki
      authority: issuing
      passphrase: "{{ vault_issuing_passphrase }}"
    profile: gateway
    identity:
      common_name: gw1
      sip_uris: [sip:gw1@example.com]
      dns: [gw1.example.com]
    valid_for: 90d
    renew_before: 30d
    directory: /etc/gateway/certs
    certificate: gateway.crt
    private_key: gateway.key
    trust_bundle: ca.crt
    owner: root
    group: root

- name: The softswitch has a valid certificate for the domain and for the name that gateways dial
  siptls.vos.device_certificate:
    issuer:
      pki: ./pki
      authority: issuing
      passphrase: "{{ vault_issuing_passphrase }}"
    profile: softswitch
    identity:
      common_name: vos.example.com
      sip_uris: [sip:example.com, sip:vos.example.com]
      dns: [example.com, vos.example.com]
    key:
      type: ecdsa-p384
    directory: /etc/vos/certs
    certificate: vos_server.crt
    private_key: vos_server.key
    trust_bundle: ca_bundle.crt

- name: The gateway is back at the certificate it had before
  siptls.vos.device_certificate:
    issuer:
      pki: ./pki
      authority: issuing
      passphrase: "{{ vault_issuing_passphrase }}"
    profile: gateway
    identity:
      common_name: gw1
      sip_uris: [sip:gw1@example.com]
    directory: /etc/gateway/certs
    certificate: gateway.crt
    private_key: gateway.key
    state: previous
"""

RETURN = r"""
reason:
  description: Why something changed, in words.
  returned: changed
  type: str
  sample: "renewal due: 29 d left, renewed 30 d before the end"
serial_number:
  description:
    - The serial number of the certificate on the device, in hexadecimal digits.
    - Absent where check mode foretells a new certificate.
  returned: where the certificate is known
  type: str
  sample: 535330e6f3079de5874bb1872f1293c129b7d768
not_after:
  description:
    - The end of its lifetime, in UTC.
    - Absent where check mode foretells a new certificate.
  returned: where the certificate is known
  type: str
  sample: "2027-02-21T09:38:09Z"
generation:
  description:
    - The name of the generation in use on the device, the serial number of its certificate.
    - V(imported) for a pair that was there before this collection came.
  returned: success
  type: str
  sample: 535330e6f3079de5874bb1872f1293c129b7d768
before:
  description: The certificate that was on the device before, C(serial_number) and C(not_after) as above.
  returned: where there was one that can be read
  type: dict
  version_added: 0.2.0
  sample:
    serial_number: 0fd0b7cd9a7dd6d1b9ec0d0f24e0a5b3a4dbeb0a
    not_after: "2026-12-22T09:38:09Z"
forced:
  description: Whether a new certificate is issued, or would be, for O(renew_now) alone.
  returned: with O(state=present)
  type: bool
  version_added: 0.4.0
  sample: false
issuer:
  description: The CA that issues, C(authority), and when it or a CA above it expires, C(not_after), in UTC.
  returned: with O(state=present)
  type: dict
  version_added: 0.4.0
  sample:
    authority: issuing
    not_after: "2031-11-29T09:38:09Z"
trusted:
  description: Whether the device's trust bundle held all anchors that are wanted before the task did anything.
  returned: with O(state=present)
  type: bool
  version_added: 0.2.0
  sample: true
"""
