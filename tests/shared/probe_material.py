# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates good and bad for the tests of the probes, those included that the collection's own modules would never make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
SIP_DOMAIN = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.20")
OF_SERVERS, OF_CLIENTS = (SERVER, CLIENT, SIP_DOMAIN), (CLIENT, SERVER)


@dataclass(frozen=True)
class Authority:
    """An authority with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def pem(*certificates: x509.Certificate) -> str:
    return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in certificates)


def key_pem(key: ec.EllipticCurvePrivateKey, passphrase: str = "") -> str:
    encryption = (
        serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    )
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption).decode()


@cache
def key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _build(
    common_name: str,
    own: ec.EllipticCurvePrivateKey,
    above: Authority | None,
    begin: datetime,
    end: datetime,
    *,
    is_ca: bool,
) -> x509.CertificateBuilder:
    issuer = above.certificate.subject if above else _name(common_name)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(issuer)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key((above.key if above else own).public_key()),
            critical=False,
        )
    )


def authority(
    common_name: str, above: Authority | None = None, *, end: datetime = NOW + 900 * DAY, number: str = ""
) -> Authority:
    own = key(f"authority {common_name} {number}")
    builder = _build(common_name, own, above, NOW - 900 * DAY, end, is_ca=True)
    return Authority(builder.sign((above.key if above else own), hashes.SHA256()), own)


def leaf(
    by: Authority | None,
    common_name: str,
    *,
    uris: Iterable[str] = (),
    dns: Iterable[str] = (),
    usages: Iterable[x509.ObjectIdentifier] = OF_CLIENTS,
    begin: datetime = NOW - DAY,
    end: datetime = NOW + 90 * DAY,
    own: str = "",
) -> x509.Certificate:
    """A device's certificate; self-signed where no authority is given."""
    mine = key(own or common_name)
    builder = _build(common_name, mine, by, begin, end, is_ca=False).add_extension(
        x509.ExtendedKeyUsage(list(usages)), critical=False
    )
    names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(uri) for uri in uris]
    names += [x509.DNSName(name) for name in dns]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(by.key if by else mine, hashes.SHA256())


def revocation_list(by: Authority, *revoked: x509.Certificate, ends: datetime = NOW + 7 * DAY) -> str:
    builder = x509.CertificateRevocationListBuilder().issuer_name(by.certificate.subject)
    builder = builder.last_update(NOW - 8 * DAY).next_update(ends)
    for one in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(one.serial_number).revocation_date(NOW - DAY).build()
        )
    builder = builder.add_extension(x509.CRLNumber(1), critical=False).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False
    )
    return builder.sign(by.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


ROOT = authority("Root")
ISSUING = authority("Issuing", ROOT)
FOREIGN = authority("Foreign")
NAMESAKE = authority("Issuing", authority("Root", number="2"), number="2")
EXPIRED_ROOT = authority("Expired Root", end=NOW - 2 * DAY)

SERVERS = {
    "good": leaf(
        ISSUING, "vos", uris=["sip:example.com", "sip:vos.example.com"], dns=["example.com"], usages=OF_SERVERS
    ),
    "plain-names": leaf(ISSUING, "plain", dns=["EXAMPLE.com"], usages=[SERVER]),
    "expired": leaf(
        ISSUING, "expired", uris=["sip:example.com"], usages=OF_SERVERS, begin=NOW - 9 * DAY, end=NOW - DAY
    ),
    "not-yet": leaf(ISSUING, "not-yet", uris=["sip:example.com"], usages=OF_SERVERS, begin=NOW + DAY),
    "foreign": leaf(FOREIGN, "foreign", uris=["sip:example.com"], usages=OF_SERVERS),
    "namesake": leaf(NAMESAKE, "namesake", uris=["sip:example.com"], usages=OF_SERVERS),
    "self-signed": leaf(None, "self-signed", uris=["sip:example.com"], usages=OF_SERVERS),
    "other-name": leaf(ISSUING, "other", uris=["sip:other.example"], dns=["example.com"], usages=OF_SERVERS),
    "wildcard": leaf(ISSUING, "wildcard", dns=["*.com"], usages=OF_SERVERS),
    "client-only": leaf(ISSUING, "client-only", uris=["sip:example.com"], usages=[CLIENT]),
    "revoked": leaf(ISSUING, "revoked", uris=["sip:example.com"], usages=OF_SERVERS),
    "expired-root": leaf(EXPIRED_ROOT, "expired-root", uris=["sip:example.com"], usages=OF_SERVERS),
}
GATEWAYS = {
    "gw1": leaf(ISSUING, "gw1", uris=["sip:gw1@example.com"]),
    "gw-expired": leaf(ISSUING, "gw-expired", uris=["sip:gw1@example.com"], begin=NOW - 9 * DAY, end=NOW - DAY),
    "gw-not-yet": leaf(ISSUING, "gw-not-yet", uris=["sip:gw1@example.com"], begin=NOW + DAY),
    "gw-foreign": leaf(FOREIGN, "gw-foreign", uris=["sip:gw1@example.com"]),
    "gw-revoked": leaf(ISSUING, "gw-revoked", uris=["sip:gw1@example.com"]),
    "gw-server-only": leaf(ISSUING, "gw-server-only", uris=["sip:gw1@example.com"], usages=[SERVER]),
}
_CHAINS = {
    "foreign": FOREIGN,
    "gw-foreign": FOREIGN,
    "namesake": NAMESAKE,
    "expired-root": EXPIRED_ROOT,
    "self-signed": None,
}


def write(folder: Path) -> None:
    """All of it: NAME.crt with its chain, NAME.key, and what goes wrong with files."""
    for name, certificate in {**SERVERS, **GATEWAYS}.items():
        above = _CHAINS.get(name, ISSUING)
        chain = [above.certificate] if above else []
        (folder / f"{name}.crt").write_text(pem(certificate, *chain))
        (folder / f"{name}.key").write_text(key_pem(key(certificate.subject.rfc4514_string().removeprefix("CN="))))
    files = {
        "ca.crt": pem(ROOT.certificate, ISSUING.certificate),
        "root.crt": pem(ROOT.certificate),
        "foreign-ca.crt": pem(FOREIGN.certificate),
        "expired-ca.crt": pem(ROOT.certificate, EXPIRED_ROOT.certificate),
        "alone.crt": pem(SERVERS["good"]),
        "revoked.pem": revocation_list(ISSUING, SERVERS["revoked"], GATEWAYS["gw-revoked"]),
        "stale.pem": revocation_list(ISSUING, ends=NOW - DAY),
        "encrypted.key": key_pem(key("gw1"), "secret"),
        "broken.crt": pem(GATEWAYS["gw1"]).replace("M", "!", 1),
        "broken.key": key_pem(key("gw1")).replace("\n", "\n!!!\n", 2),
        "text.crt": "this is no PEM\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "ca-crl.crt").write_text(files["ca.crt"] + files["revoked.pem"])
    (folder / "ca-stale.crt").write_text(files["ca.crt"] + files["stale.pem"])
