# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a server's certificate to the anchors that a device holds: each way there is, and when it ends (RFC 5280, section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..pki.x509.certification_paths import Ways, ways_up

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Path", "open_ends", "paths_to_anchors"]


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


def paths_to_anchors(
    served: Sequence[x509.Certificate], bundle: Sequence[x509.Certificate], *, now: datetime | None = None
) -> tuple[Path, ...]:
    """Each path from the first of ``served`` to an anchor, the one that ends first in front; sixteen at most.

    An anchor is a self-signed certificate of ``bundle``. Signatures are checked, dates and usages are not: that is for
    whoever verifies.

    :param now: where there are more than sixteen, those that are valid then are preferred
    """
    if not served:
        return ()
    found = (Path(path) for path in _ways(served, bundle, now).complete)
    return tuple(sorted(found, key=lambda one: one.not_after))


def open_ends(served: Sequence[x509.Certificate], bundle: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Where no path leads to an anchor: the last certificates of the paths that there are, each below one that is missing.

    Certificates that no path leads to do not matter, nor does the order in which they were sent.
    """
    return tuple(dict.fromkeys(path[-1] for path in _ways(served, bundle, None).open)) if served else ()


def _ways(served: Sequence[x509.Certificate], bundle: Sequence[x509.Certificate], now: datetime | None) -> Ways:
    anchors = [one for one in bundle if one.subject == one.issuer]
    between = [one for one in (*served[1:], *bundle) if one.subject != one.issuer]
    return ways_up(served[0], between, anchors, now=now)
