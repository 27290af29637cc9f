# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document, whole: for programs as JSON, for people as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..errors import SiptlsError
from ..json_text import dump_json, read_json, shown_value
from ..tables import aligned
from ..timestamps import write_moment
from .checks import DEVICE_STATES, is_unknown
from .device import DeviceEntry
from .reading import read

__all__ = ["FORMAT", "FleetDocument"]

FORMAT = 1
_HEADINGS = ("device", "state", "certificate", "ends", "TLS", "registered", "why")
#: What an operator has to see first in front.
_WORST_FIRST = ("unreachable", "failed", "due", "unknown", "ok")
_ANSWERS = {True: "yes", False: "no", None: "unknown"}


@dataclass(frozen=True)
class _Head:
    format: int
    began: datetime
    written: datetime
    collection: str


@dataclass(frozen=True)
class FleetDocument:
    """What was found of a fleet.

    :ivar began: when the verification began, UTC
    :ivar written: when the document was written, UTC
    :ivar collection: the version of this collection that wrote it
    """

    began: datetime
    written: datetime
    collection: str
    devices: tuple[DeviceEntry, ...]

    @classmethod
    def parse(cls, text: str, *, where: str) -> FleetDocument:
        """From the text of a file.

        :raises SiptlsError: it is no such document
        """
        try:
            found = read_json(text)
        except ValueError as error:
            raise SiptlsError(
                "this is no JSON",
                where=where,
                expected="a document of siptls.vos.verify",
                found=str(error),
                remedy="run siptls.vos.verify again, or correct the path",
            ) from None
        return cls.read(found, where=where)

    @classmethod
    def read(cls, found: Any, *, where: str) -> FleetDocument:
        """What :meth:`as_dict` wrote, the devices by name; members that format 1 does not know are left out.

        :raises SiptlsError: it is something else, or of another format
        """
        if isinstance(found, Mapping) and found.get("format", FORMAT) != FORMAT:
            raise SiptlsError(
                "the document is of a format that this version does not read",
                where=where,
                expected=f"format {FORMAT}",
                found=f"format {shown_value(found['format'])}",
                remedy="run siptls.vos.verify and this playbook from the same version of the collection",
            )
        head = read(_Head, found, where=where)
        if not isinstance(found.get("devices"), list):
            raise SiptlsError("devices is no list", where=where, expected="a document of siptls.vos.verify")
        devices = [
            DeviceEntry.read(one, where=where, at=f"devices[{number}]") for number, one in enumerate(found["devices"])
        ]
        return cls(head.began, head.written, head.collection, tuple(sorted(devices, key=lambda one: one.device)))

    @property
    def counts(self) -> dict[str, int]:
        """How many devices by state; each state is there."""
        counted = Counter(one.state for one in self.devices)
        return {state: counted[state] for state in DEVICE_STATES}

    def failed(self, *, strict: bool = False) -> list[str]:
        """The devices that are not in order, by name.

        :param strict: count those too of which something is not known, such as of one that is due as well
        """
        return [
            one.device
            for one in self.devices
            if one.state in ("failed", "unreachable") or (strict and (one.state == "unknown" or is_unknown(one.checks)))
        ]

    def as_dict(self) -> dict[str, Any]:
        """For JSON; the devices by name."""
        return {
            "format": FORMAT,
            "began": write_moment(self.began),
            "written": write_moment(self.written),
            "collection": self.collection,
            "devices_total": len(self.devices),
            "counts": self.counts,
            "devices": [one.as_dict() for one in sorted(self.devices, key=lambda one: one.device)],
        }

    def text(self) -> str:
        """As the file has it."""
        return self.content().decode()

    def content(self) -> bytes:
        """The file."""
        return dump_json(self.as_dict(), indent=1)

    def table(self) -> str:
        """For people: every device with which there is something, and how many there are in all."""
        rank = {state: at for at, state in enumerate(_WORST_FIRST)}
        told = sorted(self.devices, key=lambda one: (rank[one.state], one.device))
        shown = [_row(one) for one in told if one.state != "ok"]
        lines = aligned([_HEADINGS, *shown]) if shown else []
        total = ", ".join(f"{count} {state}" for state, count in self.counts.items() if count) or "no devices"
        return "\n".join([*lines, f"Verification: {total}"])


def _row(one: DeviceEntry) -> tuple[str, ...]:
    """The state of the device is that of its worst checks: their causes say why."""
    state = "failed" if one.state == "unreachable" else one.state
    causes = [
        f"{check.check}: {check.cause}" if check.cause else check.check for check in one.checks if check.state == state
    ]
    return (
        one.device,
        one.state,
        one.certificate.serial_number[:8] if one.certificate else "",
        f"{one.certificate.not_after:%Y-%m-%d}" if one.certificate else "",
        (one.tls.protocol or "") if one.tls else "",
        _ANSWERS[one.registered] if one.kind == "gateway" else "",
        "; ".join(causes),
    )
