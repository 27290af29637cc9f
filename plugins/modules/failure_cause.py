# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: failure_cause
short_description: Record, show or fail with the cause of a failure
version_added: 0.4.0
description:
  - Passes on what went wrong with a device. The message of a failed task may be text of the device, so it is no part of any template
    here. The module reads it from the variables of the host, and it is names of variables that its options hold.
  - Controls and other characters that a terminal obeys are shown as escapes, such as C(\x1b).
options:
  state:
    description:
      - V(recorded) returns the cause together with the entries of O(fact) and O(entries), for C(register).
      - V(shown) shows it.
      - V(failed) fails with it. It needs O(fact).
    type: str
    choices: [recorded, shown, failed]
    default: recorded
  fact:
    description:
      - Name of a variable. With O(state=recorded), a dictionary whose entries are returned as well.
      - Otherwise what holds the cause, at O(keys). Without a name, the cause is taken as for O(state=recorded).
    type: str
    default: ""
  keys:
    description: With O(state=shown) and O(state=failed), the keys that lead to the cause in O(fact), the outermost first.
    type: list
    elements: str
    default: [cause]
  entries:
    description: With O(state=recorded), further entries to return. They replace those of O(fact).
    type: dict
    default: {}
  results:
    description:
      - Names of registered results. The cause is C(cause) or C(msg) of the first one that has any. With an empty list there is no cause.
      - Without this option, the cause is the message of the failed task that a C(rescue) is for.
    type: list
    elements: str
  with_task:
    description: Whether the name of the failed task is put in front of its message.
    type: bool
    default: false
  introduction:
    description: Text in front of the cause.
    type: str
    default: ""
  keep:
    description: Whether the cause that O(fact) has already stays in front of all that.
    type: bool
    default: false
  conclusion:
    description: Text behind the cause.
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
  - module: siptls.vos.rotation_report
  - module: siptls.vos.verification_report
"""

EXAMPLES = r"""
- name: Check the gateway, or record why that failed
  block:
    - name: Check the gateway
      siptls.vos.preflight:
        folders: [/etc/gateway]
  rescue:
    - name: Record the cause
      siptls.vos.failure_cause:
        entries:
          outcome: refused
        with_task: true
      register: checked

- name: Fail where the check failed
  siptls.vos.failure_cause:
    fact: checked
    state: failed
  when: checked.outcome | default('') == 'refused'
"""

RETURN = r"""
cause:
  description:
    - The cause, in words. The entries of O(fact) and O(entries) are returned beside it.
  returned: O(state=recorded)
  type: str
  sample: "Check the gateway: gw1: the device lacks something, and nothing has been changed on it."
msg:
  description: The cause, in words.
  returned: O(state=shown) or O(state=failed)
  type: str
  sample: "gw1: refused. the disk is full."
"""
