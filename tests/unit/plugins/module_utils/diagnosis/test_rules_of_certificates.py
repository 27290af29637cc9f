# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about files, certificates, chains, revocation and names: one thing is wrong, and the first cause has to be that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.cause import CauseId, Certainty, Where
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.evidence import Evidence, Service
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import serial_hex
from ansible_collections.siptls.vos.plugins.module_utils.tls.alerts import Alert
from ansible_collections.siptls.vos.tests.shared import probe_material as material
from ansible_collections.siptls.vos.tests.shared.probe_material import (
    EXPIRED_ROOT,
    FOREIGN,
    GATEWAYS,
    ISSUING,
    NAMESAKE,
    NOW,
    ROOT,
    SERVERS,
)
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.diagnosis.healthy import (
    GOOD,
    Ill,
    chain_of,
    crl,
    device,
    evidence,
    gateway,
    probed,
    refused,
    server,
    softswitch,
    with_file,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


def weak_chain() -> str:
    """A certificate with an RSA key that is too short."""
    key = rsa.generate_private_key(65537, 1024)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gw1")])
    builder = x509.CertificateBuilder(
        ISSUING.certificate.subject, name, key.public_key(), 1, NOW, NOW + timedelta(days=9)
    )
    names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier("sip:gw1@example.com")])
    return chain_of(builder.add_extension(names, critical=False).sign(ISSUING.key, hashes.SHA256()))


def presenting(name: str, number: int, *above: Any) -> Callable[[], Evidence]:
    return device(lambda: gateway(chain_of(GATEWAYS[name], *above)), refused(number))


def serving(*chain: Any, **different: Any) -> Callable[[], Evidence]:
    return lambda: evidence(
        softswitch=softswitch(material.pem(*chain), served=serial_hex(chain[0]), **different),
        probed=probed(replace(GOOD, established=False, alerts=(Alert(48, sent=True, fatal=True),)), served=chain),
    )


CASES = [
    # Files
    Ill(
        "missing",
        device(lambda: with_file(gateway(), "private_key", state="missing")),
        CauseId.FILE_MISSING,
        "own.key does not exist on gw1",
    ),
    Ill(
        "forbidden",
        device(
            lambda: with_file(
                gateway(service=Service("gateway", "failed", "sip")),
                "private_key",
                forbidden=True,
                mode="-rw------- root root",
            )
        ),
        CauseId.FILE_FORBIDDEN,
        "-rw------- root root",
    ),
    Ill(
        "forbidden-there",
        server(lambda: with_file(softswitch(), "certificate", forbidden=True)),
        CauseId.FILE_FORBIDDEN,
        "vos_certificate_owner",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "broken-certificate",
        device(lambda: gateway("-----BEGIN CERTIFICATE-----\nM\n#\n")),
        CauseId.PEM_UNREADABLE,
        "line 3: no base64",
    ),
    Ill(
        "broken-bundle",
        device(lambda: with_file(gateway(), "trust_bundle", text="nothing")),
        CauseId.PEM_UNREADABLE,
        "line 1",
    ),
    Ill(
        "broken-key",
        device(lambda: gateway(public_key="", key_problem="line 2: no base64")),
        CauseId.PEM_UNREADABLE,
        "own.key",
    ),
    Ill(
        "broken-there",
        server(lambda: softswitch("text")),
        CauseId.PEM_UNREADABLE,
        "the port is free",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "encrypted",
        device(lambda: gateway(public_key="", key_problem="it is encrypted", service=Service("gateway", "failed"))),
        CauseId.KEY_ENCRYPTED,
        "passphrase",
    ),
    Ill("no-pair", device(lambda: gateway(certificate_key="OTHER")), CauseId.PAIR_MISMATCH, "no pair"),
    # Certificates
    Ill("expired", presenting("gw-expired", 45), CauseId.CERTIFICATE_EXPIRED, "certificate_expired (45)"),
    Ill("not-yet", presenting("gw-not-yet", 42), CauseId.CERTIFICATE_NOT_YET_VALID, "is not valid before"),
    Ill("client-auth", presenting("gw-server-only", 43), CauseId.CLIENT_AUTH_MISSING, "lacks clientAuth"),
    Ill(
        "self-signed",
        device(lambda: gateway(material.pem(material.leaf(None, "gw1", uris=["sip:gw1@example.com"]))), refused(48)),
        CauseId.CERTIFICATE_SELF_SIGNED,
        "no authority stands behind it",
    ),
    Ill(
        "server-auth",
        serving(SERVERS["client-only"], ISSUING.certificate),
        CauseId.SERVER_AUTH_MISSING,
        "lacks serverAuth",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "server-expired",
        serving(SERVERS["expired"], ISSUING.certificate),
        CauseId.CERTIFICATE_EXPIRED,
        "the certificate of vos",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "none-shown",
        device(
            lambda: with_file(gateway(), "certificate", state="unused", path="", text=""), refused(116, presented=0)
        ),
        CauseId.NO_CLIENT_CERTIFICATE,
        "certificate_required (116)",
    ),
    Ill("weak", device(lambda: gateway(weak_chain())), CauseId.KEY_WEAK, "an RSA key of 1024 bits"),
    # The way to an anchor
    Ill(
        "foreign",
        presenting("gw-foreign", 48, FOREIGN.certificate),
        CauseId.AUTHORITY_UNKNOWN_TO_SOFTSWITCH,
        "CN=Foreign is not in /etc/vos/certs/ca.crt",
    ),
    Ill(
        "no-intermediate",
        lambda: evidence(
            device=gateway(material.pem(GATEWAYS["gw1"])),
            softswitch=with_file(softswitch(), "trust_bundle", text=material.pem(ROOT.certificate)),
            probed=probed(refused(48)),
        ),
        CauseId.INTERMEDIATE_MISSING,
        "gw1 presents no intermediate",
    ),
    Ill(
        "no-intermediate-there",
        lambda: replace(
            serving(SERVERS["good"])(), device=with_file(gateway(), "trust_bundle", text=material.pem(ROOT.certificate))
        ),
        CauseId.INTERMEDIATE_MISSING,
        "vos presents no intermediate",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "server-foreign",
        serving(SERVERS["foreign"], FOREIGN.certificate),
        CauseId.AUTHORITY_UNKNOWN_TO_DEVICE,
        "gw1 does not know the authority of vos",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "namesake",
        serving(SERVERS["namesake"], NAMESAKE.certificate),
        CauseId.ANCHOR_REPLACED,
        "another certificate of the name CN=Root",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "old-anchor",
        lambda: replace(
            serving(SERVERS["expired-root"])(),
            device=with_file(
                gateway(),
                "trust_bundle",
                text=material.pem(ROOT.certificate, ISSUING.certificate, EXPIRED_ROOT.certificate),
            ),
        ),
        CauseId.ANCHOR_EXPIRED,
        "CN=Expired Root",
    ),
    Ill(
        "not-asked-leaf",
        lambda: evidence(softswitch=None, device=gateway(material.pem(GATEWAYS["gw1"])), probed=probed(refused(48))),
        CauseId.INTERMEDIATE_MISSING,
        "holds the leaf alone",
        Certainty.LIKELY,
    ),
    Ill(
        "not-asked-chain",
        lambda: evidence(softswitch=None, probed=probed(refused(48))),
        CauseId.AUTHORITY_UNKNOWN_TO_SOFTSWITCH,
        "unknown_ca (48)",
        Certainty.LIKELY,
        Where.SOFTSWITCH,
    ),
    # Revocation
    Ill(
        "revoked",
        server(lambda: softswitch(crls=(crl(ROOT), crl(ISSUING, GATEWAYS["gw1"])))),
        CauseId.CERTIFICATE_REVOKED,
        "is revoked",
    ),
    Ill(
        "revoked-by-alert",
        lambda: evidence(softswitch=None, probed=probed(refused(44))),
        CauseId.CERTIFICATE_REVOKED,
        "certificate_revoked (44)",
    ),
    Ill(
        "server-revoked",
        server(lambda: softswitch(crls=(crl(ROOT), crl(ISSUING, SERVERS["good"])))),
        CauseId.CERTIFICATE_REVOKED,
        "the certificate of vos",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "stale",
        server(lambda: softswitch(crls=(crl(ROOT), crl(ISSUING, end="2020-01-01T00:00:00Z"))), refused(45)),
        CauseId.CRL_STALE,
        "ran out at 2020-01-01",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "stale-not-asked",
        lambda: evidence(softswitch=None, probed=probed(refused(45))),
        CauseId.CRL_STALE,
        "mostly a revocation list",
        Certainty.LIKELY,
        Where.SOFTSWITCH,
    ),
    Ill(
        "no-root-list",
        server(
            lambda: replace(
                softswitch(crls=(crl(ISSUING),)),
                files=(*softswitch().files, replace(softswitch().files[0], name="crl")),
            ),
            refused(48),
        ),
        CauseId.CRL_INCOMPLETE,
        "has no list of CN=Root",
        where=Where.SOFTSWITCH,
    ),
    # Names
    Ill(
        "server-name",
        serving(SERVERS["other-name"], ISSUING.certificate),
        CauseId.SERVER_NAME_WRONG,
        "speaks for other.example",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "wildcard",
        serving(SERVERS["wildcard"], ISSUING.certificate),
        CauseId.SERVER_NAME_WRONG,
        "a wildcard is no identity",
        where=Where.SOFTSWITCH,
    ),
    Ill(
        "dialled",
        lambda: evidence(
            softswitch=softswitch(registrations=()), probed=replace(probed(), connect="voice.example.org:5061")
        ),
        CauseId.DOMAIN_DIALLED_WRONG,
        "voice.example.org",
    ),
    Ill(
        "not-served",
        lambda: replace(
            evidence(),
            aor="sip:gw1@other.example",
            device=gateway(chain_of(material.leaf(ISSUING, "gw1", uris=["sip:gw1@other.example"]))),
        ),
        CauseId.DOMAIN_DIALLED_WRONG,
        "the softswitch serves example.com",
    ),
    Ill(
        "identity",
        lambda: replace(evidence(), aor="sip:gw2@example.com"),
        CauseId.IDENTITY_MISMATCH,
        "sip:gw1@example.com",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda one: one.id)
def test_the_first_cause_is_the_one(case: Ill) -> None:
    case.check()
