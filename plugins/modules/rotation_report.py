# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: rotation_report
short_description: Tell what a rotation did for each device
version_added: 0.2.0
description:
  - Writes what the playbook C(siptls.vos.rotate) did, or would do, for each device, as JSON for programs, and shows it as a table.
  - It reads the fact C(rotation), which the roles note on each host. A host without it was not reached.
  - It tells too what became of the CRLs, by the facts C(rotation_crl) and C(rotation_crl_lists), and what expires before two more runs are
    over, of the hosts in O(hosts) and of the CAs that issue for them.
options:
  plan:
    description: Whether this is what is to be done, and nothing has been done yet.
    type: bool
    default: false
  run_interval:
    description: How long it takes until the next run, such as V(24h). Everything that expires has to last for two of them.
    type: str
    default: 24h
    version_added: 0.4.0
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.controller
  - siptls.vos.operation.report
notes:
  - The report is written in check mode too. It is what a check run is for.
seealso:
  - module: siptls.vos.device_certificate
  - module: siptls.vos.registrations
"""

EXAMPLES = r"""
- name: The report says what became of each device
  siptls.vos.rotation_report:
    hosts: "{{ groups['gateways'] }}"
    began: "{{ rotation_began }}"
    path: "{{ inventory_dir }}/rotation-report.json"
  run_once: true
"""

RETURN = r"""
report:
  description:
    - What is in the file. C(outcome) of a device is one of V(renewed), V(reloaded), V(unchanged), V(deferred), V(unproven),
      V(renewed_not_proven), V(reloaded_not_proven), V(rolled_back), V(failed), V(refused), V(unreachable), V(begun) and V(due).
    - V(unproven) is a device that was not registered before the run and is not after it. V(renewed_not_proven) and
      V(reloaded_not_proven) are devices whose platform cannot prove a registration, by C(gateway_registration_proof) and
      C(vos_registration_proof).
  returned: success
  type: dict
  sample:
    format: 1
    plan: false
    began: "2026-11-23T03:00:00Z"
    written: "2026-11-23T03:00:41Z"
    devices_total: 1
    counts:
      renewed: 1
    devices:
      - device: gw1
        kind: gateway
        outcome: renewed
        reasons: ["renewal due: 29 d left, renewed 30 d before the end"]
        forced: false
        cause: ""
        before:
          serial_number: 0fd0b7cd9a7dd6d1b9ec0d0f24e0a5b3a4dbeb0a
          not_after: "2026-12-22T09:38:09Z"
        after:
          serial_number: 535330e6f3079de5874bb1872f1293c129b7d768
          not_after: "2027-02-21T09:38:09Z"
        seconds: 3.4
        connections_behind: null
    expiry:
      interval_seconds: 86400
      deadline: "2026-11-25T03:00:00Z"
      crls:
        - host: vos
          kind: softswitch
          outcome: pushed
          cause: ""
          found:
            - kind: crl
              of: CN=SIP Issuing CA
              file: /etc/vos/certs/crl.pem
              not_after: "2026-11-30T03:00:12Z"
      not_in_this_run: []
      problems: []
      warnings: []
table:
  description: The same for people.
  returned: success
  type: str
  sample: "Rotation: 1 renewed"
failed_devices:
  description: The devices with V(failed), V(rolled_back), V(unproven), V(refused) or V(unreachable).
  returned: success
  type: list
  elements: str
  sample: []
causes:
  description: By host, what expires too early there or could not be kept current, in words.
  returned: success
  type: dict
  version_added: 0.4.0
  sample: {}
hosts_to_fail:
  description: The hosts that are to be counted as failed though nothing of theirs was rotated. All of them where a CA has to be replaced.
  returned: success
  type: list
  elements: str
  sample: []
ca_cause:
  description: Which CA has to be replaced, in words; empty where none has to.
  returned: success
  type: str
  version_added: 0.4.0
  sample: ""
"""
