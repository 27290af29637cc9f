# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a site wants of a device's certificate, whoever issues it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ...durations import format_duration, parse_duration
from ...errors import SiptlsError
from ..authority.authority import Authority
from ..x509.desired import DesiredCertificate
from ..x509.identity import Identity
from ..x509.keys import KeyType, key_type_named
from ..x509.profiles import Profile, profile_named

__all__ = ["CertificatePolicy"]


@dataclass(frozen=True)
class CertificatePolicy:
    """Names, uses, key and lifetime of a device's certificate.

    :ivar renew_before: how long before its end a certificate is replaced; shorter than ``valid_for``
    """

    identity: Identity
    profile: Profile
    key_type: KeyType
    valid_for: timedelta
    renew_before: timedelta

    @classmethod
    def checked(
        cls, *, identity: Identity, profile: str, key_type: str, valid_for: str, renew_before: str
    ) -> CertificatePolicy:
        """The policy in the words of a playbook.

        :raises SiptlsError: a word that is not known, or words that do not go together
        """
        policy = cls(
            identity=identity,
            profile=profile_named(profile),
            key_type=key_type_named(key_type),
            valid_for=parse_duration(valid_for, name="valid_for"),
            renew_before=parse_duration(renew_before, name="renew_before"),
        )
        policy.key_type.check_supported()
        policy.profile.check(identity)
        if policy.renew_before >= policy.valid_for:
            raise SiptlsError(
                "renew_before is not shorter than valid_for, so every run would renew",
                expected=f"less than {format_duration(policy.valid_for)}",
                found=format_duration(policy.renew_before),
            )
        return policy

    def from_issuer(self, authority: Authority) -> DesiredCertificate:
        """The same, when ``authority`` issues it."""
        return DesiredCertificate(
            identity=self.identity,
            profile=self.profile,
            key_type=self.key_type,
            valid_for=self.valid_for,
            renew_before=self.renew_before,
            issuer=authority.certificate,
            presented=authority.presented,
        )
