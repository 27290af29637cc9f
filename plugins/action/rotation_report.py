# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.rotation_report: what became of each device, in a file and on the screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ..module_utils.durations import parse_duration
from ..module_utils.files import NewFile, replace_file
from ..module_utils.fleet.reading import from_timestamp
from ..module_utils.json_text import dump_json
from ..module_utils.rotation.expiry import Schedule
from ..module_utils.rotation.report import FAILURES, DeviceReport, Report
from ..module_utils.rotation.upkeep import Upkeep, ca_use, certificates_of, read_kept
from ..module_utils.timestamps import utc_now
from ..plugin_utils.operation import REPORT, Operation
from ..plugin_utils.table import show_table


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        **REPORT,
        "plan": {"type": "bool", "default": False},
        "run_interval": {"type": "str", "default": "24h"},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Reads what the roles noted on each host, writes the file and shows the table."""
        began = from_timestamp(arguments["began"], "began")
        devices = [host for host in arguments["hosts"] if self._kind(host)]
        upkeep = self._upkeep(
            Schedule(began, parse_duration(arguments["run_interval"], name="rotate_interval")), arguments["hosts"]
        )
        report = Report(
            devices=[DeviceReport.of(host, self._kind(host), self._noted(host)) for host in devices],
            began=began,
            written=utc_now(),
            predicted=arguments["plan"],
            upkeep=upkeep,
        )
        content = report.as_dictionary()
        if arguments["path"]:
            replace_file(self.controller_path(arguments["path"]), NewFile(dump_json(content)))
        if arguments["shown"]:
            show_table(report.table())
        failed = [device.device for device in report.devices if device.outcome in FAILURES]
        refused = [device.device for device in report.devices if device.outcome == "refused"]
        causes, ca_cause = upkeep.causes(), upkeep.ca_cause()
        return {
            "changed": False,
            "report": content,
            "table": report.table(),
            "failed_devices": failed,
            "causes": causes,
            "ca_cause": ca_cause,
            "hosts_to_fail": arguments["hosts"] if ca_cause else [*dict.fromkeys([*refused, *causes])],
        }

    def _kind(self, host: str) -> str:
        """Softswitch or gateway; empty for a host that is neither."""
        groups = self.variables["hostvars"][host].get("group_names", [])
        return "softswitch" if "softswitches" in groups else "gateway" if "gateways" in groups else ""

    def _noted(self, host: str, fact: str = "rotation") -> Mapping[str, Any] | None:
        found = self.variables["hostvars"][host].get(fact)
        # A plan that did not reach the device left no more than that
        return found if isinstance(found, Mapping) and not found.get("unreachable") else None

    def _upkeep(self, schedule: Schedule, hosts: Sequence[str]) -> Upkeep:
        with_crls = {host: kind for host, kind in self._hosts_with_crls() if host in hosts}
        noted = {host: self._noted(host) for host in hosts if self._kind(host)}
        return Upkeep(
            schedule,
            kept=[
                read_kept(host, kind, self._noted(host, "rotation_crl"), self._noted(host, "rotation_crl_lists"))
                for host, kind in with_crls.items()
            ],
            left_out=sorted({host for host, _kind in self._hosts_with_crls()} - with_crls.keys()),
            certificates=[
                one for host, found in noted.items() if found for one in certificates_of(host, self._kind(host), found)
            ],
            uses=[use for found in noted.values() if found and (use := ca_use(found))],
        )

    def _hosts_with_crls(self) -> Iterator[tuple[str, str]]:
        """All in the inventory, whether or not they are in this run."""
        groups, known = self.variables.get("groups", {}), self.variables["hostvars"]
        for host in groups.get("softswitches", []):
            if known[host].get("vos_crl_file"):
                yield host, "softswitch"
        yield from ((host, "revocation_host") for host in groups.get("revocation_hosts", []))
