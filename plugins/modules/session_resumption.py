# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: session_resumption
short_description: Tell whether a SIP server resumes TLS sessions, and for how long it says so
version_added: 0.3.0
description:
  - Connects to the server from the device that it runs on, by C(openssl s_client), once afresh and then with the session of that, with TLS
    1.2 and with TLS 1.3.
  - Says where the server does otherwise than its settings for sessions say. The size of a cache cannot be seen from outside.
options:
  connect:
    description: Where the server listens, as the device reaches it. C(HOST:PORT).
    type: str
    default: 127.0.0.1:5061
  server_name:
    description: The name that the connection asks for (SNI). Empty for none.
    type: str
    default: ""
  certificate:
    description: Path on the device of a certificate and chain to show, PEM. Empty to show none.
    type: str
    default: ""
  private_key:
    description: Path on the device of its private key.
    type: str
    default: ""
  cache:
    description: The cache that is wanted, V(none) or V(shared:SIZE).
    type: str
    default: shared:10m
  timeout:
    description: How long a session is to be resumable, such as V(1h).
    type: str
    default: 1h
  attempts:
    description: How often a session is offered, 1 to 20. A server of several processes may know it in one of them alone.
    type: int
    default: 3
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
notes:
  - Nothing is ever changed, in check mode or without. A server that cannot be reached is none to say anything of.
seealso:
  - module: siptls.vos.served_certificate
"""

EXAMPLES = r"""
- name: Tell what the softswitch makes of its settings for sessions
  siptls.vos.session_resumption:
    connect: 127.0.0.1:5061
    server_name: vos.example.com
    certificate: /etc/vos/certs/vos_server.crt
    private_key: /etc/vos/certs/vos_server.key
    cache: shared:10m
    timeout: 1h
"""

RETURN = r"""
versions:
  description:
    - What was seen with each version. How many handshakes came to their end, how many of them offered a session, how many of these were
      resumed, and the seconds that the server announces for a session, none where it does not.
  returned: success
  type: list
  elements: dict
  sample:
    - version: TLSv1.2
      handshakes: 4
      attempts: 3
      resumed: 1
      lifetime: 7200
notes:
  description: Where the server does otherwise than its settings say.
  returned: success
  type: list
  elements: str
  sample: ["TLSv1.2: the softswitch announces 2 h for a session, and 1 h is wanted"]
"""
