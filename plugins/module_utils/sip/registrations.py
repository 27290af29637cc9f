# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a softswitch says of its registrations and of its TLS connections, a line for each, and whether that is as expected."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..errors import SiptlsError
from ..serial_numbers import serial_digits
from .aor import AorIndex, find_aor, normal_aor

__all__ = [
    "Absent",
    "Connection",
    "Expected",
    "Registration",
    "RegistrationVerdict",
    "compare",
    "normal_serial",
    "parse_connections",
    "parse_registrations",
    "registered_as",
    "still_registered",
]

_SERIAL = re.compile(r"[0-9A-Fa-f]{1,64}")
# Serial numbers have at most 20 octets (RFC 5280, 4.1.2.2), which is 40 hexadecimal digits
_MOST_DIGITS = 40
_UNKNOWN = "-"
_SHOWN = 200
Line = TypeVar("Line")


@dataclass(frozen=True)
class Registration:
    """A gateway in the location table.

    :ivar aor: its address of record, ``sip:user@domain``
    :ivar serial: of the client certificate of its connection, in lower-case digits; empty where nobody knows
    :ivar seconds: the age of that connection; None where nobody knows
    """

    aor: str
    serial: str
    seconds: int | None


@dataclass(frozen=True)
class Connection:
    """An established TLS connection.

    :ivar peer: address and port
    :ivar serial: of the certificate that was presented to the peer; empty where nobody knows
    :ivar seconds: its age; None where nobody knows
    """

    peer: str
    serial: str
    seconds: int | None


@dataclass(frozen=True)
class Expected:
    """A registration that there is to be.

    :ivar serial: as in Registration; empty for any
    :ivar told: whether the softswitch has to tell the certificate of the registration
    :ivar plain: whether it is to be registered without a certificate, over plain SIP
    """

    aor: str
    serial: str
    told: bool = False
    plain: bool = False


@dataclass(frozen=True)
class Absent:
    """A device that is not to be registered.

    :ivar serials: of its certificates, as in Registration
    :ivar aors: what it registers as
    :ivar replaced: whether it may be registered with another certificate
    """

    name: str
    serials: frozenset[str]
    aors: tuple[str, ...]
    replaced: bool = False


@dataclass(frozen=True)
class RegistrationVerdict:
    """Whether all is there that is expected.

    :ivar problems: what is not, in words
    :ivar unproven: AoRs that are registered, and nobody knows with which certificate
    """

    problems: tuple[str, ...]
    unproven: tuple[str, ...]


def parse_registrations(text: str, *, where: str, ignored: list[str] | None = None) -> tuple[Registration, ...]:
    """From lines ``AOR SERIAL SECONDS``, further words ignored. ``sip:`` may be left out, as Kamailio does.

    One line that cannot be read, as of a gateway with an odd AOR, does not hide the others.

    :param where: the host, for an error
    :param ignored: gets the lines that cannot be read, shortened
    :raises SiptlsError: there are lines, and none is like that
    """

    def registration(first: str, serial: str, seconds: int | None) -> Registration:
        return Registration(normal_aor(first if ":" in first.partition("@")[0] else f"sip:{first}"), serial, seconds)

    return _parse(text, registration, "AOR SERIAL SECONDS", where, ignored)


def parse_connections(text: str, *, where: str, ignored: list[str] | None = None) -> tuple[Connection, ...]:
    """From lines ``PEER SERIAL SECONDS``, further words ignored.

    :param ignored: gets the lines that cannot be read, shortened
    :raises SiptlsError: there are lines, and none is like that
    """
    return _parse(text, Connection, "PEER SERIAL SECONDS", where, ignored)


def _parse(
    text: str, make: Callable[[str, str, int | None], Line], form: str, where: str, ignored: list[str] | None
) -> tuple[Line, ...]:
    found: list[Line] = []
    unreadable: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words:
            continue
        try:
            first, serial, seconds = words[:3]
            age = None if seconds == _UNKNOWN else int(_digits(seconds))
            found.append(make(first, normal_serial(serial), age))
        except ValueError:
            unreadable.append((number, line[:_SHOWN]))
    if unreadable and not found:
        raise SiptlsError(
            f"line {unreadable[0][0]} of what the softswitch says cannot be read, nor any other",
            where=where,
            expected=f"{form}, - for what is not known",
            found=repr(unreadable[0][1]),
            remedy="correct the command",
        )
    if ignored is not None:
        ignored.extend(line for _number, line in unreadable)
    return tuple(found)


def normal_serial(text: str) -> str:
    """A serial number as we write it: lower-case hexadecimal digits, an even number of them; empty for ``-`` and for nothing.

    More than 40 digits that are all decimal are a decimal number: Kamailio writes ``$tls_peer_serial`` so, and a random serial number
    has 41 to 49 of them. Fewer digits are hexadecimal.

    :raises ValueError: it is none
    """
    digits = text.replace(":", "")
    if digits in ("", _UNKNOWN):
        return ""
    if not _SERIAL.fullmatch(digits):
        raise ValueError(text)
    # Zeros in front make nothing longer, and no decimal number has any
    decimal = len(digits.lstrip("0")) > _MOST_DIGITS and digits.isdecimal()
    return serial_digits(int(digits, 10 if decimal else 16))


def _digits(text: str) -> str:
    if not (text.isascii() and text.isdecimal() and len(text) <= 12):
        raise ValueError(text)
    return text


def registered_as(aor: str, found: Sequence[Registration]) -> tuple[Registration, ...]:
    """The registrations of an AoR, as :func:`find_aor` tells it from others.

    :raises ValueError: the AoR is invalid
    """
    name = find_aor(normal_aor(aor), (one.aor for one in found))
    return tuple(one for one in found if one.aor == name)


def compare(expected: Sequence[Expected], found: Sequence[Registration], at_least: int) -> RegistrationVerdict:
    """Whether all that is expected is there, and how many there are to be at least."""
    problems, unproven = [], []
    present = AorIndex(registration.aor for registration in found)
    for one in expected:
        name = present.find(one.aor)
        serials = [registration.serial for registration in found if registration.aor == name]
        if not serials:
            problems.append(f"{one.aor} is not registered")
        elif one.plain and "" not in serials:
            problems.append(f"{one.aor} is registered with certificate {', '.join(serials)}, and not without one")
        elif one.serial and one.serial not in serials:
            if "" not in serials:
                problems.append(f"{one.aor} is registered with certificate {', '.join(serials)}, not with {one.serial}")
            elif one.told:
                problems.append(f"{one.aor} is registered, and the softswitch does not tell with which certificate")
            else:
                unproven.append(one.aor)
    if len(found) < at_least:
        problems.append(f"{len(found)} registrations, expected at least {at_least}")
    return RegistrationVerdict(tuple(problems), tuple(unproven))


def still_registered(absent: Sequence[Absent], found: Sequence[Registration]) -> RegistrationVerdict:
    """Whether a device is registered that is not to be, by one of its certificates or, where nobody knows the certificate, by its AoR."""
    problems, unproven = [], []
    present = AorIndex(registration.aor for registration in found)
    for one in absent:
        own = {present.find(aor) for aor in one.aors} - {None}
        for registration in found:
            if registration.serial in one.serials and registration.serial:
                problems.append(f"{one.name} as {registration.aor} with certificate {registration.serial}")
            elif registration.aor in own and not registration.serial:
                if one.replaced:
                    unproven.append(registration.aor)
                else:
                    problems.append(
                        f"{one.name} as {registration.aor}, with a certificate that the softswitch does not tell, or none"
                    )
    return RegistrationVerdict(tuple(problems), tuple(unproven))
