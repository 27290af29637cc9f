# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A revocation: which certificate, why, and since when. On record it is a few lines of text that are never changed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from ...errors import SiptlsError
from ...serial_numbers import serial_digits
from ...timestamps import read_time, write_time
from ..text.lines import read_lines, write_lines
from .certificate_record import Record

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass
else:
    _FLAGS = {
        "unspecified": x509.ReasonFlags.unspecified,
        "key_compromise": x509.ReasonFlags.key_compromise,
        "ca_compromise": x509.ReasonFlags.ca_compromise,
        "affiliation_changed": x509.ReasonFlags.affiliation_changed,
        "superseded": x509.ReasonFlags.superseded,
        "cessation_of_operation": x509.ReasonFlags.cessation_of_operation,
        "privilege_withdrawn": x509.ReasonFlags.privilege_withdrawn,
    }

__all__ = ["REASONS", "Revocation", "barring", "parse_serial", "reason_flag", "revocable"]

_SERIAL = re.compile(r"[0-9A-Fa-f]{1,40}")

#: Why a certificate is revoked (RFC 5280, section 5.3.1). No certificate_hold: what is revoked here stays revoked.
REASONS = (
    "unspecified",
    "key_compromise",
    "ca_compromise",
    "affiliation_changed",
    "superseded",
    "cessation_of_operation",
    "privilege_withdrawn",
)


@dataclass(frozen=True)
class Revocation:
    """That a certificate counts no more.

    :ivar device: whose certificate it was; empty for one that is not on record here
    :ivar reason: one of :data:`REASONS`
    :ivar revoked: since when, UTC, whole seconds
    :ivar not_after: when the certificate ends by itself, UTC; None where that is not known
    """

    device: str
    serial: int
    reason: str
    revoked: datetime
    not_after: datetime | None = None

    def render(self) -> bytes:
        """The lines that record it."""
        lines = {
            "device": self.device,
            "serial": serial_digits(self.serial),
            "reason": self.reason,
            "revoked": write_time(self.revoked),
        }
        if self.not_after:
            lines["not after"] = write_time(self.not_after)
        return write_lines(lines)

    @classmethod
    def parse(cls, text: bytes, *, where: str) -> Revocation:
        """The revocation that these lines record.

        :raises SiptlsError: they record none
        """
        lines = read_lines(text)
        found = None
        with suppress(KeyError, ValueError):
            found = cls(
                device=lines["device"],
                serial=_serial(lines["serial"]),
                reason=lines["reason"],
                revoked=read_time(lines["revoked"]),
                not_after=read_time(lines["not after"]) if "not after" in lines else None,
            )
        if found is None or found.reason not in REASONS:
            raise SiptlsError(
                "this is no record of a revocation",
                where=where,
                expected="the lines device, serial, reason and revoked, as siptls.vos.certificate_revocation wrote them",
                remedy="restore the file from git; without it no revocation list is made, since one would be missing in it",
            )
        return found


def _serial(digits: str) -> int:
    if not _SERIAL.fullmatch(digits):
        raise ValueError(digits)
    return int(digits, 16)


def reason_flag(reason: str) -> x509.ReasonFlags:
    """The reason as cryptography has it."""
    return _FLAGS[reason]


def barring(
    records: Iterable[Record],
    revocations: Iterable[Revocation],
    *,
    in_use: x509.Certificate | None = None,
    now: datetime | None = None,
) -> Revocation | None:
    """What keeps a device from getting another certificate: that the newest one it got was revoked. None if nothing does.

    A device that holds another one of its certificates, which neither was revoked nor has expired, is admitted everywhere: what was
    revoked then is one that it does not use, such as one whose delivery was interrupted, and that bars nobody.

    :param records: of this device, oldest first
    :param revocations: of the authority that is to issue, at least those of the newest and of the one in use
    :param in_use: the certificate that the device has with its key; None for none
    :param now: has to be given with ``in_use``
    """
    recorded = list(records)
    by_serial = {revocation.serial: revocation for revocation in revocations}
    barred = by_serial.get(recorded[-1].certificate.serial_number) if recorded else None
    if barred and in_use is not None and now is not None:
        is_own = any(record.certificate == in_use and not record.problem for record in recorded)
        valid = in_use.not_valid_before_utc <= now < in_use.not_valid_after_utc
        if is_own and valid and in_use.serial_number not in by_serial:
            return None
    return barred


def revocable(records: Iterable[Record], authority: str, now: datetime) -> tuple[Record, ...]:
    """The certificates of ``authority`` among these that have not ended by themselves."""
    return tuple(
        record for record in records if record.authority == authority and record.certificate.not_valid_after_utc > now
    )


def parse_serial(text: str) -> int:
    """A serial number as openssl prints it: hexadecimal digits, with or without colons.

    :raises SiptlsError: it is none
    """
    digits = text.strip().removeprefix("serial=").replace(":", "")
    if not _SERIAL.fullmatch(digits):
        raise SiptlsError(
            "serial_number is no serial number",
            expected="1 to 40 hexadecimal digits, with or without colons (RFC 5280, section 4.1.2.2)",
            found=repr(text),
        )
    return int(digits, 16)
