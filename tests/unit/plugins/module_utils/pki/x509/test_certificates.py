# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import (
    describe_certificate,
    fingerprint,
    is_issued_by,
    lifetime,
    pem,
    read_certificates,
    serial_hex,
)
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import DAY, NOW, authority, issued, key
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

ROOT = authority("Root", number=101)
ISSUING = authority("Issuing", above=ROOT, path_length=0)


def extension(certificate: x509.Certificate, kind: type) -> x509.Extension:
    return certificate.extensions.get_extension_for_class(kind)


@given(st.timedeltas(timedelta(seconds=1), 36525 * DAY), st.timedeltas(timedelta(0), 1824 * DAY))
def test_no_certificate_outlives_its_issuer_nor_begins_before_it(valid_for: timedelta, age: timedelta) -> None:
    now = ISSUING.certificate.not_valid_before_utc + age
    valid = lifetime(now, valid_for, ISSUING.certificate)
    assert ISSUING.certificate.not_valid_before_utc <= valid.not_before <= now
    assert valid.not_after <= ISSUING.certificate.not_valid_after_utc
    assert valid.not_after <= now + valid_for


def test_a_certificate_is_valid_for_as_long_as_told_and_an_hour_before_it_was_made() -> None:
    valid = lifetime(NOW, 90 * DAY, ISSUING.certificate)
    assert (valid.not_before, valid.not_after) == (NOW - timedelta(hours=1), NOW + 90 * DAY)


@pytest.mark.parametrize(
    "when", [ISSUING.certificate.not_valid_before_utc - DAY, ISSUING.certificate.not_valid_after_utc]
)
def test_an_issuer_that_is_not_valid_signs_nothing(when: object) -> None:
    with pytest.raises(SiptlsError, match="CN=Issuing: the authority's certificate is not valid now.*check the clock"):
        lifetime(when, DAY, ISSUING.certificate)


def test_serial_numbers_are_positive_random_and_of_20_octets_at_most() -> None:
    """RFC 5280, section 4.1.2.2; read from the DER, which is what a strict peer reads."""
    serials = set()
    for _each in range(200):
        certificate = issued(ISSUING)
        serial = certificate.serial_number
        assert 0 < serial < 1 << 159
        assert (serial.bit_length() + 8) // 8 <= 20, "the DER integer with its sign"
        assert int(serial_hex(certificate), 16) == serial
        assert len(serial_hex(certificate)) % 2 == 0
        serials.add(serial)
    assert len(serials) == 200


@pytest.mark.parametrize("kind", ["rsa-2048", "ecdsa-p256", "ecdsa-p384", "ed25519"])
def test_a_device_certificate_has_what_rfc_5280_wants_of_it(kind: str) -> None:
    certificate = issued(ISSUING, kind=kind)
    assert certificate.version is x509.Version.v3
    own = x509.SubjectKeyIdentifier.from_public_key(key(0, kind).public_key())
    above = extension(ISSUING.certificate, x509.SubjectKeyIdentifier).value
    assert extension(certificate, x509.SubjectKeyIdentifier).value == own
    assert extension(certificate, x509.AuthorityKeyIdentifier).value.key_identifier == above.digest
    assert not extension(certificate, x509.SubjectAlternativeName).critical
    constraints = extension(certificate, x509.BasicConstraints)
    assert (constraints.value.ca, constraints.critical) == (False, True)
    usage = extension(certificate, x509.KeyUsage)
    assert usage.critical
    assert usage.value == x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    assert is_issued_by(certificate, ISSUING.certificate)
    assert not is_issued_by(certificate, ROOT.certificate)


@pytest.mark.parametrize(("made", "length"), [(ROOT, None), (ISSUING, 0)])
def test_an_authority_certificate_has_what_rfc_5280_wants_of_it(made: object, length: int | None) -> None:
    certificate = made.certificate
    constraints = extension(certificate, x509.BasicConstraints)
    assert (constraints.value.ca, constraints.value.path_length, constraints.critical) == (True, length, True)
    usage = extension(certificate, x509.KeyUsage)
    assert usage.critical
    assert usage.value == x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    above = extension(ROOT.certificate, x509.SubjectKeyIdentifier).value
    assert extension(certificate, x509.AuthorityKeyIdentifier).value.key_identifier == above.digest


def test_the_same_name_with_another_key_is_another_issuer() -> None:
    impostor = authority("Issuing", above=ROOT, number=103)
    assert not is_issued_by(issued(ISSUING), impostor.certificate)
    assert not is_issued_by(ISSUING.certificate, ISSUING.certificate)
    assert is_issued_by(ROOT.certificate, ROOT.certificate)


def test_certificates_come_back_from_pem_in_their_order() -> None:
    leaf = issued(ISSUING)
    text = "a comment\n" + pem(leaf, ISSUING.certificate, ROOT.certificate)
    assert read_certificates(text.encode(), where="x") == (leaf, ISSUING.certificate, ROOT.certificate)


LEAF_DER = issued(ISSUING).public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"garbage",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        pem(ISSUING.certificate).encode()[:300],
    ],
)
def test_what_is_no_certificate_is_refused_by_name(text: bytes) -> None:
    with pytest.raises(SiptlsError, match="ca.crt: holds no readable certificate. Expected: one or more PEM"):
        read_certificates(text, where="ca.crt")


@given(st.integers(0, len(LEAF_DER) - 1), st.integers(1, 255))
def test_a_damaged_certificate_is_read_whole_or_refused(position: int, change: int) -> None:
    """A device may have any octets where its certificate should be: they must not break the decision about it."""
    der = bytearray(LEAF_DER)
    der[position] ^= change
    text = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(bytes(der)) + b"-----END CERTIFICATE-----\n"
    try:
        (found,) = read_certificates(text, where="x")
    except SiptlsError:
        return
    describe_certificate(found)
    is_issued_by(found, ISSUING.certificate)


def test_a_description_says_what_a_person_wants_to_know_and_stays_the_same() -> None:
    leaf = issued(ISSUING)
    assert describe_certificate(leaf) == (
        "subject: CN=gw1\n"
        "names: URI:sip:gw1@example.com, DNS:gw1.example.com\n"
        "issuer: CN=Issuing\n"
        f"serial: {serial_hex(leaf)}\n"
        "key: ecdsa-p256\n"
        "not before: 2026-11-23 11:00:00 UTC\n"
        "not after: 2027-02-21 12:00:00 UTC\n"
    )
    assert describe_certificate(leaf, now=NOW + DAY).endswith("UTC (89 d left)\n")
    assert describe_certificate(ROOT.certificate).splitlines()[1] == "names: none"
    assert len(fingerprint(leaf).split(":")) == 32
