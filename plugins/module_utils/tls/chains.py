# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a server's certificate to the anchors that a device holds: each way there is, and when it ends (RFC 5280, section 6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Path", "paths_to_anchors"]

_LONGEST = 8
_MOST = 16


@dataclass(frozen=True)
class Path:
    """A way from a certificate to an anchor, both included."""

    certificates: tuple[x509.Certificate, ...]

    @property
    def first_to_end(self) -> x509.Certificate:
        """The certificate by which the path ends."""
        return min(self.certificates, key=lambda one: one.not_valid_after_utc)

    @property
    def not_after(self) -> datetime:
        """When the path ends, UTC."""
        return self.first_to_end.not_valid_after_utc


def paths_to_anchors(served: Sequence[x509.Certificate], bundle: Sequence[x509.Certificate]) -> tuple[Path, ...]:
    """Each path from the first of ``served`` to an anchor, the one that ends first in front; sixteen at most.

    An anchor is a self-signed certificate of ``bundle``. Signatures are checked, dates and usages are not: that is for
    whoever verifies.
    """
    anchors = [one for one in bundle if one.subject == one.issuer]
    between = list(dict.fromkeys(one for one in [*served[1:], *bundle] if one.subject != one.issuer))
    found = []
    for certificates in _ways((served[0],), between, anchors) if served else ():
        found.append(Path(certificates))
        if len(found) == _MOST:
            break
    return tuple(sorted(found, key=lambda one: one.not_after))


def _ways(
    begun: tuple[x509.Certificate, ...], between: list[x509.Certificate], anchors: list[x509.Certificate]
) -> Iterator[tuple[x509.Certificate, ...]]:
    last = begun[-1]
    if last in anchors:
        yield begun
        return
    for anchor in anchors:
        if _signed(last, anchor):
            yield (*begun, anchor)
    if len(begun) < _LONGEST:
        for one in between:
            if one not in begun and _signed(last, one):
                yield from _ways((*begun, one), between, anchors)


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True
