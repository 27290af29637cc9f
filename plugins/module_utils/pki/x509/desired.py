# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate that a device is to have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from .identity import Identity
from .keys import KeyType
from .profiles import Profile

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["DesiredCertificate"]


@dataclass(frozen=True)
class DesiredCertificate:
    """What the inventory wants of a device's certificate.

    :ivar presented: the certificates that go behind the device's own, the issuing authority's first
    :ivar renew_before: how long before its end a certificate is replaced
    """

    identity: Identity
    profile: Profile
    key_type: KeyType
    valid_for: timedelta
    renew_before: timedelta
    issuer: x509.Certificate
    presented: tuple[x509.Certificate, ...]
