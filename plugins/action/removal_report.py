# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.removal_report: what became of each device, in a file and on the screen."""

from __future__ import annotations

from typing import Any, ClassVar

from ..module_utils.files import NewFile, replace_file
from ..module_utils.fleet.reading import from_timestamp
from ..module_utils.json_text import dump_json
from ..module_utils.removal.report import FAILURES, Removal, RemovalReport
from ..module_utils.timestamps import utc_now
from ..plugin_utils.operation import REPORT, Operation
from ..plugin_utils.table import show_table

_KINDS = {
    "softswitches": "softswitch",
    "gateways": "gateway",
    "revocation_hosts": "revocation",
    "controllers": "controller",
}


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        **REPORT,
        "plan": {"type": "bool", "default": False},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Reads what the roles noted on each host, writes the file and shows the table."""
        report = RemovalReport(
            devices=[self._device(host) for host in arguments["hosts"]],
            began=from_timestamp(arguments["began"], "began"),
            written=utc_now(),
            predicted=arguments["plan"],
        )
        content = report.as_dictionary()
        if arguments["path"]:
            replace_file(self.controller_path(arguments["path"]), NewFile(dump_json(content)))
        if arguments["shown"]:
            show_table(report.table())
        failed = [device.device for device in report.devices if device.outcome in FAILURES]
        return {"changed": False, "report": content, "table": report.table(), "failed_devices": failed}

    def _device(self, host: str) -> Removal:
        variables = self.variables["hostvars"][host]
        groups = variables.get("group_names", [])
        kind = next((kind for group, kind in _KINDS.items() if group in groups), "gateway")
        return Removal.of(host, kind, variables.get("removal"))
