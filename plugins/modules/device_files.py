# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: device_files
short_description: Configuration files of a SIP device, published together and loaded
version_added: 0.1.0
description:
  - Sees to it that a device has its configuration files, and that its service has loaded them.
  - The contents are rendered on the controller, with P(ansible.builtin.template#lookup) for example. One look at the device, one
    command, decides. Where everything is as wanted and loaded, that is all.
  - Otherwise one more command does the rest. Every new file is staged beside its target, mode 0600 from the first byte, and then
    gets its owner and mode. Every file is validated. Each staged file takes its name by one rename. The service is reloaded.
  - Where a step fails, the files are as they were before, and the task says what the device said. Where it was the reload, the
    service is reloaded once more, with the old files.
  - The digests of all that the service loads are kept on the device at each successful reload. So a reload is due when one of
    these files has changed, whoever changed it, and a run that was interrupted before its reload is caught up by the next.
options:
  files:
    description:
      - The files.
      - May be empty where O(loads), O(reload) and O(state_file) are given.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description:
          - Absolute path on the device. Folders that are missing are made, mode 0755.
          - A symlink at this path is refused, never followed and never replaced. O(files[].state=absent) removes the link itself.
        type: str
        required: true
      content:
        description:
          - What the file is to hold, UTF-8. A line end is added to the last line where it has none.
          - Required unless O(files[].state=absent).
        type: str
      merge:
        description:
          - Without it, O(files[].content) is the whole file.
          - With V(ini), O(files[].content) holds sections and keys to be set in the file that is there. Its other sections, keys,
            comments, order and line ends stay as they are. A key without a value in O(files[].content) is removed from the file.
          - A file that is not in UTF-8 stays byte for byte outside of these keys. A file in UTF-16 or UTF-32, of more than 1 MiB or
            with a line of more than 64 KiB is refused.
          - "Where a section, or else the file, only has settings of the form C(key: value), keys are written in that form."
        type: str
        choices: [ini]
      owner:
        description:
          - The owner of the file, a name or a number. Empty keeps the owner that it has. A new file belongs to whoever runs the
            task.
          - Owner and group are two names or two numbers.
        type: str
        default: ""
      group:
        description: The group of the file, as O(files[].owner).
        type: str
        default: ""
      mode:
        description: The permission bits, four octal digits in quotes.
        type: str
        default: "0644"
      keep_mode:
        description:
          - Whether a file that exists keeps its permission bits, whatever they are. O(files[].mode) is then for a new file alone.
          - It is for a file that others write as well, with O(files[].merge), whose secrets only some accounts may read.
        type: bool
        default: false
        version_added: 0.4.0
      validate:
        description:
          - A command for the device's shell that ends with exit status 0 where the file is good.
          - C(%s) is the path of the staged file, or of the file itself where it does not change. C(%{/path/of/another}) is the
            same for another entry of O(files). To have one of these as it stands, double the percent sign; any other percent sign
            is one.
          - The commands of all files are run before any file takes its name and before every reload, for a change of one file may
            matter to another.
        type: str
        default: ""
      sensitive:
        description:
          - Whether the content must not be seen. No diff shows it, and the content that is on the device never leaves it.
          - Cannot be combined with O(files[].merge).
          - The task itself holds the content. Set C(no_log) where a callback plugin or a loop would show it.
        type: bool
        default: false
      diff:
        description:
          - What C(--diff) shows of a change.
          - V(digest) shows one line with the path, the number of lines and the SHA-256 digest. It is for what nobody but its author
            reads, such as a script or a schema.
        type: str
        choices: [content, digest]
        default: content
        version_added: 0.4.0
      keep_original:
        description:
          - Whether the device keeps what the file is before this module changes it for the first time, for O(files[].state=original).
          - The copy is beside the file, as C(.NAME.siptls-original), with its owner and mode. Where there is no such file, that is kept, as
            C(.NAME.siptls-absent). Later runs never change it. There is one copy of each file, whatever happens.
          - A first publication that fails, or that O(state=previous) takes back, leaves no copy, so the next publication is the first.
          - Of a file that a version before 0.4.0 has written, nothing is kept.
          - Cannot be combined with O(files[].sensitive).
        type: bool
        default: false
        version_added: 0.4.0
      replacement:
        description:
          - With O(files[].state=original) alone.
          - With O(files[].merge), INI settings that are set after the file is as it was before.
          - Otherwise the content where nothing was kept of the file. Empty where there was no such file.
        type: str
        version_added: 0.4.0
      state:
        description:
          - Whether the file is to be there.
          - V(original) makes the file what it was before it was first changed with O(files[].keep_original), with its owner and mode. A
            file that was not there is removed.
          - With O(files[].merge), O(files[].content) then holds the sections and keys that are not the operator's, and their values count
            for nothing. Only these keys become what they were. Where nothing was kept, they are removed.
          - Without O(files[].merge), a file of which nothing was kept needs O(files[].replacement).
          - V(forgotten) removes what was kept of the file, and the folders that were made for it where they are empty. The file stays as
            it is.
        type: str
        choices: [present, absent, original, forgotten]
        default: present
  loads:
    description:
      - Absolute paths of other files that the service loads, such as its certificate, private key and trust bundle. Symlinks are
        followed. A file that is missing is no error.
      - A change of one of them since the last successful reload makes a reload due. Without O(reload) they are not looked at.
    type: list
    elements: str
    default: []
  reload:
    description:
      - A command for the device's shell, run once when a file has been created, changed or removed, and when what the service loads
        is not what it loaded last. A change of owner or mode alone is no reason.
      - Its output is shown where it fails.
      - Empty for a service that needs none.
    type: str
    default: ""
  state_file:
    description:
      - Absolute path of the file on the device that holds the digests of what was loaded last. Only used with O(reload).
      - Empty puts it beside the first of O(files), as C(.NAME.siptls-loaded).
    type: str
    default: ""
  reload_interval:
    description:
      - How long a service is left alone after its last reload, such as V(5s), V(5m) at most. A reload that comes sooner waits.
      - Empty for a service that minds no reload.
    type: str
    default: ""
    version_added: 0.2.0
  reload_now:
    description:
      - Reload the service although nothing has changed since its last reload. It may hold something else than its files in memory, such as
        a certificate or a CA that it loaded while they were others, outside of this collection.
      - Told once, for one run. With it the task is never unchanged.
    type: bool
    default: false
    version_added: 0.4.0
  keep_previous:
    description:
      - Whether to keep what there was, beside each file that changes, until the new files are accepted. A run that is interrupted
        in between loses nothing, RV(open) tells the next one.
      - The copies are C(.NAME.siptls-previous), with owner and mode as they were, and an empty C(.NAME.siptls-none) for a file that
        did not exist. What an earlier run kept and nobody settled stays.
    type: bool
    default: false
    version_added: 0.4.0
  state:
    description:
      - V(present) publishes the files.
      - V(accepted) removes what O(keep_previous) kept.
      - V(previous) brings back what O(keep_previous) kept, and changes nothing where nothing was kept. It does not reload; a task
        with O(loads) and O(reload) alone does.
      - Of O(files), only the paths matter to V(accepted) and V(previous), and O(state_file), where it is not beside the first file.
    type: str
    choices: [present, accepted, previous]
    default: present
    version_added: 0.4.0
  calls:
    description:
      - For a service whose reload cuts calls. It is reloaded when none is up, looked at in the moment before.
      - In check mode nobody is waited for.
    type: dict
    version_added: 0.2.0
    suboptions:
      command:
        description: A command for the device's shell that prints one number, how many calls are up.
        type: str
        required: true
      wait:
        description: How long to wait for their end, such as V(10m).
        type: str
        default: 10m
      otherwise:
        description:
          - What to do when calls are still up after that.
          - V(defer) changes nothing, warns, and leaves the work to the next run. V(force) goes on and cuts them.
        type: str
        choices: [defer, force]
        default: defer
      sleep:
        description:
          - Whether the task itself waits for the end of calls, and holds one of Ansible's forks meanwhile.
          - With V(false) it tries once. If calls are up and O(calls.wait) is not over, nothing is changed, and RV(busy) is returned for a
            later task, which M(siptls.vos.idle_wait) delays. Many devices then wait together.
        type: bool
        default: true
        version_added: 0.4.0
      since:
        description:
          - When calls were first found up, RV(busy.since) of an earlier task. O(calls.wait) counts from there.
          - Only used with O(calls.sleep=false). Not set for the first try.
        type: float
        version_added: 0.4.0
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.together
  - siptls.vos.operation.device
notes:
  - The directories of the files, and every directory above them, must be writable by root and the connecting user alone, or the task fails
    since version 0.4.0. A sticky directory such as C(/tmp) will do above them.
  - In check mode, the files are staged in a temporary folder of the device, the commands of O(files[].validate) are run over them,
    and what would be refused is a warning. It is no failure, because such a command may look at something that the check run only
    foretells, a new certificate for example. Where one of O(loads) does not exist yet, the commands are not run.
  - Check mode cannot foretell a reload for a certificate that is itself only foretold.
  - One run at a time for each device. A file that somebody changes while the task is at work makes it fail before anything is
    touched.
  - A command that is killed half-way leaves files named C(.NAME.siptls-new) and C(.NAME.siptls-old) behind. The next run removes
    them.
seealso:
  - module: siptls.vos.device_certificate
  - plugin: ansible.builtin.template
    plugin_type: lookup
  - plugin: siptls.vos.ini_value
    plugin_type: filter
"""

EXAMPLES = r"""
- name: The gateway runs with its SIP settings and its certificate
  siptls.vos.device_files:
    files:
      - path: /etc/gateway/gateway.conf
        content: |
          [sip]
          register = sip:vos.example.com:5061
          transport = tls
          srtp_encryption = aes128_cm
          # removed from the file
          outbound_proxy =
        merge: ini
        validate: grep -q '^transport = tls' %s
    loads:
      - /etc/gateway/certs/gateway.crt
      - /etc/gateway/certs/gateway.key
      - /etc/gateway/certs/ca.crt
    reload: systemctl reload-or-restart gateway

- name: The softswitch serves a SIP domain, checked against its schema
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

- name: The service runs with the certificate that is installed
  siptls.vos.device_files:
    loads:
      - /etc/vos/certs/vos_server.crt
      - /etc/vos/certs/vos_server.key
    reload: systemctl reload-or-restart vos
    state_file: /var/lib/vos/loaded

- name: The gateway runs with the certificate that is installed, and no call is cut for it
  siptls.vos.device_files:
    loads:
      - /etc/gateway/certs/gateway.crt
      - /etc/gateway/certs/gateway.key
    reload: systemctl restart gateway
    calls:
      command: gateway-cli calls --count
      wait: 30m
    state_file: /etc/gateway/loaded

- name: The gateway is configured as it was before
  siptls.vos.device_files:
    files:
      - path: /etc/gateway/gateway.conf
        content: |
          [sip]
          register = x
          transport = x
          srtp_encryption = x
        merge: ini
        state: original
    reload: systemctl reload-or-restart gateway

- name: The password of the trunk is in place, and shown to nobody
  siptls.vos.device_files:
    files:
      - path: /etc/vos/trunk.secret
        content: "{{ vault_trunk_password }}"
        owner: kamailio
        group: kamailio
        mode: "0600"
        sensitive: true
    reload: systemctl reload-or-restart vos
"""

RETURN = r"""
reason:
  description: Why something changed, in words.
  returned: changed
  type: str
  sample: /etc/vos/certs/vos_server.crt changed since the last reload
reasons:
  description: The parts of RV(reason), one for each file and each need of a reload.
  returned: changed
  type: list
  elements: str
  sample: ["/etc/vos/certs/vos_server.crt changed since the last reload"]
  version_added: 0.4.0
files:
  description: What was done about each file, in the order of O(files).
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: Its path on the device.
      type: str
      sample: /etc/vos/tls.conf
    action:
      description:
        - One of V(created), V(changed), V(removed), V(owner_or_mode), V(forgotten) and V(unchanged); V(taken_back) with O(state=previous).
      type: str
      sample: changed
    original:
      description: With O(files[].state=original), V(kept), V(absent) where there was no file, or V(unknown) where nothing was kept.
      type: str
      sample: kept
    unknown:
      description: With O(files[].state=original), whether nobody knows what the file was.
      type: bool
      sample: false
    missing:
      description: With O(files[].state=original) and O(files[].merge), keys of O(files[].content) that the file will not have.
      type: list
      elements: str
      sample: [sip.tls_client_cert]
  sample:
    - path: /etc/vos/tls.conf
      action: changed
    - path: /etc/vos/sip_domains/example.com.xml
      action: unchanged
reloaded:
  description: Whether O(reload) was run, or would be.
  returned: success
  type: bool
  sample: true
never_loaded:
  description: Whether a reload is due because no successful one is on record. RV(not_loaded) is empty then.
  returned: success
  type: bool
  sample: false
  version_added: 0.4.0
reload_recorded:
  description: Whether a successful reload is on record, whatever is due now.
  returned: with O(state=present), unless RV(deferred)
  type: bool
  sample: true
  version_added: 0.4.0
not_loaded:
  description: What the last successful reload did not load, apart from files that change now.
  returned: success
  type: list
  elements: str
  sample: [/etc/vos/certs/vos_server.crt]
  version_added: 0.4.0
open:
  description: Whether O(keep_previous) of an earlier run kept files that are neither accepted nor taken back.
  returned: success
  type: bool
  sample: false
deferred:
  description: Why nothing was done though it was due, in words.
  returned: when calls were up until the end of the wait, or are up with O(calls.sleep=false)
  type: str
  sample: 2 calls still up after 10 min; the next run tries again
busy:
  description: That calls are up and O(calls.wait) is not over, so the task is to be run again.
  returned: when calls are up with O(calls.sleep=false)
  type: dict
  version_added: 0.4.0
  contains:
    calls:
      description: How many calls are up.
      type: int
      sample: 2
    since:
      description: When calls were first found up, in seconds since 1970, for O(calls.since).
      type: float
      sample: 1764565200.5
    until:
      description: How long their end is waited for, in seconds since 1970.
      type: float
      sample: 1764565800.5
"""
