# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the reports of runs have in common: the outcome of each device, the worst first, as a dictionary and as a table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ..tables import aligned
from ..timestamps import write_moment

__all__ = ["DeviceOutcome", "RunReport", "noted_outcome"]


@dataclass(frozen=True)
class DeviceOutcome:
    """What became of one device.

    :ivar outcome: a key of the report's OUTCOMES
    :ivar reasons: why there was something to do
    :ivar cause: what went wrong
    :ivar seconds: how long it took; None if it was not begun
    """

    device: str
    kind: str
    outcome: str
    reasons: tuple[str, ...] = ()
    cause: str = ""
    seconds: float | None = None

    @property
    def why(self) -> str:
        """The cause, or else the reasons, on one line."""
        return " ".join((self.cause or "; ".join(self.reasons)).split())

    @property
    def took(self) -> str:
        """The seconds, for a table."""
        return "" if self.seconds is None else f"{self.seconds:.1f}"

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
        """For the table: a cell for each of the report's HEADINGS."""
        return self.device, self.outcome, self.took, self.why


@dataclass(frozen=True)
class RunReport:
    """A run.

    :cvar NAME: what the run is called in the last line
    :cvar OUTCOMES: what can become of a device, with the meaning; what an operator has to see first in front
    :ivar began: when, UTC
    :ivar predicted: whether it is only the plan
    """

    NAME: ClassVar[str]
    OUTCOMES: ClassVar[Mapping[str, str]]
    HEADINGS: ClassVar[tuple[str, ...]] = ("device", "outcome", "seconds", "why")

    devices: Sequence[DeviceOutcome]
    began: datetime
    written: datetime
    predicted: bool

    @property
    def counts(self) -> dict[str, int]:
        """How many devices by outcome; those that did not occur are left out."""
        counted = Counter(device.outcome for device in self.devices)
        return {outcome: counted[outcome] for outcome in self.OUTCOMES if counted[outcome]}

    def as_dictionary(self) -> dict[str, Any]:
        """For programs."""
        return {
            "format": 1,
            "plan": self.predicted,
            "began": write_moment(self.began),
            "written": write_moment(self.written),
            "devices_total": len(self.devices),
            "counts": self.counts,
            "devices": [device.as_dictionary() for device in self._worst_first()],
        }

    def table(self) -> str:
        """For people: every device with something to tell, and how many there are in all."""
        shown = [device.row() for device in self._worst_first() if device.outcome != "unchanged"]
        lines = aligned([self.HEADINGS, *shown]) if shown else []
        counts = (f"{count} {outcome.replace('_', ' ')}" for outcome, count in self.counts.items())
        total = f"{'Plan' if self.predicted else self.NAME}: {', '.join(counts) or 'no devices'}"
        return "\n".join([*lines, *self.remarks(), total])

    def remarks(self) -> list[str]:
        """Lines between the devices and the counts."""
        return []

    def _worst_first(self) -> list[DeviceOutcome]:
        rank = {outcome: at for at, outcome in enumerate(self.OUTCOMES)}
        return sorted(self.devices, key=lambda device: (rank.get(device.outcome, 0), device.device))


def noted_outcome(noted: Mapping[str, Any] | None) -> dict[str, Any]:
    """The members of a :class:`DeviceOutcome` by what the roles noted of a device; None if it did not even get to the plan."""
    if noted is None:
        return {"outcome": "unreachable", "cause": "it was not reached; nothing was done"}
    return {
        "outcome": str(noted.get("outcome", "due")),
        "reasons": tuple(map(str, noted.get("reasons", ()))),
        "cause": str(noted.get("cause", "")),
        "seconds": _between(noted.get("began"), noted.get("ended")),
    }


def _between(began: Any, ended: Any) -> float | None:
    """Seconds; None if they are not known."""
    try:
        seconds = float(ended) - float(began)
    except (OverflowError, TypeError, ValueError):
        return None
    return round(seconds, 1) if math.isfinite(seconds) and began and ended else None
