# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import subprocess

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import key_type_named, public_key_digits
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.requests import proven_public_key
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import authority, issued, key, request
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

P256 = key_type_named("ecdsa-p256")
OWN = key(1)
HONEST = request(OWN)
GREEDY = request(
    OWN,
    x509.BasicConstraints(ca=True, path_length=None),
    x509.SubjectAlternativeName([x509.DNSName("*.bank.example"), x509.UniformResourceIdentifier("sip:bank.example")]),
    x509.KeyUsage(True, False, False, False, False, True, True, False, False),
    x509.ExtendedKeyUsage([x509.ObjectIdentifier("2.5.29.37.0")]),
)


def damaged(text: bytes) -> bytes:
    """The request with one bit of its signature, at its end, turned."""
    der = bytearray(x509.load_pem_x509_csr(text).public_bytes(serialization.Encoding.DER))
    der[-1] ^= 1
    return x509.load_der_x509_csr(bytes(der)).public_bytes(serialization.Encoding.PEM)


def exchanged(text: bytes, other: bytes) -> bytes:
    """The request with another key in the place of its own, still signed by its own: what a thief would send."""
    der = x509.load_pem_x509_csr(text).public_bytes(serialization.Encoding.DER)
    forged = der.replace(public_key_digits(OWN.public_key()), other)
    assert forged != der
    return x509.load_der_x509_csr(forged).public_bytes(serialization.Encoding.PEM)


def test_a_request_gives_a_public_key_and_nothing_else() -> None:
    for text in (HONEST, GREEDY):
        found = proven_public_key(text, P256, where="gw1")
        assert public_key_digits(found) == public_key_digits(OWN.public_key())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (damaged(HONEST), "gw1: the signature of the certificate signing request does not verify"),
        (exchanged(HONEST, public_key_digits(key(2).public_key())), "gw1: the signature of the .* does not verify"),
        (request(key(0, "rsa-2048")), "another type of key than was asked for. Expected: ecdsa-p256. Found: rsa-2048"),
        (request(rsa.generate_private_key(65537, 1024)), "Expected: ecdsa-p256. Found: rsa-1024"),
        (request(ec.generate_private_key(ec.SECP521R1())), "Found: ecdsa-secp521r1"),
        (request(key(0, "ecdsa-p384")), "Found: ecdsa-p384"),
        (b"", "gw1: the certificate signing request cannot be read"),
        (b"garbage", "cannot be read"),
        (HONEST[:200] + b"\n-----END CERTIFICATE REQUEST-----\n", "cannot be read"),
        (issued(authority("Root")).public_bytes(serialization.Encoding.PEM), "cannot be read"),
    ],
    ids=["damaged", "another's key", "rsa", "rsa-1024", "p521", "p384", "empty", "garbage", "cut short", "certificate"],
)
def test_a_request_that_proves_nothing_is_refused(text: bytes, words: str) -> None:
    with pytest.raises(SiptlsError, match=words):
        proven_public_key(text, P256, where="gw1")


def test_a_short_rsa_key_is_refused_where_rsa_is_asked_for() -> None:
    with pytest.raises(SiptlsError, match="Expected: rsa-2048. Found: rsa-1024"):
        proven_public_key(request(rsa.generate_private_key(65537, 1024)), key_type_named("rsa-2048"), where="gw1")


def test_a_curve_that_is_written_out_is_certified_by_its_name(tmp_path) -> None:
    """Old versions wrote the parameters of a curve; RFC 5480, section 2.1.1, wants its name."""
    subprocess.run(
        [
            *("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-pkeyopt", "ec_param_enc:explicit", "-nodes", "-keyout", "key", "-subj", "/CN=x", "-out", "csr"),
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    found = proven_public_key((tmp_path / "csr").read_bytes(), P256, where="gw1")
    assert isinstance(found.curve, ec.SECP256R1)
    assert len(public_key_digits(found)) == len(public_key_digits(OWN.public_key()))


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_with_a_clear_error(garbage: bytes) -> None:
    with pytest.raises(SiptlsError):
        proven_public_key(garbage, P256, where="gw1")


@given(st.integers(0, 10**6), st.integers(0, 7))
def test_no_bit_turned_in_a_request_gets_another_key_certified(position: int, bit: int) -> None:
    der = bytearray(x509.load_pem_x509_csr(HONEST).public_bytes(serialization.Encoding.DER))
    der[position % len(der)] ^= 1 << bit
    body = base64.encodebytes(bytes(der)).decode()
    text = f"-----BEGIN CERTIFICATE REQUEST-----\n{body}-----END CERTIFICATE REQUEST-----\n".encode()
    try:
        found = proven_public_key(text, P256, where="gw1")
    except SiptlsError:
        return
    # The count of unused bits behind the signature may differ: it says nothing.
    assert public_key_digits(found) == public_key_digits(OWN.public_key())
