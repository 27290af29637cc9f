# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Digest: the answers that the RFCs print, the choice among challenges, and challenges that are none."""

from __future__ import annotations

import hashlib

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.sip.digest import (
    Challenge,
    Credentials,
    authorization,
    parse_challenge,
    strongest,
)
from ansible_collections.siptls.vos.plugins.module_utils.sip.syntax import MalformedError
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.sip import strategies
from hypothesis import given

MUFASA = Credentials("Mufasa", "Circle of Life")
JASON = Credentials("J\u00e4s\u00f8n Doe", "Secret, or not?")
HTTP = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
API = (
    'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", '
    'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true'
)


def response_in(value: str) -> str:
    return value.partition('response="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_rfc_7616_section_3_9_1(algorithm: str, response: str) -> None:
    value = authorization(
        parse_challenge(HTTP.format(algorithm)), MUFASA, method="GET", uri="/dir/index.html",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )  # fmt: skip
    assert response_in(value) == response
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in value
    assert "qop=auth, nc=00000001" in value


def test_the_example_of_rfc_7616_section_3_9_2_as_erratum_4897_corrects_it() -> None:
    """The RFC cut SHA-512 short there, which is not SHA-512/256."""
    value = authorization(
        parse_challenge(API),
        JASON,
        method="GET",
        uri="/doe.json",
        cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
    )
    assert 'username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"' in value
    assert response_in(value) == "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"
    assert "userhash=true" in value


def test_without_quality_of_protection_as_in_rfc_2069() -> None:
    value = authorization(
        Challenge("testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093"), Credentials("Mufasa", "CircleOfLife"),
        method="GET", uri="/dir/index.html", cnonce="unused",
    )  # fmt: skip
    assert response_in(value) == "1949323746fe6a43ef61f9606e7febea"  # RFC 2069 as erratum 749 corrects it
    assert "nc=" not in value
    assert "cnonce" not in value


def test_the_body_counts_where_it_is_asked_for() -> None:
    challenge = Challenge("r", "n", "SHA-256", ("auth-int",))
    values = [
        authorization(challenge, MUFASA, method="INVITE", uri="sip:x", cnonce="c", body=body) for body in (b"", b"v=0")
    ]
    assert response_in(values[0]) != response_in(values[1])
    assert "qop=auth-int" in values[0]


def test_a_session_variant_hashes_its_nonces_into_the_secret() -> None:
    def digest(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    secret = digest(f"{digest('Mufasa:r:Circle of Life')}:n:c")
    expected = digest(f"{secret}:n:00000001:c:auth:{digest('REGISTER:sip:x')}")
    challenge = Challenge("r", "n", "SHA-256-sess", ("auth",))
    assert response_in(authorization(challenge, MUFASA, method="REGISTER", uri="sip:x", cnonce="c")) == expected


def test_a_user_that_is_not_ascii_has_the_form_of_rfc_8187() -> None:
    value = authorization(Challenge("r", "n"), JASON, method="REGISTER", uri="sip:x", cnonce="c")
    assert "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe" in value


@pytest.mark.parametrize(
    ("algorithms", "chosen"),
    [
        (["SHA-512-256", "SHA-256", "MD5"], "SHA-512-256"),
        (["MD5", "SHA-256"], "SHA-256"),
        (["md5", "sha-256-SESS"], "sha-256-SESS"),
        (["MD5"], "MD5"),
        (["AKAv1-MD5", "MD5"], "MD5"),
        (["AKAv1-MD5"], None),
        ([], None),
    ],
)
def test_the_strongest_is_answered_whatever_the_order(algorithms: list[str], chosen: str | None) -> None:
    found = strongest([Challenge("r", "n", one) for one in algorithms])
    assert (found.algorithm if found else None) == chosen


def test_of_the_same_strength_the_first_and_none_of_an_unknown_protection() -> None:
    first, second = Challenge("first", "n", "SHA-256"), Challenge("second", "n", "SHA-256")
    assert strongest([first, second]) is first
    assert strongest([Challenge("r", "n", "SHA-256", ("auth-conf",)), second]) is second


@given(strategies.challenges)
def test_challenges_come_back(challenge: Challenge) -> None:
    assert parse_challenge(challenge.render()) == challenge


@pytest.mark.parametrize(
    "value",
    [
        "", "Basic realm=x", "Digest", 'Digest realm="x"', 'Digest nonce="x"', 'Digest realm="x", nonce="y", realm="z"',
        'Digest realm="x", nonce="y', 'Digest realm="x",, nonce="y"', 'Digest realm="x", nonce="y", algorithm="M D 5"',
        'Digest realm="x", nonce="y", qop="a b"', 'Digest realm="x", nonce="y", opaque="' + "z" * 9000 + '"',
    ],
)  # fmt: skip
def test_what_is_no_challenge_is_refused(value: str) -> None:
    with pytest.raises(MalformedError):
        parse_challenge(value)


def test_a_password_is_in_no_repr() -> None:
    assert "Circle" not in repr(MUFASA)
