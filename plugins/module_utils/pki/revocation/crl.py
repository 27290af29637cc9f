# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Revocation lists by RFC 5280, section 5: when a new one is due, and what is in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ...serial_numbers import serial_digits
from ..authority.authority import Authority
from ..store.crl_files import RevocationList
from ..store.revocation_record import Revocation, reason_flag
from ..x509.certificates import BACKDATED, authority_key, check_valid_now
from ..x509.keys import signature_hash
from .validity import Freshness

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["RevocationList", "build_list", "reason_for_list"]


def reason_for_list(
    current: RevocationList | None,
    authority: Authority,
    revocations: Iterable[Revocation],
    wanted: Freshness,
    now: datetime,
) -> str | None:
    """Why a new list is to be made, in words; None where the current one will do."""
    if current is None:
        return "no revocation list yet"
    missing = [
        f"{serial_digits(item.serial)} ({item.device or 'unknown device'}, {item.reason})"
        for item in revocations
        if item.serial not in current.serials
    ]
    if missing:
        return "revoked since the last list: " + ", ".join(missing)
    return wanted.reason_to_renew(current.next_update, now, authority.certificate)


def build_list(
    authority: Authority,
    signing_key: CertificateIssuerPrivateKeyTypes,
    revocations: Iterable[Revocation],
    number: int,
    wanted: Freshness,
    now: datetime,
) -> x509.CertificateRevocationList:
    """A complete list, version 2, with the authority key identifier and a number."""
    check_valid_now(authority.certificate, now)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(max(now.replace(microsecond=0) - BACKDATED, authority.certificate.not_valid_before_utc))
        .next_update(wanted.next_update(now, authority.certificate))
        .add_extension(authority_key(authority.certificate), critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    for revocation in revocations:
        builder = builder.add_revoked_certificate(_entry(revocation))
    return builder.sign(signing_key, signature_hash(signing_key))


def _entry(revocation: Revocation) -> x509.RevokedCertificate:
    """RFC 5280, section 5.3.1: an unspecified reason is left out."""
    builder = x509.RevokedCertificateBuilder(revocation.serial, revocation.revoked)
    if revocation.reason != "unspecified":
        builder = builder.add_extension(x509.CRLReason(reason_flag(revocation.reason)), critical=False)
    return builder.build()
