# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.preflight: what a device lacks, found before anything is changed."""

from __future__ import annotations

from typing import Any, ClassVar

from ..plugin_utils.device import Device
from ..plugin_utils.operation import OPTIONS, Operation
from ..plugin_utils.preflight import PREFLIGHT, preflight_call, refuse_lacking


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {**PREFLIGHT, "options": OPTIONS}

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Looks at the device and fails with all that is missing."""
        call = preflight_call(arguments)
        refuse_lacking(Device(self, self.device_name).run(call.script, call.parameters), self.device_name)
        return {"changed": False}
