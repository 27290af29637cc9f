# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls and registrations turn by turn, without any I/O: what is sent after what was heard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.sip.addresses import SipUri
from ansible_collections.siptls.vos.plugins.module_utils.sip.calling import Called, call
from ansible_collections.siptls.vos.plugins.module_utils.sip.dialog import Dialog
from ansible_collections.siptls.vos.plugins.module_utils.sip.digest import Credentials
from ansible_collections.siptls.vos.plugins.module_utils.sip.fields import parse_via
from ansible_collections.siptls.vos.plugins.module_utils.sip.message import (
    HeaderField,
    Message,
    Request,
    Response,
    parse_message,
)
from ansible_collections.siptls.vos.plugins.module_utils.sip.registering import (
    Registered,
    ask_options,
    bindings_in,
    fetch_bindings,
    register_and_remove,
    unreadable_bindings,
)
from ansible_collections.siptls.vos.plugins.module_utils.sip.requests import Client, Exchange, reply
from ansible_collections.siptls.vos.plugins.module_utils.sip.status import own_words
from ansible_collections.siptls.vos.plugins.module_utils.sip.syntax import MalformedError
from ansible_collections.siptls.vos.plugins.module_utils.sip.talk import Heard, Hold, Talk, Turn

AOR, DOMAIN, CALLEE = SipUri("example.com", "gw1"), SipUri("example.com"), SipUri("example.com", "600")
SDP, OTHER_SDP = b"v=0\r\nanswer\r\n", b"v=0\r\nearly\r\n"
Answer = Callable[[Turn], Heard]


def client() -> Client:
    numbers = iter(range(1000))
    return Client.nameless(AOR, lambda: f"{next(numbers):016x}")


def play(talk: Talk, answers: Sequence[Answer]) -> tuple[list[Turn], object]:  # type: ignore[type-arg]  # of any result
    """The turns of a conversation that is answered like this, silence at the end, and what came of it."""
    turns: list[Turn] = []
    try:
        turn = next(talk)
        while True:
            turns.append(turn)
            answer = answers[len(turns) - 1] if len(turns) <= len(answers) else silence
            turn = talk.send(answer(turn))
    except StopIteration as end:
        return turns, end.value


def silence(turn: Turn) -> Heard:
    return Heard()


def gone(turn: Turn) -> Heard:
    return Heard(over=True)


def request_in(turn: Turn, method: str) -> Request:
    return next(one for one in turn.messages if isinstance(one, Request) and one.method == method)


def heard(turn: Turn, *messages: Message) -> Heard:
    final = any(isinstance(one, Response) and one.status >= 200 for one in messages)
    return Heard(messages, begun=final, milliseconds=5 if final else None)


def says(*statuses: int, method: str = "INVITE") -> Answer:
    """Answers to the request of that method in the turn."""
    return lambda turn: heard(turn, *(reply(request_in(turn, method), status, "x", "t1") for status in statuses))


def taken(invite: Request, tag: str = "t1", status: int = 200, body: bytes = SDP, *more: tuple[str, str]) -> Response:
    response = reply(invite, status, "Answering", tag)
    fields = [("Contact", "<sip:600@10.0.0.2:5061;transport=tls>"), ("Content-Type", "application/sdp"), *more]
    return replace(response, headers=(*response.headers, *(HeaderField(*one) for one in fields)), body=body)


def sent(turns: Sequence[Turn]) -> list[list[str]]:
    """Methods and statuses of each turn."""
    return [[one.method if isinstance(one, Request) else str(one.status) for one in turn.messages] for turn in turns]


def make_call(*answers: Answer, credentials: Credentials | None = None) -> tuple[list[Turn], Called]:
    turns, result = play(call(client(), CALLEE, b"v=0\r\n", credentials, ring=10, patience=5), answers)
    assert isinstance(result, Called)
    return turns, result


def test_a_call_that_is_taken_is_acknowledged_and_ended() -> None:
    turns, called = make_call(
        lambda turn: heard(
            turn, reply(request_in(turn, "INVITE"), 100, "Trying", ""), taken(request_in(turn, "INVITE"))
        ),
        says(200, method="BYE"),
    )
    assert sent(turns) == [["INVITE"], ["ACK", "BYE"]]
    assert [turn.hold for turn in turns] == [Hold.ALWAYS, Hold.NEVER]
    assert [str(turn.awaits) for turn in turns] == ["1 INVITE", "2 BYE"]
    assert (called.answer, called.provisional, called.hung_up) == (SDP, (100,), "ACK, BYE, 200")


def test_an_answer_that_comes_in_a_later_turn_is_waited_for() -> None:
    invites: list[Request] = []

    def half(turn: Turn) -> Heard:
        invites.append(request_in(turn, "INVITE"))
        return Heard(begun=True)

    turns, called = make_call(half, lambda turn: heard(turn, taken(invites[0])), says(200, method="BYE"))
    assert sent(turns) == [["INVITE"], [], ["ACK", "BYE"]]
    assert called.hung_up == "ACK, BYE, 200"


def test_answer_that_has_begun_is_waited_for_however_many_turns_it_takes() -> None:
    def begins(turn: Turn) -> Heard:
        return Heard(begun=True)

    def invited(turn: Turn) -> Heard:
        return heard(turn, taken(request_in(first[0], "INVITE")))

    first: list[Turn] = []

    def begins_with(turn: Turn) -> Heard:
        first.append(turn)
        return begins(turn)

    turns, called = make_call(begins_with, silence, silence, invited, says(200, method="BYE"))
    assert sent(turns) == [["INVITE"], [], [], [], ["ACK", "BYE"]]
    assert called.hung_up == "ACK, BYE, 200"


def test_each_of_two_devices_that_take_the_call_is_hung_up_on() -> None:
    def forked(turn: Turn) -> Heard:
        invite = request_in(turn, "INVITE")
        return heard(turn, taken(invite, "t1"), taken(invite, "t2"), taken(invite, "t1"))

    turns, called = make_call(forked, says(200, method="BYE"), says(481, method="BYE"))
    assert sent(turns) == [["INVITE"], ["ACK", "BYE"], ["ACK", "BYE"]]
    assert [request_in(turn, "BYE").recipient.tag for turn in turns[1:]] == ["t1", "t2"]
    assert (called.hung_up, called.notes) == ("ACK, BYE, 200; ACK, BYE, 481", ("2 devices took the call",))


def test_a_bye_that_wants_a_password_gets_one() -> None:
    def challenges(turn: Turn) -> Heard:
        response = reply(request_in(turn, "BYE"), 407, "x", "t1")
        more = HeaderField("Proxy-Authenticate", 'Digest realm="r", nonce="n", algorithm=SHA-256')
        return heard(turn, replace(response, headers=(*response.headers, more)))

    turns, called = make_call(
        lambda turn: heard(turn, taken(request_in(turn, "INVITE"))),
        challenges,
        says(200, method="BYE"),
        credentials=Credentials("gw1", "secret"),
    )
    assert sent(turns) == [["INVITE"], ["ACK", "BYE"], ["BYE"]]
    assert request_in(turns[2], "BYE").value("Proxy-Authorization")
    assert request_in(turns[2], "BYE").cseq.number == 3
    assert called.hung_up == "ACK, BYE, 200"


@pytest.mark.parametrize(
    ("answers", "expected", "hung_up"),
    [
        ([silence], [["INVITE"]], ""),
        ([gone], [["INVITE"]], ""),
        ([says(486)], [["INVITE"], ["ACK"]], ""),
        ([says(100, 180)], [["INVITE"], ["CANCEL"]], "CANCEL, which got no answer"),
        (
            [lambda turn: heard(turn, taken(request_in(turn, "INVITE")))],
            [["INVITE"], ["ACK", "BYE"]],
            "ACK, BYE, which got no answer",
        ),
        (
            [lambda turn: replace(heard(turn, taken(request_in(turn, "INVITE"))), over=True)],
            [["INVITE"]],
            "not hung up: the connection ended",
        ),
        ([lambda turn: Heard(fault="no SIP")], [["INVITE"]], ""),
    ],
)
def test_the_end_of_a_call_after(answers: list[Answer], expected: list[list[str]], hung_up: str) -> None:
    turns, called = make_call(*answers)
    assert sent(turns) == expected
    assert called.hung_up == hung_up


def test_the_other_side_that_hangs_up_first_is_answered() -> None:
    def hangs_up(turn: Turn) -> Heard:
        invite = request_in(turn, "INVITE")
        bye = Request(
            method="BYE",
            uri="sip:gw1@x.invalid",
            headers=(*invite.headers[:1], *invite.headers[2:5], HeaderField("CSeq", "1 BYE")),
        )
        return heard(turn, taken(invite), bye)

    _turns, called = make_call(hangs_up, says(200, method="BYE"))
    assert "the other side hung up first" in called.notes


def test_an_early_answer_counts_where_nobody_takes_the_call() -> None:
    invites: list[Request] = []

    def early(turn: Turn) -> Heard:
        invites.append(request_in(turn, "INVITE"))
        return heard(turn, taken(invites[0], status=183, body=OTHER_SDP))

    _turns, called = make_call(early, lambda turn: heard(turn, reply(invites[0], 487, "x", "t1")))
    assert (called.answer, called.early, called.given_up, called.hung_up) == (OTHER_SDP, True, True, "CANCEL, 487, ACK")


def test_an_answer_without_contact_cannot_be_hung_up_and_says_so() -> None:
    _turns, called = make_call(says(200))
    assert called.hung_up.startswith("not hung up: an answer to INVITE makes no dialog")


def test_responses_to_somebody_else_are_not_listened_to() -> None:
    def to_another(turn: Turn) -> Heard:
        other = Exchange(Client.nameless(AOR), CALLEE).request("INVITE", CALLEE)
        return replace(heard(turn, taken(other)), begun=False)

    turns, called = make_call(to_another)
    assert (sent(turns), called.final) == ([["INVITE"]], None)


def test_what_nobody_answers_is_given_time_to_go_out() -> None:
    turns, _called = make_call(says(486))
    assert sent(turns)[-1] == ["ACK"]
    assert (turns[-1].awaits, turns[-1].patience, turns[-1].hold) == (None, 1, Hold.NEVER)


def test_after_cancel_the_answer_to_the_invite_is_awaited() -> None:
    turns, _called = make_call(says(100, 180))
    assert [str(turn.awaits) for turn in turns] == ["1 INVITE", "1 INVITE"]


def test_options_and_register_are_complete_requests() -> None:
    for talk, method in (
        (ask_options(client(), DOMAIN, patience=5, hold=Hold.ALWAYS), "OPTIONS"),
        (fetch_bindings(client(), DOMAIN, None, patience=5), "REGISTER"),
    ):
        (turn, *_others), answered = play(talk, [silence])
        message = parse_message(turn.octets)
        assert isinstance(message, Request)
        assert (message.method, message.uri, message.value("Max-Forwards")) == (method, "sip:example.com", "70")
        assert message.vias[0].transport == "TLS"
        assert getattr(answered, "final", 0) is None


def test_the_address_that_the_server_saw_is_taken_over() -> None:
    def seen(via: str) -> str:
        return str(client().seen_as(parse_via(via)).contact)

    own = str(client().contact)
    assert own.endswith(".invalid;transport=tls")
    assert seen("SIP/2.0/TLS x.invalid;rport=4000;received=192.0.2.7") == "sip:gw1@192.0.2.7:4000;transport=tls"
    assert seen("SIP/2.0/TLS x.invalid;rport=4000;received=2001:db8::1") == "sip:gw1@[2001:db8::1]:4000;transport=tls"
    for nothing in (";rport", ";received=192.0.2.7", ";rport=0;received=1.2.3.4", ";rport=99999999;received=1.2.3.4"):
        assert seen(f"SIP/2.0/TLS x.invalid{nothing}") == own


def dialog(*routes: str) -> Dialog:
    invite = Exchange(client(), CALLEE).request("INVITE", CALLEE)
    return Dialog.of(invite, taken(invite, "t1", 200, SDP, *(("Record-Route", one) for one in routes)))


def test_the_route_is_the_recorded_one_backwards() -> None:
    ack = dialog("<sip:b;lr>", "<sip:a;lr>").request(client(), "ACK")
    assert ack.values("Route") == ["<sip:a;lr>", "<sip:b;lr>"]
    assert ack.uri == "sip:600@10.0.0.2:5061;transport=tls"


def test_a_strict_router_gets_the_request_and_the_target_comes_last() -> None:
    found = dialog("<sip:b;lr>", "<sip:a>")
    bye = found.request(client(), "BYE", 2)
    assert found.is_strict
    assert (bye.uri, bye.values("Route")) == ("sip:a", ["<sip:b;lr>", "<sip:600@10.0.0.2:5061;transport=tls>"])


def test_no_dialog_without_a_contact() -> None:
    invite = Exchange(client(), CALLEE).request("INVITE", CALLEE)
    with pytest.raises(MalformedError, match="makes no dialog"):
        Dialog.of(invite, reply(invite, 200, "OK", "t1"))


def test_bindings_are_read_as_far_as_they_can_be() -> None:
    def bindings(*contacts: str) -> list[tuple[str, int | None]]:
        headers = tuple(HeaderField("Contact", one) for one in contacts)
        return [(one.contact, one.expires) for one in bindings_in(Response(status=200, reason="OK", headers=headers))]

    assert bindings("<sip:a@b>;expires=25, <sip:c@d>") == [("sip:a@b", 25), ("sip:c@d", None)]
    assert bindings("*") == []
    assert bindings("<sip:a@b") == []


ODD_LINES = ("no header field", "X Odd: 1", ": nothing", "X-Half: a\rb")


def odd(response: Response, *changes: tuple[str, str]) -> Response:
    """The response with some text changed and odd lines in it, read as from a connection."""
    text = response.render().decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    head, _end, body = text.partition("\r\n\r\n")
    message = parse_message("\r\n".join([head, *ODD_LINES, "", body]).encode())
    assert isinstance(message, Response)
    return message


@pytest.mark.parametrize(
    "change",
    [
        ("SIP/2.0 200 Answering", "SIP/2.0 200"),
        (";rport", ";rport;rport=5061"),
        (";rport", ';;rport;received=?"x'),
        ("Via:", "Via: ,"),
        ("From: <sip:gw1@example.com>", "From: 网关 <sip:gw1@example.com>"),
        ("To: <sip:600@example.com>", "To: 网关 (1) <sip:600@example.com>"),
        ("Contact: ", "Contact: <sip:broken, "),
        ("Contact: ", "Contact: <nonsense>, "),
        ("Contact: ", 'Record-Route: <sip:a"b>, <sip:10.0.0.9;lr>\r\nContact: '),
        ("Contact: ", "Expires: 1\r\nWarning: nonsense\r\nContact: "),
    ],
)
def test_one_odd_field_fails_no_answer(change: tuple[str, str]) -> None:
    turns, called = make_call(
        lambda turn: heard(turn, odd(taken(request_in(turn, "INVITE")), change)), says(200, method="BYE")
    )
    if "<sip:broken" in change[1]:  # it swallows the Contact that could be read, so nobody knows where a BYE goes
        assert called.hung_up.startswith("not hung up")
    else:
        assert sent(turns) == [["INVITE"], ["ACK", "BYE"]]
        assert called.hung_up == "ACK, BYE, 200"
    assert called.final is not None
    assert (called.answer, called.fault) == (SDP, "")


def bindings_of(*contacts: str) -> Response:
    headers = tuple(HeaderField("Contact", one) for one in contacts)
    return Response(status=200, reason="OK", headers=headers)


def test_one_contact_that_cannot_be_read_hides_no_binding() -> None:
    good, other = "<sip:gw1@10.0.0.1:5061>;expires=60", "<sip:gw1@10.0.0.2>;expires=" + "9" * 5000
    response = bindings_of(f'{good}, <sip:gw1@a b>, "x <sip:y@z>', f"nonsense,, {other}")
    assert [(one.contact, one.expires) for one in bindings_in(response)] == [
        ("sip:gw1@10.0.0.1:5061", 60),
        ("sip:gw1@10.0.0.2", None),
    ]
    assert unreadable_bindings(response) == 3
    assert unreadable_bindings(bindings_of("*")) == 0


@pytest.mark.parametrize(
    ("listed", "is_there"),
    [
        ("{own}", True),
        ("<{uri};ob>;expires=60", True),
        ("<sip:gw1@198.51.100.7:5061>, <sip:broken@>", False),
        ('<sip:gw1@198.51.100.7:5061>;+sip.instance="{instance}"', True),
        ("<sip:x@h>, " * 100 + "{own}", True),
    ],
)
def test_our_own_contact_is_found_in_whatever_form_the_registrar_writes_it(listed: str, is_there: bool) -> None:
    def answer(turn: Turn) -> Heard:
        register = request_in(turn, "REGISTER")
        own = register.contacts[0]
        text = listed.format(own=own, uri=own.uri, instance=own.parameter("+sip.instance"))
        response = reply(register, 200, "OK", "t1")
        return heard(turn, replace(response, headers=(*response.headers, HeaderField("Contact", text))))

    _turns, registered = play(register_and_remove(client(), DOMAIN, None, expires=60, patience=5), [answer, answer])
    assert isinstance(registered, Registered)
    assert registered.is_there is is_there


def test_one_warning_that_cannot_be_read_hides_no_other() -> None:
    headers = (HeaderField("Warning", 'nonsense, 370 vos "no bandwidth"'), HeaderField("Warning", '"'))
    assert any("no bandwidth" in one for one in own_words(Response(status=488, reason="No", headers=headers)))
