# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the samples of each metric are read from a fleet document. What is not known has none."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from ..fleet.facts import authorities_in_use, certificates, checks, devices, moment, part, parts
from .exposition import Sample

__all__ = [
    "CAUSES",
    "Document",
    "Read",
    "certificate_info",
    "checks_by_state",
    "checks_ok",
    "checks_unknown",
    "controls",
    "device_info",
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
    "number",
    "ready",
    "srtp_info",
    "state",
    "texts",
    "written",
    "yes_or_no",
]

#: How many causes of failed handshakes have a series of their own; the rest are one series, "other"
CAUSES = 40
#: A number above this is none that a device can have
_LARGEST = 2**63
_STATES = ("ok", "due", "failed", "unknown", "unreachable")
_PASSED = {"ok": 1, "due": 1, "failed": 0}

Document: TypeAlias = "Mapping[str, Any]"
Read: TypeAlias = "Callable[[Document], Iterator[Sample]]"


def written(document: Document) -> Iterator[Sample]:
    """When the document was written."""
    yield from moment_of({}, document.get("written"))


def devices_by_state(document: Document) -> Iterator[Sample]:
    """How many devices are in each state; each state is there, and 0 where no device is in it."""
    counted = Counter(str(one.get("state")) for one in devices(document))
    for state in (*_STATES, *sorted(set(counted) - set(_STATES))):
        yield {"state": state}, counted[state]


def checks_by_state(document: Document) -> Iterator[Sample]:
    """How many devices each check ended with which state for."""
    counted = Counter(
        (name, str(one.get("state"))) for device in devices(document) for name, one in checks(device).items()
    )
    for (name, state), count in counted.items():
        yield {"check": name, "state": state}, count


def checks_ok(document: Document) -> Iterator[Sample]:
    """1 where a check passed, 0 where it failed."""
    for device in devices(document):
        for name, one in checks(device).items():
            if one.get("state") in _PASSED:
                yield {"device": device["device"], "check": name}, _PASSED[one["state"]]


def checks_unknown(document: Document) -> Iterator[Sample]:
    """1 where nobody knows."""
    for device in devices(document):
        for name, one in checks(device).items():
            if one.get("state") == "unknown":
                yield {"device": device["device"], "check": name}, 1


def each_device(read: Callable[[Document], Iterator[Sample]]) -> Read:
    """Of each device, with its name as the first label."""

    def read_all(document: Document) -> Iterator[Sample]:
        for device in devices(document):
            for labels, value in read(device):
                yield {"device": device["device"], **labels}, value

    return read_all


def each_certificate(read: Callable[[Document], Iterator[Sample]]) -> Read:
    """Of each certificate of each device, with the name that it is on record for as the label of the device."""

    def read_all(document: Document) -> Iterator[Sample]:
        for device in devices(document):
            for name, certificate in certificates(device):
                for labels, value in read(certificate):
                    yield {"device": name, **labels}, value

    return read_all


def each_authority(read: Callable[[Document], Iterator[Sample]]) -> Read:
    """Of each authority, with its name as the first label."""

    def read_all(document: Document) -> Iterator[Sample]:
        for authority in parts(document, "authorities"):
            for labels, value in read(authority):
                yield {"authority": str(authority.get("name")), **labels}, value

    return read_all


def moment_of(labels: Mapping[str, str], text: Any) -> Iterator[Sample]:
    """A moment in seconds since 1970 in UTC."""
    time = moment(text)
    if time is not None:
        yield labels, time.timestamp()


def number(found: Any, *, by: float = 1) -> Iterator[Sample]:
    """A number, divided by ``by`` for another unit."""
    right = isinstance(found, int | float) and not isinstance(found, bool)
    # The bound first: no float holds an integer of hundreds of digits
    if right and abs(found) < _LARGEST and math.isfinite(found):
        yield {}, found / by if by != 1 else found


def yes_or_no(found: Any) -> Iterator[Sample]:
    """1 or 0."""
    if isinstance(found, bool):
        yield {}, int(found)


def texts(found: Mapping[str, Any], *names: str) -> Iterator[Sample]:
    """One with these members as labels; an unknown one is empty, which Prometheus takes for no label."""
    if any(found.get(name) for name in names):
        yield {name: str(found.get(name) or "") for name in names}, 1


def state(found: Mapping[str, Any]) -> Iterator[Sample]:
    """1 for the state that it is in."""
    kind = {"kind": str(found["kind"])} if found.get("kind") else {}
    if found.get("state"):
        yield {**kind, "state": str(found["state"])}, 1


def device_info(device: Document) -> Iterator[Sample]:
    """What it is, and where it registers."""
    yield from texts(device, "kind", "softswitch")


def certificate_info(certificate: Document) -> Iterator[Sample]:
    """What does not change in the life of a certificate."""
    yield from texts(certificate, "serial_number", "issuer", "authority", "key_type", "signature_algorithm")


def srtp_info(device: Document) -> Iterator[Sample]:
    """How media is encrypted."""
    srtp = part(device, "srtp")
    for labels, value in texts(srtp, "keying", "suite"):
        seen = srtp.get("seen")
        yield {**labels, "seen": ("yes" if seen else "no") if isinstance(seen, bool) else ""}, value


def ready(device: Document) -> Iterator[Sample]:
    """1 where nothing is missing for post-quantum cryptography, 0 where something is."""
    readiness = part(device, "post_quantum").get("readiness")
    if readiness in ("ready", "partly", "not"):
        yield {}, int(readiness == "ready")


def drift(device: Document) -> Iterator[Sample]:
    """How many differences there are."""
    configuration = checks(device).get("configuration", {}).get("state")
    drift = device.get("drift")
    # An empty list is no drift only where somebody has looked
    if isinstance(drift, list | tuple) and (drift or configuration in _PASSED):
        yield {}, len(drift)


def in_use(document: Document) -> Iterator[Sample]:
    """1 for the authorities whose certificates devices have."""
    used = authorities_in_use(document)
    for one in parts(document, "authorities"):
        yield {"authority": str(one.get("name"))}, int(one.get("name") in used)


def failures(document: Document) -> Iterator[Sample]:
    """The most frequent causes, and the others as one."""
    counted: Counter[str] = Counter()
    for one in parts(part(document, "handshake_failures"), "by_cause"):
        if isinstance(one.get("count"), int):
            counted[str(one.get("cause") or "unknown")] += one["count"]
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    told, rest = ranked[:CAUSES], ranked[CAUSES:]
    other = sum(count for _cause, count in rest)
    for cause, count in told:
        yield {"cause": cause}, count + (other if cause == "other" else 0)
    if rest and "other" not in dict(told):
        yield {"cause": "other"}, other


def failures_in_all(document: Document) -> Iterator[Sample]:
    """All failures within the window."""
    yield from number(part(document, "handshake_failures").get("total"))


def failures_window(document: Document) -> Iterator[Sample]:
    """From the beginning of the window to its end."""
    found = part(document, "handshake_failures")
    since, until = moment(found.get("since")), moment(found.get("until"))
    if since is not None and until is not None and until > since:
        yield {}, (until - since).total_seconds()


def controls(document: Document) -> Iterator[Sample]:
    """How many controls of each framework are in which state."""
    counted = Counter((str(one.get("framework")), str(one.get("state"))) for one in parts(document, "compliance"))
    for (framework, state), count in counted.items():
        yield {"framework": framework, "state": state}, count
