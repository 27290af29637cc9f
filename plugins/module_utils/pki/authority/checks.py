# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the certificate of a CA is one that devices will accept, decided before anything is recorded.

A trust anchor is a name and a key (RFC 5280, section 6.1.1): extensions that its certificate lacks do not matter, so a root of
``openssl req -x509``, which has no key usage, may be used. CA certificates below it are verified by every device, strictly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ...errors import SiptlsError
from ..x509.certificates import check_valid_now, serial_hex
from ..x509.keys import describe_public_key

try:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["MAKE_A_ROOT", "check_path_length", "check_usable", "fault_of"]

#: The command that makes a root that every device accepts.
MAKE_A_ROOT = (
    "openssl req -x509 -newkey rsa:4096 -sha256 -days 3650 -addext keyUsage=critical,keyCertSign,cRLSign"
    " -keyout ca.key -out ca.crt"
)

_LEAST_RSA, _LEAST_EC = 2048, 256
_BROKEN_HASHES = frozenset({"md5", "sha1"})
_LONGEST_SERIAL = 159  # bits: 20 octets, whose first is not to look negative


class Fault(NamedTuple):
    """Why devices would refuse a CA's certificate."""

    problem: str
    expected: str
    found: str


_Check = Callable[["x509.Certificate", bool], "Fault | None"]


def check_usable(path: Sequence[x509.Certificate], now: datetime) -> None:
    """Makes sure that devices accept a CA and all CAs above it.

    :param path: the CA's certificate, then those above it, the trust anchor last
    :raises SiptlsError: the first fault, with the reason and the command that makes a good CA
    """
    for certificate in path:
        where = certificate.subject.rfc4514_string() or f"certificate {serial_hex(certificate)}"
        fault = fault_of(certificate, is_root=certificate.issuer == certificate.subject)
        if fault:
            raise SiptlsError(
                fault.problem,
                where=where,
                expected=fault.expected,
                found=fault.found,
                remedy=f"let the CA be made here, or make a root with: {MAKE_A_ROOT}",
            )
        check_valid_now(certificate, now)


def fault_of(certificate: x509.Certificate, *, is_root: bool) -> Fault | None:
    """Why devices would refuse this certificate of a CA, whatever the time; None where they accept it."""
    for check in _CHECKS:
        fault = check(certificate, is_root)
        if fault:
            return fault
    return None


def check_path_length(path: Sequence[x509.Certificate], more: int = 0) -> None:
    """Makes sure that every CA allows those below it (RFC 5280, section 4.2.1.9).

    :param more: how many CAs will be below the first of ``path``
    :raises SiptlsError: one does not
    """
    for below, certificate in enumerate(path):
        limit = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
        if limit is not None and below + more > limit:
            raise SiptlsError(
                "the path length of a CA does not allow the CAs below it",
                where=certificate.subject.rfc4514_string(),
                expected=f"a path length of at least {below + more}, or none (RFC 5280, section 4.2.1.9)",
                found=f"path length {limit}",
                remedy="have the CA above made with a greater path length, or use it without the CA in between",
            )


def _version(certificate: x509.Certificate, is_root: bool) -> Fault | None:
    if certificate.version == x509.Version.v3:
        return None
    return Fault(
        "this is not the certificate of a certificate authority",
        "X.509 version 3, with basicConstraints CA:TRUE (RFC 5280, section 4.2.1.9)",
        "version 1, which has no basicConstraints",
    )


def _constraints(certificate: x509.Certificate, is_root: bool) -> Fault | None:
    found = _extension(certificate, x509.BasicConstraints)
    if found is None or not found.value.ca:
        return Fault(
            "this is not the certificate of a certificate authority",
            "basicConstraints CA:TRUE (RFC 5280, section 4.2.1.9)",
            "CA:FALSE" if found else "no basicConstraints",
        )
    if is_root or found.critical:
        return None
    return Fault(
        "basicConstraints of an intermediate CA are not critical", "basicConstraints=critical,CA:TRUE", "not critical"
    )


def _key_usage(certificate: x509.Certificate, is_root: bool) -> Fault | None:
    found = _extension(certificate, x509.KeyUsage)
    if found is None:
        if is_root:
            return None
        expected = "keyUsage=critical,keyCertSign,cRLSign; only a root can do without (RFC 5280, section 4.2.1.3)"
        return Fault("an intermediate CA without key usage is refused by devices", expected, "no keyUsage")
    names = {"keyCertSign": found.value.key_cert_sign, "cRLSign": found.value.crl_sign}
    missing = [name for name, is_there in names.items() if not is_there]
    if not missing:
        return None
    return Fault(
        "this is not the certificate of a certificate authority that can sign certificates and CRLs",
        "keyCertSign and cRLSign, where there is a keyUsage (RFC 5280, section 4.2.1.3)",
        f"a keyUsage without {' and '.join(missing)}",
    )


def _key(certificate: x509.Certificate, is_root: bool) -> Fault | None:
    key = certificate.public_key()
    weak = (isinstance(key, rsa.RSAPublicKey) and key.key_size < _LEAST_RSA) or (
        isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < _LEAST_EC
    )
    if weak:
        return Fault(
            "the key of this CA is too short, and devices refuse it",
            f"RSA of at least {_LEAST_RSA} bits, or a curve of at least {_LEAST_EC}",
            describe_public_key(key),
        )
    if isinstance(key, dsa.DSAPublicKey):
        return Fault("a CA cannot sign with this kind of key here", "RSA, ECDSA, Ed25519 or ML-DSA", "dsa")
    return None


def _signature(certificate: x509.Certificate, is_root: bool) -> Fault | None:
    try:
        used = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm as error:
        return Fault("the signature algorithm of this CA is not supported", "SHA-256 or better", str(error))
    if used is None or used.name not in _BROKEN_HASHES:
        return None
    name = {"md5": "MD5", "sha1": "SHA-1"}[used.name]
    return Fault(f"this CA's certificate is signed with {name}, which can be forged", "SHA-256 or better", name)


def _serial(certificate: x509.Certificate, is_root: bool) -> Fault | None:
    serial = certificate.serial_number
    if serial > 0 and serial.bit_length() <= _LONGEST_SERIAL:
        return None
    return Fault(
        "the serial number of this CA is invalid",
        "a positive number of at most 20 octets (RFC 5280, section 4.1.2.2)",
        f"{serial.bit_length()} bits" if serial > 0 else str(serial),
    )


def _names(certificate: x509.Certificate, is_root: bool) -> Fault | None:
    if not list(certificate.subject):
        return Fault(
            "a CA without a subject cannot be named as an issuer", "a subject such as CN=Example SIP Root CA", "none"
        )
    constraints = _extension(certificate, x509.NameConstraints)
    trees = constraints.value if constraints else None
    subtrees = [*(trees.permitted_subtrees or ()), *(trees.excluded_subtrees or ())] if trees else []
    if any(isinstance(name, x509.UniformResourceIdentifier) for name in subtrees):
        return Fault(
            "the name constraints of this CA are for URIs, so devices refuse every certificate with a SIP URI",
            "name constraints for DNS names alone, or none (RFC 5280, section 4.2.1.10)",
            "a constraint for URIs",
        )
    return None


def _extended_usage(certificate: x509.Certificate, is_root: bool) -> Fault | None:
    """Verifiers apply it to all that is below, though RFC 5280 has it for end entities."""
    found = _extension(certificate, x509.ExtendedKeyUsage)
    if found is None:
        return None
    needed = {"serverAuth": ExtendedKeyUsageOID.SERVER_AUTH, "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH}
    missing = [name for name, usage in needed.items() if usage not in found.value]
    if not missing:
        return None
    return Fault(
        "the extended key usage of this CA rules out the certificates of devices",
        "no extendedKeyUsage, or one with serverAuth and clientAuth",
        f"an extendedKeyUsage without {' and '.join(missing)}",
    )


def _identifiers(certificate: x509.Certificate, is_root: bool) -> Fault | None:
    """RFC 5280, sections 4.2.1.1 and 4.2.1.2; a trust anchor can do without."""
    if is_root:
        return None
    needed: dict[str, Any] = {
        "subjectKeyIdentifier": x509.SubjectKeyIdentifier,
        "authorityKeyIdentifier": x509.AuthorityKeyIdentifier,
    }
    missing = [name for name, kind in needed.items() if _extension(certificate, kind) is None]
    if not missing:
        return None
    return Fault(
        "an intermediate CA without key identifiers is refused by devices", " and ".join(needed), f"no {missing[0]}"
    )


def _critical(certificate: x509.Certificate, is_root: bool) -> Fault | None:
    unknown = [
        extension.oid.dotted_string
        for extension in certificate.extensions
        if extension.critical and isinstance(extension.value, x509.UnrecognizedExtension)
    ]
    if not unknown:
        return None
    expected = "no critical extension that verifiers do not know (RFC 5280, section 4.2)"
    return Fault("a critical extension of this CA is unknown, so devices refuse it", expected, ", ".join(unknown))


def _extension(certificate: x509.Certificate, kind: type[x509.ExtensionType]) -> x509.Extension[Any] | None:
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None


_CHECKS: tuple[_Check, ...] = (
    _version,
    _constraints,
    _key_usage,
    _key,
    _signature,
    _serial,
    _names,
    _extended_usage,
    _identifiers,
    _critical,
)
