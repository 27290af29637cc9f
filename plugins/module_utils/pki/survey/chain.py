# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of a certificate up to its trust anchor, and whether it verifies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import PurePath

from ...errors import SiptlsError
from ..authority.authority import Authority
from ..authority.name_constraints import check_names
from ..x509.certificates import is_issued_by
from ..x509.certification_paths import ways_up
from ..x509.identity import identity_of

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Chain"]


@dataclass(frozen=True)
class Chain:
    """A certificate and those above it.

    :ivar path: the certificate, its issuer, and so on; the trust anchor last where it is known
    """

    path: tuple[x509.Certificate, ...]

    @classmethod
    def among(
        cls, certificate: x509.Certificate, others: Iterable[x509.Certificate], *, now: datetime | None = None
    ) -> Chain:
        """The chain that these certificates make, in whatever order they are.

        :param now: of several chains, one that verifies then is preferred; after that the one that ends last
        """
        pool = list(others)
        ways = ways_up(certificate, pool, [one for one in (certificate, *pool) if _is_anchor(one)], now=now)
        found = [cls(path) for path in ways.complete or ways.open]
        return max(found, key=lambda one: (now is not None and not one.problem(now), *_reach(one.path)))

    def problem(self, now: datetime) -> str:
        """What keeps the chain from verifying at ``now`` (RFC 5280, section 6.1), in words; empty where it verifies.

        Signatures, lifetimes, the right to issue, path lengths and permitted domains, but not revocation.
        """
        certificate, *above = self.path
        for below, issuer in zip(self.path, above, strict=False):
            if not (is_issued_by if below is certificate else _signed)(below, issuer):
                return f"the certificate of {_name(below)} was not signed by {_name(issuer)}"
        if not _is_anchor(self.path[-1]):
            return f"the chain ends before a trust anchor: no certificate of {self.path[-1].issuer.rfc4514_string()}"
        return _ended(self.path, now) or _may_not_issue(above) or _outside_domains(certificate, above)


def _reach(path: Sequence[x509.Certificate]) -> tuple[datetime, int]:
    """When a path ends, and how long it is."""
    return min(one.not_valid_after_utc for one in path), len(path)


@lru_cache(maxsize=256)
def _signed(below: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Of authorities: every certificate of a fleet asks the same of them."""
    return is_issued_by(below, issuer)


def _is_anchor(certificate: x509.Certificate) -> bool:
    return certificate.issuer == certificate.subject and _signed(certificate, certificate)


def _ended(path: Sequence[x509.Certificate], now: datetime) -> str:
    for certificate in path:
        if now >= certificate.not_valid_after_utc:
            return f"the certificate of {_name(certificate)} ended {certificate.not_valid_after_utc:%F %T} UTC"
        if now < certificate.not_valid_before_utc:
            return f"the certificate of {_name(certificate)} begins {certificate.not_valid_before_utc:%F %T} UTC"
    return ""


def _may_not_issue(above: Sequence[x509.Certificate]) -> str:
    """The path length counts the authorities below one (RFC 5280, section 4.2.1.9)."""
    for below, authority in enumerate(above):
        is_authority, signs, limit = False, True, None
        with suppress(x509.ExtensionNotFound):
            constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
            is_authority, limit = constraints.ca, constraints.path_length
            signs = authority.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
        if not (is_authority and signs):
            return f"{_name(authority)} is not a certificate authority"
        if limit is not None and below > limit:
            return f"{_name(authority)} allows {limit} authorities below it, and there are {below}"
    return ""


def _outside_domains(certificate: x509.Certificate, above: Sequence[x509.Certificate]) -> str:
    if not above:
        return ""
    try:
        check_names(identity_of(certificate), Authority(_name(above[0]), PurePath(), above[0], tuple(above[1:])))
    except SiptlsError as error:
        return f"{error.problem}: {error.found}"
    return ""


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or "somebody without a name"
