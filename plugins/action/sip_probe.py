# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.sip_probe: TLS, OPTIONS and REGISTER with the identity of a device, and why one fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from ..module_utils.probe.facts import task_result
from ..module_utils.probe.options import PROBE, RegisterOptions, checked_options
from ..plugin_utils.device import Device
from ..plugin_utils.operation import Operation
from ..plugin_utils.probe import probe


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        **PROBE,
        "register": {"type": "str", "default": "fetch", "choices": ["none", "fetch", "bind"]},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Takes the steps, and fails unless all are ok. In check mode nothing is registered."""
        register = RegisterOptions(arguments["register"])
        if self.check_mode and register.kind == "bind":
            register = RegisterOptions("fetch")
        options = replace(checked_options(arguments), then=register)
        return task_result(probe(Device(self, self.device_name), options), where=self.device_name)
