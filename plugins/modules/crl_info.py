# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: crl_info
short_description: Tell which CRLs a file on a device holds
version_added: 0.4.0
description:
  - Reads a file of CRLs on a device, and tells the issuer and the next update of each. Whoever checks a CRL rejects everybody once it is
    past its next update.
  - Never changes anything.
options:
  path:
    description: Absolute path of the file on the device.
    type: str
    required: true
  content:
    description:
      - What the file is known to hold, PEM, such as after M(siptls.vos.device_files) published it. The device is not asked then.
    type: str
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
attributes:
  diff_mode:
    details: Nothing ever changes.
seealso:
  - module: siptls.vos.revocation_list
  - module: siptls.vos.certificate_info
"""

EXAMPLES = r"""
- name: Read the CRLs of the softswitch
  siptls.vos.crl_info:
    path: /etc/vos/certs/crl.pem
  register: crls
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
  sample: /etc/vos/certs/crl.pem
state:
  description: One of V(there), V(missing) and V(unreadable). A file without a CRL, or with one that cannot be read, is V(unreadable).
  returned: success
  type: str
  sample: there
lists:
  description: The CRLs in it, the first to expire first, 100 at most.
  returned: success
  type: list
  elements: dict
  contains:
    issuer:
      description: The distinguished name of the CA.
      type: str
      sample: CN=SIP Issuing CA
    next_update:
      description: Until when the CRL may be relied on, in UTC.
      type: str
      sample: "2026-12-07T03:17:00Z"
  sample:
    - issuer: CN=SIP Issuing CA
      next_update: "2026-12-07T03:17:00Z"
"""
