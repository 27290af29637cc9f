# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: removal_report
short_description: Report what the way back to plain SIP did for each device
version_added: 0.4.0
description:
  - Writes what the playbook C(siptls.vos.remove) did, or would do, for each device, as JSON for programs, and shows it as a table.
  - It reads the fact C(removal), which the roles record on each host. A host without it was not reached.
options:
  plan:
    description: Whether this is what would be done, and nothing has been done yet.
    type: bool
    default: false
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.controller
  - siptls.vos.operation.report
notes:
  - The report is written in check mode too. It is what a check run is for.
seealso:
  - module: siptls.vos.rotation_report
"""

EXAMPLES = r"""
- name: Report what became of each device
  siptls.vos.removal_report:
    hosts: "{{ groups['gateways'] }}"
    began: "{{ removal_began }}"
    path: "{{ inventory_dir }}/remove-report.json"
  run_once: true
"""

RETURN = r"""
report:
  description:
    - What is in the file. C(outcome) of a device is one of V(removed), V(removed_not_proven), V(unchanged), V(kept), V(deferred),
      V(rolled_back), V(failed), V(refused), V(unreachable), V(begun) and V(due).
    - V(rolled_back) is a gateway that did not register over plain SIP, and is back on TLS. V(unchanged) is a device with nothing of this
      collection on it.
  returned: success
  type: dict
  sample:
    format: 1
    plan: false
    began: "2026-11-23T03:00:00Z"
    written: "2026-11-23T03:00:41Z"
    devices_total: 1
    counts:
      removed: 1
    devices:
      - device: gw1
        kind: gateway
        outcome: removed
        reasons: ["/etc/gateway/certs: removed: gateway.key, gateway.crt, ca.crt, current, generations"]
        cause: ""
        seconds: 3.4
table:
  description: The same for people.
  returned: success
  type: str
  sample: "Removal: 1 removed"
failed_devices:
  description: The devices with V(failed), V(rolled_back), V(refused) or V(unreachable).
  returned: success
  type: list
  elements: str
  sample: []
"""
