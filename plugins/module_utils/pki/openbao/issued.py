# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a certificate that somebody else signed is the one that the controller asked for, in all of its parts.

The controller decides what is in a certificate. OpenBao signs by a role that somebody may have changed, so nothing that comes back is
believed: one extension too many, or another lifetime, and it is discarded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..x509.certificates import BACKDATED, Lifetime
from ..x509.identity import Identity, identity_of
from ..x509.keys import public_key_digits
from ..x509.profiles import Profile
from ..x509.publication import Publication

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
    from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["CLOCKS", "Asked", "problem_of_issued"]

#: How far the clocks of the controller and of OpenBao may be apart: theirs says when a certificate begins, ours when it ends.
CLOCKS = timedelta(minutes=10)


@dataclass(frozen=True)
class Asked:
    """All that a certificate is to say."""

    identity: Identity
    profile: Profile
    public_key: CertificatePublicKeyTypes
    valid: Lifetime
    publication: Publication


def problem_of_issued(certificate: x509.Certificate, asked: Asked) -> str:
    """What is otherwise than asked, in words; empty where nothing is. The signature is for others to verify."""
    try:
        return next(_problems(certificate, asked), "")
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        return f"it cannot be read: {error}"


def _problems(certificate: x509.Certificate, asked: Asked) -> Iterator[str]:
    if public_key_digits(certificate.public_key()) != public_key_digits(asked.public_key):
        yield "it is for another key"
    if certificate.subject != asked.identity.subject():
        yield f"its subject is {certificate.subject.rfc4514_string()[:200]}"
    found = Lifetime(certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    begins_late = found.not_before - asked.valid.not_before
    if found.not_after != asked.valid.not_after or not -BACKDATED - CLOCKS <= begins_late <= CLOCKS:
        yield (
            f"it is valid from {found.not_before:%F %T} to {found.not_after:%F %T} UTC,"
            f" not from {asked.valid.not_before:%F %T} to {asked.valid.not_after:%F %T} UTC"
        )
    yield from asked.identity.differences(identity_of(certificate))
    yield from asked.profile.differences(certificate)
    yield from _problems_of_extensions(certificate.extensions, asked)


def _problems_of_extensions(extensions: x509.Extensions, asked: Asked) -> Iterator[str]:
    present = {extension.oid for extension in extensions}
    needed = {ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE}
    needed |= {ExtensionOID.SUBJECT_KEY_IDENTIFIER, ExtensionOID.AUTHORITY_KEY_IDENTIFIER}
    if asked.identity.sip_uris or asked.identity.dns:
        needed.add(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    if asked.publication.crl_url:
        needed.add(ExtensionOID.CRL_DISTRIBUTION_POINTS)
    if asked.publication.ocsp_url or asked.publication.certificate_url:
        needed.add(ExtensionOID.AUTHORITY_INFORMATION_ACCESS)
    for oid in sorted(needed ^ present, key=lambda one: one.dotted_string):
        yield f"the extension {oid.dotted_string} {'is not wanted' if oid in present else 'is missing'}"
    if extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
        yield "it is a CA"
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    if usage != _DIGITAL_SIGNATURE():
        yield "its key usage is not digitalSignature alone"
    if ExtensionOID.SUBJECT_ALTERNATIVE_NAME in present:
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if any(not isinstance(name, x509.UniformResourceIdentifier | x509.DNSName) for name in names):
            yield "it has names of another kind than URI and DNS"
    published = _publication(extensions)
    if published != asked.publication:
        yield f"it names {published or 'nothing'} to check it at"


def _DIGITAL_SIGNATURE() -> x509.KeyUsage:  # noqa: N802 -- a constant that needs cryptography
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _publication(extensions: x509.Extensions) -> Publication | None:
    """The addresses in a certificate; None where they are not such as :class:`Publication` has."""
    places: dict[str, list[Any]] = {"crl_url": [], "ocsp_url": [], "certificate_url": []}
    for extension in extensions:
        if isinstance(extension.value, x509.CRLDistributionPoints):
            places["crl_url"] += [name for point in extension.value for name in point.full_name or (None,)]
        elif isinstance(extension.value, x509.AuthorityInformationAccess):
            for access in extension.value:
                is_ocsp = access.access_method == AuthorityInformationAccessOID.OCSP
                places["ocsp_url" if is_ocsp else "certificate_url"].append(access.access_location)
    urls = {}
    for name, found in places.items():
        if len(found) > 1 or not all(isinstance(one, x509.UniformResourceIdentifier) for one in found):
            return None
        urls[name] = str(found[0].value) if found else ""
    return Publication(**urls)
