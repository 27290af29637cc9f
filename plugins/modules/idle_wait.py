# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: idle_wait
short_description: Pause before devices in calls are asked again
version_added: 0.4.0
description:
  - Sleeps on the controller, once for all devices in calls, so that none of them holds one of Ansible's forks while it waits.
  - The first pause is 2 s. Later ones are a tenth of the time waited so far, up to 15 s, or up to a sixtieth of a wait that is longer than
    a quarter of an hour.
options:
  hosts:
    description: The hosts of the play. Those that are not in calls do not matter.
    type: list
    elements: str
    required: true
  result:
    description:
      - Name of the registered result of M(siptls.vos.device_files). A host with RV(siptls.vos.device_files#module:busy) in it is in calls.
    type: str
    required: true
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.controller
attributes:
  diff_mode:
    support: none
notes:
  - Use it with C(run_once). In check mode it does not sleep.
seealso:
  - module: siptls.vos.device_files
"""

EXAMPLES = r"""
- name: Leave the gateways in calls alone for a moment
  siptls.vos.idle_wait:
    hosts: "{{ ansible_play_batch }}"
    result: reloaded
  run_once: true
"""

RETURN = r"""
hosts:
  description: The hosts in calls.
  returned: success
  type: list
  elements: str
  sample: [gw3, gw7]
seconds:
  description: How long it slept.
  returned: success
  type: float
  sample: 2.0
msg:
  description: The same in words.
  returned: success
  type: str
  sample: "in calls: gw3, gw7; asked again until 03:12:40 UTC"
"""
