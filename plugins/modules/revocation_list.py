# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: revocation_list
short_description: Revocation list of a certificate authority, kept current
version_added: 0.2.0
description:
  - Keeps the certificate revocation list of an authority (RFC 5280, section 5). It is complete, version 2, with the authority key
    identifier and a number that never goes back, even when two runs make one at once.
  - A new list is made when a certificate was revoked since the last one, and in time before the next update is due.
  - Each list stays on record in the PKI directory. The one with the highest number counts.
options:
  valid_for:
    description: How long a list may be relied on, such as V(7d). A number and one of V(s), V(m), V(h), V(d), V(w).
    type: str
    default: 7d
  renew_before:
    description:
      - How long before its end a list is made anew. Shorter than O(valid_for).
      - Leave room for the runs that fail, and for getting it where it is needed.
    type: str
    default: 3d
  run_interval:
    description:
      - How long it takes until the next run, such as V(24h). A list that would last for less than two of them is renewed as well, so that a
        run may fail. Where two of them are longer than O(valid_for), this changes nothing.
    type: str
    default: ""
    version_added: 0.4.0
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.issuer
  - siptls.vos.operation.controller
notes:
  - Whoever checks a list rejects everybody once it is past its next update. Run this more often than O(renew_before), and
    watch the list where it is used; the role P(siptls.vos.vos#role) does.
  - OpenSSL wants a list of every authority in a chain, the root included.
  - A list begins to be valid an hour before it is made, for devices whose clocks are late.
seealso:
  - module: siptls.vos.certificate_revocation
  - module: community.crypto.x509_crl
"""

EXAMPLES = r"""
- name: The revocation list of the issuing authority is current
  siptls.vos.revocation_list:
    issuer:
      pki: ./pki
      authority: issuing
      passphrase: "{{ vault_issuing_passphrase }}"
    valid_for: 7d
    renew_before: 3d
  register: issuing_list
"""

RETURN = r"""
reason:
  description: Why something changed, in words.
  returned: changed
  type: str
  sample: "revoked since the last list: 535330e6f3079de5874bb1872f1293c129b7d768 (gw1, key_compromise)"
crl:
  description: The list, PEM. In check mode the one that is there, though a new one may be due.
  returned: where there is one
  type: str
  sample: |
    -----BEGIN X509 CRL-----
    MIIB...
    -----END X509 CRL-----
crl_number:
  description: Its number.
  returned: where there is one
  type: str
  sample: "1795431600000"
next_update:
  description: Until when it may be relied on, in UTC.
  returned: where there is one
  type: str
  sample: "2026-11-30T11:00:00Z"
"""
