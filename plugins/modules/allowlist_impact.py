# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: allowlist_impact
short_description: Find out whom an allowlist would cut off from a softswitch
version_added: 0.4.0
description:
  - Looks at the established TCP connections of the SIP ports, at UDP at the port for plain SIP where the kernel tracks connections, and at
    the registrations. Fails, naming them, where somebody would be cut off by an allowlist.
  - A registration without a known certificate counts as one over plain SIP where there are more registrations than TLS connections.
  - Who is cut off already by the table that is loaded is not named again.
options:
  networks:
    description: The addresses and networks on the list.
    type: list
    elements: str
    required: true
  tls_port:
    description: The TCP port for SIP over TLS, closed to others than O(networks).
    type: int
    default: 5061
  plain_sip_port:
    description: The port for plain SIP, closed to all. V(0) where it stays open.
    type: int
    default: 0
  table:
    description: The table of the family inet that holds the allowlist.
    type: str
    default: siptls
  registrations_command:
    description: A command of the softswitch that tells who is registered, as for M(siptls.vos.registrations). Empty where there is none.
    type: str
    default: ""
  allowed:
    description: Whether they may be cut off. Then the task warns instead of failing.
    type: bool
    default: false
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
notes:
  - Nothing is ever changed, in check mode or without.
  - A peer by UDP is only seen where the kernel tracks connections (C(nf_conntrack)), or where it is registered.
seealso:
  - module: siptls.vos.nftables_table
  - module: siptls.vos.registrations
"""

EXAMPLES = r"""
- name: Refuse a list that cuts off who is registered
  siptls.vos.allowlist_impact:
    networks: [192.0.2.11, 198.51.100.0/24]
    plain_sip_port: 5060
    registrations_command: vos-cli registrations
"""

RETURN = r"""
cut_off:
  description: Who is connected or registered, and is cut off.
  returned: success
  type: list
  elements: dict
  contains:
    protocol:
      description: V(tcp) or V(udp). Empty for a registration of which nobody knows the connection.
      type: str
      sample: tcp
    address:
      description: Where its packets come from.
      type: str
      sample: 192.0.2.99
    port:
      description: The port of the softswitch.
      type: int
      sample: 5060
    aor:
      description: The address of record of a registration.
      type: str
      sample: ""
  sample: []
"""
