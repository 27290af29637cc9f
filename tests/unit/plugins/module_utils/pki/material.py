# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authorities, certificates and requests for the unit tests, made by the code under test or, where it must not, by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from ansible_collections.siptls.vos.plugins.module_utils.pki.issuing.issuer import Issuer
from ansible_collections.siptls.vos.plugins.module_utils.pki.opened import opened
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import (
    Lifetime,
    build_authority_certificate,
    build_device_certificate,
    lifetime,
)
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.identity import Identity
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import key_type_named
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.profiles import Profile, profile_named
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
GATEWAY = Identity("gw1", ("sip:gw1@example.com",), ("gw1.example.com",))


@dataclass(frozen=True)
class Maker:
    """An authority with its key in memory."""

    certificate: x509.Certificate
    key: CertificateIssuerPrivateKeyTypes


def key(number: int = 0, kind: str = "ecdsa-p256") -> CertificateIssuerPrivateKeyTypes:
    """One key for each number and kind, made once."""
    return _key(number, kind)


@cache
def _key(number: int, kind: str) -> CertificateIssuerPrivateKeyTypes:
    return key_type_named(kind).generate()


def name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def authority(
    common_name: str = "Issuing",
    *,
    above: Maker | None = None,
    valid_for: timedelta = 1825 * DAY,
    made: datetime = NOW - 100 * DAY,
    path_length: int | None = None,
    number: int = 100,
    kind: str = "ecdsa-p256",
) -> Maker:
    """An authority, self-signed where there is none above."""
    own = key(number, kind)
    certificate = build_authority_certificate(
        subject=name(common_name),
        public_key=own.public_key(),
        issuer=above.certificate if above else None,
        signing_key=above.key if above else own,
        valid=lifetime(made, valid_for, above.certificate if above else None),
        path_length=path_length,
    )
    return Maker(certificate, own)


def issued(
    by: Maker,
    *,
    identity: Identity = GATEWAY,
    profile: Profile | None = None,
    made: datetime = NOW,
    valid_for: timedelta = 90 * DAY,
    number: int = 0,
    kind: str = "ecdsa-p256",
    valid: Lifetime | None = None,
) -> x509.Certificate:
    """A device's certificate."""
    return build_device_certificate(
        identity=identity,
        profile=profile or profile_named("gateway"),
        public_key=key(number, kind).public_key(),
        issuer=by.certificate,
        signing_key=by.key,
        valid=valid or lifetime(made, valid_for, by.certificate),
    )


def request(own: CertificateIssuerPrivateKeyTypes, *extensions: x509.ExtensionType) -> bytes:
    """A certificate signing request that asks for these extensions, PEM."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(name("vos.bank.example"))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(own, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def issuer_of(
    pki: Path,
    authority: str,
    passphrase: str,
    root_fingerprints: Iterable[str] = (),
    *,
    publication_url: str | None = None,
) -> Issuer:
    """An issuer by a CA of a PKI directory, as a task opens it."""
    options = {"pki": str(pki), "authority": authority, "passphrase": passphrase, "publication_url": publication_url}
    return opened({**options, "root_fingerprints": list(root_fingerprints)}, Path("/")).issuer
