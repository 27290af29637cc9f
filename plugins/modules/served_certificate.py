# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: served_certificate
short_description: Tell which certificate a SIP server serves
version_added: 0.2.0
description:
  - Compares three things. The certificate on the device's disk, the one that a new connection gets, and those that the established
    connections got when they were made. A reload serves new connections only, so the last may stay old for days.
  - The new connection is made on the device itself, by C(openssl s_client). It shows no client certificate, and needs none to see
    the server's.
options:
  certificate:
    description: Absolute path of the server's certificate on the device.
    type: str
    required: true
  connect:
    description: Where the server listens, as the device reaches it. C(HOST:PORT).
    type: str
    default: 127.0.0.1:5061
  server_name:
    description: The name that the connection asks for (SNI). Empty for none.
    type: str
    default: ""
  connections_command:
    description:
      - A command for the device's shell that prints a line for each established TLS connection, C(PEER SERIAL SECONDS). The peer is
        an address and a port. Then come the serial number of the certificate that was presented to it and the age of the connection,
        each C(-) where the server does not know.
      - Empty where there is none.
    type: str
    default: ""
  wait:
    description: How long to wait for O(state=current), such as V(15s). Empty looks once.
    type: str
    default: ""
  state:
    description: With V(current), the task fails unless a new connection gets the certificate on disk. V(seen) only tells.
    type: str
    choices: [current, seen]
    default: current
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
  - siptls.vos.operation.variables
notes:
  - Nothing is ever changed, in check mode or without.
seealso:
  - module: siptls.vos.registrations
  - module: siptls.vos.device_files
"""

EXAMPLES = r"""
- name: The softswitch serves its new certificate
  siptls.vos.served_certificate:
    certificate: /etc/vos/certs/vos_server.crt
    connect: 127.0.0.1:5061
    server_name: vos.example.com
    wait: 15s

- name: Tell how many connections still have an older one
  siptls.vos.served_certificate:
    certificate: /etc/vos/certs/vos_server.crt
    connections_command: vos-cli tls connections
    state: seen
"""

RETURN = r"""
disk:
  description: The certificate on disk.
  returned: success
  type: dict
  sample:
    serial_number: 535330e6f3079de5874bb1872f1293c129b7d768
    not_after: "2027-02-21T09:38:09Z"
served:
  description: The one that a new connection got. Empty where it got none.
  returned: success
  type: dict
  sample:
    serial_number: 535330e6f3079de5874bb1872f1293c129b7d768
    not_after: "2027-02-21T09:38:09Z"
connections:
  description: The established connections.
  returned: success
  type: list
  elements: dict
  contains:
    peer:
      description: Address and port.
      type: str
      sample: 10.77.0.21:41472
    serial_number:
      description: Of the certificate that was presented to the peer. Empty where the server does not know.
      type: str
      sample: 0fd0b7cd9a7dd6d1b9ec0d0f24e0a5b3a4dbeb0a
    seconds:
      description: The age of the connection. None where the server does not know.
      type: int
      sample: 3600
  sample: []
behind:
  description: Those of RV(connections) that got another certificate than the one on disk, the oldest first.
  returned: success
  type: list
  elements: dict
  sample: []
"""
