# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verification tells of one device. None, and empty of a text, is what is not known, and never stands for no."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from .checks import Check, CheckName, DeviceState, complete, worst
from .reading import read, write

__all__ = [
    "Aes",
    "Anchor",
    "Certificate",
    "DeviceEntry",
    "Identity",
    "Kind",
    "PostQuantum",
    "Registration",
    "SecondCertificate",
    "Srtp",
    "Tls",
]

Kind = Literal["gateway", "softswitch"]


@dataclass(frozen=True)
class Identity:
    """The names that the inventory wants in the certificate."""

    common_name: str = ""
    sip_uris: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Certificate:
    """The certificate on the device.

    :ivar names: ``URI:sip:gw1@example.com``, ``DNS:gw1.example.com``
    :ivar authority: the name in the PKI directory of the authority that issued it; empty where it is none of those
    :ivar issued: when, by its record; None where it is not on record
    """

    serial_number: str = ""
    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    key_type: str = ""
    signature_algorithm: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    days_left: int | None = None
    fingerprint_sha256: str = ""
    authority: str = ""
    issued: datetime | None = None


@dataclass(frozen=True)
class SecondCertificate(Certificate):
    """A further certificate of a softswitch, for those who ask for another name.

    :ivar name: whose it is on record, as ``vos.post-quantum``
    """

    name: str = ""


@dataclass(frozen=True)
class Anchor:
    """A certificate of the device's trust bundle, or of the chain of an authority."""

    subject: str = ""
    not_after: datetime | None = None
    fingerprint_sha256: str = ""


@dataclass(frozen=True)
class Tls:
    """What a connection with the device's own certificate negotiated.

    :ivar client_hello_octets: the length of the message; the record around it is 5 more
    """

    protocol: str | None = None
    cipher: str | None = None
    group: str | None = None
    client_hello_octets: int | None = None
    milliseconds: int | None = None


@dataclass(frozen=True)
class Srtp:
    """How media are encrypted.

    :ivar seen: by a call; otherwise as configured
    """

    required: bool | None = None
    keying: Literal["sdes", "dtls"] | None = None
    suite: str | None = None
    seen: bool | None = None


@dataclass(frozen=True)
class Registration:
    """As the softswitch tells it.

    :ivar serial_number: of the certificate of its connection; empty where the softswitch does not know
    :ivar seconds: the age of that connection
    """

    serial_number: str = ""
    seconds: int | None = None


@dataclass(frozen=True)
class Aes:
    """Whether the processor has instructions for AES.

    :ivar by: ``aes-ni``, ``armv8-ce``, or empty
    """

    accelerated: bool | None = None
    by: Literal["aes-ni", "armv8-ce", ""] = ""


@dataclass(frozen=True)
class PostQuantum:
    """How far the device is on the way to key exchange and signatures that a quantum computer does not break."""

    tls_1_3: bool | None = None
    hybrid_group: bool | None = None
    client_hello_octets: int | None = None
    over_one_mtu: bool | None = None
    signatures: bool | None = None
    readiness: Literal["ready", "partly", "not", "unknown"] = "unknown"
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeviceEntry:
    """One device.

    :ivar softswitch: where a gateway registers
    :ivar state: the worst of the checks
    :ivar verified: None where the device was not reached
    :ivar registered: None where the softswitch cannot tell, and for a softswitch
    :ivar registrations: how many a softswitch holds
    :ivar last_rotation: when the certificate in use was issued
    :ivar clock_ahead: seconds that its clock is ahead of the controller's
    :ivar verify_mode: of a softswitch, by the name that the inventory has for it
    :ivar drift: what ``siptls.vos.site`` would change, in words
    """

    device: str
    kind: Kind | None = None
    softswitch: str | None = None
    state: DeviceState = "unknown"
    verified: datetime | None = None
    aor: str | None = None
    identity: Identity = Identity()
    certificate: Certificate | None = None
    second_certificate: SecondCertificate | None = None
    anchors: tuple[Anchor, ...] = ()
    tls: Tls | None = None
    srtp: Srtp | None = None
    registered: bool | None = None
    registration: Registration | None = None
    registrations: int | None = None
    last_rotation: datetime | None = None
    clock_ahead: int | None = None
    openssl: str | None = None
    aes: Aes = Aes()
    post_quantum: PostQuantum = PostQuantum()
    verify_mode: str | None = None
    checks: tuple[Check, ...] = ()
    drift: tuple[str, ...] = ()

    @classmethod
    def unreachable(cls, device: str, kind: Kind, softswitch: str | None, cause: str = "") -> DeviceEntry:
        """A device that nothing is known of."""
        lost = Check.because(
            "reachable",
            "failed",
            cause or "it was not reached",
            remedy="see to the connection of the controller to it; the messages of the run say what failed",
        )
        return cls(device, kind, softswitch, "unreachable", checks=complete([lost], cause="it was not reached"))

    @classmethod
    def not_verified(cls, device: str, kind: Kind, softswitch: str | None, problem: str) -> DeviceEntry:
        """A device of which nothing is known because the verification itself failed.

        :param problem: what stood in the way
        """
        checks = complete([Check.because("reachable", "unknown", problem)], cause="the verification failed before this")
        return cls(device, kind, softswitch, "unknown", checks=checks)

    @classmethod
    def read(cls, found: Any, *, where: str) -> DeviceEntry:
        """What :meth:`as_dict` wrote, all of it.

        :raises SiptlsError: something in it is of another kind
        """
        return read(cls, found, where=where)

    @property
    def certificates(self) -> Iterator[tuple[str, Certificate]]:
        """Its certificates, each under the name that it is on record for: its own, and the second one of a softswitch."""
        if self.certificate:
            yield self.device, self.certificate
        if self.second_certificate and self.second_certificate.name:
            yield self.second_certificate.name, self.second_certificate

    @property
    def checks_by_name(self) -> dict[CheckName, Check]:
        """Its checks by name, in the order of the document."""
        return {one.check: one for one in self.checks}

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        written: dict[str, Any] = write(self)
        return written

    def with_checks(self, *checks: Check) -> DeviceEntry:
        """The same with these checks in place of those of the same name, and the state that follows."""
        by_name = {one.check: one for one in (*self.checks, *checks)}
        together = complete(by_name.values())
        return replace(self, checks=together, state=worst(together))
