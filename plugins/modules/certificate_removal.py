# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: certificate_removal
short_description: Remove the certificate and private key of a device
version_added: 0.4.0
description:
  - Removes from a directory on the device what M(siptls.vos.device_certificate) put there, that is all private keys, certificates and the
    trust bundle.
  - A pair and a trust bundle that were there before the first certificate was installed come back, with their owner and mode.
  - The directory is removed where nothing is left in it. Files of others stay.
  - The PKI directory on the controller is not touched. The certificate stays valid for whoever has a copy of the key. Revoke it with
    M(siptls.vos.certificate_revocation) before its key is removed where that matters.
  - Remove nothing that a service still loads. It does not start again without it.
options:
  directory:
    description: The directory on the device, as O(siptls.vos.device_certificate#module:directory). Absolute.
    type: str
    required: true
  certificate:
    description: The name of the certificate file.
    type: str
    required: true
  private_key:
    description: The name of the private key file.
    type: str
    required: true
  trust_bundle:
    description:
      - The name of the file with the trust anchors.
      - A trust bundle that was there before versions earlier than 0.4.0 replaced it is not known any more, and so does not come back.
    type: str
    default: ca.crt
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.device
notes:
  - One run at a time for each device. A run that was interrupted is finished by the next.
  - A directory that is empty afterwards is removed even if it was there before.
seealso:
  - module: siptls.vos.device_certificate
  - module: siptls.vos.device_files
"""

EXAMPLES = r"""
- name: Remove the certificate of the gateway
  siptls.vos.certificate_removal:
    directory: /etc/gateway/certs
    certificate: gateway.crt
    private_key: gateway.key
"""

RETURN = r"""
reason:
  description: Why something changed, in words.
  returned: changed
  type: str
  sample: "/etc/gateway/certs: removed: gateway.key, gateway.crt, ca.crt, current, generations"
removed:
  description: The names in the directory that were removed, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: [gateway.key, gateway.crt, ca.crt, current, generations]
restored:
  description: The files that were there before the first certificate was installed, and are there again.
  returned: success
  type: list
  elements: str
  sample: []
"""
