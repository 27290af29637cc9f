# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signer that has the key of its CA: in a file of the PKI directory, or in a token."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..authority.authority import StoredAuthority
from ..revocation.crl import build_list
from ..revocation.ocsp import Responder
from ..revocation.validity import Freshness
from ..store.revocation_record import Revocation
from ..x509.certificates import build_device_certificate, lifetime
from ..x509.desired import DesiredCertificate
from ..x509.requests import proven_public_key

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["KeySigner"]


class KeySigner:
    """Signs with the private key of a CA.

    :param authority: with the way to its key
    :param passphrase: of the key file, or the PIN of the token
    """

    def __init__(self, authority: StoredAuthority, passphrase: str) -> None:
        self.authority = authority
        self._passphrase = passphrase
        self._key: CertificateIssuerPrivateKeyTypes | None = None

    @property
    def is_bound_to_process(self) -> bool:
        """A token takes no process but the one that logged in."""
        return self.authority.token_key is not None

    def unlock(self) -> None:
        """Opens the private key.

        :raises SiptlsError: the passphrase is wrong, or the key is missing or another's
        """
        self._key = self.authority.signing_key(self._passphrase)

    def certify(self, request: bytes, wanted: DesiredCertificate, now: datetime) -> tuple[x509.Certificate, ...]:
        """A certificate for the key in ``request``, and the CAs that are presented behind it.

        :raises SiptlsError: the request proves nothing, its key is of another type, or the CA cannot sign
        """
        certificate = build_device_certificate(
            identity=wanted.identity,
            profile=wanted.profile,
            public_key=proven_public_key(request, wanted.key_type, where=wanted.identity.common_name),
            issuer=self.authority.certificate,
            signing_key=self._signing_key,
            valid=lifetime(now, wanted.valid_for, self.authority.certificate),
            publication=self.authority.publication,
        )
        return certificate, *self.authority.presented

    def sign_crl(
        self, revocations: Iterable[Revocation], number: int, wanted: Freshness, now: datetime
    ) -> x509.CertificateRevocationList:
        """A complete CRL with these entries and this number.

        :raises SiptlsError: the CA cannot sign, or is not valid at ``now``
        """
        return build_list(self.authority, self._signing_key, revocations, number, wanted, now)

    def responder(self, wanted: Freshness, now: datetime) -> Responder:
        """A responder that signs OCSP responses in the name of the CA.

        :raises SiptlsError: the CA cannot sign, or is not valid at ``now``
        """
        return Responder.made(self.authority, self._signing_key, wanted, now)

    @property
    def _signing_key(self) -> CertificateIssuerPrivateKeyTypes:
        return self._key or self.authority.signing_key(self._passphrase)
