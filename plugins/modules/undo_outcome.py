# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: undo_outcome
short_description: Decide what is undone after a failure, and fail with the result
version_added: 0.4.0
description:
  - For the C(rescue) of the roles C(vos) and C(gateway). It tells which certificates of before come back, and fails at the end with the
    cause and what was undone.
  - Where nothing was undone, the cause is not shown again, since the failed task has shown it.
  - Registered results are given by name, because a device may have written what is in them. No template sees that.
options:
  state:
    description:
      - V(begun) returns the cause of the failure and what goes back.
      - V(lost) adds that the device does not register with what was brought back. It needs O(fact).
      - V(failed) fails. It needs O(fact) and O(taken_back).
    type: str
    choices: [begun, lost, failed]
    default: begun
  fact:
    description: Name of the registered result of this module with O(state=begun).
    type: str
    default: ""
  certificate:
    description: Name of the registered result of M(siptls.vos.device_certificate).
    type: str
    default: ""
  second_certificate:
    description: The same for the second certificate of a softswitch.
    type: str
    default: ""
  taken_back:
    description: Name of the registered result of M(siptls.vos.device_files) with C(state=previous).
    type: str
    default: ""
  file:
    description: Path of the configuration file, for the message. Empty where there are several.
    type: str
    default: ""
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.controller
attributes:
  diff_mode:
    support: none
notes:
  - Runs in check mode as well. It changes nothing.
seealso:
  - module: siptls.vos.failure_cause
  - module: siptls.vos.device_files
"""

EXAMPLES = r"""
# In the rescue of a block whose first task registers installed
- name: Decide what is undone
  siptls.vos.undo_outcome:
    certificate: installed
  register: undone

- name: Take back the configuration
  siptls.vos.device_files:
    files:
      - path: /etc/gateway/gateway.conf
        state: absent
    state: previous
  register: restored

- name: Fail with the cause
  siptls.vos.undo_outcome:
    state: failed
    fact: undone
    taken_back: restored
"""

RETURN = r"""
cause:
  description: What the failed task said.
  returned: O(state=begun) or O(state=lost)
  type: str
  sample: "gw1: the reload failed: systemctl reload-or-restart gateway."
task:
  description: Name of the failed task.
  returned: O(state=begun) or O(state=lost)
  type: str
  sample: Load it
first_goes_back:
  description: Whether there is another certificate than before, so that the one of before comes back. Never in check mode.
  returned: O(state=begun) or O(state=lost)
  type: bool
  sample: true
second_goes_back:
  description: The same for the second certificate of a softswitch.
  returned: O(state=begun) or O(state=lost)
  type: bool
  sample: false
is_lost:
  description: That the device does not register with what was brought back.
  returned: O(state=lost)
  type: bool
  sample: true
msg:
  description: The cause, and what was undone.
  returned: O(state=failed)
  type: str
  sample: "gw1: the reload failed: systemctl reload-or-restart gateway. The certificate of before is back in use."
"""
