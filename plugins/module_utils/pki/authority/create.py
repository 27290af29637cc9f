# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a certificate authority, bringing one along, and telling whether the one that is there is the one wanted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ...durations import format_duration
from ...errors import SiptlsError
from ..x509.certificates import BACKDATED, build_authority_certificate, is_issued_by, lifetime
from ..x509.keys import KeyType, describe_public_key, public_key_digits
from ..x509.publication import NOWHERE
from .authority import Authority
from .checks import check_path_length, check_usable
from .name_constraints import constraints_for, domain_differences
from .pkcs11 import TokenKey

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
    from cryptography.x509.oid import NameOID
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Made", "Signer", "WantedAuthority", "differences", "make", "subject_name", "verify_brought"]


@dataclass(frozen=True)
class WantedAuthority:
    """What a playbook wants of an authority that is made here.

    :ivar path_length: how many authorities may stand below it (RFC 5280, section 4.2.1.9); None for no limit
    :ivar permitted_domains: the domains that it may issue for, with all below them; empty for any
    :ivar token_key: where its key is in a token; None for a key in a file
    """

    subject: x509.Name
    key_type: KeyType
    valid_for: timedelta
    path_length: int | None
    permitted_domains: tuple[str, ...] = ()
    token_key: TokenKey | None = None


@dataclass(frozen=True)
class Made:
    """A certificate and its private key, not yet recorded."""

    certificate: x509.Certificate
    key: CertificateIssuerPrivateKeyTypes


@dataclass(frozen=True)
class Signer:
    """The authority above the one that is made, with its key."""

    authority: Authority
    key: CertificateIssuerPrivateKeyTypes


_SUBJECT_PARTS = (
    ("country_name", "COUNTRY_NAME"),
    ("state_or_province_name", "STATE_OR_PROVINCE_NAME"),
    ("locality_name", "LOCALITY_NAME"),
    ("organization_name", "ORGANIZATION_NAME"),
    ("organizational_unit_name", "ORGANIZATIONAL_UNIT_NAME"),
    ("common_name", "COMMON_NAME"),
)


def subject_name(parts: dict[str, str | None]) -> x509.Name:
    """The subject with these parts, from the widest to the narrowest.

    :param parts: by the names of playbooks, such as ``organization_name``; None is absent
    :raises SiptlsError: a part that does not fit, such as a country of three letters
    """
    try:
        return x509.Name(
            [
                x509.NameAttribute(getattr(NameOID, oid), value)
                for part, oid in _SUBJECT_PARTS
                if (value := parts.get(part))
            ]
        )
    except ValueError as error:
        raise SiptlsError("subject cannot be a distinguished name", found=str(error)) from None


def make(wanted: WantedAuthority, signer: Signer | None, now: datetime, *, pin: str = "") -> Made:
    """A new authority, signed by ``signer`` or by itself.

    :param pin: of the token, where the key is in one
    :raises SiptlsError: the signer may not issue it, or the token does not make the key
    """
    if signer:
        _check_may_sign(signer.authority, now)
    kind, token_key = wanted.key_type, wanted.token_key
    key = token_key.make(pin, kind.name, where=token_key.uri()) if token_key else kind.generate()
    issuer = signer.authority.certificate if signer else None
    certificate = build_authority_certificate(
        subject=wanted.subject,
        public_key=key.public_key(),
        issuer=issuer,
        signing_key=signer.key if signer else key,
        valid=lifetime(now, wanted.valid_for, issuer),
        path_length=wanted.path_length,
        constraints=constraints_for(wanted.permitted_domains),
        publication=signer.authority.publication if signer else NOWHERE,
    )
    return Made(certificate, key)


def differences(wanted: WantedAuthority, issuer: Authority | None, found: x509.Certificate) -> list[str]:
    """What the authority that is there has otherwise than wanted, in words; empty where it is the one.

    A certificate that ends together with its issuer is as long as it could be made.
    """
    words = []
    if found.subject != wanted.subject:
        words.append(f"subject is {found.subject.rfc4514_string()}, asked for {wanted.subject.rfc4514_string()}")
    kind = describe_public_key(found.public_key())
    if kind != wanted.key_type.name:
        words.append(f"key type is {kind}, asked for {wanted.key_type.name}")
    above = issuer.certificate if issuer else found
    if not is_issued_by(found, above):
        words.append(f"issuer is {found.issuer.rfc4514_string()}, asked for {above.subject.rfc4514_string()}")
    length = found.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
    if length != wanted.path_length:
        words.append(f"path length is {_limit(length)}, asked for {_limit(wanted.path_length)}")
    words += domain_differences(wanted.permitted_domains, found)
    words += _lifetime_difference(wanted, issuer, found)
    return words


def _lifetime_difference(wanted: WantedAuthority, issuer: Authority | None, found: x509.Certificate) -> list[str]:
    if issuer and found.not_valid_after_utc == issuer.certificate.not_valid_after_utc:
        return []
    length = found.not_valid_after_utc - found.not_valid_before_utc
    if wanted.valid_for <= length <= wanted.valid_for + BACKDATED:
        return []
    return [f"made to be valid for {format_duration(length)}, asked for {format_duration(wanted.valid_for)}"]


def verify_brought(
    certificate: x509.Certificate,
    key: CertificateIssuerPrivateKeyTypes,
    chain: tuple[x509.Certificate, ...],
    now: datetime,
) -> None:
    """Makes sure that devices accept an authority from elsewhere, that it is whole, and that the key is its own.

    :param chain: the certificates above it, its issuer first, its trust anchor last
    :raises SiptlsError: what is wrong with it
    """
    path = (certificate, *chain)
    check_usable(path, now)
    where = certificate.subject.rfc4514_string()
    if public_key_digits(key.public_key()) != public_key_digits(certificate.public_key()):
        raise SiptlsError(
            "private_key does not belong to certificate", where=where, remedy="give the two of one authority"
        )
    for below, above in zip(path, (*chain, path[-1]), strict=True):
        if not is_issued_by(below, above):
            raise SiptlsError(
                "the chain does not lead from the certificate to a self-signed trust anchor",
                where=where,
                expected=f"a certificate of {below.issuer.rfc4514_string()} after that of {below.subject.rfc4514_string()}",
                found=above.subject.rfc4514_string() if above is not below else "the end of the chain",
                remedy="give in chain every certificate above this one, its issuer first, the root last",
            )
    check_path_length(path)


def _check_may_sign(authority: Authority, now: datetime) -> None:
    check_usable(authority.path, now)
    constraint = authority.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    if constraint.path_length == 0:
        raise SiptlsError(
            "this authority may issue to devices only",
            where=f"authority {authority.name}",
            expected="an issuer whose path length leaves room for one more authority",
            found="path length 0",
            remedy="name the root as issuer",
        )
    check_path_length(authority.path, 1)


def _limit(length: int | None) -> str:
    return "unlimited" if length is None else str(length)
