# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.authority import Authority
from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.create import (
    Signer,
    WantedAuthority,
    differences,
    make,
    subject_name,
    verify_brought,
)
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import is_issued_by
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import key_type_named
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import (
    DAY,
    NOW,
    Maker,
    authority,
    issued,
    key,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes

WANTED = WantedAuthority(
    subject=subject_name({"common_name": "Example SIP Root CA", "organization_name": "Example"}),
    key_type=key_type_named("ecdsa-p384"),
    valid_for=3650 * DAY,
    path_length=None,
)
ROOT = authority("Root", number=101)
ISSUING = authority("Issuing", above=ROOT, path_length=0)


def kept(maker: Maker, *above: Maker, name: str = "root") -> Authority:
    return Authority(name, Path("/pki/authorities") / name, maker.certificate, tuple(one.certificate for one in above))


def test_a_root_is_as_wanted_and_signs_itself() -> None:
    made = make(WANTED, None, NOW)
    assert differences(WANTED, None, made.certificate) == []
    assert is_issued_by(made.certificate, made.certificate)
    assert made.certificate.not_valid_after_utc == NOW + 3650 * DAY
    assert made.certificate.subject.rfc4514_string() == "CN=Example SIP Root CA,O=Example"


def test_an_authority_below_another_is_as_wanted_and_signed_by_it() -> None:
    wanted = replace(WANTED, path_length=0, valid_for=1825 * DAY)
    root = kept(ROOT)
    made = make(wanted, Signer(root, ROOT.key), NOW)
    assert differences(wanted, root, made.certificate) == []
    assert is_issued_by(made.certificate, ROOT.certificate)


def test_an_authority_that_was_made_shorter_by_its_issuers_end_is_as_wanted() -> None:
    root = kept(authority("Root", number=101, valid_for=1000 * DAY))
    made = make(WANTED, Signer(root, ROOT.key), NOW)
    assert made.certificate.not_valid_after_utc == root.certificate.not_valid_after_utc
    assert differences(WANTED, root, made.certificate) == []


def test_an_authority_for_devices_only_signs_no_authority() -> None:
    with pytest.raises(SiptlsError, match="authority issuing: this authority may issue to devices only.*name the root"):
        make(WANTED, Signer(kept(ISSUING, ROOT, name="issuing"), ISSUING.key), NOW)


def test_a_device_signs_no_authority() -> None:
    leaf = Maker(issued(ISSUING), key())
    with pytest.raises(SiptlsError, match="this is not the certificate of a certificate authority"):
        make(WANTED, Signer(kept(leaf, ISSUING, ROOT), leaf.key), NOW)


OTHER = subject_name({"common_name": "Other"})
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, []),
        ({"subject": OTHER}, ["subject is CN=Root, asked for CN=Other"]),
        ({"key_type": key_type_named("rsa-4096")}, ["key type is ecdsa-p256, asked for rsa-4096"]),
        ({"path_length": 1}, ["path length is unlimited, asked for 1"]),
        ({"valid_for": 3650 * DAY}, ["made to be valid for 1825 d, asked for 3650 d"]),
        ({"valid_for": 1825 * DAY - 2 * HOUR}, ["made to be valid for 1825 d, asked for 1824 d"]),
        (
            {"subject": OTHER, "path_length": 0},
            ["subject is CN=Root, asked for CN=Other", "path length is unlimited, asked for 0"],
        ),
    ],
    ids=["same", "subject", "key", "path length", "longer", "shorter", "two"],
)
def test_each_difference_names_both_sides(changes: dict[str, object], words: list[str]) -> None:
    wanted = WantedAuthority(ROOT.certificate.subject, key_type_named("ecdsa-p256"), 1825 * DAY, None)
    assert differences(replace(wanted, **changes), None, ROOT.certificate) == words


def test_another_issuer_is_a_difference() -> None:
    wanted = WantedAuthority(ISSUING.certificate.subject, key_type_named("ecdsa-p256"), 1825 * DAY, 0)
    assert differences(wanted, kept(ROOT), ISSUING.certificate) == []
    other = kept(authority("Other", number=102))
    assert differences(wanted, other, ISSUING.certificate)[0] == "issuer is CN=Root, asked for CN=Other"
    assert differences(wanted, None, ISSUING.certificate)[0] == "issuer is CN=Root, asked for CN=Issuing"


def test_a_whole_authority_can_be_brought_along() -> None:
    verify_brought(ROOT.certificate, ROOT.key, (), NOW)
    verify_brought(ISSUING.certificate, ISSUING.key, (ROOT.certificate,), NOW)


def sub_ca(**options: object) -> Maker:
    return authority("Sub", above=ROOT, number=106, **options)


@pytest.mark.parametrize(
    ("certificate", "own", "chain", "words"),
    [
        (ROOT.certificate, key(55), (), "private_key does not belong to certificate"),
        (
            issued(ISSUING),
            key(),
            (ISSUING.certificate, ROOT.certificate),
            "not the certificate of a certificate authority",
        ),
        (
            ISSUING.certificate,
            ISSUING.key,
            (),
            "does not lead .* to a self-signed .* CN=Root after .* CN=Issuing. Found: the end",
        ),
        (
            ISSUING.certificate,
            ISSUING.key,
            (authority("Root", number=102).certificate,),
            "does not lead .* Found: CN=Root",
        ),
        (sub_ca(path_length=0).certificate, key(106), (ISSUING.certificate, ROOT.certificate), "does not lead"),
        (authority("Old", number=107, valid_for=50 * DAY).certificate, key(107), (), "certificate is not valid now"),
        (authority("New", number=107, made=NOW + 5 * DAY).certificate, key(107), (), "certificate is not valid now"),
    ],
    ids=["wrong key", "a device's", "no chain", "impostor above", "wrong chain", "expired", "not yet valid"],
)
def test_an_authority_that_is_not_whole_is_refused(certificate, own, chain, words: str) -> None:
    with pytest.raises(SiptlsError, match=words):
        verify_brought(certificate, own, chain, NOW)


def test_an_expired_certificate_above_is_refused() -> None:
    """Elsewhere, an authority may well have been made to outlive the one above it."""
    ended = authority("Root", number=101, valid_for=50 * DAY)
    assert is_issued_by(ISSUING.certificate, ended.certificate)
    with pytest.raises(SiptlsError, match="CN=Root: the authority's certificate is not valid now"):
        verify_brought(ISSUING.certificate, ISSUING.key, (ended.certificate,), NOW)


def without_key_usage(common_name: str, *, ca: bool) -> Maker:
    """What `openssl req -x509` makes by its default configuration: basicConstraints, and no keyUsage."""
    own, subject = key(109), subject_name({"common_name": common_name})
    builder = x509.CertificateBuilder(subject, subject, own.public_key(), 1, NOW - DAY, NOW + DAY)
    return Maker(builder.add_extension(x509.BasicConstraints(ca, None), True).sign(own, hashes.SHA256()), own)


def test_a_root_without_key_usage_is_one_all_the_same() -> None:
    """RFC 5280, section 6.1.4 (n): keyCertSign is wanted where there is a key usage."""
    root = without_key_usage("Root", ca=True)
    verify_brought(root.certificate, root.key, (), NOW)
    below = make(WANTED, Signer(kept(root), root.key), NOW)
    assert is_issued_by(below.certificate, root.certificate)


def test_a_certificate_that_is_no_authority_by_its_constraints_is_refused() -> None:
    fake = without_key_usage("Root", ca=False)
    with pytest.raises(SiptlsError, match="not the certificate of a certificate authority"):
        verify_brought(fake.certificate, fake.key, (), NOW)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"common_name": "x", "country_name": "Germany"}, "cannot be a distinguished name"),
        ({"common_name": "a" * 65}, "65"),
    ],
)
def test_a_subject_that_cannot_be_one_is_refused(parts: dict[str, str], words: str) -> None:
    with pytest.raises(SiptlsError, match=words):
        subject_name(parts)


def test_a_subject_goes_from_the_widest_part_to_the_narrowest_whatever_the_order_in_the_playbook() -> None:
    subject = subject_name(
        {"common_name": "Root", "country_name": "DE", "organization_name": "Example", "locality_name": None}
    )
    assert [attribute.value for attribute in subject] == ["DE", "Example", "Root"]
    assert isinstance(subject, x509.Name)
