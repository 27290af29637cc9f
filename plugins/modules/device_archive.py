# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: device_archive
short_description: Archive of the controller, unpacked on a device and switched to as a whole
version_added: 0.2.0
description:
  - Sees to it that a tar archive of the controller is unpacked on a device. One look at the device decides; where this very archive
    is unpacked already, that is all.
  - Otherwise it is sent, proven to have arrived whole, and unpacked beside what is there. One rename switches to it, so whoever
    reads sees all of the old or all of the new.
options:
  source:
    description:
      - The archive on the controller, a format that the device's C(tar) can read.
      - A relative path begins at the folder of the playbook.
    type: path
    required: true
  path:
    description:
      - Where its contents are on the device, an absolute path. It becomes a symbolic link into the folder of the same name with
        C(.d) behind it. What is there and is no such link is refused.
      - Everybody may read what is unpacked.
    type: str
    required: true
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
notes:
  - The device needs C(tar), BusyBox's for example.
seealso:
  - module: siptls.vos.ocsp_responses
"""

EXAMPLES = r"""
- name: The host has the OCSP responses of the issuing authority
  siptls.vos.device_archive:
    source: .cache/ocsp-issuing.tar
    path: /var/lib/siptls-revocation/ocsp/issuing
"""

RETURN = r"""
reason:
  description: Why something changed, in words.
  returned: changed
  type: str
  sample: another archive is unpacked
digest:
  description: The SHA-256 digest of the archive, in hexadecimal digits.
  returned: success, except where check mode only foretells the archive
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
"""
