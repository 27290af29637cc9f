# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document, whole: for programs as JSON, for people as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..errors import SiptlsError
from ..json_text import dump_json, read_json, shown_value
from ..tables import aligned
from .beside import AuthorityEntry, ControlEntry, HandshakeFailures
from .checks import DEVICE_STATES, WORST_FIRST, is_unknown
from .device import DeviceEntry
from .reading import Problem, read_known, write

__all__ = ["FORMAT", "FleetDocument", "told"]

FORMAT = 1
_MAKER = "a document that siptls.vos.verify or siptls.vos.report wrote"
_HEADINGS = ("device", "state", "certificate", "ends", "TLS", "registered", "why")
_ANSWERS = {True: "yes", False: "no", None: "unknown"}
_PLACES_SHOWN = 5


@dataclass(frozen=True)
class FleetDocument:
    """What was found of a fleet. What was not looked at is None, and never stands for no.

    :ivar began: when the verification began, UTC
    :ivar written: when the document was written, UTC
    :ivar collection: the version of this collection that wrote it; empty where the document does not say
    :ivar devices_total: how many devices the document says that it has; None where it does not say
    """

    began: datetime | None = None
    written: datetime | None = None
    collection: str = ""
    devices: tuple[DeviceEntry, ...] = ()
    devices_total: int | None = None
    authorities: tuple[AuthorityEntry, ...] | None = None
    handshake_failures: HandshakeFailures | None = None
    compliance: tuple[ControlEntry, ...] | None = None

    @classmethod
    def parse(cls, text: str, *, where: str, notice: Callable[[str], None] | None = None) -> FleetDocument:
        """From the text of a file; see :meth:`read`.

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
        return cls.read(found, where=where, notice=notice)

    @classmethod
    def read(cls, found: Any, *, where: str, notice: Callable[[str], None] | None = None) -> FleetDocument:
        """What :meth:`as_dict` wrote, the devices by name. What is of another kind in it than it has to be is unknown.

        :param where: the file or variable, for an error
        :param notice: is told what became unknown for that reason, in one sentence
        :raises SiptlsError: it is something else, of another format, or names a device or an authority twice
        """
        if not isinstance(found, Mapping):
            raise _wrong("this is no fleet document", found, where)
        if found.get("format") != FORMAT:
            raise SiptlsError(
                "the document is of a format that this version does not read",
                where=where,
                expected=f"format {FORMAT}",
                found=f"format {shown_value(found.get('format'))}",
                remedy="run siptls.vos.verify and this task from the same version of the collection",
            )
        _named_devices(found.get("devices"), where)
        problems: list[Problem] = []
        document = read_known(cls, found, problems) or cls()
        _distinct((one.device for one in document.devices), "device", where)
        _distinct((one.name for one in document.authorities or ()), "authority", where)
        if notice and (words := told(problems)):
            notice(f"{where}: {words}")
        return replace(
            document,
            devices=tuple(sorted(document.devices, key=lambda one: one.device)),
            devices_total=len(document.devices) if document.devices_total is None else document.devices_total,
        )

    @property
    def authorities_in_use(self) -> frozenset[str]:
        """The names of the authorities that issued a certificate that a device has, and of those above them.

        An authority that a rollover left behind is in none of these chains.
        """
        certificates = (certificate for device in self.devices for _name, certificate in device.certificates)
        issuing = {certificate.authority for certificate in certificates} - {""}
        listed = self.authorities or ()
        by_fingerprint = {one.fingerprint_sha256: one.name for one in listed if one.fingerprint_sha256}
        above = {
            by_fingerprint[certificate.fingerprint_sha256]
            for one in listed
            if one.name in issuing and one.chain
            for certificate in one.chain.certificates
            if certificate.fingerprint_sha256 in by_fingerprint
        }
        return frozenset(issuing | above)

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
        """For JSON; the devices by name. What was not looked at beside the devices is left out."""
        beside = {name: write(getattr(self, name)) for name in ("authorities", "handshake_failures", "compliance")}
        return {
            "format": FORMAT,
            "began": write(self.began),
            "written": write(self.written),
            "collection": self.collection,
            "devices_total": len(self.devices) if self.devices_total is None else self.devices_total,
            "counts": self.counts,
            "devices": [one.as_dict() for one in sorted(self.devices, key=lambda one: one.device)],
            **{name: value for name, value in beside.items() if value is not None},
        }

    def text(self) -> str:
        """As the file has it."""
        return self.content().decode()

    def content(self) -> bytes:
        """The file."""
        return dump_json(self.as_dict(), indent=1)

    def table(self) -> str:
        """For people: every device with which there is something, and how many there are in all."""
        rank = {state: at for at, state in enumerate(WORST_FIRST)}
        ranked = sorted(self.devices, key=lambda one: (rank[one.state], one.device))
        shown = [_row(one) for one in ranked if one.state != "ok"]
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
        f"{one.certificate.not_after:%Y-%m-%d}" if one.certificate and one.certificate.not_after else "",
        (one.tls.protocol or "") if one.tls else "",
        _ANSWERS[one.registered] if one.kind == "gateway" else "",
        "; ".join(causes),
    )


def told(problems: Sequence[Problem]) -> str:
    """What became unknown in what was read, in one sentence; empty for nothing."""
    if not problems:
        return ""
    shown = ", ".join(one.at for one in problems[:_PLACES_SHOWN]) + (", ..." if len(problems) > _PLACES_SHOWN else "")
    return f"{len(problems)} values are invalid and count as unknown: {shown}"


def _named_devices(found: Any, where: str) -> None:
    """A device without a name is no device, and what its list held is not known."""
    if not isinstance(found, list | tuple):
        raise _wrong("devices is no list", found, where)
    for number, one in enumerate(found):
        if not isinstance(one, Mapping) or not isinstance(one.get("device"), str) or not one["device"]:
            raise _wrong(f"devices[{number}] has no name", one, where)


def _distinct(names: Iterable[str], kind: str, where: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise SiptlsError(f"two entries are for the {kind} {name}", where=where, expected=_MAKER)
        seen.add(name)


def _wrong(problem: str, found: Any, where: str) -> SiptlsError:
    return SiptlsError(problem, where=where, expected=_MAKER, found=shown_value(found))
