# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys in a token, in the shape in which the cryptography library signs certificates with them."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NoReturn, Self

from ...errors import SiptlsError
from ..x509.keys import describe_public_key

try:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    ec = rsa = SimpleNamespace(EllipticCurvePrivateKey=object, RSAPrivateKey=object)  # type: ignore[assignment]  # see above

try:
    import pkcs11
    from pkcs11.util import ec as pkcs11_ec
    from pkcs11.util import rsa as pkcs11_rsa
except ImportError:
    pkcs11 = None

__all__ = ["ALGORITHMS", "public_key_of", "signing_key_for"]


class _InToken:
    """What all keys in tokens have in common: they sign, and nothing else of them is to be had."""

    def __init__(self, handle: Any, public_key: Any) -> None:
        self._handle = handle
        self._public_key = public_key

    def public_key(self) -> Any:
        """The other half."""
        return self._public_key

    @property
    def key_size(self) -> int:
        """In bits."""
        return int(self._public_key.key_size)

    def prove(self) -> None:
        """Signs something and verifies it.

        :raises cryptography.exceptions.InvalidSignature: this is not the other half of its public key
        """
        data, scheme = os.urandom(32), self._scheme()
        self._public_key.verify(self.sign(data, *scheme), data, *scheme)

    @abstractmethod
    def sign(self, data: bytes, *scheme: Any) -> bytes:
        """The signature over ``data``."""

    @abstractmethod
    def _scheme(self) -> tuple[Any, ...]:
        """What the library calls the way to sign, as it hands it to :meth:`sign`."""

    def _stays(self, *_arguments: object) -> NoReturn:
        raise SiptlsError("the private key stays in its token")

    private_numbers = private_bytes = private_bytes_raw = exchange = decrypt = _stays

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: dict[Any, Any]) -> Self:
        return self


class _RsaInToken(_InToken, rsa.RSAPrivateKey):
    """RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2)."""

    def _scheme(self) -> tuple[Any, ...]:
        return padding.PKCS1v15(), hashes.SHA256()

    def sign(self, data: bytes, padding: Any, algorithm: Any) -> bytes:
        """The signature over ``data``."""
        mechanism = {"sha256": "SHA256_RSA_PKCS", "sha384": "SHA384_RSA_PKCS"}[algorithm.name]
        return bytes(self._handle.sign(data, mechanism=pkcs11.Mechanism[mechanism]))


class _EcdsaInToken(_InToken, ec.EllipticCurvePrivateKey):
    """ECDSA; a token signs a digest and returns r and s as bare octets, certificates have both in DER (RFC 3279, section 2.2.3)."""

    def _scheme(self) -> tuple[Any, ...]:
        return (ec.ECDSA(hashes.SHA256()),)

    @property
    def curve(self) -> ec.EllipticCurve:
        """The curve."""
        curve: ec.EllipticCurve = self._public_key.curve
        return curve

    def sign(self, data: bytes, signature_algorithm: Any) -> bytes:  # type: ignore[override]  # digests made beforehand are not asked for
        """The signature over ``data``."""
        digest = hashes.Hash(signature_algorithm.algorithm)
        digest.update(data)
        octets = bytes(self._handle.sign(digest.finalize(), mechanism=pkcs11.Mechanism.ECDSA))
        half = len(octets) // 2
        return encode_dss_signature(int.from_bytes(octets[:half], "big"), int.from_bytes(octets[half:], "big"))


def signing_key_for(handle: Any, public_key: CertificatePublicKeyTypes, *, where: str) -> _RsaInToken | _EcdsaInToken:
    """The key behind ``handle``, an object of python-pkcs11, to sign with.

    :raises SiptlsError: keys of this kind are not worked with
    """
    if isinstance(public_key, rsa.RSAPublicKey):
        return _RsaInToken(handle, public_key)
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return _EcdsaInToken(handle, public_key)
    raise SiptlsError(
        "an authority cannot sign with this kind of key in a token",
        where=where,
        expected="one of " + ", ".join(ALGORITHMS),
        found=describe_public_key(public_key),
    )


def public_key_of(handle: Any) -> CertificatePublicKeyTypes:
    """The public key behind ``handle``, an object of python-pkcs11."""
    encode = (
        pkcs11_rsa.encode_rsa_public_key if handle.key_type == pkcs11.KeyType.RSA else pkcs11_ec.encode_ec_public_key
    )
    return serialization.load_der_public_key(bytes(encode(handle)))  # type: ignore[return-value]  # RSA or EC


def _rsa(bits: int) -> Callable[[Any, str], Any]:
    def generate(session: Any, label: str) -> Any:
        pair = session.generate_keypair(
            pkcs11.KeyType.RSA, bits, store=True, label=label, private_template=_never_leaves()
        )
        return pair[0]

    return generate


def _ecdsa(curve: str) -> Callable[[Any, str], Any]:
    def generate(session: Any, label: str) -> Any:
        parameters = session.create_domain_parameters(
            pkcs11.KeyType.EC,
            {pkcs11.Attribute.EC_PARAMS: pkcs11_ec.encode_named_curve_parameters(curve)},
            local=True,
        )
        return parameters.generate_keypair(store=True, label=label, private_template=_never_leaves())[0]

    return generate


def _never_leaves() -> dict[Any, bool]:
    return {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}


#: The types of key that tokens are asked for, by the names of playbooks: each makes a pair in a session of python-pkcs11,
#: under a label, and returns the public one.
ALGORITHMS: dict[str, Callable[[Any, str], Any]] = {
    "rsa-2048": _rsa(2048),
    "rsa-3072": _rsa(3072),
    "rsa-4096": _rsa(4096),
    "ecdsa-p256": _ecdsa("secp256r1"),
    "ecdsa-p384": _ecdsa("secp384r1"),
}
