# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.device_state: whether a device is as the inventory wants it, in one look."""

from __future__ import annotations

from typing import Any, ClassVar

from ..module_utils.errors import SiptlsError
from ..module_utils.rotation.needs import needs_of
from ..plugin_utils.device import Device
from ..plugin_utils.device_look import Aims
from ..plugin_utils.operation import Operation


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "platform": {"type": "dict"},
        "refusals": {"type": "list", "elements": "str", "default": []},
        "notes": {"type": "list", "elements": "str", "default": []},
        "preflight": {"type": "dict"},
        "certificate": {"type": "dict"},
        "second_certificate": {"type": "dict"},
        "configuration": {"type": "dict"},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Looks at the device, and tells what would change."""
        needs = needs_of(arguments["platform"]) if arguments["platform"] else []
        refusals = [*(f"{need.cause}. Remedy: {need.remedy}" for need in needs), *filter(None, arguments["refusals"])]
        if refusals:
            raise SiptlsError("\n- ".join(("nothing was changed on the device", *refusals)), where=self.device_name)
        found = Aims.of(self, arguments, Device(self, self.device_name)).look(check_mode=self.check_mode)
        is_open = bool(found.configuration.get("open"))
        result: dict[str, Any] = {
            "changed": False,
            "due": bool(found.reasons) or is_open,
            "reasons": found.reasons,
            "certificate": dict(found.certificate),
            "second_certificate": dict(found.second),
            "configuration": dict(found.configuration),
        }
        notes = [note for note in arguments["notes"] if note]
        return {**result, "warnings": notes} if notes else result
