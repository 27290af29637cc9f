# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of a connection, from what OpenSSL 1.1.1w, 3.0.19 and 3.5.9 wrote of real ones, and from anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.tls.alerts import ALERTS, Alert
from ansible_collections.siptls.vos.plugins.module_utils.tls.code_points import group_name, suite_name, version_name
from ansible_collections.siptls.vos.plugins.module_utils.tls.groups import GROUPS
from ansible_collections.siptls.vos.plugins.module_utils.tls.handshake import (
    MalformedHandshakeError,
    parse_authorities,
    parse_certificates,
    parse_client_hello,
    parse_curve,
    parse_server_hello,
)
from ansible_collections.siptls.vos.plugins.module_utils.tls.names import read_name
from ansible_collections.siptls.vos.plugins.module_utils.tls.observation import Observation, Reach, VerifyError, observe
from ansible_collections.siptls.vos.plugins.module_utils.tls.pem import load_der
from ansible_collections.siptls.vos.plugins.module_utils.tls.transcript import Chunk, Kind, parse_transcript
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

SAMPLES = Path(__file__).parent / "samples"
VERSIONS = ("1.1.1", "3.0", "3.5")
# RFC 8446, section 6, with those of RFC 5246 that OpenSSL still knows.
RFC_8446 = {
    0, 10, 20, 22, 40, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 70, 71, 80, 86, 90, 109, 110, 112, 113, 115, 116, 120,
}  # fmt: skip


def sample(version: str, name: str) -> Observation:
    said, transcript = (SAMPLES / f"{version}_{name}.txt").read_text().split("=====\n")
    return observe(transcript, said, ended=name == "no_certificate")


def render(chunk: Chunk) -> str:
    """As OpenSSL 3 writes it."""
    what = f"TLS 1.3, {chunk.kind.value}" if chunk.kind.value else "TLS 1.3, ChangeCipherSpec"
    rows = [chunk.octets[at : at + 16].hex(" ") for at in range(0, len(chunk.octets), 16)]
    lines = [
        f"{'>>>' if chunk.sent else '<<<'} {what} [length {len(chunk.octets):04x}]",
        *(f"    {row}" for row in rows),
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_tls13_without_a_certificate(version: str) -> None:
    """The handshake is over for us, and then comes the alert."""
    seen = sample(version, "no_certificate")
    assert (seen.reach, seen.established, seen.ended) == (Reach.CONNECTED, True, True)
    assert seen.chosen
    assert version_name(seen.chosen.version) == "TLSv1.3"
    assert seen.suite == "TLS_AES_256_GCM_SHA384"
    assert seen.group == ("X25519MLKEM768" if version == "3.5" else "X25519")
    assert (seen.asked, seen.presented) == (True, 0)
    assert seen.refusal == Alert(116, sent=False, fatal=True)
    assert [read_name(one) for one in seen.authorities] == ["CN=Root", "CN=Issuing"]
    subjects = [one.subject.rfc4514_string() for one in map(load_der, seen.chain) if one]
    assert list(dict.fromkeys(subjects)) == ["CN=vos", "CN=Issuing"]
    assert seen.offered
    assert seen.offered.server_name == "example.com"
    assert seen.offered.octets > (1400 if version == "3.5" else 200)
    assert "X25519" in map(group_name, seen.offered.groups)
    assert "TLSv1.3" in map(version_name, seen.offered.versions)


@pytest.mark.parametrize("version", VERSIONS)
def test_tls12_with_an_expired_certificate(version: str) -> None:
    seen = sample(version, "expired_tls12")
    assert (seen.established, seen.asked, seen.refusal) == (True, False, None)
    assert (seen.suite, seen.group) == ("ECDHE-ECDSA-AES256-GCM-SHA384", "X25519")
    (error,) = seen.verify_errors
    assert (error.depth, error.number, error.text) == (0, 10, "certificate has expired")
    assert error.subject.replace(" ", "") == "CN=expired"


@pytest.mark.parametrize(
    ("said", "reach"),
    [
        (
            "40B7:error:8000006F:system library:BIO_connect:Connection refused:x.c:1:calling connect()\nconnect:errno=111",
            Reach.REFUSED,
        ),
        ("140:error:0200206F:system library:connect:Connection refused:x.c:1:\nconnect:errno=146", Reach.REFUSED),
        ("40B7:error:10080002:BIO routines:BIO_lookup_ex:system lib:x.c:1:Name or service not known", Reach.NO_NAME),
        ("140:error:2008F002:BIO routines:BIO_lookup_ex:system lib:x.c:1:Name does not resolve", Reach.NO_NAME),
        ("40B7:error:80000071:system library:BIO_connect:No route to host:x.c:1:", Reach.UNREACHABLE),
        ("140:error:02002065:system library:connect:Network unreachable:x.c:1:", Reach.UNREACHABLE),
        ("40B7:error:8000006E:system library:BIO_connect:Connection timed out:x.c:1:", Reach.SILENT),
        ("140:error:0200206E:system library:connect:Operation timed out:x.c:1:", Reach.SILENT),
        ("s_client: Option unknown option -frob", Reach.UNKNOWN),
        ("", Reach.UNKNOWN),
    ],
)
def test_how_far_a_connection_came(said: str, reach: Reach) -> None:
    """glibc's words and musl's; numbers differ between processors."""
    assert observe("", said, ended=True).reach is reach


def test_no_answer_for_as_long_as_openssl_waits() -> None:
    assert observe("", "", ended=False).reach is Reach.SILENT


def test_an_answer_that_is_no_tls() -> None:
    hello = render(Chunk(True, Kind.HANDSHAKE, b"\x01\x00\x00\x00"))
    for words in ("Not TLS data or unknown version (version=18768, content_type=256)", "???"):
        text = f"{hello}<<< {words} [length 0005]\n    53 49 50 2f 32\n"
        assert observe(text, "", ended=True).first_octets == b"SIP/2"
    assert sample("3.0", "no_certificate").first_octets == b""


def test_verify_errors_name_the_certificate_that_they_are_about() -> None:
    said = (
        "depth=1 CN = Issuing\nverify error:num=20:unable to get local issuer certificate\n"
        "depth=0 CN = vos\nverify error:num=21:unable to verify the first certificate\n"
    )
    assert observe("", said, ended=False).verify_errors == (
        VerifyError(1, 20, "CN = Issuing", "unable to get local issuer certificate"),
        VerifyError(0, 21, "CN = vos", "unable to verify the first certificate"),
    )


chunks = st.builds(
    Chunk,
    st.booleans(),
    st.sampled_from([Kind.HANDSHAKE, Kind.ALERT, Kind.OTHER]),
    st.binary(max_size=90).filter(lambda octets: len(octets) != 5),
)


@given(st.lists(chunks, max_size=6))
def test_chunks_come_back(found: list[Chunk]) -> None:
    assert parse_transcript("".join(map(render, found))) == tuple(found)


@given(st.lists(chunks, max_size=3), st.text(), st.integers(0, 400))
def test_what_is_cut_short_or_no_transcript_is_left_out(found: list[Chunk], text: str, at: int) -> None:
    whole = "".join(map(render, found))
    assert set(parse_transcript(whole[:at])) <= {*found, *(Chunk(one.sent, one.kind, b"") for one in found)}
    observe(text + whole[:at], text, ended=True)


@given(st.binary(max_size=200), st.sampled_from([0x0301, 0x0303, 0x0304]))
def test_octets_that_are_no_message_are_refused_in_one_way(octets: bytes, version: int) -> None:
    for parse in (
        parse_client_hello,
        parse_server_hello,
        parse_curve,
        lambda one: parse_certificates(one, version),
        lambda one: parse_authorities(one, version),
    ):
        for kind in (
            octets,
            *(bytes((number,)) + len(octets).to_bytes(3, "big") + octets for number in (1, 2, 11, 12, 13)),
        ):
            try:
                parse(kind)
            except MalformedHandshakeError as error:
                assert isinstance(error, SiptlsError)


# A common name has 64 octets at most (RFC 5280, appendix A)
one_name = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).filter(
    lambda text: len(text.encode()) <= 64
)


@given(st.lists(one_name, max_size=4))
def test_names_come_back(values: list[str]) -> None:
    oids = [
        x509.NameOID.COMMON_NAME,
        x509.NameOID.ORGANIZATION_NAME,
        x509.NameOID.LOCALITY_NAME,
        x509.NameOID.STREET_ADDRESS,
    ]
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in zip(oids, values, strict=False)])
    assert read_name(name.public_bytes()) == name.rfc4514_string()


@given(st.binary(max_size=300))
def test_octets_that_are_no_name_are_empty(octets: bytes) -> None:
    assert isinstance(read_name(octets), str)


def test_every_alert_of_the_rfc_has_its_words() -> None:
    assert set(ALERTS) >= RFC_8446
    for number, meaning in ALERTS.items():
        assert meaning.words, number
        assert meaning.name.replace("_", "").isalpha(), number
    assert (Alert(48, False, True).name, str(Alert(48, False, True))) == ("unknown_ca", "unknown_ca (48)")
    assert Alert(201, False, True).name == "alert 201"
    assert Alert(201, False, True).words


def test_numbers_have_the_names_that_openssl_takes() -> None:
    aliases = {"prime256v1", "secp256r1", "secp384r1", "secp521r1"}
    assert {group_name(number) for number in range(0x12000)} >= set(GROUPS) - aliases
    assert group_name(0x11EC) == "X25519MLKEM768"
    assert group_name(0x7777) == "0x7777"
    assert suite_name(0x1302) == "TLS_AES_256_GCM_SHA384"
    assert suite_name(0xC030) == "ECDHE-RSA-AES256-GCM-SHA384"
    assert suite_name(0x7777) == "0x7777"
