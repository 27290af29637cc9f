# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: rotation_outcome
short_description: Record the outcome of a device in a rotation
version_added: 0.4.0
description:
  - Returns the fact C(rotation) of a device after an event of the playbook C(siptls.vos.rotate), for C(register). It has the outcome that
    M(siptls.vos.rotation_report) reports, and RV(next), the step that follows.
  - Registered results are given by name, because a device may have written what is in them. No template sees that.
options:
  event:
    description:
      - What happened.
      - V(began) is the begin of the rotation. V(loaded) means that the service has loaded the certificate and that this is proven, or that
        calls are up. V(failed) is for C(rescue).
      - V(went_back) means that the certificate before the run is loaded and proven. V(stuck) means that this failed, for C(rescue).
    type: str
    choices: [began, loaded, failed, went_back, stuck]
    required: true
  certificate:
    description: Name of the registered result of M(siptls.vos.device_certificate).
    type: str
    default: ""
  second_certificate:
    description: The same for the second certificate of a softswitch.
    type: str
    default: ""
  load:
    description: Name of the registered result of M(siptls.vos.device_files) that reloaded the service.
    type: str
    default: ""
  proof:
    description: Name of the registered result of M(siptls.vos.registrations) that proves a gateway.
    type: str
    default: ""
  served:
    description: Name of the registered result of M(siptls.vos.served_certificate), of a softswitch.
    type: str
    default: ""
  not_proven:
    description: What the platform cannot prove, in words. Empty where everything was proven.
    type: str
    default: ""
  was_registered:
    description: Whether the gateway was registered before the run.
    type: bool
    default: true
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
  - module: siptls.vos.failure_cause
"""

EXAMPLES = r"""
- name: Load the certificate
  siptls.vos.device_files:
    loads: [/etc/gateway/certs/gateway.crt]
    state_file: /etc/gateway/.loaded
    reload: systemctl reload-or-restart gateway
  register: loaded

- name: Record the outcome
  siptls.vos.rotation_outcome:
    event: loaded
    certificate: installed
    load: loaded
  register: rotation
"""

RETURN = r"""
outcome:
  description: What became of the device, one of the outcomes of M(siptls.vos.rotation_report).
  returned: always
  type: str
  sample: renewed
next:
  description:
    - What to do next. V(go_on) after O(event=began), V(wait) for a device in calls that is tried again, V(go_back) for the certificate
      before, and empty for nothing.
  returned: always
  type: str
  sample: go_back
cause:
  description: The cause, in words.
  returned: unless O(event=began)
  type: str
  sample: "The gateway is registered with its certificate: vos: registrations are not as expected after 90 s."
after:
  description: The serial number and the end of the certificate in use.
  returned: where a certificate was loaded or brought back
  type: dict
  sample:
    serial_number: 535330e6f3079de5874bb1872f1293c129b7d768
    not_after: "2027-02-21T09:38:09Z"
first_goes_back:
  description: Whether the certificate before can come back.
  returned: O(event=failed)
  type: bool
  sample: true
second_goes_back:
  description: Whether the second certificate before can come back.
  returned: O(event=failed)
  type: bool
  sample: false
"""
