# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: srtp_probe
short_description: Find out by a call which encryption of media is agreed on, and if none, why
version_added: 0.2.0
description:
  - Connects from a device to its softswitch as M(siptls.vos.sip_probe) does, calls a test number with an offer of encrypted media, reads
    the answer, and hangs up at once. It says which keying and which suite was agreed, or why none was.
  - No media is sent. What the other side may send in the moment until it is hung up on is not listened to.
  - The keys in the offer are made for this call and thrown away. They are in no output and on no command line.
options:
  to:
    description: Whom to call, a number or a user in O(domain) or a whole C(sip:) URI. It should be one that answers by itself.
    type: str
    required: true
  keying:
    description:
      - How the keys are to come about. V(sdes) in the session description (RFC 4568), V(dtls) by a handshake in the media (RFC 5763),
        with the fingerprint of O(certificate).
      - V(none) offers plain media, to see that it is refused. The verdict is V(ok) if it is, by 488, 606 or 415.
    type: str
    choices: [sdes, dtls, none]
    default: sdes
  suites:
    description: The suites to offer for O(keying=sdes), in the order of preference.
    type: list
    elements: str
    default: [AEAD_AES_256_GCM, AES_256_CM_HMAC_SHA1_80, AES_CM_128_HMAC_SHA1_80]
  expect:
    description: What is to be agreed on. The verdict is V(failed) where something else was.
    type: dict
    default: {}
    suboptions:
      keying:
        description: The keying. Left out for any that encrypts.
        type: str
        choices: [sdes, dtls]
      suites:
        description: One of these suites. Empty for any. With DTLS-SRTP the suite is agreed on in its handshake, which is not made here.
        type: list
        elements: str
        default: []
  ring:
    description:
      - How long somebody may take to answer, at most V(120s). After that the call is given up with CANCEL.
      - The verdict is V(unknown) then, but where an early answer had a session description.
    type: str
    default: 10s
  media_address:
    description:
      - The address that the offer names for media.
      - Empty for the one that the softswitch saw the device with. Where it does not tell, an address of nobody (RFC 5737).
    type: str
    default: ""
  media_port:
    description: The port that the offer names for media. V(0) for any from 10000 to 19998.
    type: int
    default: 0
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
  - siptls.vos.probe
notes:
  - A real call is made, in check mode too. It shows in call records, and a telephone may ring.
  - Where the controller goes away in the middle of a call, nobody hangs up. The other side ends it when it hears nothing.
seealso:
  - module: siptls.vos.sip_probe
"""

EXAMPLES = r"""
- name: Calls of the gateway are encrypted, with 256 bits
  siptls.vos.srtp_probe:
    aor: sip:gw1@example.com
    connect: vos.example.com:5061
    certificate: /etc/gateway/certs/gateway.crt
    private_key: /etc/gateway/certs/gateway.key
    trust_bundle: /etc/gateway/certs/ca.crt
    to: "600"
    expect:
      keying: sdes
      suites: [AEAD_AES_256_GCM, AES_256_CM_HMAC_SHA1_80]

- name: Plain media is refused
  siptls.vos.srtp_probe:
    aor: sip:gw1@example.com
    connect: vos.example.com:5061
    certificate: /etc/gateway/certs/gateway.crt
    private_key: /etc/gateway/certs/gateway.key
    trust_bundle: /etc/gateway/certs/ca.crt
    to: "600"
    keying: none
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
  description:
    - What is worth a word though nothing fails by it, such as a clock that is off.
    - Also how the session description of the answer deviates from RFC 8866 where that decides nothing, such as lines out of order,
      each with the number of its line.
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
media:
  description: What became of the call.
  returned: always
  type: dict
  contains:
    state:
      description: V(ok), V(failed), or V(unknown) where nothing can be said.
      type: str
      sample: ok
    offered:
      description: What was offered.
      type: dict
      sample: {keying: sdes, suites: [AEAD_AES_256_GCM, AES_256_CM_HMAC_SHA1_80, AES_CM_128_HMAC_SHA1_80]}
    status:
      description: The status of the answer to INVITE.
      type: int
      sample: 200
    reason:
      description: Status and reason of that answer.
      type: str
      sample: 200 Answering
    provisional:
      description: The statuses that came before.
      type: list
      elements: int
      sample: [100, 180]
    agreed:
      description: Whether media could flow. None where there was no answer to compare.
      type: bool
      sample: true
    encrypted:
      description: Whether it would be encrypted.
      type: bool
      sample: true
    keying:
      description: What was agreed on. V(sdes), V(dtls), V(none), or empty where nothing was.
      type: str
      sample: sdes
    suite:
      description: The suite, by its name of today. Empty for DTLS-SRTP, which agrees on it in its handshake.
      type: str
      sample: AES_CM_128_HMAC_SHA1_80
    early:
      description: Whether that is of an early answer, and nobody took the call.
      type: bool
      sample: false
    hung_up:
      description: How the call was ended. Empty where there was none.
      type: str
      sample: ACK, BYE, 200
"""
