# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a device needs a new certificate, and why: decisions without any input or output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ...durations import format_duration
from ..x509.certificates import BACKDATED, is_issued_by, lifetime
from ..x509.desired import DesiredCertificate
from ..x509.identity import identity_of
from ..x509.keys import describe_public_key, public_key_digits

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Installed", "reason_to_issue"]


@dataclass(frozen=True)
class Installed:
    """What a device has.

    :ivar certificate: its own certificate
    :ivar above: the certificates behind it in the same file
    :ivar public_key: DER SubjectPublicKeyInfo of the private key beside it; None where there is no readable key
    """

    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...]
    public_key: bytes | None


_Check = Callable[[Installed, DesiredCertificate, datetime], "str | None"]


def reason_to_issue(installed: Installed | None, wanted: DesiredCertificate, now: datetime) -> str | None:
    """Why the device needs a new certificate, in words, or None where the one it has will do.

    The first reason that holds is given: what stops the device from working at all comes before what is merely due.
    """
    if installed is None:
        return "no certificate installed"
    for check in _CHECKS:
        reason = check(installed, wanted, now)
        if reason:
            return reason
    return None


def _pair_is_broken(installed: Installed, wanted: DesiredCertificate, now: datetime) -> str | None:
    if installed.public_key is None:
        return "the private key is missing or unreadable"
    if installed.public_key != public_key_digits(installed.certificate.public_key()):
        return "private key and certificate do not match"
    return None


def _issued_by_another(installed: Installed, wanted: DesiredCertificate, now: datetime) -> str | None:
    if is_issued_by(installed.certificate, wanted.issuer):
        return None
    return f"issued by {installed.certificate.issuer.rfc4514_string()}, not by {wanted.issuer.subject.rfc4514_string()}"


def _outside_its_lifetime(installed: Installed, wanted: DesiredCertificate, now: datetime) -> str | None:
    begin, end = installed.certificate.not_valid_before_utc, installed.certificate.not_valid_after_utc
    if now >= end:
        return f"expired {format_duration(now - end)} ago"
    if now < begin:
        return f"not valid before {begin:%F %T} UTC"
    return None


def _names_differ(installed: Installed, wanted: DesiredCertificate, now: datetime) -> str | None:
    words = wanted.identity.differences(identity_of(installed.certificate))
    return "names differ: " + ", ".join(words) if words else None


def _key_type_differs(installed: Installed, wanted: DesiredCertificate, now: datetime) -> str | None:
    found = describe_public_key(installed.certificate.public_key())
    return None if found == wanted.key_type.name else f"key type is {found}, to be {wanted.key_type.name}"


def _usages_differ(installed: Installed, wanted: DesiredCertificate, now: datetime) -> str | None:
    words = wanted.profile.differences(installed.certificate)
    return f"not fit for profile {wanted.profile.name}: " + ", ".join(words) if words else None


def _chain_differs(installed: Installed, wanted: DesiredCertificate, now: datetime) -> str | None:
    return None if installed.above == wanted.presented else "the chain behind the certificate is not the issuer's"


def _longer_than_allowed(installed: Installed, wanted: DesiredCertificate, now: datetime) -> str | None:
    """A shorter valid_for takes hold at once; a longer one with the next renewal.

    Clocks of controllers differ: what another one has just issued is not to be issued again.
    """
    left = installed.certificate.not_valid_after_utc - now
    if left <= wanted.valid_for + BACKDATED:
        return None
    return f"valid for another {format_duration(left)}, longer than the {format_duration(wanted.valid_for)} allowed"


def _renewal_due(installed: Installed, wanted: DesiredCertificate, now: datetime) -> str | None:
    """Due, unless a new certificate could end no later: a certificate that ends with its issuer is as long as it gets."""
    end = installed.certificate.not_valid_after_utc
    if end - now > wanted.renew_before or lifetime(now, wanted.valid_for, wanted.issuer).not_after <= end:
        return None
    return (
        f"renewal due: {format_duration(end - now)} left, renewed {format_duration(wanted.renew_before)} before the end"
    )


_CHECKS: tuple[_Check, ...] = (
    _pair_is_broken,
    _issued_by_another,
    _outside_its_lifetime,
    _names_differ,
    _key_type_differs,
    _usages_differ,
    _chain_differs,
    _longer_than_allowed,
    _renewal_due,
)
