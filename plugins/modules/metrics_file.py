# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: metrics_file
short_description: Export fleet status as Prometheus metrics
version_added: 0.3.0
description:
  - Writes the fleet document of the playbooks C(siptls.vos.verify) and C(siptls.vos.report) as metrics, in a file on the controller that
    the textfile collector of node_exporter reads.
  - What is not known has no sample, and is never counted as good or bad.
  - The file takes the place of the old one in one step, so node_exporter never reads half of it, and is only written where something
    in it changes.
  - How many series there are grows with the devices (about seventeen each) and, with O(passing_checks), with the checks of each. Addresses
    of strangers are in no label. Causes of failed handshakes beyond the 40 most frequent are counted together.
options:
  document:
    description:
      - The fleet document, as the path of its file on the controller or as what is in it.
      - A relative path begins at the folder of the playbook.
    type: raw
    required: true
  path:
    description:
      - The file on the controller. Its name has to end in C(.prom), and its folder has to be there.
      - A relative path begins at the folder of the playbook.
    type: str
    required: true
  labels:
    description: Labels for every sample, for example to tell fleets apart whose files are in the same folder.
    type: dict
    default: {}
  passing_checks:
    description:
      - Whether C(siptls_check_ok) has a series for each check of each device that passed. Those that failed always have one.
      - C(siptls_checks) counts all of them in any case. Turn it off for fleets of a thousand devices or more.
    type: bool
    default: true
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.controller
notes:
  - The user who runs Ansible has to be allowed to write to the folder. C(become) does not matter, for the work is done on the controller.
seealso:
  - module: siptls.vos.certificate_info
  - name: node_exporter, textfile collector
    description: How it is told which folder to read.
    link: https://github.com/prometheus/node_exporter#textfile-collector
"""

EXAMPLES = r"""
- name: Export the status of the fleet to Prometheus
  siptls.vos.metrics_file:
    document: "{{ inventory_dir }}/report.json"
    path: /var/lib/prometheus/node-exporter/siptls.prom
  run_once: true

- name: A large fleet, one of several
  siptls.vos.metrics_file:
    document: "{{ inventory_dir }}/report.json"
    path: /var/lib/prometheus/node-exporter/siptls-east.prom
    labels:
      fleet: east
    passing_checks: false
  run_once: true
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
  sample: /var/lib/prometheus/node-exporter/siptls.prom
samples:
  description: How many samples are in it.
  returned: success
  type: int
  sample: 61
reason:
  description: Why it was written, or would be.
  returned: changed
  type: str
  sample: the document says something else
"""
