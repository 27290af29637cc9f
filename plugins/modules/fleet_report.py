# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: fleet_report
short_description: Write the report of a fleet that an auditor and an operator both read
version_added: 0.3.0
description:
  - Makes of a fleet document, which the playbook C(siptls.vos.verify) writes, a report, as JSON for programs and as one HTML file for
    people.
  - The HTML file needs no network and nothing beside it, and fetches nothing. It has the fleet at a glance, when certificates end, all
    checks, a table of devices that can be sorted, filtered and searched, the authorities and their chains, handshakes that failed,
    post-quantum readiness, drift and compliance; in English and Chinese, light and dark, on a phone and on paper.
  - What is not known is V(unknown) in it, and never counts as failed or as in order.
options:
  document:
    description:
      - The fleet document, or the path of its file on the controller. A relative path begins at the folder of the playbook.
      - What the options below do not give is taken from it, so a report can be made anew of the JSON of another.
    type: raw
    required: true
  pki:
    description:
      - The PKI directory on the controller, for the authorities, their chains and their revocation lists.
      - A relative path begins at the folder of the playbook.
      - Excludes O(bao).
    type: path
  renew_before:
    description: How long before its end an authority is due. A number and one of V(s), V(m), V(h), V(d), V(w).
    type: str
    default: 30d
  handshake_failures:
    description:
      - What M(siptls.vos.handshake_failures) returned as RV(siptls.vos.handshake_failures#module:failures), or a list of that for several
        softswitches.
      - Without it, what failed is unknown.
    type: raw
  compliance:
    description:
      - The controls, and the status of each. Each has C(framework), C(control), C(title), C(state), C(verified), C(devices_ok),
        C(devices_failed), C(devices_unknown), C(when), C(evidence) and C(source).
      - By default they are assessed from the document, for PCI DSS and HIPAA.
    type: list
    elements: dict
  json:
    description:
      - The file on the controller for programs. What it held is replaced. Empty writes none.
      - A relative path begins at the folder of the playbook.
    type: str
    default: ""
  html:
    description:
      - The file on the controller for people. What it held is replaced. Empty writes none.
      - A relative path begins at the folder of the playbook.
    type: str
    default: ""
  language:
    description: The language of the page that is shown first, English or Chinese. The page has both.
    type: str
    choices: [en, zh]
    default: en
  title:
    description: What the report is called. Empty for the name of its kind, in the language that is shown.
    type: str
    default: ""
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.controller
  - siptls.vos.operation.roots
  - siptls.vos.operation.openbao
notes:
  - The same document gives the same files. With O(pki) the days that authorities have left are those of today.
  - A diff shows the size and digest of each file, and of the JSON the state of each device, 500 at most.
  - Causes, evidence and remedies come from other modules and are in English in both languages of the page.
seealso:
  - module: siptls.vos.certificate_info
  - module: siptls.vos.handshake_failures
  - module: siptls.vos.verification_report
"""

EXAMPLES = r"""
- name: The report is there, for programs and for people
  siptls.vos.fleet_report:
    document: "{{ inventory_dir }}/verification.json"
    pki: ./pki
    json: "{{ inventory_dir }}/report.json"
    html: "{{ inventory_dir }}/report.html"
    title: SIP gateways of Example
  run_once: true

- name: The same in Chinese, of a report that there is
  siptls.vos.fleet_report:
    document: "{{ inventory_dir }}/report.json"
    html: "{{ inventory_dir }}/report.zh.html"
    language: zh
  run_once: true
"""

RETURN = r"""
reason:
  description: Why the files are written.
  returned: changed
  type: str
  sample: "/srv/sip/report.html: the document says something else"
files:
  description: The files that are as the document says now, or would be without check mode.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: Where it is.
      type: str
      returned: always
      sample: /srv/sip/report.html
    octets:
      description: Its size.
      type: int
      returned: always
      sample: 771284
glance:
  description:
    - The fleet in a few figures. C(states) counts devices by state; C(registered) and C(encrypted) count gateways that are registered and
      that require encrypted media, by C(yes), C(no) and C(unknown); C(seen) those whose media was seen encrypted in a call.
    - C(next_expiry) is the certificate that ends first of all that have not ended, C(expired) how many have, C(drifted) how many devices
      differ from the inventory.
  returned: success
  type: dict
  sample:
    devices: 3
    gateways: 2
    states: {failed: 0, unreachable: 0, due: 1, unknown: 0, ok: 2}
    registered: {"yes": 2, "no": 0, unknown: 0}
    encrypted: {"yes": 2, "no": 0, unknown: 0}
    seen: 0
    suites: [{value: AES_CM_128_HMAC_SHA1_80, count: 2}]
    expired: 0
    next_expiry: {name: gw2, kind: device, not_after: "2026-12-17T09:38:09Z", days: 20}
    drifted: 0
"""
