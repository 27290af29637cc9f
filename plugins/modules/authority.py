# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: authority
short_description: Certificate authority in a PKI directory on the controller
version_added: 0.1.0
description:
  - Makes a root or an issuing certificate authority, or takes in one from elsewhere, and keeps it in a directory of text files
    that belongs in git.
  - An authority that is there already is never replaced. Where it is another than the one asked for, the task fails and says how
    the two differ.
  - The private key is encrypted with O(key.passphrase), has mode 0600, and is never written in the clear.
  - With O(bao), the private key is in OpenBao, where it is imported once and never leaves again. The authority is an issuer of its PKI
    engine with O(name) as its name, and O(issuer.authority) is another issuer of that engine.
  - With O(bao), O(certificate) names an issuer that is in OpenBao already, such as one whose key was made there, and has it recorded.
options:
  pki:
    description:
      - The PKI directory on the controller; made where it does not exist.
      - A relative path begins at the folder of the playbook.
      - Required where O(bao) is not given, and excludes O(bao).
    type: path
  name:
    description: The name of the authority in the PKI directory.
    type: str
    required: true
  subject:
    description:
      - The distinguished name of an authority that is made here.
      - Required unless O(certificate) brings one along.
    type: dict
    suboptions:
      common_name:
        description: The common name, such as V(Example SIP Root CA).
        type: str
        required: true
      organization_name:
        description: The organisation.
        type: str
      organizational_unit_name:
        description: The part of the organisation.
        type: str
      locality_name:
        description: The town.
        type: str
      state_or_province_name:
        description: The state or province.
        type: str
      country_name:
        description: The country, as two letters of ISO 3166.
        type: str
  issuer:
    description:
      - The authority of the same PKI directory that signs this one.
      - Without it, an authority that is made here signs itself and is a trust anchor.
    type: dict
    suboptions:
      authority:
        description: Its name.
        type: str
        required: true
      passphrase:
        description: The passphrase of its private key, or the PIN of the token that holds it. Required with O(pki).
        type: str
      pkcs11_module:
        description:
          - The PKCS 11 library of the token that holds its private key.
          - Required for a key in a token, and refused for a key in a file.
        type: path
        version_added: 0.4.0
  key:
    description: The private key of the authority.
    type: dict
    required: true
    suboptions:
      type:
        description: The type of a key that is made here.
        type: str
        choices: [rsa-2048, rsa-3072, rsa-4096, ecdsa-p256, ecdsa-p384, ed25519, ml-dsa-44, ml-dsa-65, ml-dsa-87]
        default: ecdsa-p384
      passphrase:
        description:
          - Encrypts the private key in the PKI directory. For a key in a token, the token's PIN.
          - Every run proves that it still opens the key, so that a wrong one is found before a certificate is due.
          - Required with O(pki). Not used with O(bao).
        type: str
      pkcs11:
        description:
          - A token that holds the private key, such as a smart card, a hardware security module or SoftHSM. The key is made there if
            it is not there yet, cannot be taken out, and is never in a file.
          - Types V(rsa-2048), V(rsa-3072), V(rsa-4096), V(ecdsa-p256) and V(ecdsa-p384).
          - Needs python-pkcs11 on the controller.
        type: dict
        version_added: 0.2.0
        suboptions:
          module:
            description:
              - The PKCS 11 library of the token, such as V(/usr/lib/softhsm/libsofthsm2.so).
              - It is not recorded in the PKI directory. Whoever can write there could have any library loaded.
            type: path
            required: true
          token:
            description: The label of the token.
            type: str
            required: true
          object:
            description: The label of the key pair in it.
            type: str
            required: true
  publication:
    description:
      - Where this authority publishes what others need to check its certificates. The addresses go into every certificate that it
        issues from then on.
      - Not given, the addresses that are there stay; an address that is left out is removed.
      - The role P(siptls.vos.revocation#role) serves what they point to.
    type: dict
    version_added: 0.2.0
    suboptions:
      crl_url:
        description: Of its revocation list. Plain http, as RFC 5280 has it.
        type: str
      ocsp_url:
        description: Of a responder that answers whether a certificate is revoked.
        type: str
      certificate_url:
        description: Of its own certificate.
        type: str
  permitted_domains:
    description:
      - The domains that an authority made here may issue for, with all below them. Empty for any.
      - They stand in its certificate as critical name constraints for DNS names (RFC 5280, section 4.2.1.10). For SIP URIs they
        cannot stand there, as verifiers reject a C(sip:) URI below any URI constraint; there it is the issuing that keeps to them.
    type: list
    elements: str
    default: []
    version_added: 0.2.0
  valid_for:
    description:
      - How long an authority that is made here is valid, such as V(3650d). A number and one of V(s), V(m), V(h), V(d), V(w).
      - An authority never outlives its issuer. It is made shorter where it would.
    type: str
    default: 3650d
  path_length:
    description:
      - How many authorities may stand below this one in a chain (RFC 5280, section 4.2.1.9).
      - By default V(0) for an authority with an O(issuer), which then issues to devices only, and no limit for one without.
    type: int
  certificate:
    description:
      - The certificate of an existing authority to take in, as PEM text or as the path of a file on the controller.
      - A CA that devices would refuse is refused before anything is recorded. A root may lack a key usage, as C(openssl req -x509)
        makes it.
      - A file that ansible-vault encrypted is decrypted.
    type: str
  private_key:
    description:
      - The private key of O(certificate), as PEM text or as the path of a file on the controller.
      - It is kept encrypted with O(key.passphrase). The original stays as it is.
      - Not for a key in a token, which O(key.pkcs11) names.
    type: str
  private_key_passphrase:
    description: The passphrase that opens O(private_key), where it is encrypted.
    type: str
  chain:
    description:
      - The certificates above O(certificate), its issuer first and the self-signed trust anchor last, as PEM text or as the path
        of a file on the controller.
      - Not needed for a self-signed certificate.
    type: str
extends_documentation_fragment:
  - siptls.vos.operation
  - siptls.vos.operation.controller
  - siptls.vos.operation.roots
  - siptls.vos.operation.openbao
notes:
  - Removing an authority is left to git. Certificates that it issued hang on it.
seealso:
  - module: siptls.vos.device_certificate
  - module: community.crypto.x509_certificate
"""

EXAMPLES = r"""
- name: The root certificate authority is there
  siptls.vos.authority:
    pki: ./pki
    name: root
    subject:
      common_name: Example SIP Root CA
      organization_name: Example
    key:
      type: rsa-4096
      passphrase: "{{ vault_root_passphrase }}"
    valid_for: 3650d

- name: The issuing certificate authority is there
  siptls.vos.authority:
    pki: ./pki
    name: issuing
    subject:
      common_name: Example SIP Issuing CA
      organization_name: Example
    issuer:
      authority: root
      passphrase: "{{ vault_root_passphrase }}"
    key:
      type: ecdsa-p256
      passphrase: "{{ vault_issuing_passphrase }}"
    valid_for: 1825d

- name: A certificate authority that the company has already is taken in
  siptls.vos.authority:
    pki: ./pki
    name: company
    certificate: files/company-ca.crt
    private_key: files/company-ca.key
    private_key_passphrase: "{{ vault_company_passphrase }}"
    chain: files/company-chain.pem
    key:
      passphrase: "{{ vault_issuing_passphrase }}"

- name: The root has its key in a token, and may issue for one domain only
  siptls.vos.authority:
    pki: ./pki
    name: root
    subject:
      common_name: Example SIP Root CA
    permitted_domains: [example.com]
    key:
      type: ecdsa-p384
      passphrase: "{{ vault_token_pin }}"
      pkcs11:
        module: /usr/lib/softhsm/libsofthsm2.so
        token: sip-ca
        object: root

- name: The issuing authority says where its revocation list is
  siptls.vos.authority:
    pki: ./pki
    name: issuing
    subject:
      common_name: Example SIP Issuing CA
    issuer:
      authority: root
      passphrase: "{{ vault_root_passphrase }}"
    key:
      passphrase: "{{ vault_issuing_passphrase }}"
    publication:
      crl_url: http://pki.example.com/crl/issuing.crl
      ocsp_url: http://pki.example.com/ocsp/issuing
      certificate_url: http://pki.example.com/certificates/issuing.cer

- name: Keep the root in OpenBao
  siptls.vos.authority:
    bao:
      addresses: [https://bao1.example.com:8200, https://bao2.example.com:8200, https://bao3.example.com:8200]
      ca_certificate: bao_ca.pem
      kv: siptls
    name: root
    subject:
      common_name: Example SIP Root CA
    key:
      type: ecdsa-p384
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
reason:
  description: Why something changed, in words.
  returned: changed
  type: str
  sample: no authority named root in the PKI directory before
certificate:
  description: The certificate of the authority, PEM.
  returned: success, except where check mode only foretells the authority
  type: str
  sample: |
    -----BEGIN CERTIFICATE-----
    MIIB...
    -----END CERTIFICATE-----
trust_bundle:
  description: What a device needs to verify what this authority issues, the trust anchor first and this authority last, PEM.
  returned: success, except where check mode only foretells the authority
  type: str
  sample: |
    -----BEGIN CERTIFICATE-----
    MIIB...
    -----END CERTIFICATE-----
    -----BEGIN CERTIFICATE-----
    MIIB...
    -----END CERTIFICATE-----
serial_number:
  description: The serial number of the certificate, in hexadecimal digits.
  returned: success, except where check mode only foretells the authority
  type: str
  sample: 35a786a166c33058090918994ae837a39df1da0b
not_after:
  description: The end of the certificate's lifetime, in UTC.
  returned: success, except where check mode only foretells the authority
  type: str
  sample: "2036-11-20T09:37:18Z"
fingerprint_sha256:
  description: The SHA-256 fingerprint of the certificate, as C(openssl x509 -fingerprint -sha256) prints it.
  returned: success, except where check mode only foretells the authority
  type: str
  sample: F1:89:79:E8:FB:77:00:B0:14:0B:BE:C9:CE:23:D0:0F:42:9B:41:A2:D0:A9:DA:EC:AF:9E:3A:21:4A:58:18:0E
root_fingerprint_sha256:
  description:
    - The SHA-256 fingerprint of the root above the authority, its own where it is self-signed. The value for
      C(pki_root_fingerprints) in the inventory.
  returned: success, except where check mode only foretells the authority
  type: str
  sample: F1:89:79:E8:FB:77:00:B0:14:0B:BE:C9:CE:23:D0:0F:42:9B:41:A2:D0:A9:DA:EC:AF:9E:3A:21:4A:58:18:0E
  version_added: 0.4.0
"""
