# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Key types: their names, how each is made here and by openssl, and what a given key is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from ...errors import SiptlsError

try:
    from cryptography import __version__ as cryptography_version
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.asymmetric.types import (
        CertificateIssuerPrivateKeyTypes,
        CertificatePublicKeyTypes,
    )

    _SIGNING: tuple[type, ...] = (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

try:
    from cryptography.hazmat.primitives.asymmetric import mldsa
except ImportError:  # cryptography before 47 has none
    mldsa = None  # type: ignore[assignment]
else:
    _SIGNING += (mldsa.MLDSA44PrivateKey, mldsa.MLDSA65PrivateKey, mldsa.MLDSA87PrivateKey)

__all__ = [
    "KEY_TYPES",
    "KeyType",
    "describe_public_key",
    "encrypt_private_key",
    "key_type_named",
    "load_private_key",
    "private_key_pem",
    "public_key_digits",
    "signature_hash",
]

_LONGEST_PASSPHRASE = 1023


@dataclass(frozen=True)
class KeyType:
    """A kind of key that a user can ask for.

    :ivar name: the name in playbooks, such as ``ecdsa-p256``
    :ivar generate: makes a private key of this kind in memory
    :ivar openssl: the arguments of ``openssl genpkey`` that make the same on a device
    :ivar openssl_minimum: the oldest OpenSSL that knows keys of this kind
    """

    name: str
    generate: Callable[[], CertificateIssuerPrivateKeyTypes]
    openssl: tuple[str, ...]
    openssl_minimum: str = "1.1.1"

    def check_supported(self) -> None:
        """Makes sure that keys and signatures of this kind can be worked with here.

        :raises SiptlsError: the libraries of this controller are too old
        """
        if self.name.startswith("ml-dsa-"):
            self.generate()


def _rsa(bits: int) -> KeyType:
    return KeyType(
        name=f"rsa-{bits}",
        generate=lambda: rsa.generate_private_key(public_exponent=65537, key_size=bits),
        openssl=("-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}"),
    )


def _ecdsa(bits: int) -> KeyType:
    def generate() -> CertificateIssuerPrivateKeyTypes:
        return ec.generate_private_key({256: ec.SECP256R1(), 384: ec.SECP384R1()}[bits])

    return KeyType(
        name=f"ecdsa-p{bits}",
        generate=generate,
        openssl=(
            *("-algorithm", "EC"),
            *("-pkeyopt", f"ec_paramgen_curve:P-{bits}"),
            *("-pkeyopt", "ec_param_enc:named_curve"),
        ),
    )


def _ed25519() -> KeyType:
    def generate() -> CertificateIssuerPrivateKeyTypes:
        return ed25519.Ed25519PrivateKey.generate()

    return KeyType(name="ed25519", generate=generate, openssl=("-algorithm", "ED25519"))


def _ml_dsa(strength: int) -> KeyType:
    """ML-DSA, the post-quantum signature of FIPS 204 (in certificates: RFC 9881)."""
    name = f"ml-dsa-{strength}"

    def generate() -> CertificateIssuerPrivateKeyTypes:
        if mldsa is None:
            raise _not_supported(name)
        try:
            key: CertificateIssuerPrivateKeyTypes = getattr(mldsa, f"MLDSA{strength}PrivateKey").generate()
        except UnsupportedAlgorithm:
            raise _not_supported(name) from None
        return key

    return KeyType(name=name, generate=generate, openssl=("-algorithm", f"ML-DSA-{strength}"), openssl_minimum="3.5")


def _not_supported(name: str) -> SiptlsError:
    return SiptlsError(
        f"the cryptography library of this controller cannot work with keys of type {name}",
        expected="cryptography 47 or later with an OpenSSL that has ML-DSA (3.5 or later), as its wheels on PyPI have",
        found=f"cryptography {cryptography_version}",
        remedy="upgrade cryptography in Ansible's environment, or ask for another type of key",
    )


KEY_TYPES: dict[str, KeyType] = {
    kind.name: kind
    for kind in (
        _rsa(2048),
        _rsa(3072),
        _rsa(4096),
        _ecdsa(256),
        _ecdsa(384),
        _ed25519(),
        _ml_dsa(44),
        _ml_dsa(65),
        _ml_dsa(87),
    )
}


def key_type_named(name: str) -> KeyType:
    """The key type called ``name``.

    :raises SiptlsError: there is none
    """
    try:
        return KEY_TYPES[name]
    except KeyError:
        raise SiptlsError("unknown key type", expected="one of " + ", ".join(KEY_TYPES), found=repr(name)) from None


def describe_public_key(key: CertificatePublicKeyTypes) -> str:
    """The key type's name for ``key``, or a like name for a key that is not offered here, such as ``rsa-1024``."""
    if isinstance(key, rsa.RSAPublicKey):
        return f"rsa-{key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        names = {"secp256r1": "ecdsa-p256", "secp384r1": "ecdsa-p384"}
        return names.get(key.curve.name, f"ecdsa-{key.curve.name}")
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "ed25519"
    if mldsa and type(key).__name__.startswith("MLDSA"):
        return f"ml-dsa-{type(key).__name__[5:7]}"
    return type(key).__name__.removesuffix("PublicKey").lower()


def public_key_digits(key: CertificatePublicKeyTypes) -> bytes:
    """The DER SubjectPublicKeyInfo of ``key`` (RFC 5280, 4.1.2.7): equal for equal keys."""
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def signature_hash(key: CertificateIssuerPrivateKeyTypes) -> hashes.SHA256 | hashes.SHA384 | None:
    """The hash that a signature by ``key`` uses: as strong as the key; none for those that bring their own."""
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        return None
    strong = isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size >= 384
    return hashes.SHA384() if strong else hashes.SHA256()


def encrypt_private_key(key: CertificateIssuerPrivateKeyTypes, passphrase: str) -> bytes:
    """``key`` as an encrypted PKCS #8 PEM (RFC 5958).

    :raises SiptlsError: the passphrase is longer than OpenSSL takes
    """
    if len(passphrase.encode()) > _LONGEST_PASSPHRASE:
        raise SiptlsError("the passphrase is too long", expected=f"at most {_LONGEST_PASSPHRASE} octets")
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )


def private_key_pem(key: CertificateIssuerPrivateKeyTypes) -> bytes:
    """``key`` as PKCS #8 PEM in the clear (RFC 5958): for a file of mode 0600 and for nothing else."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def load_private_key(pem: bytes, passphrase: str | None, *, where: str) -> CertificateIssuerPrivateKeyTypes:
    """The private key in ``pem``, encrypted or, if ``passphrase`` is None, in the clear.

    :param where: what to call the key in an error
    :raises SiptlsError: the text is no private key, or the passphrase is not its passphrase
    """
    try:
        key = serialization.load_pem_private_key(pem, None if passphrase is None else passphrase.encode())
    except TypeError:
        encrypted = passphrase is None
        raise SiptlsError(
            "the private key is encrypted" if encrypted else "the private key is not encrypted",
            where=where,
            remedy="give its passphrase" if encrypted else "give no passphrase for it",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise SiptlsError(
            "the private key cannot be read",
            where=where,
            expected="a PEM private key and, if it is encrypted, its own passphrase",
            remedy="check the passphrase first, then the file",
        ) from None
    if not isinstance(key, _SIGNING):
        raise SiptlsError(
            "a certificate authority cannot sign with this kind of key",
            where=where,
            expected="one of " + ", ".join(KEY_TYPES),
        )
    return cast("CertificateIssuerPrivateKeyTypes", key)
