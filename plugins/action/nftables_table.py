# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.nftables_table: a table in a file, in the kernel and at the next boot, in one task."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any, ClassVar

from ..module_utils.configuration.desired import Configuration
from ..module_utils.configuration.diff import differences
from ..module_utils.configuration.plan import ConfigurationPlan, plan_for
from ..module_utils.errors import SiptlsError
from ..module_utils.network.nftables import Loaded, Table
from ..plugin_utils.configuration_place import ConfigurationPlace
from ..plugin_utils.device import Device
from ..plugin_utils.operation import Operation


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "name": {"type": "str", "required": True},
        "rules": {"type": "str"},
        "directory": {"type": "str", "required": True},
        "service": {"type": "str", "required": True},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Looks at files, kernel and systemd, and brings them to what is wanted where they are not."""
        table = Table.checked(arguments)
        device = Device(self, self.device_name)
        return self._present(device, table) if table.present else self._absent(device, table)

    def _present(self, device: Device, table: Table) -> dict[str, Any]:
        loaded = _look_at_kernel(device, table)
        place = _place(device, table, table.files)
        looked = place.look(texts=self.diff_mode)
        plan = plan_for(place.wanted, looked.found)
        if not plan.reloads:
            plan = _with(plan, table.drift(loaded))
        result = self._result(plan, plan, table, loaded)
        if plan.reason and self.check_mode:
            refusal = place.rehearse(plan)
            result |= {"warnings": [f"Without check mode this would fail. {refusal}"]} if refusal else {}
        elif plan.reason:
            _publish(place, table, plan, looked.seen)
        return result

    def _absent(self, device: Device, table: Table) -> dict[str, Any]:
        loaded = _look_at_kernel(device, table)
        everything = _place(device, table, [*table.traces, *table.files], loads=False)
        plan = _with(plan_for(everything.wanted, everything.look(texts=self.diff_mode).found), table.drift(loaded))
        own = replace(plan, steps=plan.steps[len(table.traces) :])
        result = self._result(plan, own, table, loaded)
        if plan.reason and not self.check_mode:
            _remove(_place(device, table, table.files), table)
            _remove(_place(device, table, table.traces, loads=False), table)
            device.run("command.sh", {"command": f"rmdir {shlex.quote(table.directory)}"})
        return result

    def _result(
        self, plan: ConfigurationPlan, shown: ConfigurationPlan, table: Table, loaded: Loaded
    ) -> dict[str, Any]:
        result: dict[str, Any] = {
            "changed": bool(plan.reason),
            "files": [{"path": step.file.path, "action": step.action} for step in shown.steps],
            "loaded": table.present and plan.reloads,
        }
        if plan.reason:
            result["reason"] = plan.reason
            if self.diff_mode:
                result["diff"] = differences(shown) + table.difference(loaded)
        return result


def _look_at_kernel(device: Device, table: Table) -> Loaded:
    answer = device.run("table_look.sh", {"table": table.name, "record": table.record, "links": "\n".join(table.links)})
    return Loaded(answer.body("listing"), answer.body("recorded"), starts=answer.value("starts") is not None)


def _place(device: Device, table: Table, files: list[dict[str, Any]], *, loads: bool = True) -> ConfigurationPlace:
    reload = {"reload": table.load, "state_file": table.state_file} if loads else {"reload": "", "state_file": ""}
    return ConfigurationPlace(device, Configuration.checked({"files": files, "loads": [], **reload}))


def _publish(place: ConfigurationPlace, table: Table, plan: ConfigurationPlan, seen: str) -> None:
    try:
        place.publish(plan, seen)
    except SiptlsError as error:
        # The command is long, and a person looks for its essence
        problem = error.problem.replace(table.load, table.load_in_words)
        raise SiptlsError(
            problem, where=error.where, expected=error.expected, found=error.found, remedy=error.remedy
        ) from None


def _remove(place: ConfigurationPlace, table: Table) -> None:
    """Removes the files of ``place``, and has the device unload what it loaded from them, whether or not they were there."""
    looked = place.look(texts=False)
    plan = plan_for(place.wanted, looked.found)
    _publish(place, table, replace(plan, reloads=bool(place.wanted.reload)), looked.seen)


def _with(plan: ConfigurationPlan, words: tuple[str, ...]) -> ConfigurationPlan:
    """``plan`` with more reasons to load."""
    return replace(plan, more=words, reloads=plan.reloads or bool(words))
