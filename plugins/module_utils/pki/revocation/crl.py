# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Revocation lists by RFC 5280, section 5: when a new one is due, making it, and putting it on record.

The number of a list never goes back: of two runs at once the second waits, and sees what the first has made. It grows with
the clock, so that lists of controllers which do not see each other's directory have different numbers too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ...errors import SiptlsError
from ...serial_numbers import serial_digits
from ..authority.authority import Authority
from ..register import Register
from ..signer import Signer
from ..store.crl_files import HIGHEST_NUMBER, RevocationList
from ..store.revocation_record import Revocation, reason_flag
from ..x509.certificates import BACKDATED, authority_key, check_valid_now
from ..x509.keys import signature_hash
from .validity import Freshness

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["RevocationList", "RevocationLists", "build_list", "reason_for_list"]


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


class RevocationLists:
    """The lists of one authority in a register."""

    def __init__(self, register: Register, authority: Authority) -> None:
        self._register = register
        self._authority = authority

    def current(self) -> RevocationList | None:
        """The list with the highest number; None where there is none.

        :raises SiptlsError: it cannot be read, was not signed by this authority, or has another number than its name
        """
        return self._register.last_crl(self._authority.name)

    def reason(self, read: RevocationList | None, wanted: Freshness, now: datetime) -> str | None:
        """Why a new list is to be made, in words; None where the one that was read will do. Another run may have made one since."""
        revocations = self._register.revocations(self._authority.name)
        return reason_for_list(read, self._authority, revocations, wanted, now)

    def renew(self, signer: Signer, wanted: Freshness, now: datetime) -> RevocationList:
        """The current list, after it was made anew if that was still to be done.

        :param signer: of the authority
        :raises SiptlsError: the authority cannot sign
        """
        # Before anybody waits for it
        signer.unlock()
        with self._register.making_crl(self._authority.name):
            current = self.current()
            revocations = self._register.revocations(self._authority.name)
            if current and reason_for_list(current, self._authority, revocations, wanted, now) is None:
                return current
            number = _next_number(current, self._authority, now)
            made = RevocationList(number, signer.sign_crl(revocations, number, wanted, now))
            self._register.record_crl(self._authority.name, made)
            return made


def _next_number(current: RevocationList | None, authority: Authority, now: datetime) -> int:
    number = max(current.number + 1 if current else 1, int(now.timestamp() * 1000))
    if number > HIGHEST_NUMBER:
        raise SiptlsError(
            "there is no higher CRL number",
            where=f"authority {authority.name}",
            expected=f"at most {HIGHEST_NUMBER}",
            found=str(number),
            remedy="replace this CA by a CA rollover",
        )
    return number
