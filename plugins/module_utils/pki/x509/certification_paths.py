# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways from a certificate to its trust anchors through any number of others, in whatever order these are (RFC 4158).

A CA may have several certificates for one key: cross-signed by another root, renewed, expired. All ways are built, those that are
valid in time first. The search is bounded, for the certificates may come from a peer: a hostile bundle makes it neither long nor deep.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .certificates import is_issued_by

try:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Ways", "ways_up"]

_LONGEST = 8  # certificates in a path
_MOST = 16  # paths of each kind
_MOST_SIGNATURES = 500  # verified in one search
_MOST_STEPS = 5_000

_Path = tuple["x509.Certificate", ...]


@dataclass(frozen=True)
class Ways:
    """What a search found, each path from the certificate upwards.

    :ivar complete: those that end with an anchor, the ones that are valid in time first; sixteen at most
    :ivar open: those that end below a certificate that is missing; looked for only where none is complete
    """

    complete: tuple[_Path, ...]
    open: tuple[_Path, ...]


def ways_up(
    certificate: x509.Certificate,
    others: Iterable[x509.Certificate],
    anchors: Collection[x509.Certificate],
    *,
    now: datetime | None = None,
) -> Ways:
    """The ways from ``certificate`` through ``others`` to ``anchors``. Signatures are verified, usages are not.

    :param now: when the paths are to be valid; None where that does not matter
    """
    pool = list(dict.fromkeys([*others, *anchors]))
    search = _Search(frozenset(anchors))
    if now is not None:
        search.look(certificate, [one for one in pool if is_valid_in_time(one, now)])
    if len(search.complete) < _MOST:
        search.open.clear()
        search.look(certificate, pool)
    return Ways(tuple(search.complete), () if search.complete else tuple(search.open) or ((certificate,),))


def is_valid_in_time(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether ``now`` is in its validity period."""
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc


@dataclass
class _Search:
    anchors: frozenset[x509.Certificate]
    complete: dict[_Path, None] = field(default_factory=dict)
    open: dict[_Path, None] = field(default_factory=dict)
    verified: dict[tuple[x509.Certificate, x509.Certificate], bool] = field(default_factory=dict)
    signatures: int = 0
    steps: int = 0

    def look(self, certificate: x509.Certificate, pool: Sequence[x509.Certificate]) -> None:
        """Adds the paths through ``pool``, depth first, an anchor before anything else and what ends last before what ends first."""
        above: dict[x509.Name, list[x509.Certificate]] = {}
        for one in sorted(pool, key=lambda each: (each not in self.anchors, -each.not_valid_after_utc.timestamp())):
            above.setdefault(one.subject, []).append(one)
        self.signatures = self.steps = 0
        self._up((certificate,), above)

    def _up(self, path: _Path, above: dict[x509.Name, list[x509.Certificate]]) -> None:
        last = path[-1]
        self.steps += 1
        if last in self.anchors:
            self.complete[path] = None
            return
        is_open = True
        for one in above.get(last.issuer, ()) if len(path) < _LONGEST else ():
            if len(self.complete) >= _MOST or self.steps >= _MOST_STEPS:
                return
            # Another certificate of a CA that is on the path already leads round in a circle (RFC 4158, section 2.4.2)
            if not any(_is_same_entity(one, each) for each in path) and self._is_signed(last, one):
                is_open = False
                self._up((*path, one), above)
        if is_open and len(self.open) < _MOST:
            self.open[path] = None

    def _is_signed(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
        pair = (certificate, issuer)
        if pair not in self.verified:
            if self.signatures >= _MOST_SIGNATURES:
                return False
            self.signatures += 1
            self.verified[pair] = is_issued_by(certificate, issuer)
        return self.verified[pair]


def _is_same_entity(one: x509.Certificate, other: x509.Certificate) -> bool:
    return one.subject == other.subject and _key_of(one) == _key_of(other)


def _key_of(certificate: x509.Certificate) -> bytes:
    try:
        return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return certificate.tbs_certificate_bytes
