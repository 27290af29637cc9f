# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: verification_report
short_description: Report the status of a fleet
version_added: 0.3.0
description:
  - Gathers what M(siptls.vos.verification) found of each device, writes it as one JSON document, and shows a table of those with which
    there is something.
  - It reads the fact C(verification) of each host, RV(siptls.vos.verification#module:device). A host without it is V(unreachable). The
    result C(verification_unreachable) of M(siptls.vos.failure_cause) may say why. Where the result C(verification_problem) of that module
    says why the verification failed, it is V(unknown). Either may be a text as well.
options:
  strict:
    description: Whether devices of which something is V(unknown) count as failed.
    type: bool
    default: false
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.controller
  - siptls.vos.operation.report
attributes:
  diff_mode:
    support: none
notes:
  - The document is written in check mode too. It is a report, and says nothing that was not so.
seealso:
  - module: siptls.vos.verification
"""

EXAMPLES = r"""
- name: Write the status of every device
  siptls.vos.verification_report:
    hosts: "{{ groups['gateways'] }}"
    began: "{{ verification_began }}"
    path: "{{ inventory_dir }}/verification.json"
  run_once: true
"""

RETURN = r"""
document:
  description: What is in the file. C(devices) has RV(siptls.vos.verification#module:device) of each device, by name.
  returned: success
  type: dict
  sample:
    format: 1
    began: "2026-11-27T01:00:00Z"
    written: "2026-11-27T01:00:04Z"
    collection: 0.3.0
    devices_total: 1
    counts:
      ok: 0
      due: 0
      failed: 0
      unknown: 0
      unreachable: 1
    devices:
      - device: gw4
        kind: gateway
        softswitch: vos
        state: unreachable
counts:
  description: How many devices by state.
  returned: success
  type: dict
  sample:
    ok: 41
    due: 2
    failed: 1
    unknown: 0
    unreachable: 0
table:
  description: The same for people. Devices that are V(ok) are only counted.
  returned: success
  type: str
  sample: "Verification: 41 ok, 2 due, 1 failed"
failed_devices:
  description: The devices that are V(failed) or V(unreachable), those that could not be verified, and with O(strict) those V(unknown).
  returned: success
  type: list
  elements: str
  sample: [gw7]
causes:
  description: Of each of RV(failed_devices), its state and why, in one line.
  returned: success
  type: dict
  sample:
    gw2: "gw2: unreachable. it was not reached"
"""
