# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509 import keys
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import (
    KEY_TYPES,
    describe_public_key,
    encrypt_private_key,
    key_type_named,
    load_private_key,
    public_key_digits,
    signature_hash,
)
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa, x25519

KINDS = [kind for kind in KEY_TYPES if kind != "rsa-4096"]  # generating that one takes seconds
CLEAR = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_made_here_is_of_the_type_asked_for(kind: str) -> None:
    assert describe_public_key(key_type_named(kind).generate().public_key()) == kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_made_by_openssl_is_of_the_type_asked_for(kind: str, tmp_path: Path) -> None:
    def openssl(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["openssl", *arguments], cwd=tmp_path, check=False, capture_output=True)

    made = openssl("genpkey", *key_type_named(kind).openssl, "-out", "key")
    if kind.startswith("ml-dsa") and b"Algorithm" in made.stderr:
        pytest.skip("this openssl is older than 3.5 and makes no ML-DSA keys")
    assert made.returncode == 0, made.stderr
    public = serialization.load_pem_public_key(openssl("pkey", "-in", "key", "-pubout").stdout)
    assert describe_public_key(public) == kind


def test_a_controller_without_ml_dsa_says_what_it_would_need(monkeypatch: pytest.MonkeyPatch) -> None:
    key_type_named("ml-dsa-65").check_supported()
    monkeypatch.setattr(keys, "mldsa", None)
    key_type_named("ecdsa-p256").check_supported()
    with pytest.raises(
        SiptlsError, match=r"keys of type ml-dsa-65\. Expected: cryptography 47 or later.*Remedy: upgrade"
    ):
        key_type_named("ml-dsa-65").check_supported()


@pytest.mark.parametrize("kind", KINDS)
def test_an_encrypted_key_opens_with_its_passphrase_alone(kind: str) -> None:
    key = KEY_TYPES[kind].generate()
    text = encrypt_private_key(key, "pässphrase ' \"$x")
    assert text.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    again = load_private_key(text, "pässphrase ' \"$x", where="key")
    assert public_key_digits(again.public_key()) == public_key_digits(key.public_key())
    with pytest.raises(SiptlsError, match="authority x: the private key cannot be read.*check the passphrase first"):
        load_private_key(text, "another", where="authority x")
    with pytest.raises(SiptlsError, match="the private key is encrypted. Remedy: give its passphrase"):
        load_private_key(text, None, where="key")


def test_a_passphrase_for_a_key_in_the_clear_is_refused() -> None:
    text = KEY_TYPES["ecdsa-p256"].generate().private_bytes(*CLEAR)
    with pytest.raises(SiptlsError, match="is not encrypted. Remedy: give no passphrase"):
        load_private_key(text, "x", where="key")


@pytest.mark.parametrize("text", [b"", b"garbage", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_is_refused(text: bytes) -> None:
    with pytest.raises(SiptlsError, match="the private key cannot be read"):
        load_private_key(text, None, where="key")


@pytest.mark.parametrize("make", [x25519.X25519PrivateKey.generate, ed448.Ed448PrivateKey.generate])
def test_a_key_that_no_authority_here_signs_with_is_refused(make: object) -> None:
    with pytest.raises(SiptlsError, match="cannot sign with this kind of key"):
        load_private_key(make().private_bytes(*CLEAR), None, where="key")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (lambda: rsa.generate_private_key(65537, 1024), "rsa-1024"),
        (lambda: ec.generate_private_key(ec.SECP521R1()), "ecdsa-secp521r1"),
        (lambda: ec.generate_private_key(ec.BrainpoolP256R1()), "ecdsa-brainpoolP256r1"),
        (ed448.Ed448PrivateKey.generate, "ed448"),
        (lambda: dsa.generate_private_key(2048), "dsa"),
    ],
)
def test_a_key_of_a_type_that_is_not_offered_has_a_name_all_the_same(key: object, words: str) -> None:
    assert describe_public_key(key().public_key()) == words


@pytest.mark.parametrize(
    ("kind", "hash_name"),
    [("rsa-2048", "sha256"), ("ecdsa-p256", "sha256"), ("ecdsa-p384", "sha384"), ("ed25519", None)],
)
def test_a_signature_is_as_strong_as_its_key(kind: str, hash_name: str | None) -> None:
    found = signature_hash(KEY_TYPES[kind].generate())
    assert (found.name if found else None) == hash_name


def test_an_unknown_key_type_is_told_which_there_are() -> None:
    with pytest.raises(SiptlsError, match="one of rsa-2048, .*ed25519, ml-dsa-44, .*. Found: 'rsa-1024'"):
        key_type_named("rsa-1024")
