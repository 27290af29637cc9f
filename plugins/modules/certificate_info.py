# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: certificate_info
short_description: State of a certificate, or of all that a PKI directory has on record
version_added: 0.2.0
description:
  - Returns the status of certificates, V(ok), V(due), V(expired), V(revoked) or V(unknown), why, and how many days are left.
  - Beside that, what is in them, and whether their chains verify up to the trust anchor.
  - With O(pki) alone it is about the newest certificate of each device, and about the authorities and their revocation lists.
  - With O(certificate) it is about that one. With O(pki) as well it tells whether that one was issued there, to whom, and whether it
    was revoked.
  - What cannot be read is V(unknown), says why, and hides nothing else.
options:
  certificate:
    description:
      - A certificate, as PEM text or as the path of a file on the controller. A relative path begins at the folder of the playbook.
      - Certificates behind it, as in the file on a device, count for its chain.
    type: str
  chain:
    description: More certificates for the chain of O(certificate), as PEM text or as the path of a file on the controller, in any order.
    type: str
  pki:
    description:
      - The PKI directory on the controller.
      - A relative path begins at the folder of the playbook.
      - Excludes O(bao).
    type: path
  devices:
    description:
      - These devices only. One that has no certificate on record is V(unknown).
      - Otherwise all that have one.
    type: list
    elements: str
    aliases: [device]
  states:
    description: Certificates in these states only. RV(counts) counts all.
    type: list
    elements: str
    choices: [ok, due, expired, revoked, unknown]
    default: [ok, due, expired, revoked, unknown]
  all:
    description: Every certificate on record, instead of the newest one of each device by the time when it was issued.
    type: bool
    default: false
  renew_before:
    description: How long before its end a certificate is due. A number and one of V(s), V(m), V(h), V(d), V(w).
    type: str
    default: 30d
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.controller
  - siptls.vos.operation.roots
  - siptls.vos.operation.openbao
attributes:
  check_mode:
    description: Changes nothing, in check mode or not.
    support: full
  diff_mode:
    description: Shows what changes, or would change, without any secret.
    support: none
    details:
      - Nothing changes.
notes:
  - Without O(pki) nobody knows of revocations, nor which authorities are yours. Then the state speaks of lifetimes alone, and
    RV(certificates[].chain.verified) of the chain that was given.
  - V(unknown) is a certificate whose record cannot be read, or that no authority of the PKI directory has signed.
  - A certificate ends with the first of the authorities above it, and is revoked with them.
seealso:
  - plugin: siptls.vos.pki
    plugin_type: inventory
  - module: siptls.vos.device_certificate
  - module: siptls.vos.revocation_list
  - module: community.crypto.x509_certificate_info
"""

EXAMPLES = r"""
- name: Look at all devices on record
  siptls.vos.certificate_info:
    pki: ./pki
  register: fleet
  run_once: true

- name: Nothing is expired, revoked or unreadable, no authority ends soon, and every revocation list is current
  ansible.builtin.assert:
    that:
      - fleet.counts.expired + fleet.counts.revoked + fleet.counts.unknown == 0
      - fleet.authorities | rejectattr('state', 'eq', 'ok') | length == 0
      - fleet.authorities | selectattr('revocation_list') | map(attribute='revocation_list')
        | rejectattr('state', 'eq', 'ok') | length == 0
  run_once: true

- name: List what ends within three weeks
  siptls.vos.certificate_info:
    pki: ./pki
    renew_before: 21d
    states: [due, expired]
  run_once: true

- name: Every certificate that this device ever got
  siptls.vos.certificate_info:
    pki: ./pki
    devices: ["{{ inventory_hostname }}"]
    all: true

- name: Read the certificate that is installed
  ansible.builtin.command: cat /etc/gateway/certs/gateway.crt
  changed_when: false
  register: installed

- name: Whether the PKI directory knows it, and still stands by it
  siptls.vos.certificate_info:
    certificate: "{{ installed.stdout }}"
    pki: ./pki
"""

RETURN = r"""
certificates:
  description:
    - The certificates, by the names of their devices, those of one device in the order of their making.
    - What cannot be told of one, such as of a record that cannot be read, is V(none).
  returned: success
  type: list
  elements: dict
  contains:
    device:
      description: Who got it. Empty for one that is not on record.
      type: str
      returned: always
      sample: gw1
    authority:
      description: The name in the PKI directory of the authority that issued it. Empty where there is none.
      type: str
      returned: always
      sample: issuing
    profile:
      description: What it is for, by its record.
      type: str
      returned: always
      sample: gateway
    issued:
      description: When it was issued, in UTC, by its record.
      type: str
      returned: always
      sample: "2026-11-23T11:00:00.123456Z"
    forced:
      description: Whether it was issued though none was due, since the operator asked for it. V(none) where it is not recorded.
      type: bool
      returned: always
      sample: false
    path:
      description: The file that records it.
      type: str
      returned: always
      sample: /srv/sip/pki/certificates/gw1/535330e6f3079de5874bb1872f1293c129b7d768.pem
    state:
      description: Its status. One of V(ok), V(due), V(expired), V(revoked), V(unknown).
      type: str
      returned: always
      sample: due
    reason:
      description: Why, in words.
      type: str
      returned: always
      sample: "renewal due: 20 d left, renewed 30 d before the end"
    revocation:
      description: Its revocation. V(none) where it was not revoked itself, and where the record of that cannot be read.
      type: dict
      returned: always
      contains:
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
    serial_number:
      description: Its serial number in hexadecimal digits.
      type: str
      returned: always
      sample: 535330e6f3079de5874bb1872f1293c129b7d768
    subject:
      description: Its subject by RFC 4514.
      type: str
      returned: always
      sample: CN=gw1
    names:
      description: Its subject alternative names.
      type: list
      elements: str
      returned: always
      sample: ["URI:sip:gw1@example.com", "DNS:gw1.example.com"]
    key_type:
      description: The type of its key.
      type: str
      returned: always
      sample: ecdsa-p256
    not_before:
      description: From when it is valid, in UTC.
      type: str
      returned: always
      sample: "2026-11-23T10:00:00Z"
    not_after:
      description: Until when it is valid, in UTC.
      type: str
      returned: always
      sample: "2027-02-21T11:00:00Z"
    days_left:
      description: Whole days until then, rounded down. Negative once it has expired.
      type: int
      returned: always
      sample: 20
    fingerprint_sha256:
      description: Its SHA-256 fingerprint, as openssl prints it.
      type: str
      returned: always
      sample: "67:1E:0B:5A:5B:76:5A:0F:2D:8F:33:D7:40:2B:5C:23:47:BF:D9:4B:80:25:47:B7:28:A8:C8:14:6C:0A:A4:4D"
    chain:
      description: The way up to its trust anchor.
      type: dict
      returned: always
      contains:
        verified:
          description: Whether signatures, lifetimes, the right to issue, path lengths and permitted domains are all in order.
          type: bool
          returned: always
          sample: true
        problem:
          description: What is not. Empty where all is.
          type: str
          returned: always
          sample: "the chain ends before a trust anchor: no certificate of CN=Example SIP Root CA"
        certificates:
          description: The certificate itself, its issuer, and so on, the trust anchor last.
          type: list
          elements: dict
          returned: always
          contains:
            subject:
              description: The subject by RFC 4514.
              type: str
              returned: always
              sample: CN=Example SIP Issuing CA
            not_after:
              description: Until when it is valid, in UTC.
              type: str
              returned: always
              sample: "2031-11-22T11:00:00Z"
            fingerprint_sha256:
              description: The SHA-256 fingerprint.
              type: str
              returned: always
              sample: "B5:1C:A1:65:2A:21:2B:7F:9A:D5:90:27:6B:D7:13:45:37:AC:94:BF:62:E5:3D:DC:3F:02:C0:94:B9:1C:14:3E"
counts:
  description: How many certificates are in each state, whatever O(states) leaves out.
  returned: success
  type: dict
  sample: {ok: 97, due: 2, expired: 0, revoked: 1, unknown: 0}
authorities:
  description:
    - The authorities of the PKI directory, by their names.
    - C(state), C(reason), C(revocation), C(serial_number), C(subject), C(names), C(key_type), C(not_before), C(not_after), C(days_left),
      C(fingerprint_sha256) and C(chain) are those of its certificate, as in RV(certificates).
  returned: with O(pki)
  type: list
  elements: dict
  contains:
    name:
      description: The name of the authority.
      type: str
      returned: always
      sample: issuing
    revocation_list:
      description: Its current revocation list. V(none) where none was made yet.
      type: dict
      returned: always
      contains:
        state:
          description:
            - V(ok), or V(due) where a certificate was revoked since, V(expired) where it is past its next update, V(unknown) where it
              cannot be read.
          type: str
          returned: always
          sample: ok
        reason:
          description: Why, in words.
          type: str
          returned: always
          sample: 6 d until the next update
        crl_number:
          description: Its number.
          type: str
          returned: always
          sample: "1795431600000"
        next_update:
          description: Until when it may be relied on, in UTC.
          type: str
          returned: always
          sample: "2026-11-30T11:00:00Z"
"""
