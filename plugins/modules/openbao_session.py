# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
DOCUMENTATION = r"""
module: openbao_session
short_description: Log in to OpenBao for a run, and log out
version_added: 0.5.0
description:
  - The modules of this collection log in to OpenBao when they first need it, and all tasks of a run share that token.
  - This module does so at once, so that a login that is refused shows before anything is touched, and revokes the token at the end.
  - A token that the operator brings, by O(bao.auth.method=token), is never revoked. Any other ends with its lifetime where a run is
    interrupted before its end.
options:
  state:
    description: V(present) logs in where this run has not. V(absent) revokes the token that this run has logged in for.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    details:
      - In check mode it logs in and out as well, for the other modules have to read.
  diff_mode:
    support: none
    details:
      - There is nothing to show.
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.controller
  - siptls.vos.operation.openbao
seealso:
  - module: siptls.vos.device_certificate
"""

EXAMPLES = r"""
- name: Log in to OpenBao with an AppRole
  siptls.vos.openbao_session:
    bao: &bao
      addresses: [https://bao1.example.com:8200, https://bao2.example.com:8200, https://bao3.example.com:8200]
      ca_certificate: bao_ca.pem
      kv: siptls
      auth:
        method: approle
        role_id: 4f0c1f3e-2f0e-6a51-1a54-cf9d1a0c7b55
        secret_id_file: /run/siptls/secret_id
        wrapped: true
  run_once: true

- name: Log out
  siptls.vos.openbao_session:
    bao: *bao
    state: absent
  run_once: true
"""

RETURN = r"""
changed:
  description: Whether a token was revoked. A login changes nothing.
  type: bool
  returned: always
  sample: true
policies:
  description: The policies of the token.
  type: list
  elements: str
  returned: with O(state=present)
  sample: [siptls-rotation]
"""
