# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a softswitch says of registrations and connections, read and compared."""

from __future__ import annotations

from contextlib import suppress

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.sip.registrations import (
    Connection,
    Expected,
    Registration,
    compare,
    normal_serial,
    parse_connections,
    parse_registrations,
    registered_as,
)
from ansible_collections.siptls.vos.plugins.module_utils.sip.served import Served, find_certificate, why_no_certificate
from hypothesis import given
from hypothesis import strategies as st

GW1, GW2 = "sip:gw1@example.com", "sip:gw2@example.com"


def test_lines_are_read_whatever_their_case_blanks_and_further_words() -> None:
    text = "sip:gw1@Example.COM:5061;transport=tls 0A:1B 95\n\n  sip:gw2@example.com\t- -  more words\n"
    assert parse_registrations(text, where="vos") == (Registration(GW1, "0a1b", 95), Registration(GW2, "", None))
    assert parse_connections("10.0.0.1:5 00ab 7", where="vos") == (Connection("10.0.0.1:5", "ab", 7),)


def test_what_kamailio_prints_is_read_as_it_is() -> None:
    """``ul.dump`` has AoRs without a scheme, and ``$tls_peer_serial`` is decimal."""
    serial = 0x535330E6F3079DE5874BB1872F1293C129B7D768
    assert parse_registrations(f"gw1@example.com {serial} 95\n", where="vos") == (Registration(GW1, f"{serial:x}", 95),)


def test_forty_digits_are_hexadecimal() -> None:
    """As many as the serial number of a certificate can have, whatever the digits are."""
    assert normal_serial("1" * 40) == "1" * 40
    assert int(normal_serial("1" * 41), 16) == int("1" * 41)


@pytest.mark.parametrize(
    "line",
    [
        "sip:gw1@example.com ab",
        "gw1 ab 5",
        "sip:gw1@example.com xyz 5",
        "sip:gw1@example.com ab soon",
        "sip:@x ab 5",
        "x",
    ],
)
def test_a_line_that_is_no_registration_is_named_and_hides_no_other(line: str) -> None:
    ignored: list[str] = []
    text = f"{GW1} ab 5\n{line}\n{GW2} cd 6\n"
    found = parse_registrations(text, where="vos", ignored=ignored)
    assert found == (Registration(GW1, "ab", 5), Registration(GW2, "cd", 6))
    assert ignored == [line]
    with pytest.raises(SiptlsError, match=r"line 2 .* correct the command") as raised:
        parse_registrations(f"\n{line}\n", where="vos")
    assert "vos" in str(raised.value)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_registrations, parse_connections):
        with suppress(SiptlsError):
            parse(text, where="vos")


@given(st.integers(0, 2**159))
def test_serial_numbers_have_one_form(number: int) -> None:
    forms = {f"{number:x}", f"{number:X}", f"000{number:x}", ":".join(f"{number:x}")}
    (form,) = {normal_serial(text) for text in forms}
    assert int(form, 16) == number
    assert len(form) % 2 == 0


@pytest.mark.parametrize(
    ("found", "problem", "unproven"),
    [
        ([Registration(GW1, "ab", 1)], "", ()),
        ([Registration(GW1, "cd", 1), Registration(GW1, "ab", 1)], "", ()),
        ([Registration(GW1, "", 1)], "", (GW1,)),
        ([Registration(GW1, "cd", 1)], f"{GW1} is registered with certificate cd, not with ab", ()),
        ([Registration(GW2, "ab", 1)], f"{GW1} is not registered", ()),
        ([], f"{GW1} is not registered", ()),
    ],
)
def test_what_is_expected_is_there_or_said_to_be_missing(
    found: list[Registration], problem: str, unproven: tuple[str, ...]
) -> None:
    verdict = compare([Expected(GW1, "ab")], found, 0)
    assert "; ".join(verdict.problems) == problem
    assert verdict.unproven == unproven


def test_registrar_that_writes_users_in_lower_case_is_understood() -> None:
    wanted = [Expected("sip:GW1@example.com", "ab")]
    assert compare(wanted, [Registration(GW1, "ab", 1)], 0).problems == ()
    assert registered_as("SIPS:Gw1@EXAMPLE.com:5061", [Registration(GW1, "ab", 1), Registration(GW2, "", 1)]) == (
        Registration(GW1, "ab", 1),
    )


def test_unknown_certificate_is_no_proof_where_one_is_required() -> None:
    verdict = compare([Expected(GW1, "ab", told=True)], [Registration(GW1, "", 1)], 0)
    assert verdict.problems == (f"{GW1} is registered, and the softswitch does not tell with which certificate",)
    assert verdict.unproven == ()


def test_any_certificate_will_do_where_none_is_named() -> None:
    assert compare([Expected(GW1, "")], [Registration(GW1, "cd", 1)], 0).problems == ()


def test_there_are_as_many_as_before() -> None:
    assert compare([], [Registration(GW1, "", None)], 1).problems == ()
    assert compare([], [Registration(GW1, "", None)], 2).problems == ("1 registrations, expected at least 2",)


def test_connections_behind_are_those_known_to_have_another_certificate_the_oldest_first() -> None:
    connections = (
        Connection("a:1", "ab", 1),
        Connection("b:1", "cd", 5),
        Connection("c:1", "", 9),
        Connection("d:1", "ee", 70),
    )
    assert [one.peer for one in Served("ab", "ab", connections).behind] == ["d:1", "b:1"]


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("", "does not answer"),
        (
            "40:error:8000006F:system library:BIO_connect:Connection refused\nconnect:errno=111\n",
            "nothing listens at h:1",
        ),
        (
            "CONNECTED(00000003)\nerror:0A00010B:SSL routines::wrong version number\n",
            "does not speak TLS: error:0A00010B",
        ),
        ("CONNECTED(00000003)\n---\nno peer certificate available\n", "it presents no certificate"),
    ],
)
def test_why_there_is_no_certificate(said: str, cause: str) -> None:
    assert find_certificate(said) == ""
    assert cause in why_no_certificate(said, "h:1")
