# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service and the host: the clock, what connections get, and what a connection with the device's own certificate agrees on."""

from __future__ import annotations

from collections.abc import Sequence

from ..clocks import clock_words
from ..findings import Finding, State
from ..fleet.checks import Check, CheckName
from ..fleet.device import Aes
from ..pki.x509.certificates import serial_hex
from ..probe.result import ProbeResult
from ..sip.registrations import Connection
from .settings import Observed, OwnConnection, VerificationTarget

__all__ = ["accelerated", "accelerated_check", "clock_check", "connections_check", "served_check", "tls_check"]

_TURNED_OFF = "no connection is made (probe: false)"
_VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_RELOAD = (
    "reload the service (siptls.vos.site for this device with -e vos_reload_now=true); if that was done, its log says what it has against "
    "the files"
)
_SHOWN = 20


def clock_check(wanted: VerificationTarget, seen: Observed) -> Check:
    """The device's clock says what the controller's says, as nearly as is wanted."""
    if abs(seen.ahead) <= wanted.clock_tolerance:
        return Check("clock", "ok", besides=(f"{seen.ahead} s ahead of the controller's",))
    return Check.because(
        "clock",
        "failed",
        f"the device's clock is {clock_words(seen.ahead)}",
        (f"at most {wanted.clock_tolerance} s are wanted",),
        "set the device's clock, by NTP if possible; certificates will seem expired or not yet valid",
    )


def tls_check(wanted: VerificationTarget, probed: OwnConnection) -> Check:
    """A connection with the device's own certificate is accepted by both ends, and agrees on what is wanted."""
    result = probed.result
    if result is None:
        return _not_probed("tls", probed)
    evidence = tuple(one for one in (result.protocol, result.seen.suite, result.seen.group) if one)
    if result.tls.state is not State.OK:
        return Check.by_all("tls", result.tls.state.value, _causes(result), besides=evidence)
    return Check.by_all("tls", "failed", list(_below(wanted, result)), besides=evidence)


def _not_probed(check: CheckName, probed: OwnConnection) -> Check:
    if probed.problem:
        return Check.because(check, "unknown", probed.problem)
    return Check.because(check, "not_applicable", _TURNED_OFF)


def _causes(result: ProbeResult) -> Sequence[Finding]:
    return result.tls.findings or [Finding("what became of the connection cannot be told")]


def _below(wanted: VerificationTarget, result: ProbeResult) -> Sequence[Finding]:
    protocol, group = result.protocol, result.seen.group
    findings = []
    if protocol in _VERSIONS and _VERSIONS.index(protocol) < _VERSIONS.index(wanted.min_version):
        findings.append(
            Finding(
                f"{protocol} was agreed on, {wanted.min_version} is the least wanted", remedy="see to vos_min_version"
            )
        )
    if wanted.groups and group is not None and group not in wanted.groups:
        findings.append(
            Finding(
                f"the key exchange is {group}, wanted is one of {', '.join(wanted.groups)}", remedy="see to vos_groups"
            )
        )
    return findings


def served_check(wanted: VerificationTarget, seen: Observed, probed: OwnConnection) -> Check:
    """A new connection to the softswitch gets the certificate that is on its disk."""
    if wanted.kind == "gateway":
        return Check.because("served", "not_applicable", "a gateway serves nobody")
    if seen.leaf is None:
        return Check.because("served", "unknown", "the certificate on disk cannot be read")
    result = probed.result
    if result is None:
        return _not_probed("served", probed)
    if not result.served:
        first = _causes(result)[0]
        return Check.because(
            "served", "failed", f"a new connection gets no certificate: {first.cause}", first.evidence, _RELOAD
        )
    disk, served, connect = serial_hex(seen.leaf), serial_hex(result.served[0]), result.target.connect
    if served == disk:
        return Check("served", "ok", besides=(f"{connect} serves {served}",))
    cause = f"a new connection gets certificate {served}, on disk is {disk}"
    return Check.because("served", "failed", cause, (f"asked at {connect}",), _RELOAD)


def connections_check(wanted: VerificationTarget, seen: Observed) -> Check:
    """No established connection was made with a certificate of before; it lives on until its gateway connects again."""
    if wanted.kind == "gateway":
        return Check.because("connections", "not_applicable", "a gateway serves nobody")
    if seen.connections is None:
        return Check.because(
            "connections", "unknown", seen.connections_problem or "the softswitch does not tell its connections"
        )
    if seen.leaf is None:
        return Check.because("connections", "unknown", "the certificate on disk cannot be read")
    disk = serial_hex(seen.leaf)
    behind = [one for one in seen.connections if one.serial and one.serial != disk]
    if not behind:
        return Check("connections", "ok", besides=(f"{len(seen.connections)} established",))
    cause = f"{len(behind)} of {len(seen.connections)} established connections were made with an older certificate"
    told = tuple(_told(one) for one in behind[:_SHOWN])
    return Check.because(
        "connections", "due", cause, told, "they end with vos_connection_lifetime, or when their gateways start again"
    )


def _told(one: Connection) -> str:
    age = "" if one.seconds is None else f", {one.seconds} s old"
    return f"{one.peer}: {one.serial}{age}"


def accelerated(seen: Observed) -> Aes:
    """Whether the processor has instructions for AES, by what Linux tells of it; unknown where it tells nothing."""
    if not seen.processor:
        return Aes(None)
    if not seen.has_aes:
        return Aes(False)
    return Aes(True, "aes-ni" if seen.processor == "flags" else "armv8-ce")


def accelerated_check(seen: Observed) -> Check:
    """Good to know: without it encryption is slower, and no less safe."""
    aes = accelerated(seen)
    if aes.accelerated is None:
        return Check.because(
            "accelerated", "unknown", "the device does not tell what its processor can (/proc/cpuinfo)"
        )
    return Check("accelerated", "ok", besides=(f"AES by {aes.by}" if aes.accelerated else "no instructions for AES",))
