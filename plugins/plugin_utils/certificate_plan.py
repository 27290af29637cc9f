# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done about a device's certificate, why, and how that reads in a diff. No input or output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..module_utils.errors import SiptlsError
from ..module_utils.pki.issuing.renewal import reason_to_issue
from ..module_utils.pki.store.revocation_record import Revocation
from ..module_utils.pki.x509.certificates import (
    describe_certificate,
    fingerprint,
    lifetime,
    read_certificates,
    serial_hex,
)
from ..module_utils.pki.x509.desired import DesiredCertificate
from ..module_utils.serial_numbers import serial_digits
from ..module_utils.timestamps import write_time
from .certificate_place import Generation, InstalledState

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = [
    "CertificatePlan",
    "bundle_diff",
    "certificate_diff",
    "certificate_facts",
    "foretold",
    "generation_before",
    "plan_for",
]


@dataclass(frozen=True)
class CertificatePlan:
    """What is to be done for a device, each part with its reason in words.

    :ivar issue: why a new certificate is needed; None where it is not
    :ivar record: why the certificate in use is to be recorded; None where it is on record
    :ivar trust_bundle: the bundle to publish, PEM; empty where the one that is there will do
    :ivar trust_bundle_reason: why, in words; empty where it need not be told
    :ivar put_right: why owners, modes or links around the certificate are to be put right
    :ivar key_is_burnt: whether the key on the device may not be certified again
    :ivar forced: whether nothing but the operator's wish makes a new certificate needed
    """

    issue: str | None
    record: str | None
    trust_bundle: str
    trust_bundle_reason: str
    put_right: tuple[str, ...]
    key_is_burnt: bool = False
    forced: bool = False

    @property
    def publishes(self) -> bool:
        """Whether something on the device changes though its certificate stays."""
        return bool(self.trust_bundle or self.put_right)

    @property
    def reason(self) -> str:
        """All of it, in words; empty where there is nothing to do."""
        bundle = self.trust_bundle_reason
        return "; ".join(part for part in (self.issue, self.record, bundle, *self.put_right) if part)


def plan_for(
    found: InstalledState,
    wanted: DesiredCertificate,
    *,
    trust_bundle: str,
    recorded: bool,
    now: datetime,
    revoked: Revocation | None = None,
    forced: str = "",
) -> CertificatePlan:
    """What it takes to bring a device from what was found to what is wanted.

    :param trust_bundle: the anchors that the device is to have, PEM
    :param recorded: whether the certificate in use is on record
    :param revoked: the revocation of the certificate in use, or of another one with the same key
    :param forced: that a new certificate is wanted though none is due, in words; empty where it is not
    """
    bundle = "" if found.trust_bundle == trust_bundle else trust_bundle
    bundle_reason = _bundle_reason(found) if bundle else ""
    issue = _why_nothing_is_in_use(found) if found.installed is None else reason_to_issue(found.installed, wanted, now)
    if revoked and found.installed:
        shared = revoked.serial != found.installed.certificate.serial_number
        key = f"its key is that of certificate {serial_digits(revoked.serial)}, " if shared else ""
        issue = f"{key}revoked {revoked.revoked:%F %T} UTC ({revoked.reason})"
    if issue:
        return CertificatePlan(issue, None, bundle, bundle_reason, (), key_is_burnt=revoked is not None)
    if forced:
        return CertificatePlan(forced, None, bundle, bundle_reason, (), forced=True)
    links = () if found.linked else ("the paths of certificate and key do not lead to the generation in use",)
    record = None if recorded else "the certificate in use was not on record"
    return CertificatePlan(None, record, bundle, bundle_reason, (*links, *found.drift))


def _bundle_reason(found: InstalledState) -> str:
    """Nothing at all on a device that has no certificate either: that says it."""
    if found.trust_bundle is not None:
        return "the trust bundle is not the issuer's"
    return "the trust bundle is missing" if found.installed or found.foreign else ""


def _why_nothing_is_in_use(found: InstalledState) -> str:
    if found.generation:
        return "the certificate in use cannot be read"
    if found.foreign:
        return "a certificate of other origin is installed"
    return "no certificate installed"


def generation_before(found: InstalledState, *, where: str) -> Generation | None:
    """The generation to go back to, or None where the device is back at it already.

    :raises SiptlsError: there is no generation before the one in use
    """
    by_name = {generation.name: generation for generation in found.generations}
    in_use = by_name.get(found.generation or "")
    if in_use and in_use.previous in by_name:
        return by_name[in_use.previous]
    if in_use and any(generation.previous == in_use.name for generation in found.generations):
        return None
    raise SiptlsError(
        "there is no generation before the one in use",
        where=where,
        found=", ".join(by_name) or "no generation at all",
        remedy="have a new one issued where that is due: siptls.vos.rotate, or {state} in a task",
        options={"state": "present"},
    )


def foretold(wanted: DesiredCertificate, now: datetime) -> str:
    """What a certificate issued now would say of itself, as far as that is known before."""
    end = lifetime(now, wanted.valid_for, wanted.issuer).not_after
    lines = (
        ("subject", wanted.identity.subject().rfc4514_string()),
        ("names", str(wanted.identity)),
        ("issuer", wanted.issuer.subject.rfc4514_string()),
        ("serial", "a new one"),
        ("key", wanted.key_type.name),
        ("not after", f"{end:%F %T} UTC"),
    )
    return "".join(f"{name}: {value}\n" for name, value in lines)


def certificate_diff(path: str, before: x509.Certificate | None, after: str) -> dict[str, str]:
    """One certificate in the place of another, described.

    :param path: of the certificate file on the device
    """
    return {
        "before": describe_certificate(before) if before else "",
        "after": after,
        "before_header": path,
        "after_header": path,
    }


def bundle_diff(path: str, before: str | None, after: str) -> dict[str, str]:
    """One trust bundle in the place of another, by subject and fingerprint."""
    return {
        "before": _anchors(before or ""),
        "after": _anchors(after),
        "before_header": path,
        "after_header": path,
    }


def _anchors(bundle: str) -> str:
    try:
        certificates = read_certificates(bundle.encode(errors="surrogateescape"), where="")
    except SiptlsError:
        return "no readable certificate\n" if bundle else ""
    return "".join(f"{item.subject.rfc4514_string()} {fingerprint(item)}\n" for item in certificates)


def certificate_facts(certificate: x509.Certificate | None) -> dict[str, Any]:
    """What a task returns of one certificate; nothing of none."""
    if certificate is None:
        return {}
    return {
        "serial_number": serial_hex(certificate),
        "not_after": write_time(certificate.not_valid_after_utc),
    }
