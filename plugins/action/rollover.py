# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.rollover: what has to be true before the next phase of a rollover, and the record of it."""

from __future__ import annotations

from typing import Any, ClassVar

from ..module_utils.errors import SiptlsError
from ..module_utils.pki.certificates import serial_digits, utc_now
from ..module_utils.pki.directory import PkiDirectory
from ..module_utils.pki.rollover import Use, not_by
from ..plugin_utils.operation import Operation

_SHOWN = 50


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "pki": {"type": "path", "required": True},
        "authority": {"type": "str", "required": True},
        "takes_over_from": {"type": "str", "required": True},
        "phase": {"type": "str", "required": True, "choices": ["issue", "retire"]},
        "beside": {"type": "list", "elements": "str", "default": []},
        "devices": {"type": "int", "default": 0},
        "behind": {"type": "list", "elements": "str", "default": []},
        "in_use": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "where": {"type": "str", "required": True},
                "serial_number": {"type": "str", "required": True},
            },
        },
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Refuses, or records what was proven."""
        directory = PkiDirectory(self.controller_path(arguments["pki"]))
        new, old = arguments["authority"], arguments["takes_over_from"]
        if arguments["phase"] == "retire":
            return self._retire(directory, arguments)
        if directory.trust_is_proven(new):
            # For all times: a device that comes later gets certificate and anchors together
            return {"changed": False}
        if arguments["behind"]:
            raise SiptlsError(
                f"{new} cannot issue yet: not every device trusts it",
                expected=f"{arguments['devices']} devices that trust it, and services that have loaded that",
                found=_listed(arguments["behind"]),
                remedy="see to these devices, or take them out of the inventory; then run the phase publish, and this one again",
            )
        if not self.check_mode:
            directory.record_trust(new, before=old, devices=arguments["devices"], now=utc_now())
        return {"changed": True, "reason": f"{arguments['devices']} devices trust {new}"}

    def _retire(self, directory: PkiDirectory, arguments: dict[str, Any]) -> dict[str, Any]:
        new, old = arguments["authority"], arguments["takes_over_from"]
        issuers = {
            serial_digits(record.certificate.serial_number): record.authority for record in directory.all_records()
        }
        uses = [Use(use["where"], use["serial_number"].lower()) for use in arguments["in_use"]]
        found = [*arguments["behind"], *not_by((new, *arguments["beside"]), uses, issuers)]
        if found:
            raise SiptlsError(
                f"{old} cannot be retired yet",
                expected=f"certificates of {new} alone",
                found=_listed(found),
                remedy="see to these devices, or take them out of the inventory; then run the phase issue, and this one again",
            )
        if directory.successor(old):
            return {"changed": False}
        if not self.check_mode:
            directory.record_retirement(old, after=new, devices=arguments["devices"], now=utc_now())
        return {"changed": True, "reason": f"{arguments['devices']} devices do not depend on {old} any more"}


def _listed(words: list[str]) -> str:
    more = [f"and {len(words) - _SHOWN} more"] if len(words) > _SHOWN else []
    return "; ".join([*words[:_SHOWN], *more])
