# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin siptls.vos.device_state."""

from __future__ import annotations

DOCUMENTATION = r"""
module: device_state
short_description: Tell what is due on a device, in one round trip
version_added: 0.4.0
description:
  - Looks at a device once, for all that M(siptls.vos.preflight), M(siptls.vos.device_certificate) and M(siptls.vos.device_files) would each
    look at, and tells what they would do.
  - A fleet in which nothing is due then costs one task and one round trip for each device.
  - Never changes anything. It fails where the device lacks something, or where what is due would be refused.
options:
  platform:
    description: The device as the filter P(siptls.vos.rotation_needs#filter) takes it. What a rotation would lack refuses the device.
    type: dict
  refusals:
    description: Reasons not to touch the device that are known already. Empty ones do not count.
    type: list
    elements: str
    default: []
  notes:
    description: Warnings to give. Empty ones do not count.
    type: list
    elements: str
    default: []
  preflight:
    description: Options of M(siptls.vos.preflight). Nothing is checked where they are left out.
    type: dict
  certificate:
    description: Options of M(siptls.vos.device_certificate), but for its O(siptls.vos.device_certificate#module:state).
    type: dict
  second_certificate:
    description: The same for a second certificate of the device.
    type: dict
  configuration:
    description: Options of M(siptls.vos.device_files), but for its O(siptls.vos.device_files#module:state).
    type: dict
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
attributes:
  diff_mode:
    details: Nothing ever changes.
seealso:
  - module: siptls.vos.preflight
  - module: siptls.vos.device_certificate
  - module: siptls.vos.device_files
"""

EXAMPLES = r"""
- name: Find out what is due
  siptls.vos.device_state:
    preflight:
      folders: [/etc/gateway]
    configuration:
      files:
        - path: /etc/gateway/gateway.conf
          content: "[sip]\\ntransport = tls\\n"
          merge: ini
      reload: systemctl reload-or-restart gateway
  register: state
"""

RETURN = r"""
due:
  description: Whether something would change, or a publication is still open.
  returned: success
  type: bool
  sample: true
reasons:
  description: Why, one for the certificate, for the second certificate and for the configuration.
  returned: success
  type: list
  elements: str
  sample: [no certificate installed]
certificate:
  description: What M(siptls.vos.device_certificate) would return in check mode. Empty where it was not asked for.
  returned: success
  type: dict
second_certificate:
  description: The same of the second certificate.
  returned: success
  type: dict
configuration:
  description: What M(siptls.vos.device_files) would return in check mode. Empty where it was not asked for.
  returned: success
  type: dict
"""
