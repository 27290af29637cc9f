# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.registrations: who is registered at a softswitch, and with which certificate."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from ..module_utils.durations import format_duration, parse_duration
from ..module_utils.errors import SiptlsError
from ..module_utils.sip.aor import normal_aor
from ..module_utils.sip.registrations import (
    Absent,
    Expected,
    Registration,
    RegistrationVerdict,
    compare,
    normal_serial,
    parse_registrations,
    still_registered,
)
from ..plugin_utils.device import Device
from ..plugin_utils.operation import Operation

_SECONDS_BETWEEN_LOOKS = 1.0
_SHOWN = 3


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "command": {"type": "str", "required": True},
        "expect": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "aor": {"type": "str", "required": True},
                "serial_number": {"type": "str", "default": ""},
                "certificate_required": {"type": "bool", "default": False},
                "plain": {"type": "bool", "default": False},
            },
        },
        "absent": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "name": {"type": "str", "required": True},
                "serial_numbers": {"type": "list", "elements": "str", "default": []},
                "aors": {"type": "list", "elements": "str", "default": []},
                "replaced": {"type": "bool", "default": False},
            },
        },
        "at_least": {"type": "int", "default": 0},
        "wait": {"type": "str", "default": ""},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Looks until all that is expected is there, or the time is over."""
        expected = [_expected(**entry) for entry in arguments["expect"]]
        absent = [_absent(**entry) for entry in arguments["absent"]]
        patience = parse_duration(arguments["wait"], name="wait") if arguments["wait"] else None
        device = Device(self, self.device_name)
        begin = time.monotonic()
        give_up = begin + (patience.total_seconds() if patience else 0)
        while True:
            ignored: list[str] = []
            found = self._look(device, arguments["command"], ignored)
            verdict = compare(expected, found, arguments["at_least"])
            held = still_registered(absent, found)
            if not verdict.problems and not held.problems:
                break
            if time.monotonic() >= give_up:
                after = f" after {format_duration(patience)}" if patience else ""
                if held.problems:
                    raise _held(held, after, device.name)
                raise SiptlsError(
                    f"registrations are not as expected{after}",
                    where=device.name,
                    found="; ".join(
                        [*verdict.problems, *(f"a line that cannot be read: {one!r}" for one in ignored[:_SHOWN])]
                    ),
                    remedy="look at what the softswitch and the gateway log of the handshake",
                )
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        return {
            "changed": False,
            "registrations": [_facts(one) for one in found],
            "count": len(found),
            "ignored": ignored,
            "certificates_known": sum(1 for one in found if one.serial),
            "unproven": [*verdict.unproven, *held.unproven],
            "seconds": round(time.monotonic() - begin, 1),
        }

    def _look(self, device: Device, command: str, ignored: list[str]) -> tuple[Registration, ...]:
        answer = device.run("command.sh", {"command": command})
        status, said = answer.value("said"), answer.body("said") or ""
        if status != "0":
            raise SiptlsError(
                "the softswitch does not tell who is registered",
                where=device.name,
                expected=f"exit status 0 from: {command}",
                found=f"exit status {status}: {said.strip()[:500] or 'it said nothing'}",
            )
        return parse_registrations(said, where=device.name, ignored=ignored)


def _expected(aor: str, serial_number: str, *, certificate_required: bool, plain: bool) -> Expected:
    try:
        return Expected(normal_aor(aor), normal_serial(serial_number), told=certificate_required, plain=plain)
    except ValueError as error:
        raise SiptlsError(
            "expect holds a value that is none",
            expected="aor: sip:user@domain, and a serial number in hexadecimal digits",
            found=repr(str(error)),
        ) from None


def _absent(name: str, serial_numbers: list[str], aors: list[str], *, replaced: bool) -> Absent:
    try:
        serials = frozenset(normal_serial(serial) for serial in serial_numbers)
        return Absent(name, serials, tuple(normal_aor(aor) for aor in aors), replaced=replaced)
    except ValueError as error:
        raise SiptlsError(
            "absent holds a value that is invalid",
            expected="aors: sip:user@domain, and serial numbers in hexadecimal digits",
            found=repr(str(error)),
        ) from None


def _held(verdict: RegistrationVerdict, after: str, where: str) -> SiptlsError:
    return SiptlsError(
        f"who is not to be registered is still registered{after}",
        where=where,
        expected="no registration of it",
        found="; ".join(verdict.problems),
        remedy="end its connection and remove its registration at the softswitch, or restart the service: a CRL stops new connections "
        "and need not end one that is up. Where it is registered by plain SIP, close that port or block its account. Then run this again",
    )


def _facts(one: Registration) -> dict[str, Any]:
    return {"aor": one.aor, "serial_number": one.serial, "seconds": one.seconds}
