# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is registered, and whether with the certificate that says so: the identity of each registration, and not of the first only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..findings import Finding, State
from ..fleet import device as fleet
from ..fleet.checks import Check
from ..pki.x509.certificates import serial_hex
from ..probe.result import Registering
from ..sip.aor import AorIndex, find_aor, known_aors, normal_aor
from ..sip.registrations import Registration
from .settings import Observed, OwnConnection, VerificationTarget

__all__ = ["CertificateHolder", "Registered", "registered_devices_check", "registration_of"]

_SHOWN = 20
_REFUSED = 403
_DIAGNOSE = "see in the log of the softswitch what it has against the gateway; siptls.vos.sip_probe names the cause"
_STOLEN = (
    "end that registration at the softswitch, revoke the certificate (siptls.vos.revoke), and find out who uses it"
)


@dataclass(frozen=True)
class Registered:
    """What is known of a gateway's registration.

    :ivar registered: None where nobody knows
    """

    check: Check
    registered: bool | None
    registration: fleet.Registration | None = None


@dataclass(frozen=True)
class CertificateHolder:
    """Who got a certificate, by the PKI directory.

    :ivar aors: the SIP users that it names, ``sip:user@domain``
    :ivar revoked: since when, in words; empty where it is not
    """

    device: str
    aors: tuple[str, ...]
    revoked: str = ""


def registration_of(wanted: VerificationTarget, seen: Observed, probed: OwnConnection) -> Registered:
    """Whether a gateway is registered with this very certificate, by the softswitch; and whether it would be taken again."""
    if probed.registrations is None:
        return _by_answer(probed.registering)
    aor = find_aor(normal_aor(wanted.aor), (one.aor for one in probed.registrations))
    own = [one for one in probed.registrations if one.aor == aor]
    serial = serial_hex(seen.leaf) if seen.leaf else ""
    abused = [one.aor for one in probed.registrations if serial and one.serial == serial and one.aor != aor]
    findings = [
        Finding(f"the certificate of this device is used to register {other}", (f"certificate {serial}",), _STOLEN)
        for other in abused
    ]
    if not own:
        findings.append(Finding(f"{wanted.aor} is not registered", _answered(probed.registering), _DIAGNOSE))
        return Registered(Check.by_all("registration", "failed", findings), False)
    best = next((one for one in own if one.serial == serial), own[0])
    told = fleet.Registration(best.serial, best.seconds)
    others = [one.serial for one in own if one.serial and one.serial != serial]
    if others and serial:
        cause = f"{wanted.aor} is registered with certificate {', '.join(others)}, on the device is {serial}"
        remedy = (
            "have the gateway load its certificate (siptls.vos.site for this device with -e gateway_reload_now=true); if it has, somebody "
            "else is registered in its name"
        )
        findings.append(Finding(cause, remedy=remedy))
    findings += _refused(wanted, probed.registering)
    if findings:
        return Registered(Check.by_all("registration", "failed", findings), True, told)
    if not serial or not best.serial:
        why = (
            "the softswitch does not tell with which certificate"
            if serial
            else "the certificate on the device cannot be read"
        )
        return Registered(Check.because("registration", "unknown", f"{wanted.aor} is registered; {why}"), True, told)
    return Registered(Check("registration", "ok", besides=(f"with certificate {best.serial}",)), True, told)


def _by_answer(register: Registering) -> Registered:
    """What the registrar itself says to a REGISTER that only asks: that somebody is there, and not with which certificate."""
    cause = "the softswitch does not tell who is registered (vos_registrations_command)"
    bindings = register.bindings
    if register.status == _REFUSED:
        answer = f"the softswitch refuses its REGISTER: {register.reason}"
        return Registered(Check.because("registration", "failed", answer, (), _DIAGNOSE), None)
    if register.step.state is State.OK and not bindings:
        return Registered(
            Check.because("registration", "failed", "the registrar has no Contact of it", (), _DIAGNOSE), False
        )
    if bindings:
        return Registered(
            Check.because("registration", "unknown", cause, (f"the registrar has {len(bindings)} Contact of it",)), True
        )
    return Registered(Check.because("registration", "unknown", cause, _answered(register)), None)


def _refused(wanted: VerificationTarget, register: Registering) -> list[Finding]:
    """403 is about the identity; other answers may be about the question."""
    if register.status != _REFUSED:
        return []
    return [Finding(f"the softswitch refuses a REGISTER of {wanted.aor} now: {register.reason}", (), _DIAGNOSE)]


def _answered(register: Registering) -> tuple[str, ...]:
    return (f"REGISTER was answered with {register.reason}",) if register.reason else ()


def registered_devices_check(
    registrations: Sequence[Registration] | None, holder_of: Callable[[str], CertificateHolder | None]
) -> Check:
    """At a softswitch: every registration was made with a certificate of ours that names it.

    :param holder_of: who got the certificate with this serial number; None where it is not on record
    """
    if registrations is None:
        cause = "the softswitch does not tell who is registered"
        return Check.because("registration", "unknown", cause, remedy="set vos_registrations_command")
    present = AorIndex(one.aor for one in registrations)
    findings = [finding for one in registrations if (finding := _misuse(one, present, holder_of))]
    unproven = [one.aor for one in registrations if not one.serial]
    evidence = (f"{len(registrations)} registered",)
    if len(findings) > _SHOWN:
        findings = [*findings[:_SHOWN], Finding(f"and {len(findings) - _SHOWN} more")]
    if findings:
        return Check.by_all("registration", "failed", findings, besides=evidence)
    if unproven:
        cause = f"of {len(unproven)} registrations nobody knows the certificate"
        return Check.because("registration", "unknown", cause, (*evidence, *unproven[:_SHOWN]))
    return Check("registration", "ok", besides=evidence)


def _misuse(
    one: Registration, present: AorIndex, holder_of: Callable[[str], CertificateHolder | None]
) -> Finding | None:
    if not one.serial:
        return None
    holder = holder_of(one.serial)
    if holder is None:
        return Finding(f"{one.aor} is registered with certificate {one.serial}, which is not on record", remedy=_STOLEN)
    if not any(present.find(name) == one.aor for name in known_aors(holder.aors)):
        named = ", ".join(holder.aors) or "no SIP user"
        return Finding(
            f"{one.aor} is registered with certificate {one.serial} of {holder.device}, which names {named}",
            remedy=_STOLEN,
        )
    if holder.revoked:
        return Finding(f"{one.aor} is registered with certificate {one.serial}, {holder.revoked}", remedy=_STOLEN)
    return None
