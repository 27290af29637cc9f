# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin siptls.vos.site_report."""

from __future__ import annotations

DOCUMENTATION = r"""
module: site_report
short_description: Report what a run of the playbook site did for each device
version_added: 0.4.0
description:
  - Shows, as a table, what the playbook C(siptls.vos.site) did for each softswitch and gateway, or would do.
  - Devices that were as wanted are only counted.
  - It reads what the tasks of the roles C(siptls.vos.vos) and C(siptls.vos.gateway) returned on each host.
options:
  hosts:
    description: The devices, by their names in the inventory.
    type: list
    elements: str
    required: true
  began:
    description: When the run began, in seconds since 1970 in UTC.
    type: float
    required: true
  plan:
    description: Whether the run was a check, and nothing has been done.
    type: bool
    default: false
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.controller
attributes:
  diff_mode:
    support: none
seealso:
  - module: siptls.vos.rotation_report
"""

EXAMPLES = r"""
- name: Show what became of each device
  siptls.vos.site_report:
    hosts: "{{ groups['gateways'] }}"
    began: "{{ site_began }}"
  run_once: true
"""

RETURN = r"""
report:
  description:
    - The same for programs. C(outcome) of a device is one of V(failed), V(refused), V(unreachable), V(deferred), V(due), V(not_proven),
      V(set_up) and V(unchanged).
    - V(deferred) is a device in calls, which the next run sets up. V(due) is one that the run did not come to, or of a check.
      V(not_proven) is one that was changed, whose registration the platform cannot prove.
  returned: success
  type: dict
  sample:
    format: 1
    plan: false
    began: "2026-11-23T03:00:00Z"
    written: "2026-11-23T03:00:41Z"
    devices_total: 1
    counts:
      set_up: 1
    devices:
      - device: gw1
        kind: gateway
        outcome: set_up
        reasons: [no certificate installed]
        cause: ""
        seconds: null
table:
  description: The same for people.
  returned: success
  type: str
  sample: "Site: 1 set up"
"""
