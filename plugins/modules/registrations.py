# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: registrations
short_description: Tell who is registered at a softswitch, and make sure of it
version_added: 0.2.0
description:
  - Asks a softswitch by a command of its own who is registered, and with which client certificate.
  - Fails where somebody is missing or is registered with another certificate. It can wait for them, and looks once a second.
options:
  command:
    description:
      - A command for the device's shell that prints a line for each registration, C(AOR SERIAL SECONDS). The AoR is as in
        C(sip:gw1@example.com), where C(sip:) may be left out. Then come the serial number of the client certificate in hexadecimal
        digits and the age of its connection in seconds, each C(-) where the softswitch does not know.
      - A serial number of more than 40 decimal digits is a decimal one, as Kamailio writes C($tls_peer_serial).
    type: str
    required: true
  expect:
    description: Who is to be registered.
    type: list
    elements: dict
    default: []
    suboptions:
      aor:
        description:
          - The address of record, C(sip:user@domain). The scheme, the case of the host, the port and parameters make no difference.
          - The exact user is preferred. Where no such user is registered, one that differs by case alone counts if it is the only one,
            since some registrars keep users in lower case.
        type: str
        required: true
      serial_number:
        description:
          - The serial number of the client certificate, in hexadecimal digits of either case, with or without colons.
          - Empty for any certificate.
        type: str
        default: ""
      certificate_required:
        description:
          - Whether a registration counts only if the softswitch tells its certificate. It is waited for as for a missing registration.
          - Otherwise a registration with an unknown certificate is accepted, and listed in RV(unproven).
        type: bool
        default: false
        version_added: 0.4.0
      plain:
        description:
          - Whether a registration counts only if it has no certificate, as over plain SIP. It is waited for as for a missing registration.
          - A softswitch that never tells certificates cannot prove that.
        type: bool
        default: false
        version_added: 0.4.0
  absent:
    description: Who is not to be registered, such as a device whose certificates were revoked.
    type: list
    elements: dict
    default: []
    version_added: 0.4.0
    suboptions:
      name:
        description: What the device is called in the error.
        type: str
        required: true
      serial_numbers:
        description: The serial numbers of its certificates, in hexadecimal digits of either case, with or without colons.
        type: list
        elements: str
        default: []
      aors:
        description:
          - The addresses of record that it registers as. They count where the softswitch does not tell the certificate of the
            registration, and where there is none because the device is registered by plain SIP.
        type: list
        elements: str
        default: []
      replaced:
        description:
          - Whether the device may be registered with another certificate. A registration whose certificate is unknown is then listed in
            RV(unproven), and no failure.
        type: bool
        default: false
  at_least:
    description: How many registrations there are to be at least.
    type: int
    default: 0
  wait:
    description: How long to wait for that, such as V(90s). Empty looks once.
    type: str
    default: ""
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
notes:
  - Nothing is ever changed, in check mode or without.
seealso:
  - module: siptls.vos.served_certificate
  - module: siptls.vos.rotation_report
"""

EXAMPLES = r"""
- name: The gateway is registered with its new certificate
  siptls.vos.registrations:
    command: vos-cli registrations
    expect:
      - aor: sip:gw1@example.com
        serial_number: 535330e6f3079de5874bb1872f1293c129b7d768
    wait: 90s
  delegate_to: vos

- name: The gateway that was revoked is no longer registered
  siptls.vos.registrations:
    command: vos-cli registrations
    absent:
      - name: gw1
        serial_numbers: [535330e6f3079de5874bb1872f1293c129b7d768]
        aors: [sip:gw1@example.com]
    wait: 30s

- name: As many gateways are registered as before
  siptls.vos.registrations:
    command: vos-cli registrations
    at_least: 250
    wait: 2m
"""

RETURN = r"""
registrations:
  description: All registrations.
  returned: success
  type: list
  elements: dict
  contains:
    aor:
      description: The address of record, C(sip:user@domain), its host in lower case, without port and parameters.
      type: str
      sample: sip:gw1@example.com
    serial_number:
      description: Of the client certificate. Empty where the softswitch does not know.
      type: str
      sample: 535330e6f3079de5874bb1872f1293c129b7d768
    seconds:
      description: The age of the connection. None where the softswitch does not know.
      type: int
      sample: 95
  sample:
    - aor: sip:gw1@example.com
      serial_number: 535330e6f3079de5874bb1872f1293c129b7d768
      seconds: 95
count:
  description: How many there are.
  returned: success
  type: int
  sample: 1
ignored:
  description: Lines of the command that cannot be read, each cut to 200 characters. They hide no other registration.
  returned: success
  type: list
  elements: str
  sample: []
  version_added: 0.4.0
certificates_known:
  description: Of how many the softswitch tells the client certificate.
  returned: success
  type: int
  sample: 1
  version_added: 0.4.0
unproven:
  description: Those of O(expect) and O(absent) that are registered, and the softswitch does not know with which certificate.
  returned: success
  type: list
  elements: str
  sample: []
seconds:
  description: How long it was waited.
  returned: success
  type: float
  sample: 2.1
"""
