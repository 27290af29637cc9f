# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: preflight
short_description: Check that a device has what it needs before anything is changed on it
version_added: 0.1.0
description:
  - Looks at a device with one command and fails with everything that is missing, each with what was expected, what was found, and
    what to do.
  - Never changes anything, and works in check mode as well.
options:
  openssl_minimum:
    description: The oldest OpenSSL that will do, V(1.1.1) or V(3.N).
    type: str
    default: 1.1.1
  clock_tolerance:
    description: How many seconds the clock of the device may be off that of the controller.
    type: int
    default: 300
  folders:
    description:
      - Folders that will be written to. They have to be writable and to have room for a mebibyte.
      - Of one that does not exist, the nearest parent that does is examined.
    type: list
    elements: str
    default: []
  commands:
    description: Commands that have to be there, beside C(openssl).
    type: list
    elements: str
    default: []
  users:
    description: Users that will own files. Numbers are taken as they are.
    type: list
    elements: str
    default: []
  groups:
    description: Groups that will own files. Numbers are taken as they are.
    type: list
    elements: str
    default: []
  services:
    description: Services that systemd has to know.
    type: list
    elements: str
    default: []
  readers:
    description: Accounts of services that have to be able to read a private key, whether it is there already or not.
    type: list
    elements: dict
    default: []
    version_added: 0.4.0
    suboptions:
      user:
        description: The account. Empty asks systemd for that of O(readers[].service); nothing is checked where it does not say.
        type: str
        default: ""
      service:
        description: The service of systemd. Empty where there is none.
        type: str
        default: ""
      private_key:
        description: The absolute path of the key.
        type: str
        required: true
      owner:
        description: The owner that the key has, or will have, a name or a number.
        type: str
        required: true
      group:
        description:
          - The group that the key has, or will have. Its members can read the key where M(siptls.vos.device_certificate) gives it the
            mode 0640.
        type: str
        required: true
      variables:
        description: What the names of the variables begin with that a message is to name, such as V(vos).
        type: str
        required: true
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.together
  - siptls.vos.operation.device
attributes:
  diff_mode:
    details: Nothing ever changes.
seealso:
  - module: siptls.vos.policy
"""

EXAMPLES = r"""
- name: The gateway has what it needs
  siptls.vos.preflight:
    folders: [/etc/gateway/certs]
    users: [root]
    services: [gateway]
"""

RETURN = r"""
{}
"""
