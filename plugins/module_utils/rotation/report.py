# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a rotation: for programs as a dictionary, for people as a table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..tables import aligned
from .upkeep import Upkeep

__all__ = ["FAILURES", "NOT_PROVEN", "OUTCOMES", "DeviceReport", "Report"]

#: What can become of a device, what an operator has to see first in front.
OUTCOMES = {
    "failed": "neither the new certificate nor the one before could be proven",
    "refused": "the device failed its checks, nothing was done",
    "unreachable": "the device could not be reached",
    "rolled_back": "the new certificate could not be proven, the one before is back and proven",
    "unproven": "a new certificate is installed; the device was not registered before the run, and is not after it",
    "deferred": "the service could not be reloaded without cutting calls; the next run does it",
    "begun": "the run ended in the middle; the next run goes on",
    "due": "the run did not come this far; the next run does it",
    "renewed_not_proven": "a new certificate is in use; by its variables the platform cannot prove a registration with it",
    "reloaded_not_proven": "the service had not loaded the certificate, and has now; a registration with it cannot be proven",
    "renewed": "a new certificate is in use and proven",
    "reloaded": "the service had not loaded the certificate, and has now",
    "unchanged": "nothing was due",
}
#: After these the run has failed.
FAILURES = ("failed", "refused", "unreachable", "rolled_back", "unproven")
#: After these, nobody proved that the device registers, as the operator accepted.
NOT_PROVEN = ("renewed_not_proven", "reloaded_not_proven")
_HEADINGS = ("device", "outcome", "before", "after", "seconds", "why")


@dataclass(frozen=True)
class DeviceReport:
    """What became of one device.

    :ivar kind: ``softswitch`` or ``gateway``
    :ivar outcome: a key of :data:`OUTCOMES`
    :ivar reasons: why it was due
    :ivar cause: what stood in the way
    :ivar before: serial_number and not_after of its certificate before; empty where it had none
    :ivar after: the same afterwards; empty where nothing new is in use
    :ivar seconds: how long it took; None where it was not begun
    :ivar forced: whether it was renewed, or is to be, though nothing was due
    :ivar connections_behind: of a softswitch, how many established connections were made with an older certificate
    """

    device: str
    kind: str
    outcome: str
    reasons: tuple[str, ...] = ()
    cause: str = ""
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    seconds: float | None = None
    connections_behind: int | None = None
    forced: bool = False

    @classmethod
    def of(cls, device: str, kind: str, noted: Mapping[str, Any] | None) -> DeviceReport:
        """From what the roles noted for a device; None where it did not even get to the plan."""
        if noted is None:
            return cls(device, kind, "unreachable", cause="it was not reached; nothing was done")
        behind = noted.get("connections_behind")
        return cls(
            device=device,
            kind=kind,
            outcome=str(noted.get("outcome", "due")),
            reasons=tuple(map(str, noted.get("reasons", ()))),
            cause=str(noted.get("cause", "")),
            before=_certificate(noted.get("before")),
            after=_certificate(noted.get("after")),
            seconds=_between(noted.get("began"), noted.get("ended")),
            connections_behind=behind if isinstance(behind, int) else None,
            forced=noted.get("forced") is True,
        )

    def as_dictionary(self) -> dict[str, Any]:
        """For the report in JSON."""
        return {
            "device": self.device,
            "kind": self.kind,
            "outcome": self.outcome,
            "reasons": list(self.reasons),
            "forced": self.forced,
            "cause": self.cause,
            "before": dict(self.before),
            "after": dict(self.after),
            "seconds": self.seconds,
            "connections_behind": self.connections_behind,
        }

    def row(self) -> tuple[str, ...]:
        """For the table."""
        why = " ".join((self.cause or "; ".join(self.reasons)).split())
        if self.connections_behind:
            why += f" ({self.connections_behind} established connections still have the certificate before)"
        seconds = "" if self.seconds is None else f"{self.seconds:.1f}"
        return self.device, self.outcome, _short(self.before), _short(self.after), seconds, why


@dataclass(frozen=True)
class Report:
    """A run.

    :ivar began: when, UTC
    :ivar foretold: whether it is only the plan
    :ivar upkeep: of the CRLs and of all else that expires; None where nobody looked
    """

    devices: Sequence[DeviceReport]
    began: datetime
    written: datetime
    foretold: bool
    upkeep: Upkeep | None = None

    @property
    def counts(self) -> dict[str, int]:
        """How many devices by outcome; those that did not occur are left out."""
        counted = Counter(device.outcome for device in self.devices)
        return {outcome: counted[outcome] for outcome in OUTCOMES if counted[outcome]}

    def as_dictionary(self) -> dict[str, Any]:
        """For programs."""
        return {
            "format": 1,
            "plan": self.foretold,
            "began": _iso(self.began),
            "written": _iso(self.written),
            "devices_total": len(self.devices),
            "counts": self.counts,
            "devices": [device.as_dictionary() for device in self._sorted()],
            **({"expiry": self.upkeep.as_dictionary()} if self.upkeep else {}),
        }

    def table(self) -> str:
        """For people: every device with which there is something, and how many there are in all."""
        shown = [device.row() for device in self._sorted() if device.outcome != "unchanged"]
        lines = aligned([_HEADINGS, *shown]) if shown else []
        total = (
            ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in self.counts.items()) or "no devices"
        )
        kept = self.upkeep.lines() if self.upkeep else []
        return "\n".join([*lines, *kept, f"{'Plan' if self.foretold else 'Rotation'}: {total}"])

    def _sorted(self) -> list[DeviceReport]:
        rank = {outcome: at for at, outcome in enumerate(OUTCOMES)}
        return sorted(self.devices, key=lambda device: (rank.get(device.outcome, 0), device.device))


def _certificate(noted: Any) -> dict[str, str]:
    """What was noted of a certificate; empty for anything else."""
    return {str(name): str(value) for name, value in noted.items()} if isinstance(noted, Mapping) else {}


def _between(began: Any, ended: Any) -> float | None:
    """Seconds; None where they are not known."""
    try:
        seconds = float(ended) - float(began)
    except (OverflowError, TypeError, ValueError):
        return None
    return round(seconds, 1) if math.isfinite(seconds) and began and ended else None


def _short(certificate: Mapping[str, str]) -> str:
    """The first digits of the serial number, and the day of the end."""
    if not certificate:
        return ""
    return f"{certificate.get('serial_number', '')[:8]} {certificate.get('not_after', '')[:10]}"


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
