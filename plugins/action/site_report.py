# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.site_report: what a run of siptls.vos.site did for each device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..module_utils.fleet.reading import from_timestamp
from ..module_utils.site.report import Results, SetUp, SiteReport
from ..module_utils.timestamps import utc_now
from ..plugin_utils.operation import Operation
from ..plugin_utils.table import show_table

#: By the kind of a device: its group, and what the names of the results in its role begin with.
_KINDS = {"softswitch": ("softswitches", "__vos"), "gateway": ("gateways", "__gateway")}


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "hosts": {"type": "list", "elements": "str", "required": True},
        "began": {"type": "float", "required": True},
        "plan": {"type": "bool", "default": False},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Reads what the tasks returned on each host, and shows the table."""
        found = (self._device(host, predicted=arguments["plan"]) for host in arguments["hosts"])
        report = SiteReport(
            devices=[device for device in found if device],
            began=from_timestamp(arguments["began"], "began"),
            written=utc_now(),
            predicted=arguments["plan"],
        )
        show_table(report.table())
        return {"changed": False, "report": report.as_dictionary(), "table": report.table()}

    def _device(self, host: str, *, predicted: bool) -> SetUp | None:
        """None for a host that is neither a softswitch nor a gateway."""
        variables = self.variables["hostvars"][host]
        groups = variables.get("group_names", [])
        for kind, (group, prefix) in _KINDS.items():
            if group in groups:
                return SetUp.of(host, kind, _results(variables, prefix), predicted=predicted)
        return None


def _results(variables: Mapping[str, Any], prefix: str) -> Results:
    def result(name: str) -> Mapping[str, Any]:
        found = variables.get(f"{prefix}_{name}")
        return found if isinstance(found, Mapping) else {}

    proof = result("proof_result")
    unproven = proof.get("skipped") or proof.get("unproven")
    return Results(
        state=result("state"),
        certificate=result("certificate_result"),
        configuration=result("configuration_result"),
        failure=result("failure"),
        not_proven="the softswitch does not tell whether it is registered with its certificate" if unproven else "",
    )
