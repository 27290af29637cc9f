# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin siptls.vos.rotation_plan."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rotation_plan
short_description: Tell what a rotation would do to a device, in one round trip
version_added: 0.4.0
description:
  - Looks at the certificate of a device and at what its service has loaded, and returns the fact C(rotation) of the playbook
    C(siptls.vos.rotate), for C(register).
  - Never changes anything.
options:
  platform:
    description: The device as the filter P(siptls.vos.rotation_needs#filter) takes it. Whether it was set up is found out.
    type: dict
    required: true
  certificate:
    description: Options of M(siptls.vos.device_certificate), but for its O(siptls.vos.device_certificate#module:state).
    type: dict
    required: true
  second_certificate:
    description: The same for a second certificate of the device.
    type: dict
  loaded:
    description: Options of M(siptls.vos.device_files) for all that the service loads, O(siptls.vos.device_files#module:loads) above all.
    type: dict
    required: true
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
attributes:
  diff_mode:
    details: Nothing ever changes.
seealso:
  - module: siptls.vos.rotation_outcome
  - module: siptls.vos.rotation_report
"""

EXAMPLES = r"""
- name: Find out what is due
  siptls.vos.rotation_plan:
    platform:
      kind: gateway
      host: gw1
      softswitch: vos
      proof: certificate
      registrations_command: vos-cli registrations
      calls_command: gateway-cli calls
      when_busy: defer
    certificate: "{{ certificate_options }}"
    loaded:
      loads: [/etc/gateway/certs/gateway.crt, /etc/gateway/certs/gateway.key]
      state_file: /etc/gateway/.siptls-loaded
      reload: systemctl reload-or-restart gateway
  register: rotation
"""

RETURN = r"""
kind:
  description: V(gateway) or V(softswitch).
  returned: success
  type: str
  sample: gateway
softswitch:
  description: The softswitch of a gateway.
  returned: success, of a gateway
  type: str
  sample: vos
reasons:
  description: Why something is due; empty where nothing is.
  returned: success
  type: list
  elements: str
  sample: [29 of 90 days left]
before:
  description: Serial number and end of the certificate that is installed. Empty where none is.
  returned: success
  type: dict
  sample:
    serial_number: 535330e6f3079de5874bb1872f1293c129b7d768
    not_after: "2027-02-21T09:38:09Z"
second_before:
  description: The same of the second certificate.
  returned: where the device is to have one
  type: dict
  sample: {}
forced:
  description: Whether nothing but C(renew_now) makes a renewal due.
  returned: success
  type: bool
  sample: false
issuer:
  description: Name and end of the authority that issues. Empty where it is not there yet.
  returned: success
  type: dict
  sample:
    authority: issuing
    not_after: "2036-01-01T00:00:00Z"
valid_for:
  description: How long a new certificate is valid.
  returned: success
  type: str
  sample: 90d
unproven:
  description: Whether the certificate that is installed was never loaded.
  returned: success
  type: bool
  sample: false
trusts:
  description: Whether the trust anchors are as wanted, and the service has loaded them.
  returned: success
  type: bool
  sample: true
outcome:
  description: V(unchanged), V(due), or V(refused) where it is due and cannot be proven.
  returned: success
  type: str
  sample: due
cause:
  description: Why it is refused. Empty otherwise.
  returned: success
  type: str
  sample: ""
"""
