# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of the way back to plain SIP: for programs as a dictionary, for people as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..fleet.run_report import DeviceOutcome, RunReport, noted_outcome

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


@dataclass(frozen=True)
class Removal(DeviceOutcome):
    """What became of one device: ``softswitch``, ``gateway``, ``revocation`` or ``controller`` by its kind."""

    @classmethod
    def of(cls, device: str, kind: str, noted: Mapping[str, Any] | None) -> Removal:
        """From what the roles noted for a device; None where it did not even get to the plan."""
        known = noted_outcome(noted)
        return cls(device, kind, **{**known, "outcome": known["outcome"] if known["outcome"] in OUTCOMES else "failed"})


@dataclass(frozen=True)
class RemovalReport(RunReport):
    """A run of siptls.vos.remove."""

    NAME = "Removal"
    OUTCOMES = OUTCOMES
