# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fact ``rotation`` of a device, from what its tasks returned. No input or output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .decisions import Event, Situation, State, decide

__all__ = ["EVENTS", "Results", "recorded"]

#: By the event of a task file: where the rotation is then, and what happened.
EVENTS: Mapping[str, tuple[State, Event]] = {
    "began": (State.ROTATING, Event.BEGAN),
    "loaded": (State.ROTATING, Event.LOADED),
    "failed": (State.ROTATING, Event.FAILED),
    "went_back": (State.GOING_BACK, Event.LOADED),
    "stuck": (State.GOING_BACK, Event.FAILED),
}
_Result = Mapping[str, Any]


@dataclass(frozen=True)
class Results:
    """What the tasks returned; an empty dictionary for one that there is not.

    :ivar certificate: of siptls.vos.device_certificate
    :ivar second: of the same, for the second certificate of a softswitch
    :ivar load: of siptls.vos.device_files
    :ivar proof: of siptls.vos.registrations
    :ivar served: of siptls.vos.served_certificate, of a softswitch
    :ivar not_proven: what the platform cannot prove, in words; empty where that is nothing
    :ivar was_registered: whether the device was registered before the run, as far as is known
    :ivar failure: what the failed task said
    """

    certificate: _Result = field(default_factory=dict)
    second: _Result | None = None
    load: _Result = field(default_factory=dict)
    proof: _Result = field(default_factory=dict)
    served: _Result | None = None
    not_proven: str = ""
    was_registered: bool = True
    failure: str = ""


def recorded(before: Mapping[str, Any], event: str, results: Results, *, now: float) -> dict[str, Any]:
    """The fact after an event: all that was in it, the outcome, and ``next``, what is to be done.

    :param before: the fact as it was
    :param event: a key of :data:`EVENTS`
    :param now: in seconds since 1970
    """
    state, happened = EVENTS[event]
    if event == "loaded" and results.load.get("deferred"):
        happened = Event.IN_CALLS if results.load.get("busy") else Event.STILL_IN_CALLS
    went = _published(before, results) if event == "failed" else {}
    renewed = _differs(before, "before", results.certificate) or _differs(before, "second_before", results.second)
    row = decide(
        Situation(
            state,
            happened,
            renewed=renewed,
            not_proven=bool(results.not_proven),
            can_go_back=bool(went.get("first_goes_back") or went.get("second_goes_back")),
            never_registered=bool(results.proof.get("failed")) and not results.was_registered,
        )
    )
    record = {**before, **went, "outcome": row.outcome, "next": row.next.value}
    record["began" if happened is Event.BEGAN else "ended"] = now
    if happened is Event.BEGAN:
        return record
    if happened is not Event.FAILED or row.outcome == "unproven":
        record["after"] = _installed(results.certificate)
        if event == "loaded" and results.second is not None:
            record["second_after"] = _installed(results.second)
    if event == "loaded" and results.served is not None:
        record["connections_behind"] = len(results.served.get("behind") or ())
    record["cause"] = _cause(before, state, happened, row.introduction, results)
    return record


def _cause(before: Mapping[str, Any], state: State, event: Event, introduction: str, results: Results) -> str:
    if event in (Event.IN_CALLS, Event.STILL_IN_CALLS):
        return str(results.load["deferred"])
    said = results.failure if event is Event.FAILED else results.not_proven
    if state is State.GOING_BACK:
        # Why it had to go back is what an operator needs first
        stop = "." if said and event is Event.LOADED else ""
        return _joined(str(before.get("cause") or ""), introduction, said + stop)
    return _joined(introduction, said)


def _published(before: Mapping[str, Any], results: Results) -> dict[str, bool]:
    """What is on the device otherwise than before, and what can come back."""
    published = bool(before.get("unproven")) or _differs(before, "before", results.certificate)
    second = _differs(before, "second_before", results.second) and bool(_serial(before.get("second_before")))
    return {
        "published": published,
        "second_published": second,
        "first_goes_back": published and bool(before.get("before")),
        "second_goes_back": second,
    }


def _differs(before: Mapping[str, Any], name: str, result: _Result | None) -> bool:
    """Whether a task returned another certificate than there was; one that failed returned none."""
    now = _serial(result)
    return bool(now) and now != _serial(before.get(name))


def _serial(certificate: Any) -> str:
    return str(certificate.get("serial_number") or "") if isinstance(certificate, Mapping) else ""


def _installed(result: _Result) -> dict[str, Any]:
    return {name: result[name] for name in ("serial_number", "not_after")} if _serial(result) else {}


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
