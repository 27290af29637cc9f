# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation of the probes has in common."""

from __future__ import annotations


class ModuleDocFragment:
    """Whom a probe connects to, and as whom."""

    DOCUMENTATION = r"""
options:
  aor:
    description: The address of record of the device, C(sip:user@domain). It is From of all requests.
    type: str
    required: true
  connect:
    description:
      - Where the softswitch listens, as the device reaches it. C(HOST:PORT), the port V(5061) where none is given.
      - Empty for the SIP domain. SRV records are not looked up.
    type: str
    default: ""
  domain:
    description:
      - The SIP domain that the softswitch is to speak for. Requests go to it, and the server's certificate has to name it by the rules
        of RFC 5922. A C(sip:) URI of the whole domain counts, or where there is none a DNS name. No wildcard counts, no part of a name.
      - Empty for the domain of O(aor).
    type: str
    default: ""
  server_name:
    description: The name that the connection asks for (SNI). Empty for O(domain).
    type: str
    default: ""
  trust_bundle:
    description: Path on the device of the anchors that it trusts, PEM.
    type: str
    required: true
  certificate:
    description:
      - Path on the device of its certificate and chain, PEM. With O(private_key).
      - Empty to present none.
    type: str
    default: ""
  private_key:
    description: Path on the device of its private key, PEM. It never leaves the device.
    type: str
    default: ""
  crl:
    description: Path on the device of revocation lists to check the server's certificate by, PEM. Empty for no such check.
    type: str
    default: ""
  ciphers:
    description: The suites of TLS 1.2 to offer, as C(openssl-ciphers) has them. Empty for those of the device's OpenSSL.
    type: str
    default: ""
  ciphersuites:
    description: The suites of TLS 1.3 to offer. Empty for those of the device's OpenSSL.
    type: str
    default: ""
  groups:
    description: The key exchange groups to offer, with colons between them. Empty for those of the device's OpenSSL.
    type: str
    default: ""
  min_version:
    description: The lowest version to offer. Empty for that of the device's OpenSSL.
    type: str
    choices: ["", TLSv1, TLSv1.1, TLSv1.2, TLSv1.3]
    default: ""
  max_version:
    description: The highest version to offer. Empty for that of the device's OpenSSL.
    type: str
    choices: ["", TLSv1, TLSv1.1, TLSv1.2, TLSv1.3]
    default: ""
  username:
    description: The user that answers a challenge of the softswitch. Empty for the user of O(aor).
    type: str
    default: ""
  password:
    description:
      - The password for challenges. It stays on the controller, and what is sent is a hash of it. Of several challenges the strongest
        is answered (RFC 8760), MD5 only where nothing stronger is offered.
      - Empty where the certificate alone proves the device.
    type: str
    default: ""
  timeout:
    description: How long to wait for each answer, such as V(5s), at most V(120s).
    type: str
    default: 5s
notes:
  - The task fails unless the verdict is V(ok). What it returns is the same then. With C(failed_when=false) a playbook looks itself.
  - It works in check mode as without.
  - The connection is made by C(openssl s_client) on the device, so it comes from the device's address and with the device's key, and
    shows what OpenSSL makes of it, not what the device's own SIP client does.
  - Nothing is left on the device. Should the controller go away meanwhile, the device ends the connection and cleans up by itself.
"""
