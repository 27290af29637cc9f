# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The protocol of a signer: it signs for one CA, and keeps no record of it; that is for a :class:`.register.Register`.

What every signer does is stated by its contract tests (tests/unit/plugins/module_utils/pki/contract). An error does not mean that nothing
was signed: a remote signer may have done so before the connection was lost. What it returned is not on record yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from .authority.authority import Authority
from .store.revocation_record import Revocation

if TYPE_CHECKING:
    from .revocation.ocsp import Responder
    from .revocation.validity import Freshness
    from .x509.desired import DesiredCertificate

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Signer"]


@runtime_checkable
class Signer(Protocol):
    """Signs for one CA."""

    @property
    def authority(self) -> Authority:
        """The CA."""

    @property
    def is_bound_to_process(self) -> bool:
        """Whether only the process that unlocked it can sign, such as one that logged in to a token."""

    def unlock(self) -> None:
        """Makes sure that it can sign, so that what is wrong shows before anybody prepares for a signature.

        :raises SiptlsError: the passphrase is wrong, or the key is missing or another's
        """

    def certify(self, request: bytes, wanted: DesiredCertificate, now: datetime) -> tuple[x509.Certificate, ...]:
        """A certificate for the key in ``request``, and the CAs that are presented behind it.

        The request proves possession of the key, and nothing else in it counts: names, uses and lifetime are the wanted ones. The lifetime
        ends with the CA's at the latest.

        :param request: the certificate signing request, PEM
        :raises SiptlsError: the request proves nothing, its key is of another type, or the CA cannot sign
        """

    def sign_crl(
        self, revocations: Iterable[Revocation], number: int, wanted: Freshness, now: datetime
    ) -> x509.CertificateRevocationList:
        """A complete CRL with these entries and this number.

        :raises SiptlsError: the CA cannot sign, or is not valid at ``now``
        """

    def responder(self, wanted: Freshness, now: datetime) -> Responder:
        """A responder that signs OCSP responses in the name of the CA, certified for as long as its responses hold.

        :raises SiptlsError: the CA cannot sign, or is not valid at ``now``
        """
