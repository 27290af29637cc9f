# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The torture messages of RFC 4475, each handled as the RFC says, as far as a client or a probe decides it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.sip.addresses import OtherUri, SipUri, parse_uri
from ansible_collections.siptls.vos.plugins.module_utils.sip.check import check_message, why_no_answer
from ansible_collections.siptls.vos.plugins.module_utils.sip.message import (
    HeaderField,
    Message,
    Request,
    Response,
    parse_message,
)
from ansible_collections.siptls.vos.plugins.module_utils.sip.sdp_reading import parse_sdp
from ansible_collections.siptls.vos.plugins.module_utils.sip.stream import MessageReader
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.sip.torture_messages import NAMES, octets_of


@dataclass(frozen=True)
class Case:
    """What happens to a message.

    :ivar section: of RFC 4475
    :ivar refused: what the cause says, for one that is refused; empty for one that is taken
    :ivar rule: what the RFC says
    """

    name: str
    section: str
    rule: str
    refused: str = ""


CASES = [
    Case("wsinv", "3.1.1.1", "well-formed"),
    Case("intmeth", "3.1.1.2", "well-formed"),
    Case("esc01", "3.1.1.3", "well-formed"),
    Case("escnull", "3.1.1.4", "well-formed"),
    Case("esc02", "3.1.1.5", "well-formed; the method is RE%47IST%45R, and is not REGISTER"),
    Case("lwsdisp", "3.1.1.6", "well-formed"),
    Case("longreq", "3.1.1.7", "well-formed"),
    Case("dblreq", "3.1.1.8", "one REGISTER; what follows it in the datagram is ignored"),
    Case("semiuri", "3.1.1.9", "well-formed; all before the @ is the user"),
    Case("transports", "3.1.1.10", "well-formed, unknown transports too"),
    Case("mpart01", "3.1.1.11", "well-formed; octets of the body are anything"),
    Case("unreason", "3.1.1.12", "well-formed"),
    Case("noreason", "3.1.1.13", "well-formed; the reason is empty"),
    Case("badinv01", "3.1.2.1", "400", refused="Via: an empty value in a list"),
    Case("clerr", "3.1.2.2", "400 in a datagram", refused="shorter than its Content-Length says. Expected: 9999"),
    Case("ncl", "3.1.2.3", "400", refused="Content-Length is no length.*Found: '-999'"),
    Case("scalar02", "3.1.2.4", "400", refused="Max-Forwards is no number of hops.*'300'"),
    Case("scalarlg", "3.1.2.5", "dropped", refused="CSeq cannot be read.*below 2.*9292394834772304023312"),
    Case("quotbal", "3.1.2.6", "400", refused="To: an address cannot be read"),
    Case("ltgtruri", "3.1.2.7", "400", refused="no request line.*<sip:user@example.com>"),
    Case("lwsruri", "3.1.2.8", "400", refused="the request line cannot be read.*; lr"),
    Case("lwsstart", "3.1.2.9", "may be refused", refused="the request line cannot be read.*one space"),
    Case("trws", "3.1.2.10", "may be refused", refused="the request line cannot be read.*one space"),
    Case("escruri", "3.1.2.11", "may be refused", refused="the Request-URI holds header fields"),
    Case("baddate", "3.1.2.12", "who does not need the date may ignore it"),
    Case("regbadct", "3.1.2.13", "400", refused="Contact: a URI with . or , stands without <>"),
    Case("badaspec", "3.1.2.14", "400 is reasonable", refused="To: blanks stand around a URI"),
    Case("baddn", "3.1.2.15", "400 is reasonable", refused="From: an address cannot be read.*in quotes"),
    Case("badvers", "3.1.2.16", "505", refused="another version of SIP. Expected: SIP/2.0. Found: 'SIP/7.0'"),
    Case("mismatch01", "3.1.2.17", "400", refused="CSeq is of another method.*'OPTIONS'.*'INVITE'"),
    Case("mismatch02", "3.1.2.18", "400 or 501", refused="CSeq is of another method.*'NEWMETHOD'.*'INVITE'"),
    Case("bigcode", "3.1.2.19", "dropped", refused="the status line cannot be read.*100 to 699.*4294967301"),
    Case("badbranch", "3.2.1", "400 is one of two ways", refused="branch in Via is z9hG4bK and names no transaction"),
    Case("insuf", "3.3.1", "400", refused="From is missing"),
    Case("unkscm", "3.3.2", "well-formed; 416 by who serves"),
    Case("novelsc", "3.3.3", "well-formed; 416 by who serves"),
    Case("unksm2", "3.3.4", "well-formed"),
    Case("bext01", "3.3.5", "well-formed; 420 by who serves"),
    Case("invut", "3.3.6", "well-formed; 415 by who serves"),
    Case("regaut01", "3.3.7", "well-formed; 401 by who serves"),
    Case("multi01", "3.3.8", "400", refused="From is given 2 times"),
    Case("mcl01", "3.3.9", "400", refused="Content-Length is given 2 times"),
    Case("bcast", "3.3.10", "well-formed; the client it reaches drops it"),
    Case("zeromf", "3.3.11", "well-formed"),
    Case("cparam01", "3.3.12", "well-formed; the parameter is of Contact"),
    Case("cparam02", "3.3.13", "well-formed; the parameter is of the URI"),
    Case("regescrt", "3.3.14", "well-formed"),
    Case("sdp01", "3.3.15", "well-formed; 406 by who serves"),
    Case("inv2543", "3.4.1", "well-formed, as in RFC 2543"),
]


def taken(name: str) -> Message:
    message = parse_message(octets_of(name))
    check_message(message)
    return message


def test_each_message_of_the_rfc_is_in_the_table_once() -> None:
    assert sorted(case.name for case in CASES) == list(NAMES)
    assert len(CASES) == 49


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.section} {case.name}")
def test_a_message_is_handled_as_the_rfc_says(case: Case) -> None:
    if case.refused:
        with pytest.raises(SiptlsError, match=case.refused):
            taken(case.name)
        return
    message = taken(case.name)
    assert parse_message(message.render()) == message


# On a stream: how many messages come out, and why no more do. A message that is wrong in its fields only comes out whole.
STREAMS = {
    "clerr": (0, ""),  # more is to come
    "dblreq": (2, "request line"),  # the second body is three octets longer than its Content-Length
    "inv2543": (0, "no Content-Length"),
    "mcl01": (0, "Content-Length is given 2 times"),
    "ncl": (0, "Content-Length is no length"),
    "multi01": (1, ""),
    "badvers": (0, "another version"),
    "bigcode": (0, "status line"),
    "ltgtruri": (0, "no request line"),
    "lwsruri": (0, "request line"),
    "lwsstart": (0, "request line"),
    "trws": (0, "request line"),
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_message_is_framed_on_a_stream(case: Case) -> None:
    reader = MessageReader()
    count, fault = STREAMS.get(case.name, (1, ""))
    found = []
    for octet in octets_of(case.name):
        if reader.fault is None:
            try:
                found += reader.feed(bytes((octet,)))
            except SiptlsError as error:
                assert fault
                assert fault in str(error)
    assert len(found) == count
    assert (reader.fault is not None) == bool(fault)
    assert reader.waiting == (case.name == "clerr")


def test_the_short_tortuous_invite_says_all_that_is_in_it() -> None:
    message = taken("wsinv")
    assert isinstance(message, Request)
    assert message.uri == "sip:vivekg@chair-dnrc.example.com;unknownparam"
    assert message.recipient.tag == "1918181833n"
    assert message.sender.display == 'J Rosenberg \\"'
    assert message.sender.tag == "98asjd8"
    assert (message.cseq.number, message.cseq.method) == (9, "INVITE")
    assert [(via.transport, via.host, via.branch) for via in message.vias] == [
        ("UDP", "192.0.2.2", "390skdjuw"),
        ("TCP", "spindle.example.com", "z9hG4bK9ikj8"),
        ("UDP", "192.168.255.111", "z9hG4bK30239"),
    ]
    assert message.value("Max-Forwards") == "0068"
    assert message.value("Subject") == ""
    assert message.value("NewFangledHeader") == "newfangled value continued newfangled value"
    assert message.value("UnknownHeaderWithUnusualValue") == ";;,,;;,;"
    (contact,) = message.contacts
    assert contact.display == 'Quoted string ""'
    assert [(one.name, one.value) for one in contact.parameters] == [
        ("newparam", "newvalue"),
        ("secondparam", None),
        ("q", "0.33"),
    ]
    (route,) = message.addresses("Route")
    assert isinstance(route.uri, SipUri)
    assert route.uri.parameter("lr") == ""
    assert route.uri.parameter("unknownwith") == "value"


def test_a_wide_range_of_valid_characters_is_kept() -> None:
    message = taken("intmeth")
    assert isinstance(message, Request)
    assert message.method == "!interesting-Method0123456789_*+`.%indeed'~"
    uri = parse_uri(message.uri, "Request-URI")
    assert isinstance(uri, SipUri)
    assert uri.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    assert uri.password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    assert uri.host == "example.com"
    assert message.recipient.display == "BEL:\x07 NUL:\x00 DEL:\x7f"
    assert message.sender.display == "token1~` token2'+_ token3*%!.-"
    assert message.sender.tag == "_token~1'+`*%!-."
    assert message.sender.parameter("fromParam''~+*_!.-%") == "работающий"
    assert message.value("extensionHeader-!.%*+_`'~") == "\ufeff大停電"


def test_escapes_stay_as_they_are() -> None:
    message = taken("esc01")
    assert isinstance(message, Request)
    assert message.uri == "sip:sips%3Auser%40example.com@example.net"
    assert str(message.sender.uri) == "sip:I%20have%20spaces@example.net"
    assert taken("esc02").contacts[1].uri == SipUri("host3.example.com", "alias3")
    assert [str(contact.uri) for contact in taken("escnull").contacts] == [
        "sip:%00@host5.example.com",
        "sip:%00%00@host5.example.com",
    ]


def test_what_follows_a_semicolon_belongs_to_the_field_without_brackets_and_to_the_uri_within() -> None:
    (bare,), (enclosed,) = taken("cparam01").contacts, taken("cparam02").contacts
    assert bare.parameter("unknownparam") == ""
    assert enclosed.parameter("unknownparam") is None
    assert isinstance(enclosed.uri, SipUri)
    assert enclosed.uri.parameter("unknownparam") == ""
    uri = parse_uri("sip:user;par=u%40example.net@example.com", "Request-URI")
    assert uri == SipUri("example.com", "user;par=u%40example.net")


def test_other_schemes_are_read() -> None:
    assert taken("unksm2").recipient.uri == OtherUri("isbn", "2983792873")
    assert taken("unksm2").sender.uri == OtherUri("http", "//www.example.com")
    assert taken("bext01").listed("Require") == ["nothingSupportsThis", "nothingSupportsThisEither"]


def test_bodies_are_cut_where_content_length_says() -> None:
    first, second = MessageReader().feed(octets_of("dblreq"))
    assert isinstance(first, Request)
    assert isinstance(second, Request)
    assert (first.method, first.body) == ("REGISTER", b"")
    assert (second.method, len(second.body)) == ("INVITE", 150)
    assert taken("dblreq") == first
    body = taken("mpart01").body
    assert body.startswith(b"--7a9cbec02ceef655\r\n")
    assert b"\x00" in body
    assert body.endswith(b"--7a9cbec02ceef655--\r\n")


def test_reasons_are_any_text() -> None:
    for name, status, reason in (
        ("unreason", 200, "= 2**3 * 5**2 но сто девяносто девять - простое"),
        ("noreason", 100, ""),
    ):
        message = taken(name)
        assert isinstance(message, Response)
        assert (message.status, message.reason) == (status, reason)


def test_a_response_with_a_second_hop_is_for_somebody_else() -> None:
    response = taken("bcast")
    assert isinstance(response, Response)
    request = Request(
        method="INVITE",
        uri="sip:user@example.edu",
        headers=(HeaderField("Via", "SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923"),),
    )
    assert why_no_answer(response, request) == "it has 2 Via, and is for somebody behind another hop"


@pytest.mark.parametrize(
    "name", ["wsinv", "esc01", "longreq", "unreason", "clerr", "ncl", "quotbal", "baddate", "bcast", "sdp01", "inv2543"]
)
def test_their_session_descriptions_are_read(name: str) -> None:
    session = parse_sdp(octets_of(name).split(b"\r\n\r\n", 1)[1])
    first = session.media[0]
    assert (first.kind, first.port, first.profile, first.formats[0]) == ("audio", 49217, "RTP/AVP", "0")
    assert session.connection is not None
    assert session.connection.address.startswith("192.0.2.")


def test_a_session_description_without_its_name_is_read_and_that_is_noted() -> None:
    session = parse_sdp(parse_message(octets_of("mismatch02")).body)
    assert any("no name" in one for one in session.notes)
