# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.rollover: what has to be true before the next phase of a rollover, and the record of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..module_utils.errors import SiptlsError
from ..module_utils.pki.issuing.rollover_phases import Use, not_by
from ..module_utils.pki.register import Register
from ..module_utils.pki.store.revocation_record import parse_serial
from ..module_utils.pki.x509.certificates import serial_hex
from ..module_utils.serial_numbers import serial_digits
from ..module_utils.timestamps import utc_now
from ..plugin_utils.bao_options import BAO
from ..plugin_utils.operation import ROOT_FINGERPRINTS, Operation

_SHOWN = 50


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "pki": {"type": "path"},
        "bao": BAO,
        "authority": {"type": "str", "required": True},
        "takes_over_from": {"type": "str", "required": True},
        "phase": {"type": "str", "required": True, "choices": ["issue", "retire"]},
        "beside": {"type": "list", "elements": "str", "default": []},
        "root_fingerprints": ROOT_FINGERPRINTS,
        "devices": {"type": "int", "default": 0},
        "seen": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "device": {"type": "str", "required": True},
                "serial_number": {"type": "str", "required": True},
            },
        },
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

    RULES: ClassVar[dict[str, Any]] = {"mutually_exclusive": [["pki", "bao"]], "required_one_of": [["pki", "bao"]]}

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Refuses, or records what was proven."""
        register, self._now = self.register(arguments), utc_now()
        new, old = arguments["authority"], arguments["takes_over_from"]
        if arguments["phase"] == "retire":
            return self._retire(register, arguments)
        if register.trust_proof(new, now=self._now, thorough=True):
            # For all times: a device that comes later gets certificate and anchors together
            return {"changed": False}
        if arguments["behind"]:
            raise SiptlsError(
                f"{new} cannot issue yet: not every device trusts it",
                expected=f"{arguments['devices']} devices that trust it, and services that have loaded that",
                found=_listed(arguments["behind"]),
                remedy="see to these devices, or take them out of the inventory; then run the phase publish, and this one again",
            )
        seen = _seen(register, arguments)
        if not self.check_mode:
            register.record_trust(new, before=old, seen=seen, now=self._now)
        return {"changed": True, "reason": f"{arguments['devices']} devices trust {new}"}

    def _retire(self, register: Register, arguments: dict[str, Any]) -> dict[str, Any]:
        new, old = arguments["authority"], arguments["takes_over_from"]
        issuers = {
            serial_digits(record.certificate.serial_number): record.authority for record in register.all_records()
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
        if register.retirement_proof(old, now=self._now, beside=arguments["beside"], thorough=True):
            return {"changed": False}
        seen = _seen(register, arguments)
        if not self.check_mode:
            register.record_retirement(old, after=new, seen=seen, now=self._now, beside=arguments["beside"])
        return {"changed": True, "reason": f"{arguments['devices']} devices do not depend on {old} any more"}


def _seen(register: Register, arguments: Mapping[str, Any]) -> dict[str, str]:
    """By device, the serial number of its certificate, in digits as in names of files.

    One without a certificate on its disk has that of its newest record, if it has any.

    :raises SiptlsError: not every device that was asked is among them
    """
    given = {one["device"]: one["serial_number"] for one in arguments["seen"]}
    if len(given) < arguments["devices"]:
        raise SiptlsError(
            "seen does not name every device that was asked, so nothing is proven of the others",
            expected=f"{arguments['devices']} devices, each with the serial number of the certificate that it has",
            found=f"{len(given)} devices",
            remedy="pass seen to siptls.vos.rollover, as the playbooks siptls.vos.rollover and siptls.vos.post_quantum do",
        )
    found = {}
    for device, serial in given.items():
        if serial:
            found[device] = serial_digits(parse_serial(serial))
        elif records := register.records(device):
            found[device] = serial_hex(records[-1].certificate)
    return found


def _listed(words: list[str]) -> str:
    more = [f"and {len(words) - _SHOWN} more"] if len(words) > _SHOWN else []
    return "; ".join([*words[:_SHOWN], *more])
