# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The migration of a fleet to post-quantum TLS: what was seen of each device, and who stands in the way of a stage.

readiness: nothing but the report. key_exchange: groups with ML-KEM first. anchors: the ML-DSA authorities are trusted by everybody.
certificates: the softswitch has a second chain, and gateways that are asked for one have ML-DSA certificates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..tables import aligned
from ..timestamps import write_moment
from ..tls.readiness import ML_KEM_GROUPS, readiness

__all__ = ["STAGES", "Fleet", "Seen", "in_the_way", "not_proven"]

STAGES = ("readiness", "key_exchange", "anchors", "certificates")
_ORDER = ("not", "unknown", "partly", "ready")
_HEADINGS = ("device", "TLS", "group", "ClientHello", "signatures", "OpenSSL", "readiness", "why")


@dataclass(frozen=True)
class Seen:
    """What was seen of one device. What was not is None or empty.

    :ivar kind: ``softswitch`` or ``gateway``
    :ivar established: whether its handshake with the softswitch came to its end
    :ivar protocol: that was agreed on, as OpenSSL calls it; so for the group
    :ivar offered: the groups in its ClientHello
    :ivar octets: of its ClientHello
    :ivar cause: why there is nothing to see, in words
    :ivar groups: of a softswitch, what the inventory wants; empty for its OpenSSL's choice
    :ivar wants_signatures: whether the inventory wants an ML-DSA certificate for it
    """

    device: str
    kind: str
    established: bool = False
    protocol: str | None = None
    group: str | None = None
    offered: tuple[str, ...] = ()
    octets: int | None = None
    openssl: str | None = None
    key_type: str | None = None
    cause: str = ""
    groups: tuple[str, ...] = ()
    wants_signatures: bool = False
    verdict: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        verdict = readiness(
            protocol=self.protocol,
            group=self.group,
            offered_groups=self.offered,
            client_hello_octets=self.octets,
            openssl=self.openssl,
            key_type=self.key_type,
        )
        object.__setattr__(self, "verdict", verdict)

    @classmethod
    def of(cls, device: str, kind: str, noted: Mapping[str, Any] | None) -> Seen:
        """As the roles note it; a device without a note was not reached."""
        if noted is None:
            return cls(device, kind, cause="it was not reached")
        known = {name: noted[name] or None for name in ("protocol", "group", "octets", "openssl", "key_type")}
        return cls(
            device,
            kind,
            established=bool(noted["established"]),
            offered=tuple(noted["offered"]),
            cause=str(noted["cause"]),
            groups=tuple(noted["groups"]),
            wants_signatures=bool(noted["wants_signatures"]),
            **known,
        )

    def as_dictionary(self) -> dict[str, Any]:
        """For programs."""
        return {
            "device": self.device,
            "kind": self.kind,
            "protocol": self.protocol,
            "group": self.group,
            "offered_groups": list(self.offered),
            "openssl": self.openssl,
            "key_type": self.key_type,
            "cause": self.cause,
            "post_quantum": dict(self.verdict),
        }

    def row(self) -> tuple[str, ...]:
        """For the table."""
        octets = (
            "" if self.octets is None else f"{self.octets}{', over one MTU' if self.verdict['over_one_mtu'] else ''}"
        )
        return (
            self.device,
            self.protocol or "unknown",
            self.group or "unknown",
            octets or "unknown",
            {True: "yes", False: "no", None: "unknown"}[self.verdict["signatures"]],
            " ".join((self.openssl or "unknown").split()[:2]),
            str(self.verdict["readiness"]),
            "; ".join([*([self.cause] if self.cause else []), *self.verdict["reasons"]]),
        )


@dataclass(frozen=True)
class Fleet:
    """All devices, as they were seen."""

    devices: Sequence[Seen]
    stage: str
    written: datetime

    def as_dictionary(self) -> dict[str, Any]:
        """For programs. ``counts``: how many devices by readiness."""
        counted = Counter(str(one.verdict["readiness"]) for one in self.devices)
        return {
            "format": 1,
            "stage": self.stage,
            "written": write_moment(self.written),
            "devices_total": len(self.devices),
            "counts": {state: counted[state] for state in reversed(_ORDER)},
            "devices": [one.as_dictionary() for one in self._sorted()],
        }

    def table(self) -> str:
        """For people: every device, those that are furthest behind first, and how many there are in all."""
        rows = [_HEADINGS, *(one.row() for one in self._sorted())]
        counts = ", ".join(f"{count} {state}" for state, count in self.as_dictionary()["counts"].items() if count)
        return "\n".join([*aligned(rows), f"Post-quantum: {counts or 'no devices'}"])

    def _sorted(self) -> list[Seen]:
        return sorted(self.devices, key=lambda one: (_ORDER.index(str(one.verdict["readiness"])), one.device))


def in_the_way(stage: str, devices: Sequence[Seen]) -> list[str]:
    """Why a stage cannot begin: each device that stands in the way, with the cause. Unknown is not ready.

    :param stage: one of :data:`STAGES`
    """
    if stage == "key_exchange":
        return [*_softswitches_without(devices), *_behind_hybrid_only(devices)]
    if stage == "certificates":
        return [
            f"{one.device}: {_why(one, 'tls_1_3', 'signatures')}"
            for one in devices
            if one.wants_signatures and not (one.verdict["tls_1_3"] and one.verdict["signatures"])
        ]
    return []


def _softswitches_without(devices: Sequence[Seen]) -> list[str]:
    return [
        f"{one.device}: vos_groups has no group with ML-KEM, but {', '.join(one.groups)}"
        for one in devices
        if one.kind == "softswitch" and one.groups and not set(one.groups) & set(ML_KEM_GROUPS)
    ]


def _behind_hybrid_only(devices: Sequence[Seen]) -> list[str]:
    """A softswitch that offers nothing but ML-KEM leaves out whoever has none."""
    only = [one.device for one in devices if one.groups and set(one.groups) <= set(ML_KEM_GROUPS)]
    if not only:
        return []
    return [
        f"{one.device}: {_why(one, 'hybrid_group')}, and vos_groups of {', '.join(only)} leaves no other"
        for one in devices
        if one.kind == "gateway" and not one.verdict["hybrid_group"]
    ]


def not_proven(stage: str, devices: Sequence[Seen]) -> list[str]:
    """What handshakes after a stage do not bear out: each device, with the cause.

    :param stage: one of :data:`STAGES`
    """
    if stage not in ("key_exchange", "certificates"):
        return []
    found = [f"{one.device}: no handshake: {one.cause or 'nothing was seen'}" for one in devices if not one.established]
    if stage == "certificates":
        return found
    return [
        *found,
        *(
            f"{one.device}: it offers {', '.join(name for name in one.offered if name in ML_KEM_GROUPS)}, and its handshake"
            f" agreed on {one.group or 'nothing that was seen'}"
            for one in devices
            if one.established and set(one.offered) & set(ML_KEM_GROUPS) and one.group not in ML_KEM_GROUPS
        ),
    ]


def _why(one: Seen, *wanted: str) -> str:
    """What is missing of these, in words."""
    if one.cause:
        return one.cause
    words = {"tls_1_3": "TLS 1.3", "hybrid_group": "key exchange with ML-KEM", "signatures": "ML-DSA signatures"}
    lacking = [
        f"{words[name]}{' is not known' if one.verdict[name] is None else ' is missing'}"
        for name in wanted
        if not one.verdict[name]
    ]
    return f"{', '.join(lacking)} ({one.verdict['reasons'][0]})"
