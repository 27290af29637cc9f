# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a rotation: for programs as a dictionary, for people as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..fleet.run_report import DeviceOutcome, RunReport, noted_outcome
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


@dataclass(frozen=True)
class DeviceReport(DeviceOutcome):
    """What became of one device: ``softswitch`` or ``gateway`` by its kind.

    :ivar before: serial_number and not_after of its certificate before; empty where it had none
    :ivar after: the same afterwards; empty where nothing new is in use
    :ivar forced: whether it was renewed, or is to be, though nothing was due
    :ivar connections_behind: of a softswitch, how many established connections were made with an older certificate
    """

    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    connections_behind: int | None = None
    forced: bool = False

    @classmethod
    def of(cls, device: str, kind: str, noted: Mapping[str, Any] | None) -> DeviceReport:
        """From what the roles noted for a device; None where it did not even get to the plan."""
        more = noted or {}
        behind = more.get("connections_behind")
        return cls(
            device,
            kind,
            **noted_outcome(noted),
            before=_certificate(more.get("before")),
            after=_certificate(more.get("after")),
            connections_behind=behind if isinstance(behind, int) else None,
            forced=more.get("forced") is True,
        )

    def as_dictionary(self) -> dict[str, Any]:
        """For the report in JSON."""
        return {
            **super().as_dictionary(),
            "forced": self.forced,
            "before": dict(self.before),
            "after": dict(self.after),
            "connections_behind": self.connections_behind,
        }

    def row(self) -> tuple[str, ...]:
        """For the table."""
        why = self.why
        if self.connections_behind:
            why += f" ({self.connections_behind} established connections still have the certificate before)"
        return self.device, self.outcome, _short(self.before), _short(self.after), self.took, why


@dataclass(frozen=True)
class Report(RunReport):
    """A run of siptls.vos.rotate.

    :ivar upkeep: of the CRLs and of all else that expires; None where nobody looked
    """

    NAME = "Rotation"
    OUTCOMES = OUTCOMES
    HEADINGS = ("device", "outcome", "before", "after", "seconds", "why")

    upkeep: Upkeep | None = None

    def as_dictionary(self) -> dict[str, Any]:
        """For programs."""
        return {**super().as_dictionary(), **({"expiry": self.upkeep.as_dictionary()} if self.upkeep else {})}

    def remarks(self) -> list[str]:
        """Of CRLs and of what expires."""
        return self.upkeep.lines() if self.upkeep else []


def _certificate(noted: Any) -> dict[str, str]:
    """What was noted of a certificate; empty for anything else."""
    return {str(name): str(value) for name, value in noted.items()} if isinstance(noted, Mapping) else {}


def _short(certificate: Mapping[str, str]) -> str:
    """The first digits of the serial number, and the day of the end."""
    if not certificate:
        return ""
    return f"{certificate.get('serial_number', '')[:8]} {certificate.get('not_after', '')[:10]}"
