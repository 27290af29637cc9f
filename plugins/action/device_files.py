# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.device_files: all configuration files of a device, published together, in one task."""

from __future__ import annotations

from typing import Any, ClassVar

from ..module_utils.errors import SiptlsError
from ..plugin_utils.configuration_files import ConfigurationFile, Found, Service, look, publish
from ..plugin_utils.configuration_plan import Change, Plan, plan_for
from ..plugin_utils.device import Device
from ..plugin_utils.operation import Operation

_STAMP = ".siptls-loaded"


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
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
                "validate": {"type": "str", "default": ""},
                "sensitive": {"type": "bool", "default": False},
                "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
            },
        },
        "loads": {"type": "list", "elements": "str", "default": []},
        "reload": {"type": "str", "default": ""},
        "state_file": {"type": "str", "default": ""},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Looks at the device and, where its files are not as wanted or not read, makes it so."""
        files = tuple(_configuration_file(entry) for entry in arguments["files"])
        service = _service(arguments, files)
        device = Device(self, self.host)
        found = look(device, files, service, contents=self.diff_mode)
        try:
            plan = plan_for(files, service, found)
        except SiptlsError as error:
            raise SiptlsError(str(error), where=self.host) from None
        if plan.reason and not self.check_mode:
            publish(device, files, plan.contents, service)
        return self._result(plan, found, service)

    def _result(self, plan: Plan, found: Found, service: Service) -> dict[str, Any]:
        result: dict[str, Any] = {
            "changed": bool(plan.reason),
            "files": [{"path": change.file.path, "action": change.action} for change in plan.changes],
            "reloaded": bool(plan.reason and service.reload),
        }
        if plan.reason:
            result["reason"] = plan.reason
            if self.diff_mode:
                result["diff"] = _diff(plan, found, service)
        return result


def _configuration_file(entry: dict[str, Any]) -> ConfigurationFile:
    present = entry["state"] == "present"
    if present and entry["content"] is None:
        raise SiptlsError(f"content of {entry['path']} is missing", expected="content, or state: absent")
    return ConfigurationFile(
        path=entry["path"],
        content=entry["content"] if present else None,
        merge=entry["merge"] == "ini",
        mode=entry["mode"],
        owner=entry["owner"],
        group=entry["group"],
        validate=entry["validate"],
        sensitive=entry["sensitive"],
    )


def _service(arguments: dict[str, Any], files: tuple[ConfigurationFile, ...]) -> Service:
    paths = [file.path for file in files]
    if len(set(paths)) < len(paths):
        raise SiptlsError("a path stands in files more than once", found=", ".join(sorted(paths)))
    state_file = arguments["state_file"]
    if not state_file:
        if not paths:
            raise SiptlsError("without files, state_file is needed", expected="where to keep what the service has read")
        state_file = f"{paths[0].rpartition('/')[0]}/{_STAMP}"
    return Service(arguments["reload"], tuple(arguments["loads"]), state_file)


def _diff(plan: Plan, found: Found, service: Service) -> list[dict[str, str]]:
    parts = [_file_diff(change, found) for change in plan.changes if change.action != "unchanged"]
    parts += [{"prepared": f"{plan.leftovers}\n"}] if plan.leftovers else []
    parts += [{"prepared": f"{service.reload}: {plan.reload or 'files have changed'}\n"}] if service.reload else []
    return parts


def _file_diff(change: Change, found: Found) -> dict[str, str]:
    path = change.file.path
    if change.action == "owner_or_mode":
        return {"prepared": f"{change.reason}\n"}
    if change.file.sensitive:
        return {"prepared": f"{path}: {change.action}; the content is not shown\n"}
    return {
        "before": found.contents.get(path, ""),
        "after": change.content or "",
        "before_header": path,
        "after_header": f"{path} (mode {change.file.mode})" if change.content is not None else path,
    }
