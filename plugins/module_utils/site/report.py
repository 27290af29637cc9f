# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of siptls.vos.site did for each device, from what its tasks returned. No input or output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..fleet.run_report import DeviceOutcome, RunReport

__all__ = ["OUTCOMES", "Results", "SetUp", "SiteReport"]

#: What can become of a device, what an operator has to see first in front.
OUTCOMES = {
    "failed": "a step failed; the cause says what the device has now",
    "refused": "the device failed its checks, nothing was done",
    "unreachable": "the device could not be reached",
    "deferred": "calls are up; the next run does it",
    "due": "it is not as wanted, and the run did not come this far, or was a check",
    "not_proven": "it is as wanted; the platform cannot prove a registration",
    "set_up": "it was changed, and is proven",
    "unchanged": "it was as wanted",
}
_Result = Mapping[str, Any]


@dataclass(frozen=True)
class Results:
    """What the tasks for a device returned; an empty dictionary for one that there is not.

    :ivar state: of siptls.vos.device_state
    :ivar certificate: of siptls.vos.device_certificate
    :ivar configuration: of siptls.vos.device_files
    :ivar failure: of siptls.vos.undo_outcome
    :ivar not_proven: what the platform cannot prove, in words; empty where that is nothing
    """

    state: _Result = field(default_factory=dict)
    certificate: _Result = field(default_factory=dict)
    configuration: _Result = field(default_factory=dict)
    failure: _Result = field(default_factory=dict)
    not_proven: str = ""


@dataclass(frozen=True)
class SetUp(DeviceOutcome):
    """What became of one device, ``softswitch`` or ``gateway`` by its kind."""

    @classmethod
    def of(cls, device: str, kind: str, results: Results, *, predicted: bool) -> SetUp:
        """By the first of the rows that holds.

        :param predicted: whether the run was a check
        """
        state = results.state
        reasons = tuple(map(str, state.get("reasons") or ()))
        deferred = str(results.configuration.get("deferred") or "")
        acted = bool(results.certificate or results.configuration) and not predicted
        rows: tuple[tuple[bool, str, str], ...] = (
            (bool(results.failure), "failed", str(results.failure.get("cause") or "")),
            (bool(state.get("unreachable")), "unreachable", str(state.get("msg") or "")),
            (bool(state.get("failed")), "refused", str(state.get("msg") or "")),
            (not state, "unreachable", "it was not reached, or the run ended before"),
            (not state.get("due"), "unchanged", ""),
            (bool(deferred), "deferred", deferred),
            (not acted, "due", ""),
            (bool(results.not_proven), "not_proven", results.not_proven),
            (True, "set_up", ""),
        )
        outcome, cause = next((outcome, cause) for holds, outcome, cause in rows if holds)
        return cls(device, kind, outcome, reasons, cause)

    def row(self) -> tuple[str, ...]:
        """For the table."""
        return self.device, self.outcome, self.why


@dataclass(frozen=True)
class SiteReport(RunReport):
    """A run of siptls.vos.site."""

    NAME = "Site"
    OUTCOMES = OUTCOMES
    HEADINGS = ("device", "outcome", "why")
