# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fleet document says of the controls. Nothing is met because nothing is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..findings import State
from ..fleet.document import FleetDocument
from ..timestamps import write_moment
from .controls import Control
from .criteria import Answer, AssessedDevice, Criterion
from .hipaa import HIPAA
from .pci_dss import PCI_DSS

__all__ = ["CONTROLS", "STATES", "assess"]

CONTROLS: tuple[Control, ...] = (*PCI_DSS, *HIPAA)
#: Of a control: all that can be verified here was, and holds; something does not hold; something is not known; not for this to tell
STATES = ("met", "not_met", "not_verified", "out_of_reach")
#: How many devices are shown for one thing that is wrong or not known with them
_SHOWN = 5


@dataclass(frozen=True)
class _Asked:
    """The answers of the devices to one question, by device."""

    criterion: Criterion
    answers: Mapping[str, Answer]

    def of(self, state: State) -> dict[str, Answer]:
        return {device: answer for device, answer in self.answers.items() if answer.state is state}

    def evidence(self) -> list[str]:
        """How many are in order, and the first of those that are not."""
        clause, total = self.criterion.clause, len(self.answers)
        if not total:
            return [f"{clause}: there is no device that this could be seen of"]
        said = [f"{clause}: {len(self.of(State.OK))} of {total} devices"]
        for state, title in ((State.FAILED, "failed"), (State.UNKNOWN, "not known")):
            found = self.of(state)
            said += [f"{title}, {device}: {answer.words}" for device, answer in list(found.items())[:_SHOWN]]
            said += [f"{title}: {len(found) - _SHOWN} more devices"] if len(found) > _SHOWN else []
        return said


def assess(document: FleetDocument) -> list[dict[str, Any]]:
    """Each control with what was verified of it, on which devices, and when.

    A control with one device that failed is not_met, and with one thing that is not known not_verified. What was not looked at is not
    known: a device that was not reached, a check that is missing, a question that no device could answer.

    :return: for each control framework, control, title, state (one of :data:`STATES`), verified, devices_ok, devices_failed,
        devices_unknown, when (the oldest of the verifications that count, or None), evidence and source
    """
    fleet = [AssessedDevice(one) for one in document.devices]
    # Many controls ask the same
    asked: dict[Criterion, _Asked] = {}
    for control in CONTROLS:
        for criterion in control.criteria:
            if criterion not in asked:
                asked[criterion] = _ask(criterion, fleet)
    return [_assessed(control, [asked[one] for one in control.criteria], fleet, document) for control in CONTROLS]


def _assessed(
    control: Control, asked: Sequence[_Asked], fleet: Sequence[AssessedDevice], document: FleetDocument
) -> dict[str, Any]:
    whole = [(criterion, criterion.ask(document)) for criterion in control.fleet]
    evidence = [line for one in asked for line in one.evidence()]
    evidence += [f"{criterion.clause}: {_title(answer)}{answer.words}" for criterion, answer in whole]
    entry = {"framework": control.framework, "control": control.number, "title": control.title}
    if control.out_of_reach:
        related = [f"related: {line}" for line in evidence]
        return {**entry, **_nothing(), "evidence": [control.out_of_reach, *related], "source": control.source}
    failed, unknown = _devices(asked, State.FAILED), _devices(asked, State.UNKNOWN)
    failed_or_unknown = {*failed, *unknown}
    concerned = {device for one in asked for device in one.answers}
    missing = _missing(document, len(fleet))
    answers = [answer.state for _criterion, answer in whole]
    if failed or State.FAILED in answers:
        state = "not_met"
    elif unknown or missing or State.UNKNOWN in answers or not all(one.answers for one in asked):
        state = "not_verified"
    else:
        state = "met"
    return {
        **entry,
        "state": state,
        "verified": [one.clause for one in control.criteria] + [one.clause for one in control.fleet],
        "devices_ok": len(concerned - failed_or_unknown),
        "devices_failed": failed,
        "devices_unknown": [device for device in unknown if device not in failed],
        "when": _oldest(fleet, concerned, document),
        "evidence": [*evidence, *missing, *([f"not verified here: {control.beyond}"] if control.beyond else [])],
        "source": control.source,
    }


def _nothing() -> dict[str, Any]:
    return {
        "state": "out_of_reach",
        "verified": [],
        "devices_ok": 0,
        "devices_failed": [],
        "devices_unknown": [],
        "when": None,
    }


def _ask(criterion: Criterion, fleet: Sequence[AssessedDevice]) -> _Asked:
    answers = {}
    for device in fleet:
        answer = _answer(criterion, device)
        if answer is not None:
            answers[device.entry.device] = answer
    return _Asked(criterion, answers)


def _answer(criterion: Criterion, device: AssessedDevice) -> Answer | None:
    if device.silent:
        return Answer(State.UNKNOWN, device.silent) if device.concerned(criterion.kinds) else None
    return criterion.ask(device)


def _devices(asked: Sequence[_Asked], state: State) -> list[str]:
    return sorted({device for one in asked for device in one.of(state)})


def _missing(document: FleetDocument, found: int) -> list[str]:
    """Where the document says of more devices than it has."""
    total = found if document.devices_total is None else document.devices_total
    return [f"not known: the document has {found} of {total} devices"] if total != found else []


def _oldest(fleet: Sequence[AssessedDevice], concerned: set[str], document: FleetDocument) -> str | None:
    """Of the devices; of what is asked of the document as a whole, the document's own."""
    if not concerned:
        return _text(document.written)
    told = [one.entry.verified for one in fleet if one.entry.device in concerned and one.entry.verified]
    return _text(min(told, default=None))


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else write_moment(moment)


def _title(answer: Answer) -> str:
    return {State.OK: "", State.FAILED: "failed, ", State.UNKNOWN: "not known, "}[answer.state]
