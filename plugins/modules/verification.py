# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: verification
short_description: Check the status of a device
version_added: 0.3.0
description:
  - Holds a device against the inventory, the PKI directory and the softswitch. Trust is not taken over from the last look. Its files and
    their modes, key and certificate, the chain to each anchor, lifetime and revocation are looked at. So are the record of the
    certificate, its names, the anchors, the clock, the revocation lists, what a softswitch serves, a connection with its own
    certificate, its registration, its configuration and its media.
  - One command on the device tells most of it. The connection takes one more command, and one for REGISTER.
  - It fails for an option that cannot be, and for nothing that it finds. What it finds is RV(device), and what cannot be told is
    V(unknown).
  - No passphrase is needed, and nothing is changed anywhere.
options:
  kind:
    description: What the device is.
    type: str
    choices: [gateway, softswitch]
    required: true
  pki:
    description:
      - The PKI directory on the controller.
      - A relative path begins at the folder of the playbook.
      - Required where O(bao) is not given, and excludes O(bao).
    type: path
  authority:
    description: The name in O(pki) of the authority whose anchors the device is to trust.
    type: str
    required: true
  trusts:
    description: The names of further authorities that it is to trust, as during a rollover. It is to trust no others.
    type: list
    elements: str
    default: []
  lists:
    description: The names of the authorities of which a softswitch is to have a revocation list in O(crl).
    type: list
    elements: str
    default: []
  identity:
    description: The names that its certificate is to have, these and no others.
    type: dict
    required: true
    suboptions:
      common_name:
        description: The common name of the subject.
        type: str
        required: true
      sip_uris:
        description: SIP identities, C(sip:domain) or C(sip:user@domain).
        type: list
        elements: str
        default: []
      dns:
        description: Host names.
        type: list
        elements: str
        default: []
  aor:
    description: The address of record that a gateway registers, C(sip:user@domain). Required for a gateway.
    type: str
    default: ""
  softswitch:
    description: What the inventory calls the softswitch where a gateway registers.
    type: str
    default: ""
  certificate:
    description: Absolute path on the device of its certificate and chain, PEM.
    type: str
    required: true
  private_key:
    description: Absolute path on the device of its private key. It never leaves the device.
    type: str
    required: true
  trust_bundle:
    description: Absolute path on the device of its anchors, PEM.
    type: str
    required: true
  crl:
    description: Absolute path on a softswitch of its revocation lists, PEM. Empty where it checks none.
    type: str
    default: ""
  owner:
    description: The owner that the files are to have, a name or a number. Empty for any.
    type: str
    default: ""
  group:
    description: The group that the files are to have, a name or a number. Empty for any.
    type: str
    default: ""
  second_certificate:
    description:
      - A further certificate that a softswitch serves to who asks for another name, such as one with an ML-DSA key beside a classical one.
      - All that is asked of the first one is asked of it as well. What is found is the check V(second_certificate).
      - It takes one more command on the device, and one for a connection.
    type: dict
    suboptions:
      record_as:
        description: The name that it is on record for in O(pki). See O(siptls.vos.device_certificate#module:record_as).
        type: str
        required: true
      authority:
        description: The name in O(pki) of the authority that issues it.
        type: str
        required: true
      trusts:
        description: The names of the other authorities in its trust bundle.
        type: list
        elements: str
        default: []
      identity:
        description: The names that it is to have, these and no others.
        type: dict
        required: true
        suboptions:
          common_name:
            description: The common name of the subject.
            type: str
            required: true
          sip_uris:
            description: SIP identities, C(sip:domain).
            type: list
            elements: str
            default: []
          dns:
            description: Host names.
            type: list
            elements: str
            default: []
      certificate:
        description: Absolute path on the softswitch of the certificate and its chain, PEM.
        type: str
        required: true
      private_key:
        description: Absolute path on the softswitch of its private key.
        type: str
        required: true
      trust_bundle:
        description: Absolute path on the softswitch of the anchors that come with it, PEM.
        type: str
        required: true
      server_name:
        description: The name that a connection asks for (SNI) to get it.
        type: str
        required: true
  renew_before:
    description: How long before its end the certificate is due.
    type: str
    default: 30d
  anchors_renew_before:
    description: How long before its end an authority that the device trusts is due.
    type: str
    default: 90d
  lists_renew_before:
    description: How long before its next update a revocation list on a softswitch is due.
    type: str
    default: 2d
  clock_tolerance:
    description: How many seconds the clock of the device may be off that of the controller.
    type: int
    default: 300
  probe:
    description:
      - Whether to connect with the device's own certificate, by C(openssl s_client) on the device, as M(siptls.vos.sip_probe) does. A
        gateway asks the registrar what it has of it, which changes nothing. A softswitch connects to itself.
      - It is the TLS of the device's C(openssl) that is seen. Its SIP stack may use another library.
    type: bool
    default: true
  connect:
    description: Where to connect, as the device reaches it. C(HOST:PORT), the port V(5061) where none is given. Empty for O(domain).
    type: str
    default: ""
  domain:
    description: The SIP domain that the softswitch is to speak for. Empty for that of O(aor), or of O(identity).
    type: str
    default: ""
  server_name:
    description: The name that the connection asks for (SNI). Empty for O(domain).
    type: str
    default: ""
  timeout:
    description: How long to wait for each answer.
    type: str
    default: 5s
  expect_tls:
    description: What the connection is to agree on.
    type: dict
    default: {}
    suboptions:
      min_version:
        description: The oldest version of TLS.
        type: str
        choices: [TLSv1, TLSv1.1, TLSv1.2, TLSv1.3]
        default: TLSv1.2
      groups:
        description: Groups of which the key exchange is to use one. Empty for any.
        type: list
        elements: str
        default: []
  registrations:
    description:
      - What M(siptls.vos.registrations) returned at the softswitch. For a gateway those of its O(aor) are enough.
      - Left out, nobody knows who is registered.
    type: list
    elements: dict
  connections_command:
    description: For a softswitch, a command that tells its connections. See M(siptls.vos.served_certificate).
    type: str
    default: ""
  verify_mode:
    description: How a softswitch verifies its peers, as the inventory has it. It is told again in the result.
    type: str
    default: ""
  srtp:
    description: How the media of the device are to be encrypted, as the inventory has it. It is told again in the result.
    type: dict
    suboptions:
      required:
        description: Whether media without SRTP are refused.
        type: bool
      keying:
        description: How keys are exchanged.
        type: str
        choices: [sdes, dtls]
      suite:
        description: The suite of SRTP.
        type: str
  configuration:
    description: What M(siptls.vos.device_files) returned in check mode, to tell what differs from the inventory.
    type: dict
  call:
    description: What M(siptls.vos.srtp_probe) returned, if a call was made. It proves what O(srtp) only says.
    type: dict
  rotation_needs:
    description:
      - What a rotation would refuse the device for, as the filter P(siptls.vos.rotation_needs#filter) tells it. A certificate that could
        not be renewed is V(due) from the first day on.
    type: list
    elements: dict
    default: []
    version_added: 0.4.0
    suboptions:
      code:
        description: What is missing.
        type: str
        required: true
      cause:
        description: Why that keeps the device from being renewed; a clause.
        type: str
        required: true
      remedy:
        description: What to set; a clause.
        type: str
        required: true
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
  - siptls.vos.operation.roots
  - siptls.vos.operation.openbao
attributes:
  diff_mode:
    support: none
notes:
  - A check is V(ok), V(due) where something is to be done in time, V(failed), V(unknown) where it cannot be told, or V(not_applicable).
    The state of the device is the worst of them. V(accelerated) does not count.
seealso:
  - module: siptls.vos.verification_report
  - module: siptls.vos.certificate_info
  - module: siptls.vos.sip_probe
"""

EXAMPLES = r"""
- name: The softswitch says who is registered
  siptls.vos.registrations:
    command: /usr/local/sbin/vos_registrations
  delegate_to: vos
  register: asked

- name: The gateway is looked at
  siptls.vos.verification:
    kind: gateway
    pki: ./pki
    authority: issuing
    identity:
      common_name: gw1
      sip_uris: ["sip:gw1@example.com"]
      dns: [gw1.example.com]
    aor: sip:gw1@example.com
    softswitch: vos
    certificate: /etc/gateway/certs/gateway.crt
    private_key: /etc/gateway/certs/gateway.key
    trust_bundle: /etc/gateway/certs/ca.crt
    owner: root
    connect: vos.example.com:5061
    registrations: "{{ asked.registrations }}"
  register: looked

- name: The softswitch is looked at, with its second certificate
  siptls.vos.verification:
    kind: softswitch
    pki: ./pki
    authority: issuing
    trusts: [pq-issuing]
    identity:
      common_name: vos.example.com
      sip_uris: ["sip:example.com"]
      dns: [vos.example.com]
    certificate: /etc/vos/certs/vos_server.crt
    private_key: /etc/vos/certs/vos_server.key
    trust_bundle: /etc/vos/certs/ca_bundle.crt
    second_certificate:
      record_as: vos.post-quantum
      authority: pq-issuing
      trusts: [issuing]
      identity:
        common_name: pq.example.com
        sip_uris: ["sip:pq.example.com"]
        dns: [pq.example.com]
      certificate: /etc/vos/certs/post_quantum/vos_server.crt
      private_key: /etc/vos/certs/post_quantum/vos_server.key
      trust_bundle: /etc/vos/certs/post_quantum/ca_bundle.crt
      server_name: pq.example.com
    connect: 127.0.0.1:5061
  delegate_to: vos

- name: Its identity is its own
  ansible.builtin.assert:
    that: (looked.device.checks | selectattr('check', 'equalto', 'identity') | first).state == 'ok'
"""

RETURN = r"""
device:
  description:
    - What was found. None stands for what is not known.
    - C(state) is V(ok), V(due), V(failed), V(unknown) or V(unreachable), the last where the device runs no command.
    - C(checks) has each check, with its state, its cause, what was seen and what to do. Its C(findings) has each cause by itself.
    - C(second_certificate) has the members of C(certificate), and C(name), which it is on record for.
    - C(drift) is what the playbook C(siptls.vos.site) would put right, in words.
  returned: success
  type: dict
  sample:
    device: gw1
    kind: gateway
    softswitch: vos
    state: due
    verified: "2026-11-27T01:00:03Z"
    aor: sip:gw1@example.com
    identity:
      common_name: gw1
      sip_uris: ["sip:gw1@example.com"]
      dns: [gw1.example.com]
    certificate:
      serial_number: 0fd0b7cd9a7dd6d1b9ec0d0f24e0a5b3a4dbeb0a
      subject: CN=gw1
      issuer: CN=Example SIP Issuing CA,O=Example
      names: ["URI:sip:gw1@example.com", "DNS:gw1.example.com"]
      key_type: ecdsa-p256
      signature_algorithm: ecdsa-with-SHA256
      not_before: "2026-09-18T09:00:00Z"
      not_after: "2026-12-18T10:00:00Z"
      days_left: 21
      fingerprint_sha256: "9F:0A:61:D2:73:C4:85:1E:90:AB:3C:4D:5E:6F:70:81:92:A3:B4:C5:D6:E7:F8:09:1A:2B:3C:4D:5E:6F:70:81"
      authority: issuing
      issued: "2026-09-18T10:00:00Z"
    second_certificate: null
    anchors:
      - subject: CN=Example SIP Root CA,O=Example
        not_after: "2036-11-20T10:00:00Z"
        fingerprint_sha256: "5A:19:77:0B:2C:0D:5E:11:6A:8B:90:7E:1F:43:22:AD:94:3C:D1:08:55:E2:7A:61:BB:0C:F7:32:19:84:6E:D0"
    tls:
      protocol: TLSv1.3
      cipher: TLS_AES_256_GCM_SHA384
      group: X25519MLKEM768
      client_hello_octets: 1510
      milliseconds: 12
    srtp:
      required: true
      keying: sdes
      suite: AES_CM_128_HMAC_SHA1_80
      seen: false
    registered: true
    registration:
      serial_number: 0fd0b7cd9a7dd6d1b9ec0d0f24e0a5b3a4dbeb0a
      seconds: 95
    registrations: null
    last_rotation: "2026-09-18T10:00:00Z"
    clock_ahead: 0
    openssl: OpenSSL 3.5.7 1 Jul 2026
    aes:
      accelerated: true
      by: aes-ni
    post_quantum:
      tls_1_3: true
      hybrid_group: true
      client_hello_octets: 1510
      over_one_mtu: true
      signatures: true
      readiness: ready
      reasons: ["it speaks TLS 1.3", "its handshake agreed on X25519MLKEM768"]
    verify_mode: null
    checks:
      - check: lifetime
        state: due
        cause: "renewal due: 21 d left, renewed 30 d before the end"
        evidence: ["valid from 2026-09-18 09:00:00 to 2026-12-18 10:00:00 UTC"]
        remedy: run siptls.vos.rotate for this device
        findings:
          - cause: "renewal due: 21 d left, renewed 30 d before the end"
            evidence: []
            remedy: run siptls.vos.rotate for this device
    drift: ["lifetime: renewal due: 21 d left, renewed 30 d before the end"]
"""
