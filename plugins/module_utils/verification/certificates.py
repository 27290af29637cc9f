# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate of a device, held against its trust bundle, the inventory and the PKI directory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ..durations import format_duration
from ..findings import Finding
from ..fleet.checks import Check
from ..pki.survey.chain import Chain
from ..pki.survey.status import DUE, OK, Above, standing_of
from ..pki.survey.survey import RecordedCertificate
from ..pki.x509.certificates import Lifetime, fingerprint, serial_hex
from ..pki.x509.identity import identity_of
from ..sip.aor import find_aor, known_aors, normal_aor
from ..tls.chains import Path, paths_to_anchors
from .files import files_check, modes_check, pair_check
from .settings import Observed, VerificationTarget

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = [
    "anchors_check",
    "best_path",
    "certificate_checks",
    "chain_check",
    "identity_check",
    "lifetime_check",
    "record_check",
    "revocation_check",
]

_ROTATE = "run siptls.vos.rotate for this device"
_STRANGE = "find out how it came there; then revoke what was stolen (siptls.vos.revoke), and run siptls.vos.site for this device"
_BUNDLE = "run siptls.vos.site for this device, which publishes the trust bundle"


def certificate_checks(
    wanted: VerificationTarget,
    seen: Observed,
    found: RecordedCertificate | None,
    revoked: frozenset[int],
    lacks: tuple[Finding, ...] = (),
) -> tuple[Check, ...]:
    """All that is asked of a certificate and of what belongs to it: its files, its chain, its names, its anchors.

    :param found: how the PKI directory sees it; None where it cannot be read
    :param revoked: the serial numbers in the revocation lists on the device
    :param lacks: what a rotation would refuse the device for
    """
    return (
        files_check(seen),
        modes_check(wanted, seen),
        pair_check(seen),
        chain_check(seen),
        lifetime_check(wanted, seen, lacks),
        revocation_check(found, revoked),
        record_check(wanted, found),
        identity_check(wanted, seen),
        anchors_check(wanted, seen),
    )


def best_path(seen: Observed) -> Path | None:
    """Of the paths from the certificate to an anchor on the device that verify now, or else of all, the one that ends last.

    None where there is no path.
    """
    paths = paths_to_anchors(seen.certificates, seen.bundle, now=seen.now)
    verified = [path for path in paths if not Chain(path.certificates).problem(seen.now)]
    return (verified or paths)[-1] if paths else None


def chain_check(seen: Observed) -> Check:
    """There is a way from the certificate to an anchor on the device that verifies now; the first to end counts of each."""
    if seen.leaf is None:
        return Check.because("chain", "unknown", "the certificate cannot be read")
    if not seen.bundle:
        return Check.because("chain", "unknown", "the trust bundle cannot be read")
    paths = paths_to_anchors(seen.certificates, seen.bundle, now=seen.now)
    told = tuple(_words(path) for path in paths)
    problems = [(path, Chain(path.certificates).problem(seen.now)) for path in paths]
    if any(not problem for _path, problem in problems):
        return Check("chain", "ok", besides=told)
    if problems:
        cause = f"no way to an anchor on the device verifies: {problems[-1][1]}"
        return Check.because("chain", "failed", cause, told, _ROTATE)
    missing = Chain.among(seen.leaf, [*seen.certificates[1:], *seen.bundle], now=seen.now).problem(seen.now)
    return Check.because(
        "chain", "failed", f"the certificate leads to no anchor on the device: {missing}", told, _ROTATE
    )


def _words(path: Path) -> str:
    anchor = path.certificates[-1].subject.rfc4514_string()
    first = path.first_to_end.subject.rfc4514_string()
    return f"to {anchor}: {len(path.certificates)} certificates, ends {path.not_after:%F %T} UTC with {first}"


def lifetime_check(wanted: VerificationTarget, seen: Observed, lacks: tuple[Finding, ...] = ()) -> Check:
    """Time is left: of the certificate, and of those above it on the way that holds longest; and a rotation can renew it.

    :param lacks: what a rotation would refuse the device for
    """
    leaf = seen.leaf
    if leaf is None:
        return Check.because("lifetime", "unknown", "the certificate cannot be read")
    valid = Lifetime(leaf.not_valid_before_utc, leaf.not_valid_after_utc)
    path = best_path(seen)
    above = (
        Above("", min((one.not_valid_after_utc for one in path.certificates[1:]), default=valid.not_after))
        if path
        else None
    )
    standing = standing_of(
        valid, above or Above("", valid.not_after), None, renew_before=wanted.renew_before, now=seen.now
    )
    evidence = (f"valid from {valid.not_before:%F %T} to {valid.not_after:%F %T} UTC",)
    if standing.state == OK and lacks:
        # On the first day rather than when it is due
        return Check.by_all("lifetime", "due", lacks, besides=(*evidence, standing.reason))
    if standing.state == OK:
        return Check("lifetime", "ok", besides=(*evidence, standing.reason))
    if standing.state == DUE and seen.now >= valid.not_before:
        return Check.by_all("lifetime", "due", (Finding(standing.reason, (), _ROTATE), *lacks), besides=evidence)
    return Check.because("lifetime", "failed", standing.reason, evidence, _ROTATE)


def revocation_check(found: RecordedCertificate | None, on_device: frozenset[int]) -> Check:
    """Neither the PKI directory nor the revocation list on the device has it revoked.

    :param on_device: the serial numbers in the list that the device has
    """
    if found is None or found.record is None:
        return Check.because("revocation", "unknown", "the certificate cannot be read")
    certificate = found.record.certificate
    revoked = found.revoked or (found.issuer.above.revoked if found.issuer else None)
    if revoked:
        remedy = "run siptls.vos.revoke, so that the softswitch refuses it; then give the device a new one"
        return Check.because("revocation", "failed", revoked.words, (f"certificate {serial_hex(certificate)}",), remedy)
    if certificate.serial_number in on_device:
        return Check.because(
            "revocation", "failed", "the revocation list on the device has this certificate", (), _ROTATE
        )
    if found.issuer is None:
        return Check.because("revocation", "unknown", found.standing.reason)
    return Check("revocation", "ok", besides=(f"no revocation of {serial_hex(certificate)} on record",))


def record_check(wanted: VerificationTarget, found: RecordedCertificate | None) -> Check:
    """The PKI directory has issued exactly this certificate, to exactly this device."""
    if found is None or found.record is None:
        return Check.because("record", "unknown", "the certificate cannot be read")
    serial = serial_hex(found.record.certificate)
    if found.path is None:
        cause = f"certificate {serial} is not on record: nobody knows who issued it, and to whom"
        return Check.because("record", "failed", cause, (found.standing.reason,), _STRANGE)
    if found.device != wanted.device:
        cause = f"certificate {serial} was issued to {found.device}, and not to this device"
        return Check.because("record", "failed", cause, (str(found.path),), _STRANGE)
    return Check("record", "ok", besides=(f"issued {found.record.issued:%F %T} UTC by {found.authority}",))


def identity_check(wanted: VerificationTarget, seen: Observed) -> Check:
    """The names in the certificate are those of the inventory, and what is registered is one of them."""
    if seen.leaf is None:
        return Check.because("identity", "unknown", "the certificate cannot be read")
    has = identity_of(seen.leaf)
    findings = []
    differences = wanted.identity.differences(has)
    if differences:
        findings.append(
            Finding("the names in the certificate are not those of the inventory", tuple(differences), _ROTATE)
        )
    if wanted.aor and not _names(wanted.aor, has.sip_uris):
        findings.append(
            Finding(
                f"the certificate does not name {wanted.aor}, which the device registers",
                tuple(f"it names {uri}" for uri in has.sip_uris) or ("it names no SIP URI",),
                "correct the inventory, or give the device the certificate of its own identity",
            )
        )
    return Check.by_all("identity", "failed", findings, besides=tuple(f"URI:{uri}" for uri in has.sip_uris))


def _names(aor: str, uris: tuple[str, ...]) -> bool:
    """Hosts compare without regard to case (RFC 3261, section 19.1.4)."""
    return find_aor(normal_aor(aor), known_aors(uris)) is not None


def anchors_check(wanted: VerificationTarget, seen: Observed) -> Check:
    """The device trusts exactly the authorities that it is to trust, and each of them for some time still."""
    if not seen.bundle:
        return Check.because("anchors", "unknown", "the trust bundle cannot be read")
    has, want = set(seen.bundle), set(wanted.anchors)
    findings = [
        *(
            Finding(f"the device does not trust {_named(one)}", remedy=_BUNDLE)
            for one in wanted.anchors
            if one not in has
        ),
        *(
            Finding(f"the device trusts {_named(one)}, and is not to", remedy=_BUNDLE)
            for one in seen.bundle
            if one not in want
        ),
    ]
    findings += list(_ended(seen, timedelta(0), seen.now))
    if findings:
        return Check.by_all("anchors", "failed", findings)
    evidence = tuple(f"{_named(one)} until {one.not_valid_after_utc:%F}" for one in seen.bundle)
    return Check.by_all("anchors", "due", list(_ended(seen, wanted.anchors_renew_before, seen.now)), besides=evidence)


def _ended(seen: Observed, before: timedelta, now: datetime) -> Iterator[Finding]:
    for one in seen.bundle:
        left = one.not_valid_after_utc - now
        if left <= before:
            ends = "expired" if left <= timedelta(0) else f"expires in {format_duration(left)}"
            yield Finding(f"{_named(one)} {ends}", remedy="replace the authority: siptls.vos.rollover")


def _named(one: x509.Certificate) -> str:
    return f"{one.subject.rfc4514_string()} ({fingerprint(one)[:11]})"
