# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The devices of a fleet as the rows of a table, column by column, so that what is the same on many devices is there once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..fleet.checks import WORST_FIRST

__all__ = ["COLUMNS", "FINDINGS", "pack", "packed_devices", "sorted_devices"]

#: States of a check that an operator has to look at, with the worst one in front.
FINDINGS = ("failed", "due", "unknown")

_Device = Mapping[str, Any]


def of(part: str, name: str) -> Callable[[_Device], Any]:
    """What a part of a device says under a name; None where that part is unknown."""
    return lambda device: (device.get(part) or {}).get(name)


def plain(name: str) -> Callable[[_Device], Any]:
    """What a device says under a name."""
    return lambda device: device.get(name)


def _identity(device: _Device) -> str:
    """Who the device is: what its certificate says, and what is wanted where it has none."""
    certificate = device.get("certificate") or {}
    wanted = device.get("identity") or {}
    return str(device.get("aor") or certificate.get("subject") or wanted.get("common_name") or "")


def _anchors(device: _Device) -> list[str]:
    return [str(anchor.get("subject", "")) for anchor in device.get("anchors") or ()]


def _findings(device: _Device) -> list[list[str]]:
    """Check, state and cause of all that is not as it should be, the worst first."""
    found = [
        [str(check.get("check", "")), str(check.get("state", "")), str(check.get("cause", ""))]
        for check in device.get("checks") or ()
        if check.get("state") in FINDINGS
    ]
    return sorted(found, key=lambda finding: FINDINGS.index(finding[1]))


#: The columns by name, in the order in which the page has them.
COLUMNS: Mapping[str, Callable[[_Device], Any]] = {
    "device": lambda device: str(device["device"]),
    "kind": plain("kind"),
    "state": lambda device: device.get("state") if device.get("state") in WORST_FIRST else "unknown",
    "identity": _identity,
    "serial_number": of("certificate", "serial_number"),
    "key_type": of("certificate", "key_type"),
    "not_after": of("certificate", "not_after"),
    "days_left": of("certificate", "days_left"),
    "protocol": of("tls", "protocol"),
    "cipher": of("tls", "cipher"),
    "group": of("tls", "group"),
    "suite": of("srtp", "suite"),
    "encrypted": of("srtp", "required"),
    "registered": plain("registered"),
    "last_rotation": plain("last_rotation"),
    "anchors": _anchors,
    "findings": _findings,
    "softswitch": plain("softswitch"),
    "readiness": lambda device: (device.get("post_quantum") or {}).get("readiness") or "unknown",
    "accelerated": of("aes", "accelerated"),
    "drift": lambda device: len(device.get("drift") or ()),
    "verified": plain("verified"),
}


def sorted_devices(devices: Sequence[_Device]) -> list[_Device]:
    """What has to be looked at first in front, then by name."""
    rank: dict[str, int] = {state: at for at, state in enumerate(WORST_FIRST)}
    return sorted(devices, key=lambda device: (rank.get(str(device.get("state")), 1), str(device["device"])))


def packed_devices(devices: Sequence[_Device]) -> dict[str, Any]:
    """The columns of the devices, in their order."""
    return {name: pack([value(device) for device in devices]) for name, value in COLUMNS.items()}


def pack(values: Sequence[Any]) -> dict[str, Any]:
    """A column: ``values`` with the place of each row's in ``at`` where many are the same, ``list`` otherwise."""
    places: dict[str, int] = {}
    at = [places.setdefault(json.dumps(value), len(places)) for value in values]
    if 2 * len(places) > len(values):
        return {"list": list(values)}
    return {"values": [json.loads(text) for text in places], "at": at}
