# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway and a softswitch that are well, to be made ill in one way by each test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.cause import CauseId, Certainty, Where
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.evidence import (
    DomainPolicy,
    Evidence,
    FileSeen,
    RevocationList,
    Service,
    Side,
)
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.probed import Probed
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.ranking import diagnose, verdict_of
from ansible_collections.siptls.vos.plugins.module_utils.findings import State
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import serial_hex
from ansible_collections.siptls.vos.plugins.module_utils.probe.settings import Device, DeviceFile, Own
from ansible_collections.siptls.vos.plugins.module_utils.sip.registrations import Registration
from ansible_collections.siptls.vos.plugins.module_utils.tls.alerts import Alert
from ansible_collections.siptls.vos.plugins.module_utils.tls.handshake import ServerHello
from ansible_collections.siptls.vos.plugins.module_utils.tls.observation import Observation, Reach
from ansible_collections.siptls.vos.tests.shared import probe_material as material
from ansible_collections.siptls.vos.tests.shared.probe_material import GATEWAYS, ISSUING, NOW, ROOT, SERVERS
from cryptography import x509

BUNDLE = material.pem(ROOT.certificate, ISSUING.certificate)
CHOSEN = ServerHello(0x0304, 0x1302, 0x1D, retry=False)
GOOD = Observation(
    reach=Reach.CONNECTED, established=True, chosen=CHOSEN, suite="TLS_AES_256_GCM_SHA384", asked=True, presented=2
)
ADDRESS = "192.0.2.21"
SIP = {
    "register": "sip:vos.example.com:5061",
    "transport": "tls",
    "srtp_encryption": "aes128_cm",
    "srtp_auth": "sdes",
    "register_expires": "1h",
    "keepalive_interval": "120s",
}
TLS_SERVER = {
    "port": "5061",
    "verify_mode": "require_and_verify_client_cert",
    "min_version": "TLSv1.2",
    "connection_lifetime": "2h",
}
OWN = Own(DeviceFile("", "unused"), DeviceFile("", "unused"))
UNUSED = DeviceFile("", "unused")
EVERYTHING_OK = {"tls": State.OK, "options": State.OK, "register": State.OK}


def chain_of(certificate: x509.Certificate, *above: x509.Certificate) -> str:
    return material.pem(certificate, *(above or (ISSUING.certificate,)))


def side(name: str, folder: str, certificate: str, **different: Any) -> Side:
    files = (
        FileSeen("certificate", f"{folder}/own.crt", "there", text=certificate),
        FileSeen("private_key", f"{folder}/own.key", "there"),
        FileSeen("trust_bundle", f"{folder}/ca.crt", "there", text=BUNDLE),
    )
    return replace(Side(name, files=files, clock_ahead=0, public_key="KEY", certificate_key="KEY"), **different)


def gateway(certificate: str = "", **different: Any) -> Side:
    known = {
        "service": Service("gateway", "active"),
        "addresses": (ADDRESS,),
        "settings_path": "/etc/gateway/gateway.conf",
        "settings": SIP,
    }
    return side("gw1", "/etc/gateway/certs", certificate or chain_of(GATEWAYS["gw1"]), **{**known, **different})


def softswitch(certificate: str = "", **different: Any) -> Side:
    known = {
        "service": Service("vos", "active"),
        "listening": (22, 5061),
        "settings_path": "/etc/vos/tls.conf",
        "settings": TLS_SERVER,
        "verify_mode": "require_verify",
        "domains": (DomainPolicy("example.com", srtp_require=True, srtp_auth="sdes"),),
        "served": serial_hex(SERVERS["good"]),
        "registrations": (Registration("sip:gw1@example.com", serial_hex(GATEWAYS["gw1"]), 10),),
    }
    return side("vos", "/etc/vos/certs", certificate or chain_of(SERVERS["good"]), **{**known, **different})


def probed(seen: Observation = GOOD, **different: Any) -> Probed:
    is_good = seen.established and seen.refusal is None
    known = {
        "served": (SERVERS["good"], ISSUING.certificate) if seen.established else (),
        "states": EVERYTHING_OK
        if is_good
        else {"tls": State.FAILED, "options": State.UNKNOWN, "register": State.UNKNOWN},
        "seen_from": ADDRESS if is_good else "",
        "milliseconds": 40,
    }
    return Probed(
        "vos.example.com:5061", seen, Device("OpenSSL 3.5.7", 0, NOW, OWN, UNUSED, UNUSED), **{**known, **different}
    )


def refused(number: int, **different: Any) -> Observation:
    """The softswitch ended it by an alert, in TLS 1.3 after the handshake."""
    return replace(GOOD, alerts=(Alert(number, sent=False, fatal=True),), ended=True, **different)


def evidence(**different: Any) -> Evidence:
    known = {"device": gateway(), "softswitch": softswitch(), "probed": probed()}
    return Evidence(NOW, "sip:gw1@example.com", **{**known, **different})


def with_file(one: Side, name: str, **different: Any) -> Side:
    return replace(one, files=tuple(replace(file, **different) if file.name == name else file for file in one.files))


def crl(authority: material.Authority, *revoked: x509.Certificate, end: str = "2099-01-01T00:00:00Z") -> RevocationList:
    return RevocationList(authority.certificate.subject.rfc4514_string(), end, tuple(map(serial_hex, revoked)))


@dataclass(frozen=True)
class Ill:
    """One thing that is wrong, and what has to be said first of it."""

    id: str
    evidence: Callable[[], Evidence]
    cause: CauseId
    words: str
    certainty: Certainty = Certainty.CERTAIN
    where: Where = Where.DEVICE

    def check(self) -> None:
        """The first cause is the one, as sure and at the place that it has to be."""
        found = diagnose(self.evidence())
        assert found, "nothing was found"
        first = found[0]
        assert (first.id, first.certainty, first.where) == (self.cause, self.certainty, self.where)
        assert self.words in " | ".join((first.cause, *first.evidence, first.remedy, first.fix))
        assert verdict_of(found, self.evidence()) == "failed"


def device(words: Callable[[], Side], seen: Observation | None = None) -> Callable[[], Evidence]:
    return lambda: evidence(device=words(), **({"probed": probed(seen)} if seen else {}))


def server(words: Callable[[], Side], seen: Observation | None = None) -> Callable[[], Evidence]:
    return lambda: evidence(softswitch=words(), **({"probed": probed(seen)} if seen else {}))
