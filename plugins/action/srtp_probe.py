# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.srtp_probe: a call with the identity of a device, to see which encryption of media is agreed on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from ..module_utils.probe.facts import task_result
from ..module_utils.probe.options import CALL, PROBE, checked_call, checked_options
from ..plugin_utils.device import Device
from ..plugin_utils.operation import Operation
from ..plugin_utils.probe import probe


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {**PROBE, **CALL}

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Takes the steps up to the call, and fails unless all are ok."""
        options = checked_options(arguments)
        options = replace(options, then=checked_call(arguments, options.target.domain))
        return task_result(probe(Device(self, self.device_name), options), where=self.device_name)
