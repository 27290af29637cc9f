# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation of all modules of this collection has in common."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes that modules share."""

    # Every module here is an action that thinks on the controller
    DOCUMENTATION = r"""
options: {}
attributes:
  action:
    description: Runs as an action plugin, so its work is done on the controller.
    support: full
  async:
    description: Can be run in the background with C(async).
    support: none
  check_mode:
    description: Predicts what would change, and changes nothing.
    support: full
  diff_mode:
    description: Shows what changes, or would change, without any secret.
    support: full
author:
  - siptls.vos contributors (@siptls)
requirements:
  - cryptography 42 or later, on the controller
"""

    # For those that talk to a device
    DEVICE = r"""
options: {}
attributes:
  platform:
    description: What the target has to be.
    platforms: posix
    support: full
    details:
      - The device needs a POSIX shell at C(/bin/sh), BusyBox ash for example, and the C(openssl) command, version 1.1.1 or later.
        It needs no Python.
      - Works through any connection plugin that can run a command, and with C(become).
      - One conversation with the device takes at most C(siptls_device_time_limit) seconds (V(120)), beyond what it waits for by
        its options, and has at most C(siptls_device_output_limit) bytes of output (V(8388608)). Both are variables of the host.
"""

    # For those that stay on the controller
    CONTROLLER = r"""
options: {}
attributes:
  platform:
    description: What the target has to be.
    platforms: posix
    support: full
    details:
      - Nothing is done on the target. The files are on the controller, whatever host the task is for.
"""

    # For those whose messages name options, and that roles use
    VARIABLES = r"""
options:
  variables:
    description:
      - The variables by which the users of a role set options of this task, by the names of the options. Messages then name the variable.
    type: dict
    default: {}
    version_added: 0.4.0
"""

    # For those that tell about many hosts
    REPORT = r"""
options:
  hosts:
    description: The devices, by their names in the inventory.
    type: list
    elements: str
    required: true
  began:
    description: When the run began, in seconds since 1970 in UTC.
    type: float
    required: true
  path:
    description:
      - The file on the controller. What it held is replaced.
      - A relative path begins at the folder of the playbook. Empty writes no file.
    type: str
    default: ""
  shown:
    description: Whether the table is shown.
    type: bool
    default: true
"""

    # For those that read the PKI directory
    ROOTS = r"""
options:
  root_fingerprints:
    description:
      - The SHA-256 fingerprints of the roots that are trusted, in hexadecimal digits with or without colons. Another root in the PKI
        directory stops the task. During a CA rollover, both roots.
      - Empty, any root in the PKI directory counts.
    type: list
    elements: str
    default: []
    version_added: 0.4.0
"""

    # For those that have a CA sign
    ISSUER = r"""
options:
  issuer:
    description: The authority that signs.
    type: dict
    required: true
    suboptions:
      pki:
        description:
          - The PKI directory on the controller.
          - A relative path begins at the folder of the playbook.
          - Required where O(issuer.bao) is not given, and excludes it.
        type: path
      bao:
        description:
          - An OpenBao cluster that has the key of the CA. It keeps the records of the PKI as well where O(issuer.bao.kv) is given.
          - Excludes O(issuer.pki).
          - See the page C(Which issuer?) of the documentation, and the playbook C(siptls.vos.openbao), which sets it up.
        type: dict
        version_added: 0.5.0
        suboptions:
          addresses:
            description:
              - The addresses of the nodes, such as V(https://bao1.example.com:8200). Port 8200 where none is given.
              - The leader is asked where it is among them. Of nodes that do not answer, the next is asked.
            type: list
            elements: str
            required: true
          ca_certificate:
            description:
              - PEM file on the controller with the CAs that the TLS certificates of the nodes are verified by.
              - A relative path begins at the folder of the playbook. Without it, the CAs of the system.
            type: path
          mount:
            description: The mount of the PKI engine.
            type: str
            default: pki
          kv:
            description:
              - The mount of the KV version 2 engine with the records of the PKI, for several controllers.
              - Required where O(issuer.bao.pki) is not given, and excludes it.
            type: str
          pki:
            description:
              - The PKI directory on the controller with the records of the PKI, while the keys of its CAs are in OpenBao.
              - A relative path begins at the folder of the playbook.
            type: path
          auth:
            description:
              - How this controller logs in. One login serves a run of Ansible. M(siptls.vos.openbao_session) revokes its token at the end.
              - Neither a token nor what it was bought with is in a result, a log or the arguments of a process.
            type: dict
            default: {}
            suboptions:
              method:
                description:
                  - V(token) takes the token in O(issuer.bao.auth.token_file), or else that in the environment.
                  - The environment has it as C(BAO_TOKEN) or C(VAULT_TOKEN).
                  - V(approle) logs in with O(issuer.bao.auth.role_id) and a secret id, V(cert) with a TLS certificate.
                  - V(jwt) logs in with a JWT, such as GitLab and GitHub give to their jobs.
                type: str
                choices: [token, approle, cert, jwt]
                default: token
              mount:
                description: The path of the auth method in OpenBao. By default the name of the method.
                type: str
              role:
                description: The role of V(jwt), or the name of the certificate role of V(cert). Empty for any certificate role.
                type: str
              role_id:
                description: The role id of V(approle).
                type: str
              secret_id:
                description: The secret id of V(approle), or the token that wraps it.
                type: str
              secret_id_file:
                description: The file on the controller with that, in place of O(issuer.bao.auth.secret_id). Nobody else may read it.
                type: path
              wrapped:
                description:
                  - Whether the secret id is response-wrapped. It can be unwrapped once, so who has read it before shows as an error.
                type: bool
                default: false
              certificate:
                description: PEM file on the controller with the certificate of V(cert). With the other methods, what TLS presents.
                type: path
              private_key:
                description: PEM file on the controller with its private key, not encrypted.
                type: path
              jwt:
                description: The JWT of V(jwt).
                type: str
              jwt_file:
                description: The file on the controller with that, in place of O(issuer.bao.auth.jwt). Nobody else may read it.
                type: path
              token_file:
                description: The file on the controller with the token of V(token). Nobody else may read it.
                type: path
      authority:
        description: The name of the authority in the PKI directory. Its issuer in OpenBao has the same name.
        type: str
        required: true
      passphrase:
        description:
          - The passphrase of its private key, or the PIN of the token that holds it. It stays on the controller.
          - Required with O(issuer.pki).
        type: str
      root_fingerprints:
        description:
          - The SHA-256 fingerprints of the roots that are trusted, in hexadecimal digits with or without colons. A CA below another root
            is refused, whatever the PKI directory says. During a CA rollover, both roots.
          - Empty, any root in the PKI directory counts.
        type: list
        elements: str
        default: []
        version_added: 0.4.0
      pkcs11_module:
        description:
          - The PKCS 11 library of the token that holds its private key, such as V(/usr/lib/softhsm/libsofthsm2.so).
          - Required for a key in a token, and refused for a key in a file. The PKI directory names token and key, and never the library.
        type: path
        version_added: 0.4.0
      publication_url:
        description:
          - What the addresses in certificates have to begin with, such as V(http://pki.example.com). Empty, certificates carry none.
          - An address elsewhere is refused. Whoever can write to the PKI directory can change the file that records it.
          - Without this option, the addresses that M(siptls.vos.authority) recorded are used as they are.
        type: str
        version_added: 0.4.0
"""

    # For those that read records and sign nothing
    OPENBAO = r"""
options:
  bao:
    description:
      - An OpenBao cluster that has the key of the CA. It keeps the records of the PKI as well where O(bao.kv) is given.
      - Excludes O(pki).
      - See the page C(Which issuer?) of the documentation, and the playbook C(siptls.vos.openbao), which sets it up.
    type: dict
    version_added: 0.5.0
    suboptions:
      addresses:
        description:
          - The addresses of the nodes, such as V(https://bao1.example.com:8200). Port 8200 where none is given.
          - The leader is asked where it is among them. Of nodes that do not answer, the next is asked.
        type: list
        elements: str
        required: true
      ca_certificate:
        description:
          - PEM file on the controller with the CAs that the TLS certificates of the nodes are verified by.
          - A relative path begins at the folder of the playbook. Without it, the CAs of the system.
        type: path
      mount:
        description: The mount of the PKI engine.
        type: str
        default: pki
      kv:
        description:
          - The mount of the KV version 2 engine with the records of the PKI, for several controllers.
          - Required where O(bao.pki) is not given, and excludes it.
        type: str
      pki:
        description:
          - The PKI directory on the controller with the records of the PKI, while the keys of its CAs are in OpenBao.
          - A relative path begins at the folder of the playbook.
        type: path
      auth:
        description:
          - How this controller logs in. One login serves a run of Ansible. M(siptls.vos.openbao_session) revokes its token at the end.
          - Neither a token nor what it was bought with is in a result, a log or the arguments of a process.
        type: dict
        default: {}
        suboptions:
          method:
            description:
              - V(token) takes the token in O(bao.auth.token_file), or else that in the environment.
              - The environment has it as C(BAO_TOKEN) or C(VAULT_TOKEN).
              - V(approle) logs in with O(bao.auth.role_id) and a secret id, V(cert) with a TLS certificate.
              - V(jwt) logs in with a JWT, such as GitLab and GitHub give to their jobs.
            type: str
            choices: [token, approle, cert, jwt]
            default: token
          mount:
            description: The path of the auth method in OpenBao. By default the name of the method.
            type: str
          role:
            description: The role of V(jwt), or the name of the certificate role of V(cert). Empty for any certificate role.
            type: str
          role_id:
            description: The role id of V(approle).
            type: str
          secret_id:
            description: The secret id of V(approle), or the token that wraps it.
            type: str
          secret_id_file:
            description: The file on the controller with that, in place of O(bao.auth.secret_id). Nobody else may read it.
            type: path
          wrapped:
            description:
              - Whether the secret id is response-wrapped. It can be unwrapped once, so who has read it before shows as an error.
            type: bool
            default: false
          certificate:
            description: PEM file on the controller with the certificate of V(cert). With the other methods, what TLS presents.
            type: path
          private_key:
            description: PEM file on the controller with its private key, not encrypted.
            type: path
          jwt:
            description: The JWT of V(jwt).
            type: str
          jwt_file:
            description: The file on the controller with that, in place of O(bao.auth.jwt). Nobody else may read it.
            type: path
          token_file:
            description: The file on the controller with the token of V(token). Nobody else may read it.
            type: path
"""
