# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wanted of one device's configuration, held against what the device has, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..module_utils.configuration.calls import InCalls
from ..module_utils.configuration.desired import Configuration
from ..module_utils.configuration.diff import differences
from ..module_utils.configuration.plan import (
    UNCHANGED,
    ConfigurationPlan,
    FileStep,
    InstalledConfiguration,
    plan_for,
    reloading,
)
from ..module_utils.durations import format_duration
from ..module_utils.errors import SiptlsError
from .answer import Answer, answered
from .calls import calls_still_up, publish_between_calls
from .configuration_place import ConfigurationPlace, Looked

__all__ = ["FILES", "ConfigurationTask", "compare", "settled"]

#: What is wanted of a device's configuration, as options of a task.
FILES: dict[str, Any] = {
    "files": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "path": {"type": "str", "required": True},
            "content": {"type": "str"},
            "merge": {"type": "str", "choices": ["ini"]},
            "owner": {"type": "str", "default": ""},
            "group": {"type": "str", "default": ""},
            "mode": {"type": "str", "default": "0644"},
            "keep_mode": {"type": "bool", "default": False},
            "validate": {"type": "str", "default": ""},
            "sensitive": {"type": "bool", "default": False},
            "diff": {"type": "str", "default": "content", "choices": ["content", "digest"]},
            "keep_original": {"type": "bool", "default": False},
            "replacement": {"type": "str"},
            "state": {
                "type": "str",
                "default": "present",
                "choices": ["present", "absent", "original", "forgotten"],
            },
        },
    },
    "loads": {"type": "list", "elements": "str", "default": []},
    "reload": {"type": "str", "default": ""},
    "state_file": {"type": "str", "default": ""},
    "reload_interval": {"type": "str", "default": ""},
    "reload_now": {"type": "bool", "default": False},
    "keep_previous": {"type": "bool", "default": False},
    "calls": {
        "type": "dict",
        "options": {
            "command": {"type": "str", "required": True},
            "wait": {"type": "str", "default": "10m"},
            "otherwise": {"type": "str", "default": "defer", "choices": ["defer", "force"]},
            "sleep": {"type": "bool", "default": True},
            "since": {"type": "float"},
        },
    },
}


@dataclass(frozen=True)
class ConfigurationTask:
    """One device, and the configuration that it is to have.

    :ivar reload_now: whether to reload the service in any case
    """

    place: ConfigurationPlace
    reload_now: bool = False

    def run(self, *, check_mode: bool, diff_mode: bool) -> dict[str, Any]:
        """Has the device as wanted, or says in check mode what that would take.

        :returns: what the task returns
        :raises SiptlsError: a step failed; what the device has now is part of the text
        """
        place = self.place
        up = None if check_mode else calls_still_up(place)
        if up:
            return _deferred(place.wanted, up)
        looked = place.look(texts=diff_mode)
        plan = self._plan(looked)
        result = self._told(looked, plan, diff_mode=diff_mode)
        unknown = [step.file.path for step in plan.steps if step.unknown and not step.file.merges]
        if unknown and not check_mode:
            raise SiptlsError(
                "nobody knows what these files held before this collection first wrote to them; nothing was changed",
                where=f"{place.device.name}, {', '.join(unknown)}",
                expected="a copy beside each of them, as versions since 0.4.0 keep it, or replacement",
                remedy="give replacement: the content of before, or empty where there was no such file",
            )
        if plan.reason and check_mode:
            result |= _rehearsal(place, plan, looked.found)
        elif plan.reason:
            up = publish_between_calls(place, plan, looked.seen)
            if up:
                return _deferred(place.wanted, up)
        return result

    def outlook(self, looked: Looked) -> dict[str, Any]:
        """What :meth:`run` would return in check mode for a device of which this was found; nothing is rehearsed."""
        return self._told(looked, self._plan(looked), diff_mode=False)

    def _plan(self, looked: Looked) -> ConfigurationPlan:
        plan = plan_for(self.place.wanted, looked.found)
        return reloading(plan, self.place.wanted) if self.reload_now else plan

    def _told(self, looked: Looked, plan: ConfigurationPlan, *, diff_mode: bool) -> dict[str, Any]:
        result: dict[str, Any] = {
            "changed": bool(plan.reason),
            "files": [_step(step) for step in plan.steps],
            "reloaded": plan.reloads,
            "never_loaded": plan.never_loaded,
            "not_loaded": sorted(path for path in plan.not_loaded if path),
            "open": any(step.found.is_open for step in plan.steps),
            "reload_recorded": looked.found.loaded is not None,
        }
        if plan.reason:
            result["reason"] = plan.reason
            result["reasons"] = list(plan.reasons)
            if diff_mode:
                result["diff"] = differences(plan)
        return result


def compare(task: ConfigurationTask, answer: Answer | SiptlsError) -> dict[str, Any]:
    """What the task would return in check mode; a failed result where the device could not be looked at.

    :param answer: to :meth:`ConfigurationPlace.look_call`
    """
    try:
        found = task.outlook(task.place.looked(answered(answer)))
        # What the device would say of the new files is asked where there are any
        return task.run(check_mode=True, diff_mode=False) if found.get("reason") else found
    except SiptlsError as error:
        return {"failed": True, "msg": str(error)}


def settled(place: ConfigurationPlace, state: str, state_file: str, *, check_mode: bool) -> dict[str, Any]:
    """Whatever a publication left open is accepted, or taken back; nothing is published and nothing reloaded.

    :param state: ``accepted`` or ``previous``
    :param state_file: the record of what the service loads; empty for the one beside the first file
    :returns: what the task returns
    :raises SiptlsError: the device cannot do it
    """
    found = place.look(texts=False).found
    still_open = [file.path for file in place.wanted.files if found.files[file.path].is_open]
    if still_open and not check_mode:
        place.settle(state, state_file=state_file)
    done = {"accepted": UNCHANGED, "previous": "taken_back"}[state]
    result: dict[str, Any] = {
        # That what is open is accepted changes nothing of what the operator has
        "changed": bool(still_open) and state == "previous",
        "files": [
            {"path": file.path, "action": done if file.path in still_open else UNCHANGED} for file in place.wanted.files
        ],
        "reloaded": False,
        "open": bool(still_open) and check_mode,
    }
    if result["changed"]:
        result["reasons"] = [f"as before: {', '.join(still_open)}"]
        result["reason"] = result["reasons"][0]
    return result


def _step(step: FileStep) -> dict[str, Any]:
    told: dict[str, Any] = {"path": step.file.path, "action": step.action}
    if step.file.goes_back:
        told |= {"original": step.found.kept.state, "unknown": step.unknown, "missing": list(step.missing)}
    return told


def _deferred(wanted: Configuration, calls: InCalls) -> dict[str, Any]:
    """Nothing was changed: the calls on the device are worth more than a reload that can wait, for a later try or for the next run."""
    number = f"{calls.up} call{'s' if calls.up > 1 else ''}"
    result: dict[str, Any] = {
        "changed": False,
        "files": [{"path": file.path, "action": UNCHANGED} for file in wanted.files],
        "reloaded": False,
        "open": False,
    }
    if not calls.is_over:
        busy = {"calls": calls.up, "since": calls.since, "until": calls.until}
        return {**result, "deferred": f"{number} up; the next run tries again", "busy": busy}
    waited = f" after {format_duration(wanted.calls.wait)}" if wanted.calls else ""
    why = f"{number} still up{waited}; the next run tries again"
    return {**result, "deferred": why, "warnings": [f"Not reloaded: {why}"]}


def _rehearsal(place: ConfigurationPlace, plan: ConfigurationPlan, found: InstalledConfiguration) -> dict[str, Any]:
    """A warning where the device would refuse a file.

    No failure: what a command looks at may be something else that this check run only foretells, such as a new certificate.
    Where something that the service loads is not there at all, that is certain, and nothing is asked.
    """
    if any(found.digests.get(path) is None for path in place.wanted.loads):
        return {}
    refusal = place.rehearse(plan)
    return {"warnings": [f"Without check mode this would fail. {refusal}"]} if refusal else {}
