# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: inventory_check
short_description: Fail where the inventory has no host for a playbook
version_added: 0.4.0
description:
  - A play that matches no host is skipped, and C(ansible-playbook) ends with 0. Nothing was done, and nobody is told. This module fails
    instead. It names what was looked for, which groups the inventory has and where it was read from.
  - Each playbook of this collection begins with it.
options:
  expected:
    description:
      - Names of groups or hosts, or host patterns. One host that matches one of them is enough.
      - It has to be part of the play, so C(--limit) counts.
      - Where a group of these is absent or empty, and a group with nearly the same name has hosts that would be left out, that is taken
        for a typo, and fails as well.
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.controller
attributes:
  diff_mode:
    support: none
notes:
  - Runs in check mode as well. It changes nothing.
  - The play that it is part of has to match a host. In an empty inventory that is C(localhost) alone, which C(all) does not match.
seealso:
  - module: siptls.vos.policy
"""

EXAMPLES = r"""
- name: Check the inventory
  hosts: "{{ 'all' if groups['all'] else 'localhost' }}"
  gather_facts: false
  tasks:
    - name: There are softswitches or gateways to work on
      siptls.vos.inventory_check:
        expected: [softswitches, gateways]
      run_once: true
"""

RETURN = r"""
hosts:
  description: The hosts of the play that match.
  returned: success
  type: list
  elements: str
  sample: [vos, gw1]
"""
