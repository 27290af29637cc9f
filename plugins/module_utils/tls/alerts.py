# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerts of TLS, and what each means to somebody whose gateway does not register (RFC 8446, section 6; RFC 5246, section 7.2)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ALERTS", "CLOSE_NOTIFY", "Alert", "AlertMeaning"]

CLOSE_NOTIFY = 0


@dataclass(frozen=True)
class AlertMeaning:
    """One description of the registry of IANA.

    :ivar name: as in the RFC
    :ivar words: what whoever sent it has against the other end, as a clause
    """

    name: str
    words: str


_UNUSED = "it is not used any more: the sender speaks a TLS from before 2008"

ALERTS: dict[int, AlertMeaning] = {
    number: AlertMeaning(name, words)
    for number, name, words in (
        (CLOSE_NOTIFY, "close_notify", "it ends the connection in good order"),
        (10, "unexpected_message", "a message came that has no place there; a fault of one of the programs"),
        (20, "bad_record_mac", "a record was changed on its way, or the two ends have different keys; a fault of one of the programs"),
        (21, "decryption_failed", _UNUSED),
        (22, "record_overflow", "a record is longer than TLS allows; what sent it may not speak TLS"),
        (30, "decompression_failure", "compressed data cannot be read; nobody should compress"),
        (40, "handshake_failure", "the two ends have no parameters in common: suites, groups, signatures, or a certificate that is needed"),
        (41, "no_certificate", "it asked for a certificate and got none (SSL 3.0)"),
        (42, "bad_certificate", "the certificate is not accepted: not yet valid, a key or hash too weak, a name, or damaged"),
        (43, "unsupported_certificate", "the certificate is of a kind that is not accepted, mostly by its extended key usage"),
        (44, "certificate_revoked", "the certificate was revoked by its authority"),
        (45, "certificate_expired", "the certificate has expired, or the revocation list that it is checked by"),
        (46, "certificate_unknown", "the certificate is not accepted, and it does not say why"),
        (47, "illegal_parameter", "a field in the handshake has a value that is not allowed; a fault of one of the programs"),
        (48, "unknown_ca", "the certificate is of an authority that it does not know, or its chain is not complete"),
        (49, "access_denied", "the certificate is valid, and its holder is not admitted"),
        (50, "decode_error", "a message cannot be read; what sent it may not speak TLS"),
        (51, "decrypt_error", "a signature does not fit: key and certificate are no pair, or somebody else signed it than it says"),
        (60, "export_restriction", _UNUSED),
        (70, "protocol_version", "it takes none of the protocol versions that were offered"),
        (71, "insufficient_security", "it wants stronger suites than were offered"),
        (80, "internal_error", "something failed in the sender itself; its log says what"),
        (86, "inappropriate_fallback", "the client came back with a lower version than both ends can do"),
        (90, "user_canceled", "somebody ended the handshake"),
        (100, "no_renegotiation", "it negotiates only once for each connection"),
        (109, "missing_extension", "the handshake lacks an extension that it needs, mostly groups or signature algorithms"),
        (110, "unsupported_extension", "the handshake holds an extension that nobody offered; a fault of one of the programs"),
        (111, "certificate_unobtainable", "it could not fetch the certificate from the address that was given"),
        (112, "unrecognized_name", "it serves no such name: the name asked for (SNI) is not configured there"),
        (113, "bad_certificate_status_response", "the OCSP response with the certificate is not accepted"),
        (114, "bad_certificate_hash_value", "the certificate is not the one that was announced"),
        (115, "unknown_psk_identity", "it knows no such pre-shared key, or no such session any more"),
        (116, "certificate_required", "it wants a certificate and got none"),
        (117, "general_error", "it gives no reason"),
        (120, "no_application_protocol", "it speaks none of the application protocols that were offered (ALPN)"),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Alert:
    """An alert as it was seen.

    :ivar sent: whether our end sent it
    :ivar fatal: False for a warning
    """

    number: int
    sent: bool
    fatal: bool

    @property
    def name(self) -> str:
        """By the registry; a number where that has none."""
        known = ALERTS.get(self.number)
        return known.name if known else f"alert {self.number}"

    @property
    def words(self) -> str:
        """What the sender means, as a clause."""
        known = ALERTS.get(self.number)
        return known.words if known else "nobody here knows what it means"

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"
