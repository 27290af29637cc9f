# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates: making them by RFC 5280, reading them, and telling a person what is in one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...durations import format_duration
from ...errors import SiptlsError
from ...serial_numbers import serial_digits
from .identity import Identity, identity_of
from .keys import describe_public_key, signature_hash
from .profiles import Profile
from .publication import NOWHERE, Publication

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric.types import (
        CertificateIssuerPrivateKeyTypes,
        CertificatePublicKeyTypes,
    )
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass
else:
    _UNREADABLE = (
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    )

__all__ = [
    "BACKDATED",
    "Lifetime",
    "authority_key",
    "build_authority_certificate",
    "build_device_certificate",
    "check_valid_now",
    "describe_certificate",
    "fingerprint",
    "is_issued_by",
    "lifetime",
    "pem",
    "read_certificates",
    "serial_hex",
]

#: How long before its making a certificate begins to be valid: devices' clocks are late now and then.
BACKDATED = timedelta(hours=1)


@dataclass(frozen=True)
class Lifetime:
    """From when to when a certificate is valid, both in UTC and included (RFC 5280, section 4.1.2.5)."""

    not_before: datetime
    not_after: datetime


def lifetime(now: datetime, valid_for: timedelta, issuer: x509.Certificate | None) -> Lifetime:
    """The lifetime of a certificate made at ``now``: ``valid_for`` from then on, but no longer than its issuer's.

    :param issuer: None for a self-signed certificate
    :raises SiptlsError: the issuer's certificate is not valid at ``now``
    """
    now = now.replace(microsecond=0)
    begin, end = now - BACKDATED, now + valid_for
    if issuer is None:
        return Lifetime(begin, end)
    check_valid_now(issuer, now)
    return Lifetime(max(begin, issuer.not_valid_before_utc), min(end, issuer.not_valid_after_utc))


def check_valid_now(authority: x509.Certificate, now: datetime) -> None:
    """Makes sure that a certificate authority may sign at ``now``.

    :raises SiptlsError: its certificate is not valid yet, or no more
    """
    if not authority.not_valid_before_utc <= now < authority.not_valid_after_utc:
        raise SiptlsError(
            "the authority's certificate is not valid now",
            where=authority.subject.rfc4514_string(),
            expected=f"a time from {authority.not_valid_before_utc:%F %T} to {authority.not_valid_after_utc:%F %T} UTC",
            found=f"{now:%F %T} UTC",
            remedy="check the clock of this machine; if it is right, make a new authority",
        )


def build_authority_certificate(
    *,
    subject: x509.Name,
    public_key: CertificatePublicKeyTypes,
    issuer: x509.Certificate | None,
    signing_key: CertificateIssuerPrivateKeyTypes,
    valid: Lifetime,
    path_length: int | None,
    constraints: x509.NameConstraints | None = None,
    publication: Publication = NOWHERE,
) -> x509.Certificate:
    """A certificate of a certificate authority (RFC 5280, section 4.2.1.9), self-signed where ``issuer`` is None.

    :param constraints: the names that it may issue for; None for any
    :param publication: of the issuer
    """
    key_usage = _key_usage(key_cert_sign=True, crl_sign=True)
    builder = (
        _builder(subject, public_key, issuer, valid)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(key_usage, critical=True)
    )
    if constraints:
        builder = builder.add_extension(constraints, critical=True)
    return publication.add_to(builder).sign(signing_key, signature_hash(signing_key))


def build_device_certificate(
    *,
    identity: Identity,
    profile: Profile,
    public_key: CertificatePublicKeyTypes,
    issuer: x509.Certificate,
    signing_key: CertificateIssuerPrivateKeyTypes,
    valid: Lifetime,
    publication: Publication = NOWHERE,
) -> x509.Certificate:
    """A certificate for a device: its names, its uses and its key, and nothing else that anybody asked for.

    :param publication: of the issuer
    """
    builder = (
        _builder(identity.subject(), public_key, issuer, valid)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        # Signatures only: every key exchange that is allowed is an ephemeral one (RFC 9325, section 4.1).
        .add_extension(_key_usage(digital_signature=True), critical=True)
        .add_extension(profile.extended_key_usage(), critical=False)
    )
    if identity.sip_uris or identity.dns:
        builder = builder.add_extension(identity.alternative_names(), critical=False)
    if profile.is_responder:
        builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    return publication.add_to(builder).sign(signing_key, signature_hash(signing_key))


def _builder(
    subject: x509.Name, public_key: CertificatePublicKeyTypes, issuer: x509.Certificate | None, valid: Lifetime
) -> x509.CertificateBuilder:
    """What every certificate has: names, lifetime, a random positive serial of 20 octets at most, SKI and AKI."""
    subject_key = x509.SubjectKeyIdentifier.from_public_key(public_key)
    above = (
        authority_key(issuer) if issuer else x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject_key)
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid.not_before)
        .not_valid_after(valid.not_after)
        .add_extension(subject_key, critical=False)
        .add_extension(above, critical=False)
    )


def authority_key(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """The issuer's subject key identifier as it stands in its certificate (RFC 5280, section 4.2.1.1)."""
    try:
        theirs = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())  # type: ignore[arg-type]  # a CA key
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(theirs)


def _key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def read_certificates(text: bytes, *, where: str) -> tuple[x509.Certificate, ...]:
    """The certificates in a PEM file, in their order, each readable in all its parts.

    :raises SiptlsError: there is none, or one cannot be read
    """
    try:
        certificates = tuple(x509.load_pem_x509_certificates(text))
        for certificate in certificates:
            _decode(certificate)
        return certificates
    except (ValueError, *_UNREADABLE) as error:
        raise SiptlsError(
            "holds no readable certificate",
            where=where,
            expected="one or more PEM certificates (-----BEGIN CERTIFICATE-----)",
            found=str(error) or "something else",
        ) from None


def _decode(certificate: x509.Certificate) -> tuple[object, ...]:
    """Every part that is decoded on demand: an unknown curve or a malformed extension shows now, not amid a decision."""
    return certificate.public_key(), certificate.extensions, certificate.subject, certificate.issuer


def pem(*certificates: x509.Certificate) -> str:
    """The certificates as PEM, one after the other."""
    return "".join(certificate.public_bytes(serialization.Encoding.PEM).decode() for certificate in certificates)


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether ``certificate`` names ``issuer`` and carries a signature by its key."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def serial_hex(certificate: x509.Certificate) -> str:
    """The serial number in lower-case hexadecimal digits, an even number of them, as in names of files."""
    return serial_digits(certificate.serial_number)


def fingerprint(certificate: x509.Certificate) -> str:
    """The SHA-256 fingerprint as openssl prints it: pairs of upper-case digits and colons."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def describe_certificate(certificate: x509.Certificate, *, now: datetime | None = None) -> str:
    """What a person wants to know of a certificate, as ``name: value`` lines, which stay the same while it does."""
    end = certificate.not_valid_after_utc
    lines: Iterable[tuple[str, str]] = (
        ("subject", certificate.subject.rfc4514_string()),
        ("names", str(identity_of(certificate)) or "none"),
        ("issuer", certificate.issuer.rfc4514_string()),
        ("serial", serial_hex(certificate)),
        ("key", describe_public_key(certificate.public_key())),
        ("not before", f"{certificate.not_valid_before_utc:%F %T} UTC"),
        ("not after", f"{end:%F %T} UTC" + (f" ({format_duration(end - now)} left)" if now else "")),
    )
    return "".join(f"{name}: {value}\n" for name, value in lines)
