# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether responses that were signed beforehand are those that this CA would sign now: each is verified, and nothing else believed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ..authority.authority import Authority
from ..x509.certificates import is_issued_by, serial_hex
from .ocsp import Status, request_path, revocation_flag
from .ocsp_archive import file_names

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509 import ocsp
    from cryptography.x509.oid import ExtendedKeyUsageOID
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Responses"]


class Responses:
    """Responses of one CA that are to be checked.

    :param is_recorded: whether the PKI directory has recorded this certificate of a responder
    """

    def __init__(self, authority: Authority, is_recorded: Callable[[x509.Certificate], bool], now: datetime) -> None:
        self._authority, self._is_recorded, self._now = authority, is_recorded, now
        self._responders: dict[bytes, str] = {}

    def fault(self, files: Mapping[str, bytes], known: Iterable[Status], next_update: datetime) -> str:
        """Why these are not the responses about ``known``, in words; empty where they are.

        :param files: the responses in DER, by their names in the archive
        :param next_update: until when they are said to hold, UTC
        """
        left = dict(files)
        for status in known:
            for algorithm in (hashes.SHA1(), hashes.SHA256()):  # noqa: S303 -- what most clients name a certificate by
                name = file_names(request_path(status.certificate, self._authority.certificate, algorithm))
                text = left.pop(name, None)
                fault = "it is missing" if text is None else self._fault_of(text, status, algorithm, next_update)
                if fault:
                    return f"the response for certificate {serial_hex(status.certificate)}: {fault}"
        return f"there are {len(left)} files that answer no request" if left else ""

    def _fault_of(self, text: bytes, status: Status, algorithm: hashes.HashAlgorithm, next_update: datetime) -> str:
        try:
            response = ocsp.load_der_ocsp_response(text)
            return (
                _differs(response, status, algorithm)
                or self._outside_its_time(response, next_update)
                or self._not_signed(response)
            )
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            return f"it cannot be read ({error})"

    def _outside_its_time(self, response: ocsp.OCSPResponse, next_update: datetime) -> str:
        begin, end = _utc(response, "this_update"), _utc(response, "next_update")
        if end is None or end != next_update:
            return f"it holds until {end}, and is said to hold until {next_update:%F %T}"
        return "its time has not come" if begin is None or begin > self._now else ""

    def _not_signed(self, response: ocsp.OCSPResponse) -> str:
        """RFC 6960, section 4.2.2.2: by a responder whom the CA itself has certified for that."""
        if len(response.certificates) != 1:
            return "it names no responder"
        (responder,) = response.certificates
        digits = responder.fingerprint(hashes.SHA256())
        if digits not in self._responders:
            self._responders[digits] = self._responder_fault(responder)
        if self._responders[digits]:
            return self._responders[digits]
        key, used = responder.public_key(), response.signature_hash_algorithm
        if not isinstance(key, ec.EllipticCurvePublicKey) or used is None:
            return "it is signed by another kind of key than responders have"
        try:
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(used))
        except InvalidSignature:
            return "its signature does not verify"
        return ""

    def _responder_fault(self, responder: x509.Certificate) -> str:
        if not is_issued_by(responder, self._authority.certificate):
            return "its responder was not certified by this CA"
        try:
            usages = list(responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        except x509.ExtensionNotFound:
            usages = []
        if ExtendedKeyUsageOID.OCSP_SIGNING not in usages:
            return "its responder was not certified to sign OCSP responses"
        if not responder.not_valid_before_utc <= self._now < responder.not_valid_after_utc:
            return "the certificate of its responder is not valid now"
        return "" if self._is_recorded(responder) else "its responder is not recorded in the PKI directory"


def _differs(response: ocsp.OCSPResponse, status: Status, algorithm: hashes.HashAlgorithm) -> str:
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return "it is no answer"
    if response.serial_number != status.certificate.serial_number or response.hash_algorithm.name != algorithm.name:
        return "it is about another certificate"
    revocation = status.revocation
    wanted = ocsp.OCSPCertStatus.REVOKED if revocation else ocsp.OCSPCertStatus.GOOD
    if response.certificate_status is not wanted:
        return f"it says {response.certificate_status.name.lower()}, and the PKI directory {wanted.name.lower()}"
    if revocation and (
        _utc(response, "revocation_time") != revocation.revoked
        or response.revocation_reason != revocation_flag(revocation)
    ):
        return "it tells another time or reason of the revocation"
    return ""


def _utc(response: ocsp.OCSPResponse, name: str) -> datetime | None:
    """The time of this name; cryptography before 43 has them without a time zone."""
    found: Any = getattr(response, f"{name}_utc", None)
    if found is None:
        found = getattr(response, name)
        found = found.replace(tzinfo=UTC) if found else None
    return found  # type: ignore[no-any-return]  # see above
