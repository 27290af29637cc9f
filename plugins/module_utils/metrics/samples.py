# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the samples of each metric are read from a fleet document. What is not known has none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeAlias

from ..fleet.beside import AuthorityEntry
from ..fleet.checks import DEVICE_STATES
from ..fleet.device import Certificate, DeviceEntry
from ..fleet.document import FleetDocument
from .exposition import Sample

__all__ = [
    "CAUSES",
    "Read",
    "authority_state",
    "certificate_info",
    "checks_by_state",
    "checks_ok",
    "checks_unknown",
    "client_hello",
    "controls",
    "device_info",
    "device_state",
    "devices_by_state",
    "drift",
    "each_authority",
    "each_certificate",
    "each_device",
    "failures",
    "failures_in_all",
    "failures_window",
    "in_use",
    "moment_of",
    "next_update",
    "number",
    "ready",
    "srtp_info",
    "srtp_required",
    "texts",
    "tls_info",
    "tls_seconds",
    "written",
    "yes_or_no",
]

#: How many causes of failed handshakes have a series of their own; the rest are one series, "other"
CAUSES = 40
_PASSED = {"ok": 1, "due": 1, "failed": 0}

Read: TypeAlias = "Callable[[FleetDocument], Iterator[Sample]]"


def written(document: FleetDocument) -> Iterator[Sample]:
    """When the document was written."""
    yield from moment_of(document.written)


def devices_by_state(document: FleetDocument) -> Iterator[Sample]:
    """How many devices are in each state; each state is there, and 0 where no device is in it."""
    for state in DEVICE_STATES:
        yield {"state": state}, document.counts[state]


def checks_by_state(document: FleetDocument) -> Iterator[Sample]:
    """How many devices each check ended with which state for."""
    counted = Counter((one.check, one.state) for device in document.devices for one in device.checks)
    for (name, state), count in counted.items():
        yield {"check": name, "state": state}, count


def checks_ok(document: FleetDocument) -> Iterator[Sample]:
    """1 where a check passed, 0 where it failed."""
    for device in document.devices:
        for name, one in device.checks_by_name.items():
            if one.state in _PASSED:
                yield {"device": device.device, "check": name}, _PASSED[one.state]


def checks_unknown(document: FleetDocument) -> Iterator[Sample]:
    """1 where nobody knows."""
    for device in document.devices:
        for name, one in device.checks_by_name.items():
            if one.state == "unknown":
                yield {"device": device.device, "check": name}, 1


def each_device(read: Callable[[DeviceEntry], Iterator[Sample]]) -> Read:
    """Of each device, with its name as the first label."""

    def read_all(document: FleetDocument) -> Iterator[Sample]:
        for device in document.devices:
            for labels, value in read(device):
                yield {"device": device.device, **labels}, value

    return read_all


def each_certificate(read: Callable[[Certificate], Iterator[Sample]]) -> Read:
    """Of each certificate of each device, with the name that it is on record for as the label of the device."""

    def read_all(document: FleetDocument) -> Iterator[Sample]:
        for device in document.devices:
            for name, certificate in device.certificates:
                for labels, value in read(certificate):
                    yield {"device": name, **labels}, value

    return read_all


def each_authority(read: Callable[[AuthorityEntry], Iterator[Sample]]) -> Read:
    """Of each authority, with its name as the first label."""

    def read_all(document: FleetDocument) -> Iterator[Sample]:
        for authority in document.authorities or ():
            for labels, value in read(authority):
                yield {"authority": authority.name, **labels}, value

    return read_all


def moment_of(moment: datetime | None) -> Iterator[Sample]:
    """A moment in seconds since 1970 in UTC."""
    if moment is not None:
        yield {}, moment.timestamp()


def number(found: int | None, *, by: int = 1) -> Iterator[Sample]:
    """A number, divided by ``by`` for another unit."""
    if found is not None:
        yield {}, found / by if by != 1 else found


def yes_or_no(found: bool | None) -> Iterator[Sample]:
    """1 or 0."""
    if found is not None:
        yield {}, int(found)


def texts(**labels: str | None) -> Iterator[Sample]:
    """One with these labels, where any is known; an unknown one is empty, which Prometheus takes for no label."""
    if any(labels.values()):
        yield {name: text or "" for name, text in labels.items()}, 1


def device_state(device: DeviceEntry) -> Iterator[Sample]:
    """1 for the state that a device is in."""
    yield {**({"kind": device.kind} if device.kind else {}), "state": device.state}, 1


def authority_state(authority: AuthorityEntry) -> Iterator[Sample]:
    """1 for the state that an authority is in."""
    if authority.state:
        yield {"state": authority.state}, 1


def device_info(device: DeviceEntry) -> Iterator[Sample]:
    """What it is, and where it registers."""
    yield from texts(kind=device.kind, softswitch=device.softswitch)


def certificate_info(certificate: Certificate) -> Iterator[Sample]:
    """What does not change in the life of a certificate."""
    yield from texts(
        serial_number=certificate.serial_number,
        issuer=certificate.issuer,
        authority=certificate.authority,
        key_type=certificate.key_type,
        signature_algorithm=certificate.signature_algorithm,
    )


def tls_info(device: DeviceEntry) -> Iterator[Sample]:
    """What a connection negotiated."""
    if device.tls:
        yield from texts(protocol=device.tls.protocol, cipher=device.tls.cipher, group=device.tls.group)


def tls_seconds(device: DeviceEntry) -> Iterator[Sample]:
    """How long the handshake took."""
    if device.tls:
        yield from number(device.tls.milliseconds, by=1000)


def client_hello(device: DeviceEntry) -> Iterator[Sample]:
    """The length of the ClientHello."""
    if device.tls:
        yield from number(device.tls.client_hello_octets)


def srtp_required(device: DeviceEntry) -> Iterator[Sample]:
    """Whether calls without encrypted media are refused."""
    if device.srtp:
        yield from yes_or_no(device.srtp.required)


def srtp_info(device: DeviceEntry) -> Iterator[Sample]:
    """How media is encrypted."""
    if device.srtp and (device.srtp.keying or device.srtp.suite):
        seen = {True: "yes", False: "no", None: ""}[device.srtp.seen]
        yield {"keying": device.srtp.keying or "", "suite": device.srtp.suite or "", "seen": seen}, 1


def ready(device: DeviceEntry) -> Iterator[Sample]:
    """1 where nothing is missing for post-quantum cryptography, 0 where something is."""
    if device.post_quantum.readiness != "unknown":
        yield {}, int(device.post_quantum.readiness == "ready")


def drift(device: DeviceEntry) -> Iterator[Sample]:
    """How many differences there are."""
    configuration = device.checks_by_name.get("configuration")
    # An empty list is no drift only where somebody has looked
    if device.drift or (configuration and configuration.state in _PASSED):
        yield {}, len(device.drift)


def next_update(authority: AuthorityEntry) -> Iterator[Sample]:
    """Until when the revocation list of an authority may be relied on."""
    if authority.revocation_list:
        yield from moment_of(authority.revocation_list.next_update)


def in_use(document: FleetDocument) -> Iterator[Sample]:
    """1 for the authorities whose certificates devices have."""
    used = document.authorities_in_use
    for one in document.authorities or ():
        yield {"authority": one.name}, int(one.name in used)


def failures(document: FleetDocument) -> Iterator[Sample]:
    """The most frequent causes, and the others as one."""
    counted: Counter[str] = Counter()
    for one in document.handshake_failures.by_cause if document.handshake_failures else ():
        counted[one.cause or "unknown"] += one.count
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    told, rest = ranked[:CAUSES], ranked[CAUSES:]
    other = sum(count for _cause, count in rest)
    for cause, count in told:
        yield {"cause": cause}, count + (other if cause == "other" else 0)
    if rest and "other" not in dict(told):
        yield {"cause": "other"}, other


def failures_in_all(document: FleetDocument) -> Iterator[Sample]:
    """All failures within the window."""
    if document.handshake_failures:
        yield from number(document.handshake_failures.total)


def failures_window(document: FleetDocument) -> Iterator[Sample]:
    """From the beginning of the window to its end."""
    found = document.handshake_failures
    if found and found.since and found.until and found.until > found.since:
        yield {}, (found.until - found.since).total_seconds()


def controls(document: FleetDocument) -> Iterator[Sample]:
    """How many controls of each framework are in which state."""
    counted = Counter((one.framework, one.state) for one in document.compliance or ())
    for (framework, state), count in counted.items():
        yield {"framework": framework, "state": state}, count
