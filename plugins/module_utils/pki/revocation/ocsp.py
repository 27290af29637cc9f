# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OCSP responses that are signed beforehand (RFC 6960, RFC 9919), and the list that a live responder answers by.

A responder certificate is made for each set of responses, and its key is forgotten as soon as they are signed: none is kept.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ...serial_numbers import serial_digits
from ..authority.authority import Authority
from ..register import Register
from ..store.revocation_record import Revocation, reason_flag
from ..x509.certificates import BACKDATED, build_device_certificate, lifetime
from ..x509.identity import Identity
from ..x509.keys import key_type_named, signature_hash
from ..x509.profiles import profile_named
from .stand_in import stand_in
from .validity import Freshness

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
    from cryptography.x509 import ocsp
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Responder", "Status", "index_text", "request_path", "revocation_flag", "statuses"]

# What `openssl ca` calls the reasons; it knows no name for the others (apps/ca.c)
_INDEX_REASONS = {
    "key_compromise": "keyCompromise",
    "ca_compromise": "CACompromise",
    "affiliation_changed": "affiliationChanged",
    "superseded": "superseded",
    "cessation_of_operation": "cessationOfOperation",
}
_UTC_TIME_ENDS = 2050


@dataclass(frozen=True)
class Status:
    """What is to be said about a certificate.

    :ivar revocation: None where it is good
    """

    certificate: x509.Certificate
    revocation: Revocation | None


def statuses(register: Register, authority: Authority, now: datetime) -> list[Status]:
    """Every certificate of this authority that has not expired yet, by serial number.

    One that was revoked is among them whether or not its certificate is on record.

    :raises SiptlsError: a record cannot be read, or that of a revocation is missing
    """
    revoked = {revocation.serial: revocation for revocation in register.revocations(authority.name)}
    found = {
        record.certificate.serial_number: record.certificate
        for record in register.all_records()
        if record.authority == authority.name
    }
    found |= {serial: stand_in(authority, revocation) for serial, revocation in revoked.items() if serial not in found}
    return [
        Status(certificate, revoked.get(serial))
        for serial, certificate in sorted(found.items())
        if certificate.not_valid_after_utc > now
    ]


def request_path(certificate: x509.Certificate, issuer: x509.Certificate, algorithm: hashes.HashAlgorithm) -> str:
    """What a client that asks by GET appends to the address of the responder, before its URL encoding.

    RFC 6960, appendix A.1: the base64 text of the DER request. One without a nonce is the same from every client.
    """
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, algorithm).build()
    return base64.b64encode(request.public_bytes(serialization.Encoding.DER)).decode()


@dataclass(frozen=True)
class Responder:
    """A delegated responder (RFC 6960, section 4.2.2.2) for one set of responses."""

    authority: Authority
    certificate: x509.Certificate
    key: CertificateIssuerPrivateKeyTypes
    wanted: Freshness
    now: datetime

    @classmethod
    def made(
        cls, authority: Authority, signing_key: CertificateIssuerPrivateKeyTypes, wanted: Freshness, now: datetime
    ) -> Responder:
        """A new one, certified for as long as its responses hold.

        :raises SiptlsError: the authority's certificate is not valid at ``now``
        """
        key = key_type_named("ecdsa-p256").generate()
        certificate = build_device_certificate(
            identity=Identity(f"{authority.name} OCSP responder"[:64]),
            profile=profile_named("ocsp_responder"),
            public_key=key.public_key(),
            issuer=authority.certificate,
            signing_key=signing_key,
            valid=lifetime(now, wanted.valid_for + BACKDATED, authority.certificate),
            publication=authority.publication,
        )
        return cls(authority, certificate, key, wanted, now)

    def responses(self, known: Iterable[Status]) -> Iterator[tuple[str, bytes]]:
        """For each certificate and each kind of CertID that clients use: the path of the request, and the response in DER."""
        for status in known:
            for algorithm in (hashes.SHA1(), hashes.SHA256()):  # noqa: S303 -- what most clients name a certificate by
                path = request_path(status.certificate, self.authority.certificate, algorithm)
                yield path, self._response(status, algorithm).public_bytes(serialization.Encoding.DER)

    def _response(self, status: Status, algorithm: hashes.HashAlgorithm) -> ocsp.OCSPResponse:
        revocation = status.revocation
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=status.certificate,
                issuer=self.authority.certificate,
                algorithm=algorithm,
                cert_status=ocsp.OCSPCertStatus.REVOKED if revocation else ocsp.OCSPCertStatus.GOOD,
                this_update=self.now.replace(microsecond=0) - BACKDATED,
                next_update=self.wanted.next_update(self.now, self.authority.certificate),
                revocation_time=revocation.revoked if revocation else None,
                revocation_reason=revocation_flag(revocation),
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, self.certificate)
            .certificates([self.certificate])
        )
        return builder.sign(self.key, signature_hash(self.key))


def revocation_flag(revocation: Revocation | None) -> x509.ReasonFlags | None:
    """The reason as a response tells it; None where it tells none."""
    if revocation is None or revocation.reason == "unspecified":
        return None
    return reason_flag(revocation.reason)


def index_text(known: Iterable[Status]) -> str:
    """The file that ``openssl ocsp -index`` answers by (openssl-ca(1), "FILES").

    A certificate that is not in it is one that this authority never issued: unknown.
    """
    return "".join(_index_line(status) for status in known)


def _index_line(status: Status) -> str:
    certificate, revocation = status.certificate, status.revocation
    revoked = ""
    if revocation:
        reason = _INDEX_REASONS.get(revocation.reason)
        revoked = _asn1_time(revocation.revoked) + (f",{reason}" if reason else "")
    fields = (
        "R" if revocation else "V",
        _asn1_time(certificate.not_valid_after_utc),
        revoked,
        serial_digits(certificate.serial_number).upper(),
        "unknown",
        "/CN=" + serial_digits(certificate.serial_number),
    )
    return "\t".join(fields) + "\n"


def _asn1_time(time: datetime) -> str:
    """UTCTime up to 2049, then GeneralizedTime (RFC 5280, section 4.1.2.5)."""
    return f"{time:%y%m%d%H%M%SZ}" if time.year < _UTC_TIME_ENDS else f"{time:%Y%m%d%H%M%SZ}"
