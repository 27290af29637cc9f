# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that clients may come with, good and bad, each for one identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)
SIP_DOMAIN = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.20")
Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> str:
        """Key and certificate, as ``openssl s_client`` takes them from one file."""
        return self.key_pem() + self.certificate_pem

    @property
    def certificate_pem(self) -> str:
        """The certificate alone."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def key_pem(self, passphrase: str = "") -> str:
        """The key alone, encrypted where there is a passphrase."""
        encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if passphrase:
            encryption = serialization.BestAvailableEncryption(passphrase.encode())
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        ).decode()


def authority(folder: Path, passphrase: str) -> Pair:
    """An authority of a PKI directory, with its key."""
    key = serialization.load_pem_private_key((folder / "private_key.pem").read_bytes(), passphrase.encode())
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    return Pair(x509.load_pem_x509_certificate((folder / "certificate.pem").read_bytes()), key)


def client(user: str, issuer: Pair | None, *, begin: timedelta = -DAY, end: timedelta = DAY) -> Pair:
    """A certificate for ``sip:USER@example.com``, by an authority or by its own key, valid from and until so long from now."""
    return issue(user, issuer, (f"sip:{user}@example.com",), begin=begin, end=end)


def issue(
    common_name: str,
    issuer: Pair | None,
    uris: Sequence[str],
    *,
    dns: Sequence[str] = (),
    uses: Sequence[x509.ObjectIdentifier] = (ExtendedKeyUsageOID.CLIENT_AUTH, SIP_DOMAIN),
    begin: timedelta = -DAY,
    end: timedelta = DAY,
    key: Key | None = None,
) -> Pair:
    """A certificate of any kind, good or bad."""
    now = datetime.now(UTC)
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    signer = issuer.key if issuer else key
    names = [*map(x509.UniformResourceIdentifier, uris), *map(x509.DNSName, dns)]
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begin)
        .not_valid_after(now + end)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    return Pair(builder.sign(signer, hashes.SHA256()), key)


def foreign_authority(common_name: str = "Lab SIP Issuing CA") -> Pair:
    """An authority that the softswitch does not know, named as if it did, unless told otherwise."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Pair(builder.sign(key, hashes.SHA256()), key)


def clients(user: str, issuing: Pair) -> Mapping[str, Pair | None]:
    """By what they are called: who may come, and say that they are ``user``."""
    return {
        "no certificate": None,
        "self-signed": client(user, None),
        "foreign CA": client(user, foreign_authority()),
        "ours": client(user, issuing),
        "expired": client(user, issuing, begin=-2 * DAY, end=-DAY),
        "not yet valid": client(user, issuing, begin=DAY, end=2 * DAY),
        "revoked": client(user, issuing),
        "other identity": client("gw8", issuing),
    }
