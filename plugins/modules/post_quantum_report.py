# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: post_quantum_report
short_description: Tell how ready each device is for post-quantum TLS
version_added: 0.3.0
description:
  - Writes how ready each device is, as JSON for programs, and shows it as a table. Whether it speaks TLS 1.3, whether it offers key
    exchange with ML-KEM (RFC 10024), whether its ClientHello fits into one packet, whether it knows ML-DSA signatures (RFC 9881).
  - Names the devices that stand in the way of a stage of the playbook C(siptls.vos.post_quantum), and those whose handshakes do not
    bear a stage out.
  - It reads the fact C(post_quantum_seen), which the roles note on each host. A host without it was not reached.
options:
  hosts:
    description: The devices, by their names in the inventory.
    type: list
    elements: str
    required: true
  stage:
    description:
      - What is about to be done, or has been done. V(readiness) is the report alone.
    type: str
    choices: [readiness, key_exchange, anchors, certificates]
    default: readiness
  path:
    description:
      - The file on the controller. What it held is replaced.
      - A relative path begins at the folder of the playbook. Empty writes no file.
    type: str
    default: ""
  shown:
    description: Whether the table is shown.
    type: bool
    default: true
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.controller
notes:
  - The report is written in check mode too.
  - A ClientHello is counted with the header of its TLS record. It is over one MTU where that is more than the 1460 octets that a
    segment of TCP holds over IPv4 on a path of 1500 octets.
  - What is observed is the C(openssl) command of the device. A SIP client that brings a TLS library of its own may differ.
seealso:
  - module: siptls.vos.sip_probe
  - module: siptls.vos.rollover
"""

EXAMPLES = r"""
- name: The report says how ready each device is
  siptls.vos.post_quantum_report:
    hosts: "{{ groups['gateways'] }}"
    path: "{{ inventory_dir }}/post-quantum-report.json"
  run_once: true
"""

RETURN = r"""
report:
  description:
    - What is in the file. C(readiness) of a device is V(ready), V(partly), V(not) or V(unknown), and says why. What was not seen is
      none.
  returned: success
  type: dict
  sample:
    format: 1
    stage: readiness
    written: "2026-11-27T01:00:00Z"
    devices_total: 1
    counts: {ready: 1, partly: 0, unknown: 0, not: 0}
    devices:
      - device: gw1
        kind: gateway
        protocol: TLSv1.3
        group: X25519MLKEM768
        offered_groups: [X25519MLKEM768, X25519, P-256]
        openssl: OpenSSL 3.5.7 9 Jun 2026
        key_type: ml-dsa-65
        cause: ""
        post_quantum:
          tls_1_3: true
          hybrid_group: true
          client_hello_octets: 1572
          over_one_mtu: true
          signatures: true
          readiness: ready
          reasons: [it speaks TLS 1.3, its handshake agreed on X25519MLKEM768, its certificate is ml-dsa-65]
table:
  description: The same for people.
  returned: success
  type: str
  sample: "Post-quantum: 1 ready"
in_the_way:
  description: The devices that stand in the way of O(stage), each with the cause.
  returned: success
  type: list
  elements: str
  sample: ["gw2: key exchange with ML-KEM is missing (it offers no group with ML-KEM, but X25519, P-256)"]
not_proven:
  description: The devices whose handshakes do not bear O(stage) out, each with the cause.
  returned: success
  type: list
  elements: str
  sample: []
"""
