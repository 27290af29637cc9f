# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: sip_probe
short_description: Find out whether a device can register over TLS, and if not, why
version_added: 0.2.0
description:
  - Connects from a device to its softswitch as the device does, with its certificate and key, and takes one step after the other. TLS,
    OPTIONS, REGISTER. The first step that fails gives a cause in words, with evidence and a remedy.
  - A REGISTER without Contact is sent, which asks for what is registered and changes nothing (RFC 3261, section 10.2.3).
  - What cannot be told is V(unknown), never taken for failed.
options:
  register:
    description:
      - V(fetch) asks the registrar what it has.
      - V(bind) registers a Contact with an instance of its own for a minute and removes it. A registrar that admits one Contact only for
        each AoR replaces what is there, so this is for AoRs that are not in use. In check mode it is done as V(fetch).
      - V(none) ends after OPTIONS.
    type: str
    choices: [none, fetch, bind]
    default: fetch
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
  - siptls.vos.probe
seealso:
  - module: siptls.vos.srtp_probe
  - module: siptls.vos.served_certificate
  - module: siptls.vos.registrations
"""

EXAMPLES = r"""
- name: The gateway can register
  siptls.vos.sip_probe:
    aor: sip:gw1@example.com
    connect: vos.example.com:5061
    certificate: /etc/gateway/certs/gateway.crt
    private_key: /etc/gateway/certs/gateway.key
    trust_bundle: /etc/gateway/certs/ca.crt

- name: Nobody gets in without a certificate
  siptls.vos.sip_probe:
    aor: sip:gw1@example.com
    connect: vos.example.com:5061
    trust_bundle: /etc/gateway/certs/ca.crt
    register: none
  register: stranger
  failed_when: stranger.tls.alert.name | default('') != 'certificate_required'

- name: The registrar takes the password, and the server's certificate is not revoked
  siptls.vos.sip_probe:
    aor: sip:600@example.com
    connect: vos.example.com:5061
    certificate: /etc/gateway/certs/gateway.crt
    private_key: /etc/gateway/certs/gateway.key
    trust_bundle: /etc/gateway/certs/ca.crt
    crl: /etc/gateway/certs/crl.pem
    password: "{{ vault_600_password }}"
"""

RETURN = r"""
verdict:
  description:
    - V(ok) if all steps are, V(failed) if one is. V(unknown) if one could not be told, and none failed.
  returned: always
  type: str
  sample: failed
cause:
  description: The first cause, in words. Empty if the verdict is V(ok).
  returned: always
  type: str
  sample: the device's certificate expired at 2026-11-20 09:38:09 UTC
evidence:
  description: What was seen that says so.
  returned: always
  type: list
  elements: str
  sample:
    - "the server sent certificate_expired (45): the certificate has expired, or the revocation list that it is checked by"
    - the alert came after the handshake, as it does in TLS 1.3
remedy:
  description: What to do about it. Empty where nothing is known.
  returned: always
  type: str
  sample: run siptls.vos.device_certificate for this device
causes:
  description: All causes of all steps, the first one first, each with its step.
  returned: always
  type: list
  elements: dict
  sample:
    - step: tls
      cause: the device's certificate expired at 2026-11-20 09:38:09 UTC
      evidence: ["the server sent certificate_expired (45): the certificate has expired, or the revocation list that it is checked by"]
      remedy: run siptls.vos.device_certificate for this device
notes:
  description: What is worth a word though nothing fails by it, such as a clock that is off.
  returned: always
  type: list
  elements: str
  sample: ["the server asks for no client certificate: TLS proves nobody to it"]
device:
  description: What the device says of itself.
  returned: always
  type: dict
  contains:
    openssl:
      description: Its OpenSSL.
      type: str
      sample: OpenSSL 3.5.7 1 Jul 2026
    clock_ahead:
      description: Seconds that its clock is ahead of the controller's, less than zero where it is behind.
      type: int
      sample: 0
    key_type:
      description: The type of the key in its certificate, as in O(siptls.vos.device_certificate#module:key.type). None where it has none.
      type: str
      sample: ecdsa-p256
tls:
  description: What was seen of TLS. What was not seen is none, empty or V(unknown), and says nothing.
  returned: always
  type: dict
  contains:
    state:
      description:
        - V(ok), V(failed) or V(unknown).
        - Not V(ok) before the server has answered something. A client of TLS 1.3 holds its handshake for done before the server has
          looked at its certificate.
      type: str
      sample: ok
    connect:
      description: Host and port.
      type: str
      sample: vos.example.com:5061
    server_name:
      description: The name asked for.
      type: str
      sample: example.com
    milliseconds:
      description: From the begin of the connection to the end of the handshake, the start of C(openssl) included.
      type: int
      sample: 38
    protocol:
      description: The version.
      type: str
      sample: TLSv1.3
    cipher:
      description: The suite.
      type: str
      sample: TLS_AES_256_GCM_SHA384
    group:
      description: The group of the key exchange.
      type: str
      sample: X25519MLKEM768
    chain:
      description: The certificates that the server presented, its own first.
      type: list
      elements: dict
      sample:
        - subject: CN=vos.example.com
          issuer: CN=Example SIP Issuing CA,O=Example
          serial_number: 535330e6f3079de5874bb1872f1293c129b7d768
          names: ["URI:sip:example.com", "DNS:example.com"]
          usages: [serverAuth, clientAuth, sipDomain]
          not_before: "2026-11-23T08:38:09Z"
          not_after: "2027-02-21T09:38:09Z"
    paths:
      description: Each path from that certificate to an anchor of the device, the one that ends first in front.
      type: list
      elements: dict
      sample:
        - subjects: [CN=vos.example.com, "CN=Example SIP Issuing CA,O=Example", "CN=Example SIP Root CA,O=Example"]
          not_after: "2027-02-21T09:38:09Z"
          first_to_end: CN=vos.example.com
    verification:
      description: What OpenSSL on the device makes of the chain. V(ok), V(failed) or V(unknown).
      type: str
      sample: ok
    verification_errors:
      description: What it has against it, with the number of C(X509_V_ERR).
      type: list
      elements: dict
      sample: [{depth: 0, number: 10, subject: CN = vos.example.com, text: certificate has expired}]
    revocation:
      description: V(good) or V(revoked) by O(crl), else V(unknown).
      type: str
      sample: unknown
    identity:
      description: Whether the certificate speaks for the SIP domain, and for which it does.
      type: dict
      sample: {domain: example.com, state: ok, identities: [example.com, vos.example.com]}
    client_certificate_requested:
      description: Whether the server asked for a certificate.
      type: bool
      sample: true
    client_certificate_presented:
      description: Whether the device presented one.
      type: bool
      sample: true
    requested_authorities:
      description: Whose certificates the server asked for. Empty where it leaves that open.
      type: list
      elements: str
      sample: ["CN=Example SIP Root CA,O=Example"]
    alert:
      description: The alert by which the server ended it. Empty for none.
      type: dict
      sample: {number: 45, name: certificate_expired, meaning: "the certificate has expired, or the revocation list that it is checked by"}
    client_hello:
      description: What the device offered, and in how many octets. More than about 1400 do not fit into one packet.
      type: dict
      sample: {octets: 1564, versions: [TLSv1.3, TLSv1.2], groups: [X25519MLKEM768, X25519, P-256]}
options:
  description: What became of OPTIONS. A server that refuses it, and takes what comes after it, is as good; a note says so then.
  returned: always
  type: dict
  contains:
    state:
      description: V(ok), V(failed), or V(unknown) where it was not tried.
      type: str
      sample: ok
    status:
      description: The status of the answer.
      type: int
      sample: 200
    reason:
      description: Status and reason of the answer.
      type: str
      sample: 200 OK
    milliseconds:
      description: From the end of the handshake to the answer.
      type: int
      sample: 12
    digest:
      description: The algorithm of the challenge that was answered. Empty for none.
      type: str
      sample: ""
register:
  description: What became of REGISTER.
  returned: always
  type: dict
  contains:
    state:
      description: V(ok), V(failed), or V(unknown) where it was not tried.
      type: str
      sample: ok
    status:
      description: The status of the answer.
      type: int
      sample: 200
    reason:
      description: Status and reason of the answer.
      type: str
      sample: 200 OK
    milliseconds:
      description: From sending to the answer, the last one where there were several.
      type: int
      sample: 9
    digest:
      description: The algorithm of the challenge that was answered. Empty for none.
      type: str
      sample: SHA-256
    bindings:
      description: The Contacts that the registrar listed, with the seconds that each has left.
      type: list
      elements: dict
      sample: [{contact: "sip:gw1@10.77.0.21:41472;transport=tls", expires: 25}]
"""
