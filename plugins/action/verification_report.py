# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.verification_report: what was found of every device, in a file and on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..module_utils.errors import SiptlsError
from ..module_utils.files import NewFile, replace_file
from ..module_utils.fleet.device import DeviceEntry, Kind
from ..module_utils.fleet.document import FleetDocument
from ..module_utils.fleet.reading import from_timestamp
from ..module_utils.timestamps import utc_now
from ..plugin_utils.operation import REPORT, Operation
from ..plugin_utils.table import show_table
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
        self._causes: dict[str, str] = {}
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
            show_table(table)
        failed = sorted({*document.failed(strict=arguments["strict"]), *self._not_verified})
        return {
            "changed": False,
            "document": document.as_dict(),
            "counts": document.counts,
            "table": table,
            "failed_devices": failed,
            "causes": {host: self._causes[host] for host in failed},
        }

    def _device(self, host: str) -> DeviceEntry:
        entry, why = self._entry(host)
        why = why or "; ".join(one.cause for one in entry.checks if one.state in ("failed", "unknown") and one.cause)
        self._causes[host] = f"{host}: {entry.state}. {why}"
        return entry

    def _entry(self, host: str) -> tuple[DeviceEntry, str]:
        """What was recorded of a host, and why there is nothing else of it; empty where there is."""
        variables = self.variables["hostvars"][host]
        groups, softswitches = variables.get("group_names", []), variables.get("groups", {}).get("softswitches", [])
        kind: Kind = "softswitch" if "softswitches" in groups else "gateway"
        softswitch = variables.get("gateway_softswitch") or next(iter(softswitches), None)
        where = str(softswitch) if kind == "gateway" and softswitch else None
        recorded, problem = variables.get("verification"), _cause(variables.get("verification_problem"))
        seen: Mapping[str, Any] = recorded if isinstance(recorded, Mapping) else {}
        # What siptls.vos.verification returned, or its entry for the device alone
        noted = seen if isinstance(seen.get("device"), str) else seen.get("device")
        if noted is not None:
            try:
                return DeviceEntry.read(noted, where=f"{host}, fact verification"), ""
            except SiptlsError as error:
                # One device whose facts cannot be read is one device that is not verified
                problem = str(error)
        if not problem:
            unreachable = str(seen.get("msg") or "") if seen.get("unreachable") else ""
            return DeviceEntry.unreachable(host, kind, where, unreachable), unreachable
        self._not_verified.append(host)
        return DeviceEntry.not_verified(host, kind, where, problem), problem


def _cause(recorded: Any) -> str:
    """What siptls.vos.failure_cause recorded, or a text."""
    cause = recorded.get("cause") if isinstance(recorded, Mapping) else recorded
    return str(cause or "")
