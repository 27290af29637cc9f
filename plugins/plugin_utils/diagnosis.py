# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a diagnosis asks of devices: a look at one end, what a softswitch serves, a capture. Nothing is changed by any of it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ansible.module_utils.parsing.convert_bool import boolean

from ..module_utils.diagnosis.capture import MalformedCaptureError
from ..module_utils.diagnosis.evidence import DomainPolicy, HelloSeen, Side
from ..module_utils.diagnosis.hellos import read_hellos
from ..module_utils.diagnosis.reading import SETTINGS, read_side
from ..module_utils.errors import SiptlsError
from ..module_utils.pki.register import Register
from ..module_utils.pki.x509.certificates import read_certificates, serial_hex
from ..module_utils.platforms.platform import SettingsFile
from ..module_utils.sip.served import find_certificate, why_no_certificate
from .device import Device

if TYPE_CHECKING:
    from cryptography import x509

__all__ = ["Captured", "capturing", "hellos", "intended", "is_revoked", "look_at", "with_served"]

_PLAIN_PORT = 5060
_NAMES = ("certificate_key_name", "private_key_name", "trust_bundle_name", "crl_name")
_PASSED_ON = (
    *("service", "certificate", "private_key", "trust_bundle", "crl", "domains", "records"),
    *("registrations_command", "connections_command"),
)


@dataclass
class Captured:
    """What became of a capture.

    :ivar problem: why there is none
    """

    hellos: tuple[HelloSeen, ...] = ()
    problem: str = ""
    octets: bytes = field(default=b"", repr=False)


def look_at(device: Device, kind: str, file: SettingsFile, arguments: Mapping[str, str]) -> Side:
    """One end, in one round trip.

    :param kind: ``gateway`` or ``softswitch``
    :param file: how its platform writes its configuration
    :raises SiptlsError: the device has no shell to ask
    """
    parameters = {
        **{name: arguments[name] for name in _PASSED_ON},
        "conf": arguments["configuration"],
        "connect": arguments["connect"],
        "section": file.section,
        **dict(zip(_NAMES, map(_pattern, file.pair_and_trust), strict=True)),
        # Who is still connected there without TLS is for the softswitch to say
        "plain_port": str(_PLAIN_PORT) if kind == "softswitch" else "",
        "known": r"\|".join(sorted(SETTINGS)),
    }
    before = time.time()
    answer = device.run("diagnosis_look.sh", parameters, private=True)
    side = read_side(
        answer,
        name=device.name,
        service=arguments["service"],
        section=file.section,
        before=before,
        after=time.time(),
    )
    return replace(side, verify_mode=file.verify_modes.get(side.settings.get(file.verify_mode, ""), ""))


def intended(side: Side, arguments: Mapping[str, Any]) -> Side:
    """The end, with what the inventory has for it."""
    settings = {str(name): str(value) for name, value in arguments["settings"].items() if value is not None}
    return replace(
        side,
        reload=arguments["reload_command"],
        intended=settings,
        intended_domains=tuple(_domain(one) for one in arguments["sip_domains"] if one.get("state") != "absent"),
    )


def _domain(given: Mapping[str, Any]) -> DomainPolicy:
    require = given.get("srtp_require")
    return DomainPolicy(
        name=str(given.get("name", "")),
        transport=str(given.get("transport", "tls")),
        srtp_require=None if require is None else boolean(require, strict=False),
        srtp_auth=str(given.get("srtp_auth", "")),
        suites=tuple(map(str, given.get("srtp_suites") or ())),
    )


def is_revoked(register: Register, leaf: x509.Certificate) -> bool | None:
    """Whether a certificate is recorded as revoked; None where the records cannot be read."""
    try:
        return any(register.recorded_revocation(name, leaf.serial_number) for name in register.revoking())
    except SiptlsError:
        return None


def _pattern(key: str) -> str:
    """A basic regular expression for the key in capitals or not: ``[Kk][Ee][Yy]``."""
    return "".join(f"[{letter.upper()}{letter}]" if letter.isalpha() else letter for letter in key)


def with_served(device: Device, side: Side, connect: str, server_name: str) -> Side:
    """The softswitch, with the serial number of what a new connection from itself gets."""
    names = {"certificate": side.file("certificate").path, "connect": connect, "server_name": server_name}
    try:
        said = device.run("served_look.sh", {**names, "connections_command": ""}).body("served") or ""
        text = find_certificate(said)
        if not text:
            return replace(side, why_not_served=why_no_certificate(said, connect))
        return replace(side, served=serial_hex(read_certificates(text.encode(), where=connect)[0]))
    except SiptlsError as error:
        return replace(side, why_not_served=error.problem)


@contextmanager
def capturing(device: Device, *, port: int, seconds: int, packets: int) -> Iterator[Captured]:
    """Has the device capture its own signalling while the body runs; afterwards its handshakes are there, or why not."""
    found = Captured()
    if not seconds:
        yield found
        return
    shared = {"token": secrets.token_hex(16), "seconds": str(seconds), "packets": str(packets), "port": str(port)}
    begun = device.run("diagnosis_capture.sh", {"verb": "begin", **shared})
    found.problem = begun.value("problem") or ""
    try:
        yield found
    finally:
        answer = device.run("diagnosis_capture.sh", {"verb": "end", **shared})
        octets = answer.octets("pcap")
        if octets and not found.problem:
            found.octets = octets
            found.hellos, found.problem = hellos(octets, port)


def hellos(octets: bytes, port: int) -> tuple[tuple[HelloSeen, ...], str]:
    """The handshakes of a capture file; or why there are none."""
    try:
        found, doubt = read_hellos(octets, port=port)
    except MalformedCaptureError as error:
        return (), str(error)
    if found or doubt:
        return found, doubt
    return found, f"no ClientHello to port {port} is in it"
