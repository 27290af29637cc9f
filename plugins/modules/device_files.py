# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: device_files
short_description: Configuration files of a device, published together and read by its service
version_added: 0.1.0
description:
  - Puts configuration files on a device as one; all are staged beside their targets, all are validated on the device, then all
    take their names by rename, then the service reads them.
  - Where a file is not valid, nothing changes. Where the service does not take its files up, those from before come back and the
    service reads them again. Either way the task fails and says why.
  - One look at the device, one command, decides. Where everything is as wanted and read, that is all.
  - The device remembers digests of all that the service has read, in O(state_file). A run that was interrupted before the reload
    is caught up by the next one, and so is a change that came by other means, such as a new certificate.
options:
  files:
    description: The files. May be empty, to reload a service whose O(loads) have changed.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Where the file is on the device. Absolute, without blanks. Missing folders are made.
        type: str
        required: true
      content:
        description:
          - What the file is to hold, as text. A line end is added where the last line has none.
          - Required unless O(files[].state=absent).
        type: str
      merge:
        description:
          - With V(ini), O(files[].content) is a few INI settings to set in the file that is there. Everything else in it stays as it
            is, comments, order and other sections included.
          - A setting without a value, C(key =), removes that key.
        type: str
        choices: [ini]
      owner:
        description: The owner, a name or a number. Empty leaves it to whoever runs the task.
        type: str
        default: ""
      group:
        description: The group, a name or a number. Empty leaves it to whoever runs the task.
        type: str
        default: ""
      mode:
        description: The permission bits, four octal digits in quotes.
        type: str
        default: "0644"
      validate:
        description:
          - A shell command on the device that succeeds if the file is good. It runs before anything changes, whenever something is
            about to change or to be read, but not in check mode.
          - C(%s) stands for the file, and C(%{PATH}) for another of O(files), as they will be.
        type: str
        default: ""
      sensitive:
        description: The content is a secret. It is in no diff and on no command line. Cannot be used with O(files[].merge).
        type: bool
        default: false
      state:
        description: Whether the file is to be there.
        type: str
        choices: [present, absent]
        default: present
  loads:
    description: Other files that the service reads, such as its certificate and key. A change of one makes a reload due.
    type: list
    elements: str
    default: []
  reload:
    description:
      - The shell command on the device that has the service read its files.
      - Without it, files are published and no digests are kept.
    type: str
    default: ""
  state_file:
    description:
      - Where the device keeps the digests of what its service has read last.
      - By default C(.siptls-loaded) in the folder of the first of O(files).
    type: str
    default: ""
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
seealso:
  - module: siptls.vos.device_certificate
  - module: ansible.builtin.template
"""

EXAMPLES = r"""
- name: The gateway runs with its SIP configuration and its certificate
  siptls.vos.device_files:
    files:
      - path: /etc/gateway/gateway.conf
        content: |
          [sip]
          register = sip:vos.example.com:5061
          transport = tls
        merge: ini
        validate: grep -q '^register = sip:' %s
    loads:
      - /etc/gateway/certs/gateway.crt
      - /etc/gateway/certs/gateway.key
    reload: systemctl reload-or-restart gateway

- name: The SIP domain is there, validated by a schema that comes along
  siptls.vos.device_files:
    files:
      - path: /etc/vos/schema/sip_domain.xsd
        content: "{{ lookup('ansible.builtin.file', 'sip_domain.xsd') }}"
      - path: /etc/vos/sip_domains/example.com.xml
        content: "{{ lookup('ansible.builtin.template', 'sip_domain.xml.j2') }}"
        validate: xmllint --noout --nonet --schema %{/etc/vos/schema/sip_domain.xsd} %s
      - path: /etc/vos/sip_domains/old.example.com.xml
        state: absent
    reload: systemctl reload-or-restart vos
"""

RETURN = r"""
reason:
  description: Why something changed, in words.
  returned: changed
  type: str
  sample: "/etc/vos/tls.conf differs; /etc/vos/sip_domains/example.com.xml is missing"
files:
  description: What became of each file.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The file.
      type: str
    action:
      description: One of V(created), V(changed), V(removed), V(owner_or_mode) and V(unchanged).
      type: str
  sample:
    - path: /etc/vos/tls.conf
      action: changed
reloaded:
  description: Whether the service read its files, or would have in check mode.
  returned: success
  type: bool
  sample: true
"""
