# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: packet_filter_info
short_description: Tell whether the packet filter of a host admits packets
version_added: 0.4.0
description:
  - Reads the ruleset of nftables on the host, whoever made it, and decides for each packet whether it is admitted. No packet is sent.
  - Nothing is changed.
options:
  packets:
    description: First packets of something new, from outside to an address of the host.
    type: list
    elements: dict
    required: true
    suboptions:
      protocol:
        description: The transport protocol.
        type: str
        choices: [tcp, udp]
        required: true
      source:
        description: The IP address that the packet comes from.
        type: str
        required: true
      port:
        description: The port that it goes to.
        type: int
        required: true
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
notes:
  - A host without the command C(nft) has no such ruleset, and admits everything. Rules of iptables-legacy are not seen.
seealso:
  - module: siptls.vos.nftables_table
"""

EXAMPLES = r"""
- name: Find out whether plain SIP of gw1 reaches the softswitch
  siptls.vos.packet_filter_info:
    packets:
      - protocol: udp
        source: 192.0.2.11
        port: 5060
  register: plain_sip
"""

RETURN = r"""
packets:
  description: The packets, in their order.
  returned: success
  type: list
  elements: dict
  contains:
    protocol:
      description: The transport protocol.
      type: str
      sample: udp
    source:
      description: Where it comes from.
      type: str
      sample: 192.0.2.11
    port:
      description: Where it goes to.
      type: int
      sample: 5060
    admitted:
      description: Whether it is admitted. Null where that depends on what is not known, such as a rate limit.
      type: bool
      sample: false
    rule:
      description: The rule that drops it, or that leaves it open. Empty where it is admitted.
      type: str
      sample: udp dport 5060 counter drop
"""
