# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS itself: versions, suites and groups that the two ends have in common, and what the softswitch says by its alerts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from ..findings import State
from ..tls.code_points import group_name, suite_name, version_name
from ..tls.observation import Observation
from .cause import Cause, CauseId, Certainty, Where
from .evidence import Evidence
from .probed import Probed
from .remedy import by_hand
from .renewing import configured, opened

__all__ = ["RULES", "WANTS_PASSWORD"]

#: Statuses of a registrar that asks for a password. A diagnosis that was given none knows no more than that.
WANTS_PASSWORD = (401, 407)

_VERSION, _NO_MATCH = 70, (40, 47, 71, 109)
_WHAT = {
    CauseId.NO_COMMON_VERSION: ("protocol version", ("MinProtocol", "MaxProtocol"), "vos_min_version"),
    CauseId.NO_COMMON_CIPHER: ("cipher suite", ("CipherString", "Ciphersuites"), "vos_ciphers"),
    CauseId.NO_COMMON_GROUP: ("key exchange group", ("Groups", "Curves"), "vos_groups"),
}
_KEYS = {"vos_min_version": "min_version", "vos_ciphers": "ciphers", "vos_groups": "groups"}
_LOCAL = (
    (
        CauseId.NO_COMMON_VERSION,
        ("no protocols available", "unsupported protocol", "version too low", "wrong ssl version"),
    ),
    (CauseId.NO_COMMON_CIPHER, ("no cipher match", "no ciphers available")),
    (CauseId.NO_COMMON_GROUP, ("no suitable key share", "wrong curve", "no suitable groups")),
)


def nothing_in_common(evidence: Evidence) -> Iterator[Cause]:
    """What the two ends lack in common: by the alert, by a second handshake that offered everything, or as our own end says."""
    probed = evidence.probed
    if probed is None or probed.seen.established:
        return
    seen = probed.seen
    kind = _lacking(probed)
    if kind is None:
        if seen.refusal and seen.chosen is None and seen.refusal.number in _NO_MATCH:
            yield _common(evidence, CauseId.NOTHING_IN_COMMON, Certainty.LIKELY)
        return
    yield _common(evidence, kind, Certainty.CERTAIN)


def _lacking(probed: Probed) -> CauseId | None:
    seen, wide = probed.seen, probed.wide
    for kind, phrases in _LOCAL:
        if seen.said(*phrases) and not seen.refusal:
            return kind
    if seen.refusal and seen.chosen is None and seen.refusal.number == _VERSION:
        return CauseId.NO_COMMON_VERSION
    if seen.offered is None or wide is None or wide.chosen is None:
        return None
    if wide.chosen.version not in seen.offered.versions:
        return CauseId.NO_COMMON_VERSION
    if wide.chosen.suite not in seen.offered.suites:
        return CauseId.NO_COMMON_CIPHER
    if wide.group and wide.group not in map(group_name, seen.offered.groups):
        return CauseId.NO_COMMON_GROUP
    return None


def _common(evidence: Evidence, kind: CauseId, certainty: Certainty) -> Cause:
    probed, device, softswitch = evidence.probed, evidence.device, evidence.softswitch
    what, names, variable = _WHAT.get(kind, ("cipher suite, group or signature algorithm", (), "vos_ciphers"))
    restricts = tuple(
        f"OpenSSL's configuration of {device.name}: {line}"
        for line in device.openssl_settings
        if line.startswith(names)
    )
    asks = tuple(
        f"{PurePosixPath(softswitch.settings_path).name} of {softswitch.name}: {key} = {softswitch.settings[key]}"
        for key in ("min_version", "ciphers", "groups")
        if softswitch and softswitch.settings.get(key)
    )
    wide = probed.wide if probed else None
    shown = _offered(probed.seen) if probed else ()
    chose = (f"offered everything, the softswitch chose {_chosen(wide)}",) if wide and wide.chosen else ()
    alert = (
        (f"the softswitch sent {probed.seen.refusal}: {probed.seen.refusal.words}",)
        if probed and probed.seen.refusal
        else ()
    )
    at_device = bool(names and restricts)
    return Cause(
        kind,
        f"{device.name} and the softswitch have no {what} in common",
        certainty,
        Where.DEVICE if at_device or not softswitch else Where.SOFTSWITCH,
        device.name if at_device or not softswitch else softswitch.name,
        (*alert, *shown, *chose, *restricts, *asks),
        "have both speak TLS 1.2 or 1.3 with ECDHE, AES-GCM and X25519 or P-256; update firmware that cannot",
        opened(device, device.openssl_path, names)
        if at_device
        else configured(softswitch, _KEYS[variable], variable, "")
        if softswitch
        else by_hand(f"compare {variable} of the softswitch with what the gateway offers"),
    )


def _offered(seen: Observation) -> tuple[str, ...]:
    hello = seen.offered
    if hello is None:
        return ()
    suites = [suite_name(one) for one in hello.suites if one not in (0x00FF, 0x5600)]
    more = f" and {len(suites) - 4} more" if len(suites) > 4 else ""
    return (
        f"offered were {', '.join(map(version_name, hello.versions))}; suites {', '.join(suites[:4])}{more}; "
        f"groups {', '.join(map(group_name, hello.groups)) or 'none'}",
    )


def _chosen(seen: Observation) -> str:
    parts = (version_name(seen.chosen.version) if seen.chosen else "", seen.suite or "", seen.group or "")
    return ", ".join(part for part in parts if part)


def captured(evidence: Evidence) -> Iterator[Cause]:
    """What the gateway's own client offers, from a capture, against what the softswitch takes."""
    least = (evidence.softswitch.settings.get("min_version") or "TLSv1.2") if evidence.softswitch else "TLSv1.2"
    addresses = evidence.device.addresses
    for hello in evidence.captured[-1:]:
        if addresses is not None and hello.source not in addresses:
            continue
        if hello.versions and not any(one >= least for one in hello.versions if one.startswith("TLSv")):
            yield Cause(
                CauseId.NO_COMMON_VERSION,
                f"the SIP client of {evidence.device.name} offers no protocol version that the softswitch takes",
                Certainty.CERTAIN,
                Where.DEVICE,
                evidence.device.name,
                (f"captured: {hello.client}", f"the softswitch takes {least} and later"),
                "update its firmware, or let it speak TLS 1.2 or 1.3",
                by_hand("update the firmware, or let its SIP client speak TLS 1.2 or 1.3", evidence.device.name),
            )


def refused(evidence: Evidence) -> Iterator[Cause]:
    """The probe was refused, in the probe's own words: it is what is left where no other rule knows the reason."""
    probed = evidence.probed
    if probed is None or any(file.state == "unreadable" for file in evidence.device.files):
        return  # what this user may not read, the service may
    if evidence.is_accepted and probed.register_status in WANTS_PASSWORD:
        return
    failed = [name for name in ("tls", "options", "register") if probed.states.get(name) is State.FAILED]
    for finding in probed.findings[:1] if failed else ():
        yield Cause(
            CauseId.REFUSED,
            finding.cause,
            Certainty.LIKELY,
            Where.SOFTSWITCH,
            evidence.softswitch.name if evidence.softswitch else "",
            finding.evidence,
            finding.remedy,
        )


RULES = (nothing_in_common, captured, refused)
