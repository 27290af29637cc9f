# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP messages, their fields, and the stream that they come in."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.sip.addresses import Address, SipUri, parse_address, parse_uri
from ansible_collections.siptls.vos.plugins.module_utils.sip.check import check_message, why_no_answer
from ansible_collections.siptls.vos.plugins.module_utils.sip.fields import (
    CSeq,
    Via,
    WarningValue,
    parse_cseq,
    parse_via,
    parse_warning,
)
from ansible_collections.siptls.vos.plugins.module_utils.sip.message import (
    DEFAULT_LIMITS,
    HeaderField,
    Limits,
    Message,
    Request,
    Response,
    parse_message,
)
from ansible_collections.siptls.vos.plugins.module_utils.sip.stream import MessageReader
from ansible_collections.siptls.vos.plugins.module_utils.sip.syntax import (
    Parameter,
    parse_parameters,
    shown,
    split_list,
)
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.sip import strategies
from hypothesis import given
from hypothesis import strategies as st

OPTIONS = (
    b"OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/TLS gw1.example.com;branch=z9hG4bKa\r\n"
    b"From: <sip:gw1@example.com>;tag=1\r\nTo: <sip:example.com>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"
    b"Content-Length: 3\r\n\r\nabc"
)
OK = (
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS gw1.example.com;branch=z9hG4bKa;received=192.0.2.1\r\n"
    b"f: <sip:gw1@example.com>;tag=1\r\nt: <sip:example.com>;tag=2\r\ni: c\r\nCSeq: 1 OPTIONS\r\nl: 0\r\n\r\n"
)


def request(octets: bytes = OPTIONS) -> Request:
    message = parse_message(octets)
    assert isinstance(message, Request)
    return message


def response(octets: bytes = OK) -> Response:
    message = parse_message(octets)
    assert isinstance(message, Response)
    return message


def test_a_client_writes_a_request_and_reads_it_back() -> None:
    via = Via("TLS", "gw1.example.com", 5061, (Parameter("branch", "z9hG4bKabc"), Parameter("rport")))
    caller = Address(SipUri("example.com", "gw1"), "Gateway 1", (Parameter("tag", "8f"),))
    written = Request(
        method="INVITE",
        uri=str(SipUri("example.com", "100", parameters=";transport=tls")),
        headers=(
            HeaderField("Via", str(via)),
            HeaderField("From", str(caller)),
            HeaderField("CSeq", str(CSeq(7, "INVITE"))),
        ),
        body=b"v=0\r\n",
    )
    assert written.render() == (
        b"INVITE sip:100@example.com;transport=tls SIP/2.0\r\n"
        b"Via: SIP/2.0/TLS gw1.example.com:5061;branch=z9hG4bKabc;rport\r\n"
        b'From: "Gateway 1" <sip:gw1@example.com>;tag=8f\r\n'
        b"CSeq: 7 INVITE\r\nContent-Length: 5\r\n\r\nv=0\r\n"
    )
    read = parse_message(written.render())
    assert read == written
    assert (read.vias, read.sender, read.cseq) == ([via], caller, CSeq(7, "INVITE"))


def test_fields_are_found_by_either_name_in_any_case_folded_and_repeated() -> None:
    message = response(
        b'SIP/2.0 200 OK\r\nm: <sip:a@h>\r\nCONTACT:\r\n <sip:b@h>;expires=60,\r\n\t"B, or <not>" <sip:c@h>\r\nl: 0\r\n\r\n'
    )
    assert [str(one.uri) for one in message.contacts] == ["sip:a@h", "sip:b@h", "sip:c@h"]
    assert message.contacts[1].parameter("Expires") == "60"
    assert message.contacts[2].display == "B, or <not>"
    assert response(b"SIP/2.0 200 OK\r\nContact: *\r\n\r\n").contacts == []


def test_why_a_call_was_refused_is_read() -> None:
    message = response(
        b"SIP/2.0 488 Not Acceptable Here\r\n"
        b'Warning: 304 vos.example.com "SRTP, please", 399 vos.example.com "by \\"policy\\""\r\n\r\n'
    )
    assert [parse_warning(one) for one in message.listed("Warning")] == [
        WarningValue(304, "vos.example.com", "SRTP, please"),
        WarningValue(399, "vos.example.com", 'by "policy"'),
    ]


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        (b"OPTIONS sip", b"OPT IONS sip", "request line cannot be read"),
        (b"OPTIONS sip:example.com SIP", b"OPTIONS  SIP", "request line cannot be read"),
        (b" SIP/2.0\r\n", b" SIP/3.0\r\n", "another version of SIP"),
        (b"Call-ID: c", b"Call-ID c", "Call-ID is missing"),
        (b"Call-ID: c", b"Call ID: c", "Call-ID is missing"),
        (b"Call-ID: c", b"Call-ID: c\nX: d", "Call-ID is missing"),
        (b"Call-ID: c", b"Call-ID: c\nContent-Length: 5", "Content-Length stands beside half a line end"),
        (b"Call-ID: c", b"Call-ID: c\rl : 5", "Content-Length stands beside half a line end"),
        (b"Call-ID: c", b"no field\n \tL: 5", "Content-Length stands beside half a line end"),
        (b"Call-ID: c\r\n", b"", "Call-ID is missing"),
        (b"Call-ID: c", b"Call-ID: c d", "Call-ID cannot be read"),
        (b"Call-ID: c", b"Call-ID: c\r\ni: d", "Call-ID is given 2 times"),
        (b"Via: SIP/2.0/TLS gw1.example.com;branch=z9hG4bKa\r\n", b"", "Via is missing"),
        (b"SIP/2.0/TLS gw1", b"SIP/2.0/TLS gw1,", "Via"),
        (b"SIP/2.0/TLS gw1", b"SIP/1.0/TLS gw1", "Via is not of SIP/2.0"),
        (b"gw1.example.com;", b"gw1.example.com:65536;", "Via: no port. Expected: 0 to 65535. Found: '65536'"),
        (b"gw1.example.com;", b"[::1;", "Via: no host"),
        (b"branch=z9hG4bKa", b"branch=z9hG4bKa;Branch=b", "Via: a parameter is given twice"),
        (b"CSeq: 1 OPTIONS", b"CSeq: 1 INVITE", "CSeq is of another method"),
        (b"CSeq: 1 OPTIONS", b"CSeq: 2147483648 OPTIONS", "CSeq cannot be read"),
        (b"<sip:gw1@example.com>;tag=1", b"<sip:gw1@example.com;tag=1", "From: an address cannot be read"),
        (b"<sip:gw1@example.com>;tag=1", b"<sip:gw1@>;tag=1", "From: no host"),
        (b"<sip:gw1@example.com>;tag=1", b"<gw1@example.com>;tag=1", "From: no URI"),
        (b"<sip:gw1@example.com>;tag=1", b"<sip:g%1@example.com>;tag=1", "From: no SIP URI"),
        (b"Max-Forwards: 70", b"Max-Forwards: 256", "Max-Forwards is no number of hops"),
        (
            b"Content-Length: 3",
            b"Content-Length: 4",
            "shorter than its Content-Length says. Expected: 4 octets. Found: 3",
        ),
        (b"Content-Length: 3", b"Content-Length: 3\r\nl: 3", "Content-Length is given 2 times"),
        (b"\r\n\r\nabc", b"\r\n", "no empty line"),
    ],
)
def test_what_is_wrong_is_said(old: bytes, new: bytes, cause: str) -> None:
    assert OPTIONS.count(old) == 1
    check_message(parse_message(OPTIONS))
    with pytest.raises(SiptlsError, match=cause):
        check_message(parse_message(OPTIONS.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        (b"", b"", None),
        (b"z9hG4bKa", b"z9hG4bKb", "its Via has another branch"),
        (b"CSeq: 1", b"CSeq: 2", "its CSeq is '2 OPTIONS', not 1 OPTIONS"),
        (b"i: c", b"i: d", "its Call-ID is another"),
        (b"tag=1", b"tag=3", "its From has another tag"),
        (b"f:", b"Via: SIP/2.0/TLS x\r\nf:", "it has 2 Via, and is for somebody behind another hop"),
    ],
)
def test_a_response_belongs_to_its_request(old: bytes, new: bytes, cause: str | None) -> None:
    assert why_no_answer(response(OK.replace(old, new, 1)), request()) == cause


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (lambda text: HeaderField("Subject", text), "a\r\nVia: x"),
        (lambda text: HeaderField("Subject", text), " a"),
        (lambda text: HeaderField("Subject", text), "\ud800"),
        (lambda text: HeaderField("Subject", text), "\udcc3\udca9"),
        (lambda text: HeaderField(text, "a"), "Sub:ject"),
        (lambda text: HeaderField(text, "3"), "l"),
        (lambda text: Request(method=text, uri="sip:a"), "IN VITE"),
        (lambda text: Request(method="INVITE", uri=text), "sip:a SIP/2.0\r\nVia: x"),
        (lambda text: Response(status=200, reason=text), "OK\r\nVia: x"),
        (lambda text: Response(status=int(text), reason=""), "99"),
        (SipUri, "a b"),
        (lambda text: SipUri("h", text), "a@b"),
        (lambda text: Via("TLS", text), "a;b"),
        (lambda text: Parameter("tag", text), 'a;b="'),
        (lambda text: CSeq(1, text), "A B"),
        (lambda text: str(Address(SipUri("h"), text)), "a\nb"),
    ],
)
def test_what_would_read_as_something_else_is_never_written(make: Callable[[str], object], value: str) -> None:
    with pytest.raises(SiptlsError):
        make(value)


def test_an_error_shows_no_password_and_no_key() -> None:
    with pytest.raises(SiptlsError) as raised:
        parse_address("<sip:gw1:hunter2@example.com", "From")
    assert "hunter2" not in str(raised.value)
    assert "sip:gw1:***@example.com" in str(raised.value)
    assert "hunter2" not in repr(parse_uri("sip:gw1:hunter2@example.com", "From"))
    for filler in ("", "x" * 395, "x " * 196):
        assert "AECAwQFBgc" not in shown(f"{filler} inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd {filler}")
    assert "secret" not in repr(Response(status=200, reason="", body=b"secret", headers=(HeaderField("A", "secret"),)))


@given(strategies.messages)
def test_a_message_comes_back_from_its_octets(message: Message) -> None:
    assert parse_message(message.render()) == message
    assert MessageReader().feed(message.render()) == [message]


@given(strategies.exchanges())
def test_what_a_client_sends_and_gets_is_taken(pair: tuple[Request, Response]) -> None:
    for message in pair:
        check_message(parse_message(message.render()))
    assert why_no_answer(pair[1], pair[0]) is None


@given(strategies.addresses)
def test_an_address_comes_back_from_its_text(address: Address) -> None:
    assert parse_address(str(address), "From") == address


@given(strategies.vias, strategies.cseqs, strategies.warnings)
def test_fields_come_back_from_their_text(via: Via, cseq: CSeq, warning: WarningValue) -> None:
    assert parse_via(str(via)) == via
    assert parse_cseq(str(cseq)) == cseq
    assert parse_warning(str(warning)) == warning


@given(st.lists(strategies.addresses, min_size=1, max_size=4))
def test_a_list_comes_apart_where_it_was_joined(addresses: list[Address]) -> None:
    assert split_list(" , ".join(map(str, addresses)), "Contact") == [str(address) for address in addresses]


@given(
    st.binary() | strategies.messages.map(lambda message: message.render()), st.binary(max_size=5), st.integers(0, 200)
)
def test_any_octets_are_a_message_or_a_clear_error(octets: bytes, junk: bytes, at: int) -> None:
    with suppress(SiptlsError):
        check_message(parse_message(octets[:at] + junk + octets[at:]))


@given(st.text() | strategies.header_values)
def test_any_text_is_a_value_or_a_clear_error(text: str) -> None:
    for parse in (
        parse_cseq,
        parse_via,
        parse_warning,
        lambda value: parse_address(value, "From"),
        lambda value: parse_uri(value, "From"),
        lambda value: split_list(value, "From"),
        lambda value: parse_parameters(value, "From"),
    ):
        with suppress(SiptlsError):
            parse(text)


def read(pieces: list[bytes], limits: Limits = DEFAULT_LIMITS) -> tuple[list[Message], int, str]:
    reader, found = MessageReader(limits), []
    for piece in pieces:
        with suppress(SiptlsError):
            found += reader.feed(piece)
    return found, reader.line_ends, str(reader.fault)


@given(
    st.lists(
        strategies.messages.map(lambda message: message.render()) | st.sampled_from([b"\r\n", b"\r\n\r\n"]), max_size=4
    ),
    st.binary(max_size=4),
    st.lists(st.integers(0, 600), max_size=6),
)
def test_a_stream_cut_anywhere_gives_the_same_messages(parts: list[bytes], junk: bytes, cuts: list[int]) -> None:
    stream = b"".join(parts) + junk
    places = [0, *sorted(cuts), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(places)]
    assert read(pieces) == read([stream])
    assert len(read([stream])[0]) == len([part for part in parts if part.strip()])


def test_pongs_are_counted_between_messages() -> None:
    reader = MessageReader()
    assert reader.feed(b"\r\n") == []
    assert reader.feed(OK + b"\r\n\r") == [response()]
    assert reader.feed(b"\n" + OK) == [response()]
    assert reader.line_ends == 3
    assert not reader.waiting


def test_after_a_fault_nothing_more_is_read_and_what_came_before_is_not_lost() -> None:
    reader = MessageReader()
    assert reader.feed(OK + b"HTTP/1.1 400 Bad Request\r\n\r\n") == [response()]
    for more in (b"", OK):
        with pytest.raises(SiptlsError, match="request line cannot be read"):
            reader.feed(more)


@pytest.mark.parametrize(
    ("octets", "cause"),
    [
        (b"OPTIONS " + b"a" * 300, "head of a message is longer than 200 octets"),
        (b"OPTIONS sip:a SIP/2.0\r\nX: " + b"a" * 200 + b"\r\n\r\n", "head of a message is longer than 200 octets"),
        (b"OPTIONS sip:a SIP/2.0\r\n" + b"X: a\r\n" * 5 + b"\r\n", "more than 4 header fields"),
        (b"OPTIONS sip:a SIP/2.0\r\nl: 11\r\n\r\n", "a body is longer than 10 octets"),
        (b"OPTIONS sip:a SIP/2.0\r\nl: 99999999999999999999\r\n\r\n", "Content-Length is no length"),
        (b"OPTIONS sip:a SIP/2.0\r\n\r\n", "no Content-Length"),
    ],
)
def test_a_peer_cannot_fill_the_memory(octets: bytes, cause: str) -> None:
    limits = Limits(head=200, fields=4, body=10)
    with pytest.raises(SiptlsError, match=cause):
        MessageReader(limits).feed(octets)
    assert re.search(cause, read([bytes((octet,)) for octet in octets], limits)[2])
