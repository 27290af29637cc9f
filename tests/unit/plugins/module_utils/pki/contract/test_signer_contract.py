# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every signer does."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.issuing.renewal import Installed, reason_to_issue
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.validity import Freshness
from ansible_collections.siptls.vos.plugins.module_utils.pki.signer import Signer
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.revocation_record import Revocation
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.identity import identity_of
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import key_type_named, public_key_digits
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.requests import make_request
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.contract.pairs import ISSUING, NOW, Pair
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.issuing.test_renewal import wanted
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import DAY, key, request
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

WEEK = Freshness(7 * DAY, 3 * DAY)
#: What a request asks for in vain.
GREEDY = (
    x509.BasicConstraints(ca=True, path_length=None),
    x509.SubjectAlternativeName([x509.DNSName("vos.bank.example")]),
    x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]),
)


def test_it_has_all_of_the_protocol(pair: Pair) -> None:
    assert isinstance(pair.signer("issuing"), Signer)
    assert pair.signer("issuing").authority.certificate == ISSUING.certificate


def test_a_certificate_is_exactly_as_wanted(pair: Pair) -> None:
    signer = pair.signer("issuing")
    signer.unlock()
    leaf, *above = signer.certify(make_request(key(1)), wanted(ISSUING), NOW)
    assert tuple(above) == signer.authority.presented
    installed = Installed(leaf, tuple(above), public_key_digits(key(1).public_key()))
    assert reason_to_issue(installed, wanted(ISSUING), NOW) is None


@pytest.mark.parametrize("extension", GREEDY, ids=lambda one: type(one).__name__)
def test_a_request_that_asks_for_more_gets_no_more(pair: Pair, extension: x509.ExtensionType) -> None:
    leaf = pair.signer("issuing").certify(request(key(1), extension), wanted(), NOW)[0]
    assert identity_of(leaf) == wanted().identity
    assert leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    usages = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert ExtendedKeyUsageOID.CODE_SIGNING not in usages


def test_a_certificate_does_not_outlive_its_ca(pair: Pair) -> None:
    leaf = pair.signer("issuing").certify(make_request(key(1)), wanted(valid_for=9000 * DAY), NOW)[0]
    assert leaf.not_valid_after_utc == ISSUING.certificate.not_valid_after_utc


def test_serial_numbers_differ(pair: Pair) -> None:
    signer, asked = pair.signer("issuing"), make_request(key(1))
    assert len({signer.certify(asked, wanted(), NOW)[0].serial_number for _each in range(5)}) == 5


@pytest.mark.parametrize("number", [4, 40])
def test_a_request_that_was_changed_proves_nothing(pair: Pair, number: int) -> None:
    der = bytearray(x509.load_pem_x509_csr(make_request(key(1))).public_bytes(Encoding.DER))
    der[-number] ^= 1
    with pytest.raises(SiptlsError):
        pair.signer("issuing").certify(_as_pem(bytes(der)), wanted(), NOW)


def test_a_key_of_another_type_is_refused(pair: Pair) -> None:
    with pytest.raises(SiptlsError, match="another type of key"):
        pair.signer("issuing").certify(
            make_request(key(1)), replace(wanted(), key_type=key_type_named("ecdsa-p384")), NOW
        )


def test_a_crl_has_the_entries_and_the_number(pair: Pair) -> None:
    revoked = [Revocation("gw1", 7, "key_compromise", NOW), Revocation("gw2", 9, "unspecified", NOW)]
    crl = pair.signer("issuing").sign_crl(revoked, 42, WEEK, NOW)
    assert crl.is_signature_valid(ISSUING.certificate.public_key())  # type: ignore[arg-type]  # a CA key
    assert {entry.serial_number for entry in crl} == {7, 9}
    assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 42
    assert crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    # A signer elsewhere goes by its own clock
    assert abs(crl.next_update_utc - (NOW + 7 * DAY)) < timedelta(minutes=10)
    reason = next(iter(crl)).extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.key_compromise


def test_a_responder_is_certified_by_the_ca_for_ocsp_alone(pair: Pair) -> None:
    made = pair.signer("issuing").responder(WEEK, NOW).certificate
    made.verify_directly_issued_by(ISSUING.certificate)
    usages = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usages) == [ExtendedKeyUsageOID.OCSP_SIGNING]


def _as_pem(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE REQUEST-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE REQUEST-----\n"
