# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.preflight: what a device lacks, found before anything is changed."""

from __future__ import annotations

import shlex
import time
from typing import Any, ClassVar

from ..module_utils.errors import SiptlsError
from ..plugin_utils.device import Device
from ..plugin_utils.operation import Operation

_LISTS = {
    "folders": "check_folder",
    "commands": "check_command",
    "users": "check_user",
    "groups": "check_group",
    "services": "check_service",
}
_READER = ("user", "service", "private_key", "owner", "group", "variables")


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "openssl_minimum": {"type": "str", "default": "1.1.1"},
        "clock_tolerance": {"type": "int", "default": 300},
        **{name: {"type": "list", "elements": "str", "default": []} for name in _LISTS},
        "readers": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "user": {"type": "str", "default": ""},
                "service": {"type": "str", "default": ""},
                "private_key": {"type": "str", "required": True, "no_log": False},
                "owner": {"type": "str", "required": True},
                "group": {"type": "str", "required": True},
                "variables": {"type": "str", "required": True},
            },
        },
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Looks at the device and fails with all that is missing."""
        calls = [
            ("check_openssl", arguments["openssl_minimum"]),
            ("check_clock", str(int(time.time())), str(arguments["clock_tolerance"])),
            *(("check_reader", *(one[name] for name in _READER)) for one in arguments["readers"]),
            *((function, item) for name, function in _LISTS.items() for item in dict.fromkeys(arguments[name])),
        ]
        checks = "".join(f"{shlex.join(call)}\n" for call in calls)
        answer = Device(self, self.device_name).run("preflight.sh", {"checks": checks})
        problems = [problem for problem, _body in answer.each("problem")]
        if answer.value("finished") is None:
            problems.append("shell: expected one that runs a script to its end; found that it stopped half-way")
        if problems:
            heading = "the device lacks something, and nothing has been changed on it"
            raise SiptlsError("\n- ".join((heading, *problems)), where=self.device_name)
        return {"changed": False}
