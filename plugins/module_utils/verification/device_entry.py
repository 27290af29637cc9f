# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All checks of one device, and what the document says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..findings import Finding
from ..fleet.checks import Check, complete, worst
from ..fleet.device import Anchor, Certificate, DeviceEntry, Identity, PostQuantum, SecondCertificate, Tls
from ..fleet.reading import read
from ..pki.survey.status import days_left
from ..pki.survey.survey import RecordedCertificate
from ..pki.x509.certificates import fingerprint, serial_hex
from ..pki.x509.identity import identity_of
from ..pki.x509.keys import describe_public_key
from ..probe.result import ProbeResult
from ..tls.readiness import readiness
from .certificates import certificate_checks
from .configuration import configuration_check, drift_of, media_of
from .lists import WantedList, list_check, serials_in
from .registration import CertificateHolder, Registered, registered_devices_check, registration_of
from .second_certificate import Second, checks_of_second, second_check
from .service import accelerated, accelerated_check, clock_check, connections_check, served_check, tls_check
from .settings import Observed, OwnConnection, VerificationTarget

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Told", "entry_of"]

#: RFC 8017, RFC 5758, RFC 8410, RFC 9881; by openssl's names
_SIGNATURES = {
    "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
    "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
    "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
    "1.2.840.113549.1.1.10": "rsassaPss",
    "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
    "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
    "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
    "1.3.101.112": "ED25519",
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}


@dataclass(frozen=True)
class Told:
    """What others say of the device.

    :ivar found: how the PKI directory sees its certificate; None where it cannot be read
    :ivar second: a second certificate of a softswitch; None where it is to have none
    :ivar holder_of: who got the certificate with a serial number
    :ivar lists: the revocation lists that a softswitch is to have
    :ivar configuration: what siptls.vos.device_files returned in check mode
    :ivar call: what siptls.vos.srtp_probe returned
    :ivar srtp: as the inventory has it
    :ivar lacks: what a rotation would refuse the device for
    """

    found: RecordedCertificate | None
    holder_of: Callable[[str], CertificateHolder | None]
    second: Second | None = None
    lists: Sequence[WantedList] = ()
    configuration: Mapping[str, Any] | None = None
    call: Mapping[str, Any] | None = None
    srtp: Mapping[str, Any] | None = None
    softswitch: str = ""
    verify_mode: str = ""
    lacks: tuple[Finding, ...] = ()


def entry_of(wanted: VerificationTarget, seen: Observed, probed: OwnConnection, told: Told) -> DeviceEntry:
    """The device, with every check."""
    registered = _registered(wanted, seen, probed, told)
    media, srtp = media_of(told.srtp, told.call)
    revoked = serials_in(seen)
    of_second = checks_of_second(told.second, revoked) if told.second else ()
    checks = complete(
        [
            Check("reachable", "ok"),
            *certificate_checks(wanted, seen, told.found, revoked, told.lacks),
            clock_check(wanted, seen),
            list_check(wanted, seen, told.lists),
            served_check(wanted, seen, probed),
            connections_check(wanted, seen),
            second_check(of_second),
            tls_check(wanted, probed),
            registered.check,
            configuration_check(told.configuration),
            media,
            accelerated_check(seen),
        ]
    )
    certificate = _certificate(seen.leaf, told.found, seen.now) if seen.leaf else None
    is_gateway = wanted.kind == "gateway"
    return DeviceEntry(
        device=wanted.device,
        kind=wanted.kind,
        softswitch=(told.softswitch or None) if is_gateway else None,
        state=worst(checks),
        verified=seen.now.replace(microsecond=0),
        aor=wanted.aor or None,
        identity=Identity(wanted.identity.common_name, wanted.identity.sip_uris, wanted.identity.dns),
        certificate=certificate,
        second_certificate=_second_certificate(told.second),
        anchors=tuple(
            Anchor(one.subject.rfc4514_string(), one.not_valid_after_utc, fingerprint(one)) for one in seen.bundle
        ),
        tls=_tls(probed.result),
        srtp=srtp,
        registered=registered.registered if is_gateway else None,
        registration=registered.registration if is_gateway else None,
        registrations=None if is_gateway or probed.registrations is None else len(probed.registrations),
        last_rotation=certificate.issued if certificate else None,
        clock_ahead=seen.ahead,
        openssl=seen.openssl or None,
        aes=accelerated(seen),
        post_quantum=_post_quantum(seen, probed.result, certificate),
        verify_mode=None if is_gateway else (told.verify_mode or None),
        checks=checks,
        drift=(*drift_of(checks), *drift_of(of_second, of="second_certificate: ")),
    )


def _registered(wanted: VerificationTarget, seen: Observed, probed: OwnConnection, told: Told) -> Registered:
    if wanted.kind == "softswitch":
        return Registered(registered_devices_check(probed.registrations, told.holder_of), None)
    return registration_of(wanted, seen, probed)


def _second_certificate(second: Second | None) -> SecondCertificate | None:
    if second is None or second.seen.leaf is None:
        return None
    certificate = _certificate(second.seen.leaf, second.found, second.seen.now)
    return SecondCertificate(**vars(certificate), name=second.wanted.device)


def _certificate(one: x509.Certificate, found: RecordedCertificate | None, now: datetime) -> Certificate:
    identity = identity_of(one)
    on_record = found is not None and found.path is not None and found.record is not None
    algorithm = one.signature_algorithm_oid.dotted_string
    return Certificate(
        serial_number=serial_hex(one),
        subject=one.subject.rfc4514_string(),
        issuer=one.issuer.rfc4514_string(),
        names=(*(f"URI:{uri}" for uri in identity.sip_uris), *(f"DNS:{name}" for name in identity.dns)),
        key_type=describe_public_key(one.public_key()),
        signature_algorithm=_SIGNATURES.get(algorithm, algorithm),
        not_before=one.not_valid_before_utc,
        not_after=one.not_valid_after_utc,
        days_left=days_left(one.not_valid_after_utc, now),
        fingerprint_sha256=fingerprint(one),
        authority=found.authority if found else "",
        issued=found.record.issued if on_record and found and found.record else None,
    )


def _tls(result: ProbeResult | None) -> Tls | None:
    if result is None or result.protocol is None:
        return None
    return Tls(result.protocol, result.seen.suite, result.seen.group, result.hello_octets, result.milliseconds)


def _post_quantum(seen: Observed, result: ProbeResult | None, certificate: Certificate | None) -> PostQuantum:
    found = readiness(
        protocol=result.protocol if result else None,
        group=result.seen.group if result else None,
        offered_groups=result.offered_groups if result else (),
        client_hello_octets=result.hello_octets if result else None,
        openssl=seen.openssl or None,
        key_type=certificate.key_type if certificate else None,
    )
    return read(PostQuantum, found, where="readiness")
