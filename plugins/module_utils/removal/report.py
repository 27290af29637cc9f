# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of the way back to plain SIP: for programs as a dictionary, for people as a table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..tables import aligned

__all__ = ["FAILURES", "OUTCOMES", "Removal", "RemovalReport"]

#: What can become of a device, what an operator has to see first in front.
OUTCOMES = {
    "failed": "a step failed; the cause says what the device has now",
    "refused": "the device failed its checks, nothing was done",
    "unreachable": "the device could not be reached",
    "rolled_back": "plain SIP could not be proven, TLS is back and proven",
    "deferred": "the service could not be reloaded without cutting calls; the next run does it",
    "begun": "the run ended in the middle; the next run goes on",
    "due": "the run did not come this far; the next run does it",
    "kept": "it stays as it is: a softswitch that the run was told to keep, or a host that the softswitches still need",
    "removed_not_proven": "back on plain SIP; the platform cannot prove a registration",
    "removed": "back on plain SIP and proven, and nothing of this collection is on it",
    "unchanged": "nothing of this collection was on it",
}
#: After these the run has failed.
FAILURES = ("failed", "refused", "unreachable", "rolled_back")
_HEADINGS = ("device", "outcome", "seconds", "why")


@dataclass(frozen=True)
class Removal:
    """What became of one device.

    :ivar kind: ``softswitch``, ``gateway``, ``revocation`` or ``controller``
    :ivar outcome: a key of :data:`OUTCOMES`
    :ivar reasons: what of this collection was on it
    :ivar cause: what stood in the way
    :ivar seconds: how long it took; None where it was not begun
    """

    device: str
    kind: str
    outcome: str
    reasons: tuple[str, ...] = ()
    cause: str = ""
    seconds: float | None = None

    @classmethod
    def of(cls, device: str, kind: str, noted: Mapping[str, Any] | None) -> Removal:
        """From what the roles noted for a device; None where it did not even get to the plan."""
        if noted is None:
            return cls(device, kind, "unreachable", cause="it was not reached; nothing was done")
        outcome = str(noted.get("outcome", "due"))
        return cls(
            device=device,
            kind=kind,
            outcome=outcome if outcome in OUTCOMES else "failed",
            reasons=tuple(map(str, noted.get("reasons", ()))),
            cause=str(noted.get("cause", "")),
            seconds=_between(noted.get("began"), noted.get("ended")),
        )

    def as_dictionary(self) -> dict[str, Any]:
        """For the report in JSON."""
        return {
            "device": self.device,
            "kind": self.kind,
            "outcome": self.outcome,
            "reasons": list(self.reasons),
            "cause": self.cause,
            "seconds": self.seconds,
        }

    def row(self) -> tuple[str, ...]:
        """For the table."""
        why = " ".join((self.cause or "; ".join(self.reasons)).split())
        return self.device, self.outcome, "" if self.seconds is None else f"{self.seconds:.1f}", why


@dataclass(frozen=True)
class RemovalReport:
    """A run.

    :ivar began: when, UTC
    :ivar predicted: whether it is only the plan
    """

    devices: Sequence[Removal]
    began: datetime
    written: datetime
    predicted: bool

    @property
    def counts(self) -> dict[str, int]:
        """How many devices by outcome; those that did not occur are left out."""
        counted = Counter(device.outcome for device in self.devices)
        return {outcome: counted[outcome] for outcome in OUTCOMES if counted[outcome]}

    def as_dictionary(self) -> dict[str, Any]:
        """For programs."""
        return {
            "format": 1,
            "plan": self.predicted,
            "began": _iso(self.began),
            "written": _iso(self.written),
            "devices_total": len(self.devices),
            "counts": self.counts,
            "devices": [device.as_dictionary() for device in self._sorted()],
        }

    def table(self) -> str:
        """For people: every device with which there is something, and how many there are in all."""
        shown = [device.row() for device in self._sorted() if device.outcome != "unchanged"]
        lines = aligned([_HEADINGS, *shown]) if shown else []
        counts = (f"{count} {outcome.replace('_', ' ')}" for outcome, count in self.counts.items())
        return "\n".join([*lines, f"{'Plan' if self.predicted else 'Removal'}: {', '.join(counts) or 'no devices'}"])

    def _sorted(self) -> list[Removal]:
        rank = {outcome: at for at, outcome in enumerate(OUTCOMES)}
        return sorted(self.devices, key=lambda device: (rank[device.outcome], device.device))


def _between(began: Any, ended: Any) -> float | None:
    """Seconds; None where they are not known."""
    try:
        seconds = float(ended) - float(began)
    except (OverflowError, TypeError, ValueError):
        return None
    return round(seconds, 1) if math.isfinite(seconds) and began and ended else None


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
