# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Crypto attributes, their suites and keys; fingerprints and roles of DTLS."""

from __future__ import annotations

import base64
from contextlib import suppress

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.sip.dtls import (
    SETUP_ROLES,
    Fingerprint,
    parse_fingerprint,
    parse_setup,
    setup_problem,
)
from ansible_collections.siptls.vos.plugins.module_utils.sip.srtp import (
    SUITES,
    CryptoAttribute,
    KeyParameter,
    SessionParameter,
    parse_crypto,
    suite_named,
)
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.sip import strategies
from hypothesis import given
from hypothesis import strategies as st

KEY = bytes(range(30))
INLINE = base64.b64encode(KEY).decode()


@pytest.mark.parametrize(
    ("name", "octets", "today"),
    [
        ("AES_CM_128_HMAC_SHA1_80", 30, "AES_CM_128_HMAC_SHA1_80"),
        ("aes_cm_128_hmac_sha1_32", 30, "AES_CM_128_HMAC_SHA1_32"),
        ("F8_128_HMAC_SHA1_80", 30, "F8_128_HMAC_SHA1_80"),
        ("AES_192_CM_HMAC_SHA1_80", 38, "AES_192_CM_HMAC_SHA1_80"),
        ("AES_CM_192_HMAC_SHA1_32", 38, "AES_192_CM_HMAC_SHA1_32"),
        ("AES_256_CM_HMAC_SHA1_80", 46, "AES_256_CM_HMAC_SHA1_80"),
        ("AES_CM_256_HMAC_SHA1_80", 46, "AES_256_CM_HMAC_SHA1_80"),
        ("AES_CM_256_HMAC_SHA1_32", 46, "AES_256_CM_HMAC_SHA1_32"),
        ("AEAD_AES_128_GCM", 28, "AEAD_AES_128_GCM"),
        ("AEAD_AES_256_GCM", 44, "AEAD_AES_256_GCM"),
    ],
)
def test_suites_are_known_by_either_name(name: str, octets: int, today: str) -> None:
    suite = suite_named(name)
    assert suite is not None
    assert (suite.octets, suite.name) == (octets, today)


def test_a_crypto_attribute_says_all_that_is_in_it() -> None:
    crypto = parse_crypto(
        f"2 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|2^20|1:4;INLINE:{INLINE}|1024|2:4 KDR=1 UNENCRYPTED_SRTCP FEC_KEY=inline:x"
    )
    assert crypto.tag == 2
    assert crypto.keys == (KeyParameter(KEY, 2**20, (1, 4)), KeyParameter(KEY, 1024, (2, 4)))
    assert crypto.parameters == (
        SessionParameter("KDR", "1"),
        SessionParameter("UNENCRYPTED_SRTCP"),
        SessionParameter("FEC_KEY", "inline:x"),
    )
    assert crypto.weakening == {"UNENCRYPTED_SRTCP"}
    assert crypto.problem() is None
    assert crypto.render().startswith(
        f"2 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|2^20|1:4;inline:{INLINE}|2^10|2:4 KDR=1 "
    )


@pytest.mark.parametrize("padding", ["", "=", "=="])
def test_padding_of_a_key_counts_for_nothing(padding: str) -> None:
    digits = base64.b64encode(bytes(28)).decode().rstrip("=")
    crypto = parse_crypto(f"1 AEAD_AES_128_GCM inline:{digits}{padding}")
    assert crypto.keys[0].material == bytes(28)
    assert crypto.problem() is None


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ("", "a crypto attribute cannot be read"),
        (f"x AES_CM_128_HMAC_SHA1_80 inline:{INLINE}", "a crypto attribute cannot be read"),
        (f"1234567890 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}", "a crypto attribute cannot be read"),
        ("1 AES_CM_128_HMAC_SHA1_80", "a crypto attribute cannot be read"),
        (f"1 AES_CM_128_HMAC_SHA1_80 {INLINE}", "the key of a crypto attribute cannot be read"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE[:-1]}", None),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE[:-3]}", "the key of a crypto attribute is no base64"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE};", "the key of a crypto attribute cannot be read"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|2^49", "no lifetime"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|0", "no lifetime"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|2^99999999", "no lifetime"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|1:0", "no MKI"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|1:129", "no MKI"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}|256:1", "no MKI"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} =1", "no session parameter"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}" + " KDR=1" * 17, "more than 16 keys or 16 parameters"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE}" + f";inline:{INLINE}" * 16, "more than 16 keys or 16 parameters"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inl\u0131ne:{INLINE}", "the key of a crypto attribute cannot be read"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:\u017f{INLINE}", "the key of a crypto attribute cannot be read"),
    ],
)
def test_what_is_wrong_is_said_without_the_key(value: str, cause: str | None) -> None:
    if cause is None:
        assert parse_crypto(value).problem() == (
            "the key has 29 octets, and AES_CM_128_HMAC_SHA1_80 wants 30: 16 of key and 14 of salt"
        )
        return
    with pytest.raises(SiptlsError, match=cause) as raised:
        parse_crypto(value)
    assert INLINE[:16] not in str(raised.value)


@pytest.mark.parametrize(
    ("suite", "keys", "problem"),
    [
        (
            "AES_256_CM_HMAC_SHA1_80",
            (KEY,),
            "the key has 30 octets, and AES_256_CM_HMAC_SHA1_80 wants 46: 32 of key and 14 of salt",
        ),
        (
            "AEAD_AES_256_GCM",
            (bytes(46),),
            "the key has 46 octets, and AEAD_AES_256_GCM wants 44: 32 of key and 12 of salt",
        ),
        ("NULL_HMAC_SHA1_80", (KEY,), "'NULL_HMAC_SHA1_80' is no suite that is known here"),
        ("AES_CM_128_HMAC_SHA1_80", (KEY, KEY), "several keys need an MKI of one length each (RFC 4568, section 6.1)"),
        ("AES_CM_128_HMAC_SHA1_80", (KEY,), None),
    ],
)
def test_a_key_fits_its_suite(suite: str, keys: tuple[bytes, ...], problem: str | None) -> None:
    assert CryptoAttribute(1, suite, tuple(map(KeyParameter, keys))).problem() == problem


def test_a_fresh_key_fits_and_is_new_each_time() -> None:
    for suite in SUITES:
        one, other = CryptoAttribute.fresh(1, suite), CryptoAttribute.fresh(1, suite)
        assert one.problem() is None
        assert one.keys != other.keys


def test_keys_are_in_no_repr() -> None:
    text = repr(parse_crypto(f"1 AES_CM_128_HMAC_SHA1_80 inline:{INLINE} FEC_KEY=inline:{INLINE}"))
    assert "AES_CM_128_HMAC_SHA1_80" in text
    assert INLINE[:8] not in text
    assert str(KEY)[:12] not in text


@given(strategies.cryptos)
def test_a_crypto_attribute_comes_back_from_its_text(crypto: CryptoAttribute) -> None:
    assert parse_crypto(crypto.render()) == crypto


@given(st.text() | st.builds("{} {} {}".format, st.text(), strategies.suite_names, st.text()))
def test_any_text_is_a_crypto_attribute_or_a_clear_error(text: str) -> None:
    try:
        crypto = parse_crypto(text)
    except SiptlsError:
        return
    assert parse_crypto(crypto.render()) == crypto


@given(strategies.fingerprints)
def test_a_fingerprint_comes_back_from_its_text(fingerprint: Fingerprint) -> None:
    assert parse_fingerprint(fingerprint.render()) == fingerprint
    assert parse_fingerprint(fingerprint.render().lower()) == fingerprint


@given(st.text())
def test_any_text_is_a_fingerprint_and_a_role_or_a_clear_error(text: str) -> None:
    for parse in (parse_fingerprint, parse_setup):
        with suppress(SiptlsError):
            parse(text)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("sha-256 " + ":".join(["AB"] * 32), None),
        ("SHA-256 " + ":".join(["ab"] * 32), None),
        ("sha-256 " + ":".join(["AB"] * 20), "the fingerprint has 20 octets, and sha-256 has 32"),
        ("md5 " + ":".join(["AB"] * 16), "md5 is forbidden (RFC 8122, section 5)"),
        ("sha-3 AB", "'sha-3' is no hash that is known here"),
    ],
)
def test_a_fingerprint_proves_something(value: str, problem: str | None) -> None:
    assert parse_fingerprint(value).problem() == problem


@pytest.mark.parametrize("value", ["", "sha-256", "sha-256 ABCD", "sha-256 AB:C", "sha-256 AB:", "sha-256 GG"])
def test_what_is_no_fingerprint_is_refused(value: str) -> None:
    with pytest.raises(SiptlsError, match="a fingerprint cannot be read"):
        parse_fingerprint(value)


FITTING = {
    ("actpass", "active"),
    ("actpass", "passive"),
    ("active", "passive"),
    ("active", "holdconn"),
    ("passive", "active"),
    ("passive", "holdconn"),
    ("holdconn", "holdconn"),
}


@pytest.mark.parametrize("offered", SETUP_ROLES)
@pytest.mark.parametrize("answered", SETUP_ROLES)
def test_one_end_begins_and_the_other_waits(offered: str, answered: str) -> None:
    problem = setup_problem(parse_setup(offered.upper()), answered)
    assert (problem is None) == ((offered, answered) in FITTING)
    assert problem is None or f"setup:{offered} was offered and setup:{answered} answered" in problem
