# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.certificate_removal: a device without our certificate and key, in one round trip."""

from __future__ import annotations

from typing import Any, ClassVar

from ..plugin_utils.certificate_place import CertificatePlace
from ..plugin_utils.device import Device
from ..plugin_utils.operation import Operation

_MOST_SHOWN = 10


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "directory": {"type": "str", "required": True},
        "certificate": {"type": "str", "required": True},
        "private_key": {"type": "str", "required": True, "no_log": False},
        "trust_bundle": {"type": "str", "default": "ca.crt"},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Removes what is there, or tells what would be removed."""
        place = CertificatePlace(**arguments, owner="", group="")
        answer = Device(self, self.device_name).run(
            "certificate_remove.sh",
            {**arguments, "rehearsal": "y" if self.check_mode else ""},
        )
        removed, restored = (
            [name for name, _body in answer.each(field)][:_MOST_SHOWN] for field in ("removed", "restored")
        )
        result: dict[str, Any] = {"changed": bool(removed or restored), "removed": removed, "restored": restored}
        if result["changed"]:
            words = {"removed": removed, "as before": restored}
            said = "; ".join(f"{what}: {', '.join(names)}" for what, names in words.items() if names)
            result["reason"] = f"{place.directory}: {said}"
            if self.diff_mode:
                result["diff"] = [
                    {"prepared": f"{place.directory}/{name}: {what}\n"}
                    for what, names in (("removed", removed), ("back as it was before", restored))
                    for name in names
                ]
        return result
