# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.post_quantum_report: what was seen of each device, and who stands in the way of a stage."""

from __future__ import annotations

from typing import Any, ClassVar

from ..module_utils.files import NewFile, replace_file
from ..module_utils.json_text import dump_json
from ..module_utils.post_quantum.stages import STAGES, Fleet, Seen, in_the_way, not_proven
from ..module_utils.timestamps import utc_now
from ..plugin_utils.operation import Operation
from ..plugin_utils.table import show_table


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "hosts": {"type": "list", "elements": "str", "required": True},
        "stage": {"type": "str", "default": "readiness", "choices": list(STAGES)},
        "path": {"type": "str", "default": ""},
        "shown": {"type": "bool", "default": True},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Reads what the roles noted on each host, writes the file and shows the table."""
        stage = arguments["stage"]
        fleet = Fleet([self._seen(host) for host in arguments["hosts"]], stage, utc_now())
        content = fleet.as_dictionary()
        if arguments["path"]:
            replace_file(self.controller_path(arguments["path"]), NewFile(dump_json(content)))
        if arguments["shown"]:
            show_table(fleet.table())
        return {
            "changed": False,
            "report": content,
            "table": fleet.table(),
            "in_the_way": in_the_way(stage, fleet.devices),
            "not_proven": not_proven(stage, fleet.devices),
        }

    def _seen(self, host: str) -> Seen:
        variables = self.variables["hostvars"][host]
        kind = "softswitch" if "softswitches" in variables.get("group_names", []) else "gateway"
        return Seen.of(host, kind, variables.get("post_quantum_seen"))
