# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A CRL that OpenBao signs: the request for it, and whether what comes back is the CRL that was asked for."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from ...serial_numbers import serial_digits
from ...timestamps import write_moment
from ..store.revocation_record import Revocation, reason_flag
from .issued import CLOCKS

try:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["crl_request", "problem_of_crl"]

_REASON_CODE = "2.5.29.21"


def crl_request(revocations: Sequence[Revocation], number: int, holds: timedelta) -> dict[str, Any]:
    """What sign-revocation-list takes.

    :param holds: from now until the next update
    """
    return {
        "crl_number": number,
        "next_update": f"{round(holds.total_seconds())}s",
        "format": "pem",
        "revoked_certs": [_entry(one) for one in revocations],
    }


def _entry(revocation: Revocation) -> dict[str, Any]:
    """RFC 5280, section 5.3.1: an unspecified reason is left out."""
    digits = serial_digits(revocation.serial)
    entry: dict[str, Any] = {
        "serial_number": ":".join(digits[at : at + 2] for at in range(0, len(digits), 2)),
        "revocation_time": write_moment(revocation.revoked),
    }
    if revocation.reason != "unspecified":
        encoded = x509.CRLReason(reason_flag(revocation.reason)).public_bytes()
        entry["extensions"] = [{"id": _REASON_CODE, "critical": False, "value": base64.b64encode(encoded).decode()}]
    return entry


def problem_of_crl(
    crl: x509.CertificateRevocationList,
    revocations: Sequence[Revocation],
    number: int,
    until: datetime,
    issuer: x509.Certificate,
) -> str:
    """What is otherwise than asked, in words; empty where nothing is.

    :param until: when its next update was to be
    :raises ValueError: it cannot be read
    """
    try:
        is_signed = crl.issuer == issuer.subject and crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # a CA key
        found = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
        entries = {entry.serial_number: (entry.revocation_date_utc, _reason(entry)) for entry in crl}
    except (TypeError, UnsupportedAlgorithm, x509.ExtensionNotFound, x509.DuplicateExtension) as error:
        raise ValueError(str(error)) from None
    if not is_signed:
        return "another CA signed it"
    if found != number:
        return f"its number is {found}, not {number}"
    if entries != {one.serial: (one.revoked, one.reason) for one in revocations}:
        return f"it has {len(entries)} entries, and not those {len(revocations)} that were asked for"
    if crl.next_update_utc is None or abs(crl.next_update_utc - until) > CLOCKS:
        return f"its next update is {crl.next_update_utc}, not {until:%F %T} UTC; compare the clocks of both machines"
    return ""


def _reason(entry: x509.RevokedCertificate) -> str:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.name
    except x509.ExtensionNotFound:
        return "unspecified"
