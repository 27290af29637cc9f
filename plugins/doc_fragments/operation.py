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

    # For those whose options a role makes by one expression
    TOGETHER = r"""
options:
  options:
    description:
      - Other options of this module by their names, in one dictionary. An option that is given beside it counts more.
      - For roles. Each expression costs time for each host, and this way one is enough for all options.
    type: dict
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
        type: path
        required: true
      authority:
        description: The name of the authority in the PKI directory.
        type: str
        required: true
      passphrase:
        description: The passphrase of its private key, or the PIN of the token that holds it. It stays on the controller.
        type: str
        required: true
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
