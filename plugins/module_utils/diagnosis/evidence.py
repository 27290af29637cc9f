# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen, as values: of a gateway, of its softswitch, and of a connection and a call between the two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from ..findings import State
from ..probe.settings import DeviceFile, Own
from ..sip.aor import comparable_host, normal_aor
from ..sip.registrations import Connection, Registration, registered_as
from ..tls.pem import read_pem
from .probed import MediaCall, Probed

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = [
    "DomainPolicy",
    "Evidence",
    "FileSeen",
    "HelloSeen",
    "RevocationList",
    "Service",
    "Side",
]


@dataclass(frozen=True)
class Service:
    """The service that speaks SIP.

    :ivar state: ``active``, ``inactive``, ``failed``, ``restarting`` (it ends again and again), ``missing``; empty where nobody knows
    :ivar user: whom it runs as; empty where nobody knows
    :ivar log: the last lines that it wrote itself, without secrets; those of systemd about it where it wrote none
    :ivar complaint: the last line that it wrote as an error itself; empty where there is none
    """

    name: str = ""
    state: str = ""
    user: str = ""
    log: tuple[str, ...] = ()
    complaint: str = ""

    @property
    def is_down(self) -> bool:
        """Whether it is known not to run."""
        return self.state in ("inactive", "failed", "restarting", "missing")


@dataclass(frozen=True)
class FileSeen:
    """A file.

    :ivar name: ``certificate``, ``private_key``, ``trust_bundle`` or ``crl``
    :ivar state: ``there``, ``missing``, ``unreadable``; ``unused`` where none is named
    :ivar mode: as ls writes it, such as ``-rw-r-----``, with owner and group
    :ivar forbidden: the service's user may not read it; None where nobody knows
    :ivar text: never of a key
    """

    name: str
    path: str = ""
    state: str = "unused"
    mode: str = ""
    forbidden: bool | None = None
    text: str = ""


@dataclass(frozen=True)
class DomainPolicy:
    """A SIP domain of the softswitch.

    :ivar suites: those that are allowed; none for all
    """

    name: str
    transport: str = "tls"
    port: int = 5061
    tls_verify: bool | None = None
    srtp_require: bool | None = None
    srtp_auth: str = ""
    suites: tuple[str, ...] = ()


@dataclass(frozen=True)
class RevocationList:
    """One list of the softswitch.

    :ivar next_update: ISO 8601, UTC; empty where it names none
    :ivar revoked: serial numbers, lower-case hexadecimal
    """

    issuer: str
    next_update: str
    revoked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Side:
    """One end.

    :ivar clock_ahead: seconds that its clock is ahead of the controller's
    :ivar openssl_settings: what its OpenSSL configuration restricts, as it is written there
    :ivar openssl_path: of that configuration
    :ivar resolves: the name that it registers at has an address: ``yes``, ``no``, ``late`` where no answer came in time; else empty
    :ivar addresses: its own, without loopback; None where nobody knows
    :ivar listening: TCP ports; None where nobody knows
    :ivar packet_filter: what ``nft -j list ruleset`` says; empty where nobody knows
    :ivar filter_lines: of ``iptables-save``, those that drop or reject
    :ivar settings: of its configuration file, the section that is ours; as most readers read it
    :ivar verify_mode: of a softswitch, by the name that ``vos_verify_mode`` has for it; empty where nobody knows
    :ivar settings_problem: what is wrong with the file or that section, whoever reads it
    :ivar settings_unknown: why nobody can tell what is in it
    :ivar settings_doubts: why readers disagree about a setting, by its key, or by its line where it is none
    :ivar key_problem: what is wrong with the private key, without anything of it
    :ivar served: serial number of what a new connection gets; empty where nobody knows
    :ivar registrations: None where nobody knows
    :ivar plain_peers: who has an established TCP connection to its port for plain SIP; None where nobody knows
    :ivar reload: the command that has its service load its files; empty where the caller did not tell
    :ivar intended: the settings that its inventory has; none where the caller did not tell
    :ivar intended_domains: likewise, its SIP domains
    :ivar refusals: records of failed handshakes, as the role audit writes them
    """

    name: str
    service: Service = Service()
    clock_ahead: int | None = None
    openssl: str = ""
    openssl_settings: tuple[str, ...] = ()
    openssl_path: str = ""
    resolves: str = ""
    addresses: tuple[str, ...] | None = None
    listening: tuple[int, ...] | None = None
    packet_filter: str = ""
    filter_lines: tuple[str, ...] = ()
    aes_accelerated: bool | None = None
    settings_path: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    verify_mode: str = ""
    settings_problem: str = ""
    settings_unknown: str = ""
    settings_doubts: Mapping[str, str] = field(default_factory=dict)
    files: tuple[FileSeen, ...] = ()
    public_key: str = ""
    certificate_key: str = ""
    key_problem: str = ""
    domains: tuple[DomainPolicy, ...] = ()
    served: str = ""
    why_not_served: str = ""
    connections: tuple[Connection, ...] = ()
    crls: tuple[RevocationList, ...] = ()
    registrations: tuple[Registration, ...] | None = None
    plain_peers: tuple[str, ...] | None = None
    reload: str = ""
    intended: Mapping[str, str] = field(default_factory=dict)
    intended_domains: tuple[DomainPolicy, ...] = ()
    refusals: tuple[str, ...] = ()

    @property
    def load(self) -> str:
        """The command that has its service load its files; empty where nobody knows one."""
        return self.reload or (f"systemctl reload-or-restart {self.service.name}" if self.service.name else "")

    def deviates(self, key: str) -> bool:
        """Whether a setting of its configuration is known not to be what the inventory has."""
        return key in self.intended and self.intended[key] != self.settings.get(key, "")

    def file(self, name: str) -> FileSeen:
        """The file of that name; one that is unused where there is none."""
        return next((one for one in self.files if one.name == name), FileSeen(name))

    @property
    def own(self) -> Own:
        """Its identity, as probes take it."""

        def seen(name: str) -> DeviceFile:
            one = self.file(name)
            return DeviceFile(one.path, one.state, one.text)

        return Own(seen("certificate"), seen("private_key"), self.public_key, self.certificate_key, self.key_problem)

    @property
    def bundle(self) -> tuple[x509.Certificate, ...]:
        """The certificates of its trust bundle."""
        return read_pem(self.file("trust_bundle").text).certificates

    def facts(self) -> dict[str, Any]:
        """As values of JSON."""
        return asdict(self)

    @classmethod
    def of_facts(cls, facts: Mapping[str, Any]) -> Side:
        """From what :meth:`facts` gave. What is not known here is left out."""
        known = {name: facts[name] for name in cls.__dataclass_fields__ if name in facts}
        for name, kind in _PARTS.items():
            if known.get(name) is not None:
                known[name] = tuple(kind(**_tuples(one)) for one in known[name])
        if "service" in known:
            known["service"] = Service(**_tuples(known["service"]))
        for name in ("openssl_settings", "addresses", "listening", "filter_lines", "plain_peers", "refusals"):
            if known.get(name) is not None:
                known[name] = tuple(known[name])
        return cls(**known)


_PARTS: dict[str, Any] = {
    "files": FileSeen,
    "domains": DomainPolicy,
    "intended_domains": DomainPolicy,
    "connections": Connection,
    "crls": RevocationList,
    "registrations": Registration,
}


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


@dataclass(frozen=True)
class HelloSeen:
    """What a capture holds of one handshake, in words; empty for what it does not hold.

    :ivar alert: by its number; None for none that could be read
    """

    client: str = ""
    source: str = ""
    versions: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    server_name: str = ""
    chosen: str = ""
    alert: int | None = None
    octets: int = 0


@dataclass(frozen=True)
class Evidence:
    """All that a diagnosis goes by. What is None was not looked at.

    :ivar now: by the controller's clock, UTC
    :ivar aor: whom the gateway is to be registered as
    :ivar tolerance: seconds that a clock may be off
    :ivar media_ports: first and last UDP port of the media
    :ivar handshake_limit: milliseconds after which somebody gives up; None where nobody is known to
    :ivar revoked_in_pki: whether the PKI directory has the gateway's certificate as revoked; None where it was not asked
    """

    now: datetime
    aor: str
    device: Side
    softswitch: Side | None = None
    probed: Probed | None = None
    call: MediaCall | None = None
    captured: tuple[HelloSeen, ...] = ()
    tolerance: int = 300
    media_ports: tuple[int, int] = (10000, 20000)
    handshake_limit: int | None = None
    revoked_in_pki: bool | None = None

    @property
    def domain(self) -> str:
        """The SIP domain of the gateway."""
        return normal_aor(self.aor).rpartition("@")[2]

    @property
    def is_registered(self) -> bool:
        """Whether the softswitch says that the gateway is registered."""
        return bool(self.own_registrations)

    @property
    def own_registrations(self) -> tuple[Registration, ...]:
        """What the softswitch holds for the gateway."""
        registrations = self.softswitch.registrations if self.softswitch else None
        return registered_as(self.aor, registrations or ())

    @property
    def is_accepted(self) -> bool:
        """Whether both ends accepted each other when the probe connected."""
        return self.probed is not None and self.probed.states.get("tls") is State.OK

    @property
    def policy(self) -> DomainPolicy | None:
        """What the softswitch has for that domain."""
        if self.softswitch is None:
            return None
        return next((one for one in self.softswitch.domains if comparable_host(one.name) == self.domain), None)
