# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an OCSP response is made from where a certificate was revoked and is not on record."""

from __future__ import annotations

from functools import cache

from ..authority.authority import Authority
from ..store.revocation_record import Revocation
from ..x509.keys import key_type_named, signature_hash

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["stand_in"]


@cache
def _key() -> CertificateIssuerPrivateKeyTypes:
    """One for all: what it signs is handed to nobody."""
    return key_type_named("ecdsa-p256").generate()


def stand_in(authority: Authority, revocation: Revocation) -> x509.Certificate:
    """A certificate with the issuer name and the serial number that an OCSP CertID is made of (RFC 6960, section 4.1.1).

    It verifies nowhere. It ends with the CA: what the record of a revocation says of the certificate's end is not signed.
    """
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(authority.certificate.subject)
        .public_key(_key().public_key())
        .serial_number(revocation.serial)
        .not_valid_before(authority.certificate.not_valid_before_utc)
        .not_valid_after(authority.certificate.not_valid_after_utc)
    )
    return builder.sign(_key(), signature_hash(_key()))
