# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be asked of a fleet document: of each device, or of the fleet as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from ..findings import State
from ..fleet.beside import AuthorityEntry
from ..fleet.device import Certificate, DeviceEntry
from ..fleet.document import FleetDocument
from ..fleet.reading import write

__all__ = [
    "FLEET",
    "GATEWAYS",
    "SOFTSWITCHES",
    "Answer",
    "AssessedDevice",
    "Criterion",
    "FleetCriterion",
    "authorities",
    "check",
    "ciphers",
    "failures",
    "inventory",
    "key_strength",
    "media",
    "protocols",
    "revocation_lists",
    "verify_mode",
]

FLEET = ("gateway", "softswitch")
GATEWAYS = ("gateway",)
SOFTSWITCHES = ("softswitch",)
#: A check that is due has not failed: the certificate counts until its end.
_OF_CHECKS = {"ok": State.OK, "due": State.OK, "failed": State.FAILED}
_SECURE = ("TLSv1.2", "TLSv1.3")
#: PCI SSC glossary, "strong cryptography": RSA of 2048 bits, elliptic curves of 224 bits, and what is stronger
_LEAST = {"rsa": 2048, "ecdsa-p": 224}
_STRONG = ("ed25519", "ed448", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87")
_BROKEN = re.compile(r"md2|md5|sha-?1(?!\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """What one device, or the fleet, answers.

    :ivar words: what was seen; a clause
    """

    state: State
    words: str


@dataclass(frozen=True)
class AssessedDevice:
    """What a document says of a device.

    :ivar entry: all of it
    """

    entry: DeviceEntry

    @property
    def silent(self) -> str:
        """Why it can answer nothing; empty where it can."""
        if self.entry.state == "unreachable":
            return "it was not reached"
        return "it was not verified" if self.entry.verified is None else ""

    def concerned(self, kinds: Sequence[str]) -> bool:
        """Whether it is one that has to answer; one of which nobody knows what it is always has to."""
        return self.entry.kind is None or self.entry.kind in kinds


@dataclass(frozen=True)
class Criterion:
    """A question to each device.

    :ivar clause: what is verified
    :ivar kinds: the devices that have to answer
    :ivar ask: the answer of a device; None where the question does not apply to it
    """

    clause: str
    kinds: Sequence[str]
    ask: Callable[[AssessedDevice], Answer | None]


@dataclass(frozen=True)
class FleetCriterion:
    """A question to the document as a whole."""

    clause: str
    ask: Callable[[FleetDocument], Answer]


@cache
def check(name: str, clause: str, kinds: Sequence[str] = FLEET) -> Criterion:
    """Whether the check of this name passed. The same question is the same criterion."""

    def ask(device: AssessedDevice) -> Answer | None:
        found = next((one for one in device.entry.checks if one.check == name), None)
        if found is None:
            words = f"{name}: the document has no such check"
            return Answer(State.UNKNOWN, words) if device.concerned(kinds) else None
        if found.state == "not_applicable":
            return None
        why = found.cause or next(iter(found.evidence), "")
        return Answer(_OF_CHECKS.get(found.state, State.UNKNOWN), f"{name}: {why or found.state}")

    return Criterion(clause, kinds, ask)


second_certificate = check(
    "second_certificate",
    "a second certificate of the softswitch, where it has one, is as good as the first",
    SOFTSWITCHES,
)


def _protocol(device: AssessedDevice) -> Answer:
    protocol = device.entry.tls.protocol if device.entry.tls else None
    if not protocol:
        return Answer(State.UNKNOWN, "no connection showed the version of TLS")
    return Answer(State.OK if protocol in _SECURE else State.FAILED, f"{protocol} negotiated")


protocols = Criterion("a connection with the device's own certificate negotiates TLS 1.2 or 1.3", FLEET, _protocol)


def _cipher(device: AssessedDevice) -> Answer:
    tls = device.entry.tls
    if not (tls and tls.protocol and tls.cipher):
        return Answer(State.UNKNOWN, "no connection showed the version of TLS and the cipher suite")
    return Answer(State.OK, f"{tls.protocol} with {tls.cipher}")


ciphers = Criterion("the protocol and the cipher suite in use are on record for each device", FLEET, _cipher)


def _strength(device: AssessedDevice) -> Answer:
    certificate = device.entry.certificate or Certificate()
    key, signature = certificate.key_type, certificate.signature_algorithm
    if not (key and signature):
        return Answer(State.UNKNOWN, "the type of the key or the signature of the certificate is not known")
    if _BROKEN.search(signature):
        return Answer(State.FAILED, f"signed with {signature}")
    if key in _STRONG:
        return Answer(State.OK, f"key of type {key}")
    found = re.fullmatch(r"(rsa|ecdsa-p)-?(\d{3,5})", key)
    if not found:
        return Answer(State.UNKNOWN, f"key of the type {key}, whose strength is not known here")
    strong = int(found[2]) >= _LEAST[found[1]]
    return Answer(State.OK if strong else State.FAILED, f"key of type {key}")


key_strength = Criterion(
    "the key has 112 bits of strength or more (RSA 2048, elliptic curves of 224 bits), and the signature a hash that holds",
    FLEET,
    _strength,
)


def _media(device: AssessedDevice) -> Answer | None:
    srtp = device.entry.srtp
    if srtp is None or srtp.required is None:
        words = "whether SRTP is required is not known"
        return Answer(State.UNKNOWN, words) if device.concerned(GATEWAYS) else None
    seen = "seen in a call" if srtp.seen else "as configured, not seen in a call"
    if not srtp.required:
        return Answer(State.FAILED, f"media need not be encrypted, {seen}")
    return Answer(State.OK, f"SRTP required, {seen}")


media = Criterion("media is encrypted by SRTP, and calls without it are refused", GATEWAYS, _media)


def _verify_mode(device: AssessedDevice) -> Answer | None:
    mode = device.entry.verify_mode
    if not mode:
        return Answer(State.UNKNOWN, "the verify mode is not known") if device.concerned(SOFTSWITCHES) else None
    return Answer(State.OK if mode == "require_verify" else State.FAILED, f"verify mode {mode}")


verify_mode = Criterion(
    "the softswitch takes connections with a certificate of a trusted authority only", SOFTSWITCHES, _verify_mode
)


def _entry(device: AssessedDevice) -> Answer:
    certificate, anchors = device.entry.certificate or Certificate(), device.entry.anchors
    wanted = ("serial_number", "subject", "issuer", "key_type", "not_before", "not_after", "fingerprint_sha256")
    lacking = [name for name in wanted if not getattr(certificate, name)]
    if lacking:
        return Answer(State.UNKNOWN, f"not known of the certificate: {', '.join(lacking)}")
    if not anchors or not all(one.fingerprint_sha256 and one.not_after for one in anchors):
        return Answer(State.UNKNOWN, "the trust anchors of the device are not known")
    return Answer(State.OK, f"certificate {certificate.serial_number}, {len(anchors)} anchors")


inventory = Criterion(
    "serial number, issuer, key type, lifetime and fingerprint of the certificate, and the trust anchors, are on record",
    FLEET,
    _entry,
)


def _authorities(document: FleetDocument) -> Answer:
    used = _used(document)
    if not used:
        return Answer(State.UNKNOWN, "the document does not list the authorities that issued the certificates in use")
    for bad, state in ((("expired", "revoked"), State.FAILED), ((), State.UNKNOWN)):
        for one in used:
            if one.state in bad or (state is State.UNKNOWN and one.state not in ("ok", "due")):
                return Answer(state, f"authority {one.name}: {one.reason or one.state or 'unknown'}")
    return Answer(State.OK, f"authorities in use: {', '.join(sorted(one.name for one in used))}")


authorities = FleetCriterion("the authorities of the certificates in use are on record, and in force", _authorities)


def _revocation_lists(document: FleetDocument) -> Answer:
    made = {one.name: one.revocation_list for one in _used(document) if one.revocation_list}
    if not made:
        return Answer(State.UNKNOWN, "the document has no revocation list of an authority in use")
    for name, found in made.items():
        if found.state == "expired":
            return Answer(State.FAILED, f"revocation list of {name}: {found.reason or 'expired'}")
    for name, found in made.items():
        if found.state not in ("ok", "due"):
            return Answer(State.UNKNOWN, f"revocation list of {name}: {found.reason or found.state or 'unknown'}")
    until = ", ".join(f"{name} until {write(found.next_update)}" for name, found in sorted(made.items()))
    return Answer(State.OK, f"revocation lists: {until}")


revocation_lists = FleetCriterion("the revocation lists of the authorities in use have not run out", _revocation_lists)


def _failures(document: FleetDocument) -> Answer:
    found = document.handshake_failures
    if found is None or found.records_read is None:
        return Answer(State.UNKNOWN, "the document holds no records of failed handshakes")
    if found.truncated is not False:
        return Answer(State.UNKNOWN, "not all records of failed handshakes were read")
    if not found.records_read:
        return Answer(State.UNKNOWN, "no record was read, so nothing shows that failed handshakes are recorded")
    return Answer(
        State.OK,
        f"{found.records_read} records read, {found.total} failures since {write(found.since)}, by cause, source and day",
    )


failures = FleetCriterion("TLS handshakes that fail are recorded, with time, source and cause", _failures)


def _used(document: FleetDocument) -> list[AuthorityEntry]:
    """The authorities in use; none where one that issued a certificate is missing."""
    names = document.authorities_in_use
    used = [one for one in document.authorities or () if one.name in names]
    return used if len(used) == len(names) else []
