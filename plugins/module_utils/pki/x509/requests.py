# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate signing requests (RFC 2986): a proof of possession, and nothing else that counts."""

from __future__ import annotations

from ...errors import SiptlsError
from .keys import KeyType, describe_public_key, signature_hash

try:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.types import (
        CertificateIssuerPrivateKeyTypes,
        CertificatePublicKeyTypes,
    )
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["make_request", "proven_public_key"]


def proven_public_key(text: bytes, wanted: KeyType, *, where: str) -> CertificatePublicKeyTypes:
    """The public key of a request, once its signature proves that the sender holds the private key.

    The names, the extensions and all else that the request asks for are not looked at.

    :param text: the request, PEM
    :param wanted: the type of key that the inventory asks for
    :param where: whose request it is, for an error
    :raises SiptlsError: no request, a signature that does not verify, or a key of another type
    """
    try:
        request = x509.load_pem_x509_csr(text)
        key = request.public_key()
        proven = request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise SiptlsError(
            "the certificate signing request cannot be read",
            where=where,
            expected="a PEM request (RFC 2986)",
            found=str(error) or "something else",
        ) from None
    if not proven:
        raise SiptlsError(
            "the signature of the certificate signing request does not verify",
            where=where,
            expected="a signature by the key in the request, which proves that the device holds it",
            remedy="find out what stands between this machine and the device",
        )
    if describe_public_key(key) != wanted.name:
        raise SiptlsError(
            "the certificate signing request holds another type of key than was asked for",
            where=where,
            expected=wanted.name,
            found=describe_public_key(key),
        )
    return key


def make_request(key: CertificateIssuerPrivateKeyTypes) -> bytes:
    """A request that proves possession of a key and asks for nothing, PEM."""
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, signature_hash(key))
    return request.public_bytes(serialization.Encoding.PEM)
