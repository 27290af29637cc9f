# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: nftables_table
short_description: A table of nftables beside the host's own rules, in the kernel now and after every boot
version_added: 0.2.0
description:
  - Sees to it that a host has a table of the family C(inet), from a file of its own and loaded at boot by a systemd unit of its own.
    No other table, no other file and no other unit is touched, and nothing is ever flushed.
  - What is in the kernel is compared with what was loaded. Where somebody flushed the rules or changed the table, it is loaded again.
  - The file is checked by C(nft -c -f) before it takes its name, and loaded as one transaction, the old table going and the new
    one coming at the same moment. Where that fails, the file before comes back and is loaded.
  - The unit loads the file before there is a network, and again after C(nftables.service) is started, restarted or reloaded, which
    takes all tables away where C(/etc/nftables.conf) begins with C(flush ruleset).
options:
  name:
    description: The name of the table. A table of this name that is in the kernel already is replaced.
    type: str
    required: true
  rules:
    description:
      - What stands between the braces of the table, sets and chains as in nft(8).
      - Required unless O(state=absent).
    type: str
  directory:
    description: Absolute path of the folder of its file, C(NAME.nft), mode 0600. It is made where it is missing.
    type: str
    required: true
  service:
    description: The name of the systemd unit that loads it at boot, without C(.service).
    type: str
    required: true
  state:
    description:
      - Whether the host is to have this table.
      - V(absent) takes it out of the kernel, and removes its file, its unit, and the folder if nothing else is in it.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
notes:
  - The host needs C(nft), from the package nftables, and systemd.
  - Counters begin anew with each load.
  - A packet that is being looked up in a set at the very moment of a load may be dropped. None is let in that neither the old table
    nor the new one lets in.
  - C(systemctl stop) of the unit leaves the table in the kernel. To take it out at once and for now, C(nft delete table inet NAME).
  - In check mode C(nft -c -f) is run over the rules all the same, and what it refuses is a warning.
  - Whether the table was changed is told by its listing right after it was loaded. Another version of nft may list it otherwise,
    and then it is loaded once more.
seealso:
  - module: siptls.vos.device_files
"""

EXAMPLES = r"""
- name: SIP over TLS is there for one network alone
  siptls.vos.nftables_table:
    name: sip
    rules: |
      chain input {
        type filter hook input priority -10; policy accept;
        tcp dport 5061 ip saddr != 192.0.2.0/24 counter drop
        tcp dport 5061 meta nfproto ipv6 counter drop
      }
    directory: /etc/sip-filter
    service: sip-filter

- name: It is there for all again
  siptls.vos.nftables_table:
    name: sip
    directory: /etc/sip-filter
    service: sip-filter
    state: absent
"""

RETURN = r"""
reason:
  description: Why something changed, in words.
  returned: changed
  type: str
  sample: "the table inet siptls is not in the kernel: somebody flushed the rules, or they were never loaded"
files:
  description: What was done about its file and its unit.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The path on the host.
      type: str
      sample: /etc/siptls-allowlist/siptls.nft
    action:
      description: One of V(created), V(changed), V(removed), V(owner_or_mode) and V(unchanged).
      type: str
      sample: changed
  sample:
    - path: /etc/siptls-allowlist/siptls.nft
      action: changed
    - path: /etc/systemd/system/siptls-allowlist.service
      action: unchanged
loaded:
  description: Whether the table was loaded into the kernel, or would be.
  returned: success
  type: bool
  sample: true
"""
