# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.device_files: the configuration of one device, published together, in one task."""

from __future__ import annotations

from typing import Any, ClassVar

from ..module_utils.configuration.desired import Configuration
from ..plugin_utils.configuration_place import ConfigurationPlace
from ..plugin_utils.configuration_task import FILES, ConfigurationTask, settled
from ..plugin_utils.device import Device
from ..plugin_utils.operation import OPTIONS, Operation


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "options": OPTIONS,
        **FILES,
        "state": {"type": "str", "default": "present", "choices": ["present", "accepted", "previous"]},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Looks at the device and, where its files are not as wanted or not loaded, publishes them."""
        place = ConfigurationPlace(Device(self, self.device_name), Configuration.checked(arguments))
        if arguments["state"] != "present":
            return settled(place, arguments["state"], arguments["state_file"], check_mode=self.check_mode)
        task = ConfigurationTask(place, reload_now=arguments["reload_now"])
        return task.run(check_mode=self.check_mode, diff_mode=self.diff_mode)
