# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.verification_report: what was found of every device, in a file and on the screen."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible.utils.display import Display

from ..module_utils.errors import SiptlsError
from ..module_utils.files import NewFile, replace_file
from ..module_utils.fleet.device import DeviceEntry, Kind
from ..module_utils.fleet.document import FleetDocument
from ..module_utils.fleet.reading import from_timestamp
from ..module_utils.pki.certificates import utc_now
from ..plugin_utils.operation import REPORT, Operation
from ..plugin_utils.version import collection_version


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        **REPORT,
        "strict": {"type": "bool", "default": False},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Reads what was noted on each host, writes the file and shows the table."""
        self._not_verified: list[str] = []
        document = FleetDocument(
            began=from_timestamp(arguments["began"], "began"),
            written=utc_now(),
            collection=collection_version(),
            devices=tuple(self._device(host) for host in sorted(set(arguments["hosts"]))),
        )
        if arguments["path"]:
            replace_file(self.controller_path(arguments["path"]), NewFile(document.content()))
        table = document.table()
        if arguments["shown"]:
            Display().display(table)
        return {
            "changed": False,
            "document": document.as_dict(),
            "counts": document.counts,
            "table": table,
            "failed_devices": sorted({*document.failed(strict=arguments["strict"]), *self._not_verified}),
        }

    def _device(self, host: str) -> DeviceEntry:
        variables = self.variables["hostvars"][host]
        groups, softswitches = variables.get("group_names", []), variables.get("groups", {}).get("softswitches", [])
        kind: Kind = "softswitch" if "softswitches" in groups else "gateway"
        softswitch = variables.get("gateway_softswitch") or next(iter(softswitches), None)
        where = str(softswitch) if kind == "gateway" and softswitch else None
        noted, problem = variables.get("verification"), variables.get("verification_problem")
        if noted is not None:
            try:
                return DeviceEntry.read(noted, where=f"{host}, fact verification")
            except SiptlsError as error:
                # One device whose facts cannot be read is one device that is not verified
                problem = error
        if problem is None:
            return DeviceEntry.unreachable(host, kind, where, str(variables.get("verification_unreachable") or ""))
        self._not_verified.append(host)
        return DeviceEntry.not_verified(host, kind, where, str(problem))
