# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A call that is made to see what media is agreed on, and ended at once (RFC 3261, sections 9, 13, 15; RFC 3264)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .addresses import SipUri
from .dialog import Dialog
from .digest import Credentials
from .message import Message, Request, Response
from .requests import METHODS, Client, Exchange, acknowledge, cancel
from .syntax import MalformedError
from .talk import Heard, Hold, Talk, Turn, answers_to, authorized, replies_to, transact

__all__ = ["Called", "call"]

_SDP = "application/sdp"
_FLUSH = 1  # seconds for an ACK, which nobody answers
_MOST_TURNS = 8
_MOST_INVITES = 3


@dataclass(frozen=True)
class Called:
    """What became of a call.

    :ivar final: the answer to the INVITE; None if none came
    :ivar provisional: the statuses before it
    :ivar answer: the session description of the answer, or of an early one; empty for none; keys are in there
    :ivar early: the description is of a provisional answer: nobody has taken the call
    :ivar given_up: nobody had taken it in time, and so it was cancelled
    :ivar hung_up: how it was ended, as a clause; empty for a call that never was
    :ivar left_open: somebody took the call and was not told that it is over
    :ivar over: the connection ended before the call was
    :ivar unanswered: why a challenge was not answered
    :ivar notes: what is worth a word
    """

    final: Response | None = None
    provisional: tuple[int, ...] = ()
    answer: bytes = field(default=b"", repr=False)
    early: bool = False
    given_up: bool = False
    hung_up: str = ""
    left_open: bool = False
    over: bool = False
    fault: str = ""
    unanswered: str = ""
    notes: tuple[str, ...] = ()


@dataclass
class _Listener:
    """Sorts what is heard of one INVITE."""

    invite: Request
    final: Response | None = None
    provisional: list[Response] = field(default_factory=list)
    accepted: dict[str, Response] = field(default_factory=dict)  # by the tag of who took the call
    hung_up_by_peer: bool = False
    over: bool = False
    fault: str = ""

    def take(self, heard: Heard) -> tuple[Response, ...]:
        """What to reply to requests among it."""
        self.over, self.fault = heard.over, heard.fault
        for message in heard.messages:
            if isinstance(message, Request):
                self.hung_up_by_peer |= message.method == "BYE"
            elif answers_to(message, self.invite):
                self._take_answer(message)
        return replies_to(heard.messages, self.invite.call_id)

    def _take_answer(self, response: Response) -> None:
        if response.status < 200:
            self.provisional.append(response)
        elif response.status < 300:
            self.accepted.setdefault(_tag_of(response), response)
            self.final = next(iter(self.accepted.values()))
        elif self.final is None:
            self.final = response

    @property
    def refused(self) -> Response | None:
        """The final answer, if it asks for a password and the connection is still there."""
        final = self.final
        return final if final and final.status in (401, 407) and not self.over else None

    @property
    def early_answer(self) -> bytes:
        return next((one.body for one in reversed(self.provisional) if _has_sdp(one)), b"")

    def result(self) -> Called:
        answer = self.final.body if self.final and self.final.status < 300 and _has_sdp(self.final) else b""
        early = not answer and bool(self.early_answer)
        return Called(
            final=self.final,
            provisional=tuple(dict.fromkeys(one.status for one in self.provisional)),
            answer=answer or self.early_answer,
            early=early,
            over=self.over and self.final is None,
            fault=self.fault,
        )


def _tag_of(response: Response) -> str:
    try:
        return response.recipient.tag or ""
    except MalformedError:
        return ""


def _has_sdp(response: Response) -> bool:
    try:
        kind = response.value("Content-Type") or ""
    except MalformedError:
        return False
    return bool(response.body) and kind.partition(";")[0].strip().lower() == _SDP


def call(
    client: Client, callee: SipUri, offer: bytes, credentials: Credentials | None, *, ring: int, patience: int
) -> Talk[Called]:
    """Calls, sees what the answer is, and ends it: ACK and BYE, or CANCEL, or ACK alone.

    :param offer: the session description
    :param ring: seconds until somebody has to take the call
    :param patience: seconds for every other answer
    """
    exchange = Exchange(client, callee)

    def invite() -> Request:
        return exchange.request("INVITE", callee, _fields(client), body=offer, kind=_SDP)

    listener = _Listener(invite())
    unanswered, challenged = "", False
    yield from _ring(listener, (), ring)
    while (refused := listener.refused) and not unanswered:
        again = authorized(invite(), refused, credentials, client.fresh())
        if isinstance(again, str):
            unanswered = again
        elif challenged and not again[1].stale:
            unanswered = "the password or the user is wrong: the answer to the challenge was not accepted"
        else:
            before = acknowledge(listener.invite, refused)
            listener, challenged = _Listener(again[0]), True
            yield from _ring(listener, (before,), ring)
            if exchange.number > _MOST_INVITES:
                break
    return replace((yield from _end(client, listener, credentials, patience)), unanswered=unanswered)


def _fields(client: Client) -> list[tuple[str, str]]:
    return [("Contact", f"<{client.contact}>"), ("Allow", METHODS), ("Accept", _SDP)]


def _ring(listener: _Listener, before: tuple[Message, ...], ring: int) -> Talk[None]:
    """Until a final answer is there, or the time is over."""
    turn, begun = Turn((*before, listener.invite), ring, awaits=listener.invite.cseq), False
    for _each in range(_MOST_TURNS):
        heard = yield turn
        # The rest of an answer that has begun may take more than one turn
        begun |= heard.begun
        replies = listener.take(heard)
        if listener.final or heard.over or heard.fault or not (begun or replies):
            return
        turn = Turn(replies, _FLUSH if begun else ring, awaits=listener.invite.cseq)


def _end(client: Client, listener: _Listener, credentials: Credentials | None, patience: int) -> Talk[Called]:
    """Whatever came of it, nobody is left in a call."""
    given_up = listener.final is None and bool(listener.provisional) and not (listener.over or listener.fault)
    if given_up:
        yield from _cancel(listener, patience)
    result = replace(listener.result(), given_up=given_up and not listener.accepted)
    if listener.accepted:
        if listener.over:
            return replace(result, hung_up="not hung up: the connection ended", left_open=True)
        return (yield from _hang_up(client, listener, credentials, patience))
    if listener.final is not None and not listener.over:
        yield Turn((acknowledge(listener.invite, listener.final),), _FLUSH, Hold.NEVER)
        return replace(result, hung_up=f"CANCEL, {listener.final.status}, ACK" if given_up else "")
    if given_up:
        return replace(result, hung_up="CANCEL, which got no answer")
    return result


def _cancel(listener: _Listener, patience: int) -> Talk[None]:
    messages: tuple[Message, ...] = (cancel(listener.invite),)
    for _each in range(_MOST_TURNS):
        heard = yield Turn(messages, patience, awaits=listener.invite.cseq)
        messages = listener.take(heard)
        if listener.final or heard.over or heard.fault or not (heard.begun or messages):
            return


def _hang_up(client: Client, listener: _Listener, credentials: Credentials | None, patience: int) -> Talk[Called]:
    """ACK and BYE for each who took the call."""
    result = listener.result()
    said, notes = [], []
    for at, response in enumerate(listener.accepted.values()):
        try:
            dialog = Dialog.of(listener.invite, response)
        except MalformedError as error:
            return replace(result, hung_up=f"not hung up: {error.problem}", left_open=True)
        if dialog.is_strict:
            notes.append("the first hop is a strict router of RFC 2543: its Record-Route has no lr")
        last = at == len(listener.accepted) - 1
        said.append((yield from _bye(client, dialog, credentials, patience, last=last)))
    if listener.hung_up_by_peer:
        notes.append("the other side hung up first")
    if len(said) > 1:
        notes.append(f"{len(said)} devices took the call")
    return replace(result, hung_up="; ".join(said), notes=tuple(notes))


def _bye(client: Client, dialog: Dialog, credentials: Credentials | None, patience: int, *, last: bool) -> Talk[str]:
    hold = Hold.ALWAYS if not last else Hold.CHALLENGE if credentials else Hold.NEVER
    ack, bye = dialog.request(client, "ACK"), dialog.request(client, "BYE", dialog.number + 1)
    answered = yield from transact(bye, patience=patience, hold=hold, before=(ack,))
    if answered.final and answered.final.status in (401, 407) and not answered.over:
        again = authorized(
            dialog.request(client, "BYE", dialog.number + 2), answered.final, credentials, client.fresh()
        )
        if not isinstance(again, str):
            answered = yield from transact(again[0], patience=patience, hold=hold)
    if answered.final is None:
        return "ACK, BYE, which got no answer"
    return f"ACK, BYE, {answered.final.status}"
