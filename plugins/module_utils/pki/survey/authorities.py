# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status of the authorities of a PKI directory, and what that means for the certificates they have issued."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...errors import SiptlsError
from ..authority.authority import Authority
from ..register import Register
from ..x509.certificates import is_issued_by
from .revoked_serials import RevokedSerials
from .status import UNKNOWN, Above, Revoked, Standing

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["FoundAuthority", "assess_authorities", "read_authorities"]


@dataclass(frozen=True)
class FoundAuthority:
    """An authority, and its status.

    :ivar authority: None where it cannot be read
    :ivar above: what it means for the certificates that it has issued
    :ivar revoked: that its own certificate was
    """

    name: str
    standing: Standing
    authority: Authority
    above: Above
    revoked: Revoked | None = None

    def issued(self, certificate: x509.Certificate) -> bool:
        """Whether this authority issued ``certificate``, by its signature.

        :raises ValueError: the certificate cannot be read; so do the errors of x509
        """
        return is_issued_by(certificate, self.authority.certificate)


_Standing = Callable[["x509.Certificate", Above, "Revoked | None"], Standing]


def read_authorities(register: Register) -> tuple[list[Authority], dict[str, Standing]]:
    """The authorities that can be loaded, by their names, and the status of the others."""
    found: list[Authority] = []
    unreadable: dict[str, Standing] = {}
    for name in register.authority_names():
        try:
            authority = register.find_authority(name)
        except SiptlsError as error:
            unreadable[name] = Standing(UNKNOWN, str(error))
        else:
            found += [authority] if authority else []
    return found, unreadable


def assess_authorities(
    found: list[Authority], revoked: RevokedSerials, standing: _Standing
) -> tuple[FoundAuthority, ...]:
    """The status of these authorities, each of them and those above it.

    :param standing: tells the status of a certificate
    """
    return tuple(_found(one, found, revoked, standing) for one in found)


def _found(
    authority: Authority, all_of_them: list[Authority], revoked: RevokedSerials, standing: _Standing
) -> FoundAuthority:
    ends = [certificate.not_valid_after_utc for certificate in authority.path]
    along = _revoked_along(authority, all_of_them, revoked)
    own = along[0] if along else None
    issuer = Above(_issuer_name(authority, all_of_them), min(ends[1:], default=ends[0]), _first(along[1:]))
    return FoundAuthority(
        name=authority.name,
        standing=standing(authority.certificate, issuer, own),
        authority=authority,
        above=Above(authority.name, min(ends), _first(along)),
        revoked=own,
    )


def _revoked_along(authority: Authority, all_of_them: list[Authority], revoked: RevokedSerials) -> list[Revoked | None]:
    """For each certificate of its path but the trust anchor, its own first, the revocation by the one above it."""
    return [
        _first([revoked.find(one.name, below.serial_number) for one in all_of_them if one.certificate == above])
        for below, above in zip(authority.path, authority.chain, strict=False)
    ]


def _first(revoked: list[Revoked | None]) -> Revoked | None:
    return next((one for one in revoked if one), None)


def _issuer_name(authority: Authority, all_of_them: list[Authority]) -> str:
    return next((one.name for one in all_of_them if authority.chain and one.certificate == authority.chain[0]), "")
