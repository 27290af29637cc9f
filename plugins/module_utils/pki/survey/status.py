# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status of a certificate: decisions without any input or output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ...durations import format_duration
from ..store.revocation_record import Revocation
from ..x509.certificates import Lifetime

__all__ = [
    "DUE",
    "EXPIRED",
    "NOT_ON_RECORD",
    "OK",
    "REVOKED",
    "STATES",
    "UNKNOWN",
    "Above",
    "Revoked",
    "Standing",
    "days_left",
    "standing_of",
    "unknown_issuer",
]

OK, DUE, EXPIRED, REVOKED, UNKNOWN = STATES = ("ok", "due", "expired", "revoked", "unknown")


@dataclass(frozen=True)
class Standing:
    """The status of a certificate.

    :ivar state: one of :data:`STATES`
    :ivar reason: why, in words
    """

    state: str
    reason: str


#: A device that nobody has issued a certificate to.
NOT_ON_RECORD = Standing(UNKNOWN, "no certificate on record")


@dataclass(frozen=True)
class Revoked:
    """That a certificate was revoked.

    :ivar words: since when and why
    :ivar record: None where it cannot be read; that it is there says that the certificate was revoked
    """

    words: str
    record: Revocation | None = None

    @classmethod
    def by(cls, record: Revocation) -> Revoked:
        """As a record says."""
        return cls(f"revoked {record.revoked:%F %T} UTC ({record.reason})", record)

    @classmethod
    def somehow(cls, error: Exception) -> Revoked:
        """By a record that cannot be read."""
        return cls(f"revoked, but the record of that cannot be read: {error}")


@dataclass(frozen=True)
class Above:
    """What counts of the authorities above a certificate.

    :ivar name: of its issuer in the PKI directory; empty where that is not known by name
    :ivar not_after: when the first of them ends, from the issuer to the trust anchor
    :ivar revoked: the first of them that was
    """

    name: str
    not_after: datetime
    revoked: Revoked | None = None


def standing_of(
    valid: Lifetime, above: Above, revoked: Revoked | None, *, renew_before: timedelta, now: datetime
) -> Standing:
    """The status of a certificate whose issuer is known. What cannot be undone comes first.

    :param revoked: the certificate itself
    :param renew_before: how long before its end a certificate is replaced
    """
    if revoked:
        return Standing(REVOKED, revoked.words)
    if above.revoked:
        return Standing(REVOKED, f"{_authority(above)} was {above.revoked.words}")
    left = min(valid.not_after, above.not_after) - now
    if left <= timedelta(0):
        return Standing(EXPIRED, _expired(valid, above, now))
    if now < valid.not_before:
        return Standing(DUE, f"not valid before {valid.not_before:%F %T} UTC")
    if left <= renew_before:
        return Standing(DUE, _due(left, valid, above, renew_before))
    return Standing(OK, f"{format_duration(left)} left")


def unknown_issuer(issuer: str) -> Standing:
    """The status of a certificate that nobody here has issued.

    :param issuer: as the certificate names it
    """
    return Standing(UNKNOWN, f"issued by {issuer or 'somebody without a name'}, which is not in the PKI directory")


def days_left(not_after: datetime, now: datetime) -> int:
    """Whole days until the end, rounded down: 0 on the last day, negative once it is past."""
    return (not_after - now) // timedelta(days=1)


def _authority(above: Above) -> str:
    return f"its authority {above.name}" if above.name else "an authority above it"


def _expired(valid: Lifetime, above: Above, now: datetime) -> str:
    if above.not_after < valid.not_after:
        return f"{_authority(above)} expired {format_duration(now - above.not_after)} ago"
    return f"expired {format_duration(now - valid.not_after)} ago"


def _due(left: timedelta, valid: Lifetime, above: Above, renew_before: timedelta) -> str:
    """A certificate that ends with its authority would get no longer by being made again."""
    words = f"renewal due: {format_duration(left)} left, renewed {format_duration(renew_before)} before the end"
    if above.not_after <= valid.not_after:
        words += f"; it ends with {_authority(above)}, which has to be replaced first"
    return words
