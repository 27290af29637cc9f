# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.rotation_plan: what a rotation would do to a device, in one look."""

from __future__ import annotations

from typing import Any, ClassVar

from ..module_utils.rotation.needs import needs_of
from ..module_utils.rotation.plan import DeviceLook, is_set_up, planned
from ..plugin_utils.device import Device
from ..plugin_utils.device_look import Aims
from ..plugin_utils.operation import Operation


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "platform": {"type": "dict", "required": True},
        "certificate": {"type": "dict", "required": True},
        "second_certificate": {"type": "dict"},
        "loaded": {"type": "dict", "required": True},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Looks at the device, which is not changed, and returns the fact ``rotation``."""
        platform, options = arguments["platform"], {**arguments, "configuration": arguments["loaded"]}
        aims = Aims.of(self, options, Device(self, self.device_name))
        found = aims.look(check_mode=True)
        second = found.second if aims.second else None
        looked = DeviceLook(found.certificate, second, found.configuration, found.reasons)
        place = aims.certificate.place if aims.certificate else None
        fact = planned(
            looked,
            needs_of({**platform, "set_up": is_set_up(looked)}),
            certificate_path=f"{place.directory}/{place.certificate}" if place else "",
            trust_bundle_path=f"{place.directory}/{place.trust_bundle}" if place else "",
            valid_for=arguments["certificate"].get("valid_for", "90d"),
        )
        softswitch = {"softswitch": platform["softswitch"]} if platform["kind"] == "gateway" else {}
        return {"changed": False, "kind": platform["kind"], **softswitch, **fact}
