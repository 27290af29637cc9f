# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin siptls.vos.policy."""

from __future__ import annotations

DOCUMENTATION = r"""
module: policy
short_description: Check the variables of the collection's roles before anything is touched
version_added: 0.1.0
author:
  - siptls.vos contributors (@siptls)
description:
  - Checks the variables that the roles of this collection read, all of them at once, and fails with everything that is wrong
    with the values of a host. It runs on the controller and opens no connection to the host.
  - It goes further than the roles' argument specifications. Every name in an OpenSSL cipher string must be known, a
    renewal must begin before a certificate ends, a typo in the name of a variable is found, and so on.
  - What the platform of a host cannot express, by C(vos_platform) or C(gateway_platform), none of its variables may ask for. The message
    names the variable and the alternative.
  - Where there are several softswitches, it must be certain which one a gateway registers at, see C(gateway_softswitch).
  - The roles begin with it, and the playbook C(siptls.vos.site) runs it for all hosts before anything else, so that one
    wrong value stops the whole play before any host is touched.
attributes:
  check_mode:
    description: Runs in check mode as it does otherwise, and changes nothing.
    support: full
  diff_mode:
    description: Returns no difference, as nothing is changed.
    support: none
  platform:
    description: The host is not contacted.
    platforms: all
    support: full
options:
  roles:
    description:
      - The roles whose variables are checked.
      - Extra variables and the variables of the playbooks are checked whatever the roles are, with an empty list too.
    type: list
    elements: str
    choices: [pki, vos, gateway, revocation, verification, allowlist, audit]
    required: true
  other_variables:
    description:
      - Names of variables that begin like those of this collection, such as C(vos_) or C(report_), and belong to something else.
      - A name may be a shell pattern, such as V(gateway_site_*).
      - A variable that begins like those of O(roles) or of a playbook of this collection, is none of them and is not listed here causes a
        warning, or an error where its name is so near to a known one that it must be a typo. Variables of playbooks begin with
        C(diagnose_), C(post_quantum_), C(remove_), C(report_), C(revoke_), C(rollover_), C(rotate_) or C(verify_).
      - An extra variable (C(-e)) with a name that near to any variable of this collection is an error, whatever O(roles) is.
    type: list
    elements: str
    default: []
  fleet:
    description:
      - Whether to check the gateways and softswitches of the inventory against each other as well, by their variables.
      - Two gateways must not have the same user in a SIP domain or the same host name. The host in C(gateway_register) must be a
        name in the certificate of the gateway's softswitch, and C(gateway_sip_domain) one of its SIP domains.
      - Once for a play is enough. Findings about gateways that are not in the play are left out.
    type: bool
    default: false
    version_added: 0.4.0
notes:
  - The value of a passphrase is never shown.
seealso:
  - name: OpenSSL cipher strings
    description: The names that may stand in C(vos_ciphers).
    link: https://docs.openssl.org/3.5/man1/openssl-ciphers/
"""

EXAMPLES = r"""
- name: Check the variables of every softswitch before any of them is touched
  hosts: softswitches
  gather_facts: false
  any_errors_fatal: true
  tasks:
    - name: Check the variables against the policy
      siptls.vos.policy:
        roles: [pki, vos]
        other_variables:
          - vos_rack
          - vos_site_*
"""

RETURN = r"""
problems:
  description: What is wrong. The task fails if there is anything.
  returned: always
  type: list
  elements: dict
  contains:
    host:
      description: The host that it is about.
      type: str
      returned: always
      sample: gw1
    variable:
      description: The variable, with index and key where it is a part of one.
      type: str
      returned: always
      sample: vos_sip_domains[0].port
    expected:
      description: What would have been right.
      type: str
      returned: always
      sample: a port from 1 to 65535
    found:
      description: What was found instead. The value of a passphrase is never shown.
      type: str
      returned: always
      sample: "99999"
    remedy:
      description: What to do about it; may be empty.
      type: str
      returned: always
      sample: did you mean require_verify?
openssl_minimum:
  description: The oldest OpenSSL that knows all the names in C(vos_groups) and C(vos_ciphers), and can make the keys that are asked for.
  returned: always
  type: str
  sample: "3.5"
"""
