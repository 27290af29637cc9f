# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: diagnosis
short_description: Find out why a gateway does not register or has no encrypted media, and rank the causes
version_added: 0.3.0
description:
  - Looks at a gateway, connects from it to its softswitch as M(siptls.vos.sip_probe) does, and names what is wrong. Causes come by
    rank, the one that others follow from first, each with what was seen, how sure it is, where it is and what mends it.
  - A second task, on the softswitch and with O(kind=softswitch), tells what only that knows. Its RV(softswitch) goes into
    O(softswitch) of the gateway's task. Without it, more stays unknown.
  - Nothing is changed. A bad state is a result, and no failure of the task unless O(fail) is true.
  - What cannot be known is in RV(unknown), each with why. It is never taken for a no.
options:
  kind:
    description:
      - V(gateway) diagnoses the gateway that the task is for.
      - V(softswitch) only tells what the softswitch knows.
    type: str
    choices: [gateway, softswitch]
    default: gateway
  configuration:
    description: Path of the configuration file. Empty for C(/etc/gateway/gateway.conf), or C(/etc/vos/tls.conf) of a softswitch.
    type: str
    default: ""
  service:
    description: The systemd service that speaks SIP. Empty where there is none to ask for.
    type: str
    default: ""
  certificate:
    description: Path of certificate and chain, where the configuration names none.
    type: str
    default: ""
  private_key:
    description: Path of the private key, where the configuration names none. It never leaves the device.
    type: str
    default: ""
  trust_bundle:
    description: Path of the anchors, where the configuration names none.
    type: str
    default: ""
  crl:
    description: Path of the revocation lists of a softswitch, where its configuration names none.
    type: str
    default: ""
  domains:
    description: The folder of the SIP domains of a softswitch, XML files.
    type: str
    default: ""
  records:
    description: The file of failed handshakes that the role P(siptls.vos.audit#role) writes on a softswitch.
    type: str
    default: ""
  registrations_command:
    description: A command of the softswitch that tells who is registered, as for M(siptls.vos.registrations).
    type: str
    default: ""
  connections_command:
    description: A command of the softswitch that tells its connections, as for M(siptls.vos.served_certificate).
    type: str
    default: ""
  aor:
    description: The address of record of the gateway, C(sip:user@domain). Needed for O(kind=gateway).
    type: str
    default: ""
  connect:
    description:
      - Where the softswitch listens, C(HOST:PORT). Empty for C(register) of the gateway's configuration.
      - With O(kind=softswitch), where it reaches its own listener. Empty for the loopback address and the port of its configuration.
    type: str
    default: ""
  server_name:
    description: The name that a connection asks for (SNI). Empty for the SIP domain.
    type: str
    default: ""
  username:
    description: The user of the password, where that is not the user of O(aor).
    type: str
    default: ""
  password:
    description: For a registrar that asks for one.
    type: str
    default: ""
  timeout:
    description: How long to wait for each answer, at most V(120s).
    type: str
    default: 5s
  softswitch:
    description: RV(softswitch) of a task with O(kind=softswitch).
    type: dict
    default: {}
  reload_command:
    description:
      - The shell command that has its service load its files, for the remedies. Empty for C(systemctl reload-or-restart) of O(service).
    type: str
    default: ""
    version_added: 0.4.0
  settings:
    description:
      - What the inventory has for this end, by the names of its configuration file, such as C(register) and C(transport).
        C(gateway_address) are the addresses and networks for the allowlist, blanks in between.
      - Where the file deviates from it, the remedy writes the file again. Where it does not, the remedy names the variable to change.
    type: dict
    default: {}
    version_added: 0.4.0
  sip_domains:
    description: The SIP domains that the inventory has for a softswitch, as C(vos_sip_domains) of the role P(siptls.vos.vos#role).
    type: list
    elements: dict
    default: []
    version_added: 0.4.0
  pki:
    description: The PKI directory, to tell a gateway that was revoked from a CRL that is wrong. Empty for none.
    type: path
    default: ""
    version_added: 0.4.0
  call_to:
    description:
      - Whom to call, to see which media is agreed on. The call offers what the gateway is configured to offer, and is ended at once.
      - Empty for no call.
    type: str
    default: ""
  ring:
    description: How long it may ring.
    type: str
    default: 10s
  media_ports:
    description: The UDP ports of the media, C(FIRST-LAST). Whether the softswitch's packet filter lets them in is asked, no packet is sent.
    type: str
    default: 10000-20000
  clock_tolerance:
    description: How many seconds a clock may be off the controller's.
    type: int
    default: 300
  handshake_limit:
    description: Milliseconds after which somebody is known to give up a connection. With V(0) the time is only told.
    type: int
    default: 0
  capture:
    description:
      - Handshakes on the wire, ClientHello beside ServerHello in words. This shows what the gateway's own client offers, where the probe
        shows what its OpenSSL could.
      - Captures are read on the controller by this collection itself, so that neither end needs C(tshark).
    type: dict
    default: {}
    suboptions:
      seconds:
        description: Have the gateway's C(tcpdump) capture its signalling for that long at most, up to V(300). With V(0) it does not.
        type: int
        default: 0
      packets:
        description: The most packets, up to V(10000).
        type: int
        default: 2000
      pcap:
        description: A capture on the controller that was made before, as C(tcpdump -w) writes it.
        type: str
        default: ""
  report:
    description: A file on the controller that what is returned is written to, as JSON. Empty for none.
    type: path
    default: ""
  fail:
    description: Fail where there is a cause.
    type: bool
    default: false
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
  - siptls.vos.operation.openbao
notes:
  - Run it as a user who may read the private key and list the packet filter, with C(become) where that is needed.
seealso:
  - module: siptls.vos.sip_probe
  - module: siptls.vos.srtp_probe
  - module: siptls.vos.served_certificate
"""

EXAMPLES = r"""
- name: Ask the softswitch
  siptls.vos.diagnosis:
    kind: softswitch
    service: vos
    domains: /etc/vos/sip_domains
  delegate_to: vos
  register: asked

- name: Why does this gateway not register?
  siptls.vos.diagnosis:
    aor: sip:gw1@example.com
    service: gateway
    softswitch: "{{ asked.softswitch }}"
    call_to: "600"
    fail: true

- name: What does its own client offer?
  siptls.vos.diagnosis:
    aor: sip:gw1@example.com
    capture:
      seconds: 30
"""

RETURN = r"""
verdict:
  description:
    - V(failed) where there is a cause. V(ok) where there is none and the gateway could register, V(unknown) where nobody could tell.
  returned: for O(kind=gateway)
  type: str
  sample: failed
causes:
  description: What is wrong, by rank. What follows from another cause comes after it, and then the surer one comes first.
  returned: for O(kind=gateway)
  type: list
  elements: dict
  contains:
    rank:
      description: From 1 on.
      type: int
      sample: 1
    id:
      description: A name that stays, for playbooks to go by.
      type: str
      sample: clock_off
    cause:
      description: A sentence.
      type: str
      sample: the clock of gw1 is 2.0 days (172800 s) behind the controller's
    certainty:
      description: V(certain), V(likely) or V(possible).
      type: str
      sample: certain
    where:
      description: V(device), V(softswitch), V(path) for the way between, or V(controller).
      type: str
      sample: device
    host:
      description: Its name in the inventory. Empty for the way between.
      type: str
      sample: gw1
    evidence:
      description: What was seen.
      type: list
      elements: str
      sample: ["it said 172800 s less than the controller's clock, in seconds since 1970"]
    remedy:
      description: What to do.
      type: str
      sample: set its clock, and have it kept by NTP
    fix:
      description: RV(causes[].steps) for a shell on the controller, with the inventory sources of this run. Empty where there is none.
      type: str
      sample: ansible-playbook -i /etc/fleet/hosts.yml siptls.vos.rotate --limit gw1
    steps:
      description:
        - What mends it, step by step, as data. C(means) is C(playbook), C(command) for the shell of C(host), or C(by_hand).
        - C(inventory) are variables that the host needs in the inventory before the step. C(arguments) are the words of the command on the
          controller, empty for what is done by hand.
      type: list
      elements: dict
      sample:
        - means: playbook
          host: gw1
          playbook: siptls.vos.rotate
          tags: []
          extra_variables: {}
          inventory: {}
          command: ""
          words: ""
          arguments: [ansible-playbook, -i, /etc/fleet/hosts.yml, siptls.vos.rotate, --limit, gw1]
  sample: []
unknown:
  description: What could not be known, and why.
  returned: for O(kind=gateway)
  type: list
  elements: dict
  sample: [{what: which media a call agrees on, why: no call was made; name somebody to call (diagnose_call_to)}]
summary:
  description: Causes and unknowns for people, a line each.
  returned: for O(kind=gateway)
  type: list
  elements: str
  sample: ["1. the clock of gw1 is 2.0 days (172800 s) behind the controller's (certain; gw1, device)"]
facts:
  description:
    - What was seen. C(device) and C(softswitch) with service, clock, OpenSSL and what its configuration restricts, addresses, listening
      ports, hardware encryption (AES-NI) and settings. C(tls), C(options) and C(register) as M(siptls.vos.sip_probe) returns them.
      C(call) as C(media) of M(siptls.vos.srtp_probe), C(captured), and C(refusals), the softswitch's own records of this gateway.
  returned: success
  type: dict
  sample: {device: {name: gw1, clock_ahead: 0, aes_accelerated: true}, captured: [], refusals: []}
softswitch:
  description: What the softswitch knows, for O(softswitch) of other tasks. It holds no secret.
  returned: for O(kind=softswitch)
  type: dict
  sample: {name: vos, clock_ahead: 0}
"""
