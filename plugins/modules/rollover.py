# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: rollover
short_description: Let the next phase of a rollover of authorities begin, or refuse
version_added: 0.2.0
description:
  - One root and issuing authority takes over from another in phases. Devices trust both, then the new one issues, then the old one
    is trusted no more.
  - This makes sure of what has to be true before the next phase, and names each device that stands in the way. What was proven is
    put on record in the PKI directory, with the certificates that were seen. Without it, M(siptls.vos.device_certificate) issues nothing
    from the new authority, or leaves the anchors of the old one where they are.
options:
  pki:
    description:
      - The PKI directory on the controller.
      - A relative path begins at the folder of the playbook.
      - Required where O(bao) is not given, and excludes O(bao).
    type: path
  authority:
    description: The issuing authority that takes over.
    type: str
    required: true
  takes_over_from:
    description: The issuing authority that it takes over from.
    type: str
    required: true
  phase:
    description: What is to begin. V(issue) needs every device to trust the new authority, V(retire) nobody to depend on the old one.
    type: str
    choices: [issue, retire]
    required: true
  beside:
    description:
      - Issuing authorities that are no part of this, and issue certificates beside both, such as one with a post-quantum key. Their
        certificates stand in nobody's way.
    type: list
    elements: str
    default: []
    version_added: 0.3.0
  devices:
    description: How many devices were asked.
    type: int
    default: 0
  seen:
    description:
      - The devices that were asked, each with the certificate that it has. All of O(devices) have to be here.
      - It becomes part of what is put on record. On each use that is compared with the records of certificates in the PKI directory, so
        that a file alone proves nothing, and neither does one that leaves out a device with a valid certificate.
    type: list
    elements: dict
    default: []
    version_added: 0.4.0
    suboptions:
      device:
        description: The name of the device in the PKI directory.
        type: str
        required: true
      serial_number:
        description: The serial number of its certificate, in hexadecimal digits. Empty for that of its newest record.
        type: str
        required: true
  behind:
    description: Devices that stand in the way, each with the cause.
    type: list
    elements: str
    default: []
  in_use:
    description: For V(retire), the certificates that are in use.
    type: list
    elements: dict
    default: []
    suboptions:
      where:
        description: On whose disk, or by whom it is presented.
        type: str
        required: true
      serial_number:
        description: Its serial number in hexadecimal digits. Empty where nobody knows, which stands in nobody's way.
        type: str
        required: true
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.controller
  - siptls.vos.operation.roots
  - siptls.vos.operation.openbao
seealso:
  - module: siptls.vos.device_certificate
  - plugin: siptls.vos.pki_in_force
    plugin_type: filter
"""

EXAMPLES = r"""
- name: The new authority may issue
  siptls.vos.rollover:
    pki: ./pki
    authority: issuing2027
    takes_over_from: issuing
    phase: issue
    devices: 2
    seen:
      - {device: gw1, serial_number: 4c0f6d}
      - {device: gw2, serial_number: 5a11e2}
    behind: []
"""

RETURN = r"""
reason:
  description: What was put on record.
  returned: changed
  type: str
  sample: 2 devices trust issuing2027
"""
