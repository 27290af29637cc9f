# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: ocsp_responses
short_description: OCSP responses that are signed beforehand, kept current
version_added: 0.2.0
description:
  - Signs an OCSP response (RFC 6960) for every certificate of an authority that has not ended, good or revoked, so that a plain
    web server can answer as RFC 9919 has it. No key is on that server.
  - Each certificate gets two responses, for clients that name it by SHA-1 and by SHA-256.
  - The responses are signed by a delegated responder, whose certificate is made for each set and whose key is forgotten with it.
  - All are made anew when a certificate was issued or revoked, or has ended, and in time before the next update is due.
options:
  path:
    description:
      - The file on the controller that holds the responses, a tar archive.
      - Each has as its name the base64 text of the DER request that it answers, which is what a client appends to the responder's
        address in a GET request (RFC 6960, appendix A.1); a slash in it makes a folder, and one at its end gets a dash behind it.
      - The file belongs to no repository. It is made anew wherever it is missing. A path in the PKI directory is refused.
      - By default a file in C(siptls/) of C(XDG_CACHE_HOME), or of C(~/.cache), of the user who runs Ansible, one for each PKI directory
        and CA.
      - Each response in it is verified before it is used again. Where one does not verify, or is not what the PKI directory says, all
        are made anew.
    type: path
  valid_for:
    description: How long the responses may be relied on, such as V(7d). A number and one of V(s), V(m), V(h), V(d), V(w).
    type: str
    default: 7d
  renew_before:
    description:
      - How long before its end they are made anew. Shorter than O(valid_for).
      - Leave room for the runs that fail, and for getting it where it is needed.
    type: str
    default: 3d
  run_interval:
    description:
      - How long it takes until the next run, such as V(24h). Responses that would last for less than two of them are made anew as well, so
        that a run may fail. Where two of them are longer than O(valid_for), this changes nothing.
    type: str
    default: ""
    version_added: 0.4.0
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.issuer
  - siptls.vos.operation.controller
notes:
  - No response can be signed beforehand for a certificate that does not exist. RV(index) lets a live responder answer
    C(unknown) for these, and C(good) or C(revoked) to requests that carry a nonce; the role P(siptls.vos.revocation#role) runs one.
seealso:
  - module: siptls.vos.certificate_revocation
  - name: openssl-ocsp
    description: The responder that answers by RV(index).
    link: https://docs.openssl.org/3.5/man1/openssl-ocsp/
"""

EXAMPLES = r"""
- name: The OCSP responses of the issuing authority are current
  siptls.vos.ocsp_responses:
    issuer:
      pki: ./pki
      authority: issuing
      passphrase: "{{ vault_issuing_passphrase }}"
  register: issuing_responses
"""

RETURN = r"""
reason:
  description: Why something changed, in words.
  returned: changed
  type: str
  sample: "certificates have changed: 41 good and 0 revoked before, 40 good and 1 revoked now"
path:
  description: The archive.
  returned: success
  type: str
  sample: /home/operator/.cache/siptls/3f1c0a9be57d2264/ocsp_issuing.tar
good:
  description: How many certificates are good.
  returned: success
  type: int
  sample: 40
revoked:
  description: How many are revoked.
  returned: success
  type: int
  sample: 1
next_update:
  description: Until when the responses may be relied on, in UTC.
  returned: success
  type: str
  sample: "2026-11-30T11:00:00Z"
index:
  description: The same for a live responder, as C(openssl ocsp -index) reads it.
  returned: success
  type: str
  sample: "V\\t270221093809Z\\t\\t535330E6F3079DE5874BB1872F1293C129B7D768\\tunknown\\t/CN=535330e6f3079de5874bb1872f1293c129b7d768\\n"
"""
