# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a device in a rotation: a table of what happened, the outcome, and what to do next. No input or output."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["TABLE", "Event", "Next", "Row", "Situation", "State", "decide"]


class State(Enum):
    """Where a rotation is with a device."""

    ROTATING = "rotating"
    GOING_BACK = "going_back"


class Event(Enum):
    """What happened last."""

    BEGAN = "began"
    #: The service has loaded its certificate, and that is proven, as far as the platform can prove it.
    LOADED = "loaded"
    #: Calls are up, and the wait for their end is not over.
    IN_CALLS = "in_calls"
    #: Calls are up, and the wait is over.
    STILL_IN_CALLS = "still_in_calls"
    FAILED = "failed"


class Next(Enum):
    """What to do next with the device."""

    GO_ON = "go_on"
    #: Try again, together with the others in calls.
    WAIT = "wait"
    GO_BACK = "go_back"
    NOTHING = ""


@dataclass(frozen=True)
class Situation:
    """All that a decision depends on.

    :ivar renewed: whether the certificate is another one than before the run
    :ivar not_proven: whether the platform cannot prove the registration, as the inventory says
    :ivar can_go_back: whether a certificate was published in place of another, which can come back
    :ivar never_registered: whether the proof failed of a device that was not registered before the run either
    """

    state: State
    event: Event
    renewed: bool = False
    not_proven: bool = False
    can_go_back: bool = False
    never_registered: bool = False


@dataclass(frozen=True)
class Row:
    """One row of the table. A condition that is None does not count.

    :ivar outcome: a key of the report's OUTCOMES
    :ivar introduction: words in front of the cause
    """

    state: State
    event: Event
    outcome: str
    next: Next = Next.NOTHING
    renewed: bool | None = None
    not_proven: bool | None = None
    can_go_back: bool | None = None
    never_registered: bool | None = None
    introduction: str = ""

    def fits(self, situation: Situation) -> bool:
        """Whether this row is about that situation."""
        if (self.state, self.event) != (situation.state, situation.event):
            return False
        conditions = (
            (self.renewed, situation.renewed),
            (self.not_proven, situation.not_proven),
            (self.can_go_back, situation.can_go_back),
            (self.never_registered, situation.never_registered),
        )
        return all(wanted is None or wanted == found for wanted, found in conditions)


_NEVER_REGISTERED = "not registered before this run, nor after it; the new certificate stays."
_NOT_PROVEN = "After going back:"
_FAILED_AS_WELL = "Going back failed as well:"

#: Each situation fits exactly one row.
TABLE = (
    Row(State.ROTATING, Event.BEGAN, "begun", Next.GO_ON),
    Row(State.ROTATING, Event.LOADED, "renewed", renewed=True, not_proven=False),
    Row(State.ROTATING, Event.LOADED, "reloaded", renewed=False, not_proven=False),
    Row(State.ROTATING, Event.LOADED, "renewed_not_proven", renewed=True, not_proven=True),
    Row(State.ROTATING, Event.LOADED, "reloaded_not_proven", renewed=False, not_proven=True),
    Row(State.ROTATING, Event.IN_CALLS, "deferred", Next.WAIT),
    Row(State.ROTATING, Event.STILL_IN_CALLS, "deferred"),
    # It cannot be proven, and going back would not help. It counts as a failure: the cause may be the new certificate after all
    Row(State.ROTATING, Event.FAILED, "unproven", never_registered=True, introduction=_NEVER_REGISTERED),
    Row(State.ROTATING, Event.FAILED, "failed", Next.GO_BACK, can_go_back=True, never_registered=False),
    Row(State.ROTATING, Event.FAILED, "failed", can_go_back=False, never_registered=False),
    Row(State.GOING_BACK, Event.LOADED, "rolled_back", not_proven=False),
    Row(State.GOING_BACK, Event.LOADED, "rolled_back", not_proven=True, introduction=_NOT_PROVEN),
    Row(State.GOING_BACK, Event.FAILED, "failed", introduction=_FAILED_AS_WELL),
)


def decide(situation: Situation) -> Row:
    """The row for a situation.

    :raises LookupError: it cannot occur, such as that a rotation begins while it goes back
    """
    for row in TABLE:
        if row.fits(situation):
            return row
    raise LookupError(f"nothing is decided for {situation}")
