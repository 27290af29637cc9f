# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A conversation as a sequence of turns, without any I/O: what is sent, and what is heard until something final comes.

Whoever carries the turns runs a generator: it gets a `Turn` to send, and gives back what was `Heard`.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypeVar

from .check import why_no_answer
from .digest import Challenge, Credentials, authorization, parse_challenge, strongest
from .fields import CSeq
from .message import HeaderField, Message, Request, Response
from .requests import reply
from .syntax import MalformedError

__all__ = ["Answered", "Heard", "Hold", "Talk", "Turn", "answers_to", "authorized", "challenges_in", "transact"]

_MORE = 1  # seconds for what is missing of an answer that has begun
_MOST_TURNS = 6
_CHALLENGES = {401: ("WWW-Authenticate", "Authorization"), 407: ("Proxy-Authenticate", "Proxy-Authorization")}


class Hold(Enum):
    """Whether the connection is kept after a turn; the value is for who carries it."""

    ALWAYS = "always"
    CHALLENGE = "challenge"
    NEVER = "never"


@dataclass(frozen=True)
class Turn:
    """What is sent, and how long an answer is waited for.

    :ivar patience: seconds, until the head of a final answer is there
    :ivar awaits: CSeq of the request whose final answer ends the waiting; others that come late or again do not. None for no
        answer: then it takes all of its time
    """

    messages: tuple[Message, ...] = field(repr=False)
    patience: int
    hold: Hold = Hold.ALWAYS
    awaits: CSeq | None = None

    @property
    def octets(self) -> bytes:
        """What goes over the connection."""
        return b"".join(one.render() for one in self.messages)


@dataclass(frozen=True)
class Heard:
    """What came in a turn.

    :ivar messages: those that are whole
    :ivar begun: the final answer that was awaited has come, or begun to come
    :ivar over: the connection has ended
    :ivar milliseconds: from sending to the head of a final answer; None where none came
    :ivar fault: why nothing more of the connection can be read; empty if all is well
    """

    messages: tuple[Message, ...] = ()
    begun: bool = False
    over: bool = False
    milliseconds: int | None = None
    fault: str = ""


Result = TypeVar("Result")
Talk = Generator[Turn, Heard, Result]


@dataclass(frozen=True)
class Answered:
    """What became of a request.

    :ivar final: None if no final answer came
    :ivar over: the connection ended before one came
    :ivar milliseconds: until it came
    :ivar fault: why what came cannot be read
    :ivar challenge: the one that was answered; None where none was
    :ivar unanswered: why a challenge was not answered, as a clause
    """

    final: Response | None = None
    provisional: tuple[Response, ...] = ()
    over: bool = False
    milliseconds: int | None = None
    fault: str = ""
    challenge: Challenge | None = None
    unanswered: str = ""


def answers_to(message: Message, request: Request) -> bool:
    """Whether ``message`` answers ``request``. One that cannot be read does not."""
    try:
        return isinstance(message, Response) and why_no_answer(message, request) is None
    except MalformedError:
        return False


def replies_to(messages: tuple[Message, ...], tag: str) -> tuple[Response, ...]:
    """What to say to the requests among these: that we are here, and that we take no calls."""
    found = []
    for message in messages:
        if isinstance(message, Request) and message.method != "ACK":
            known = message.method in ("OPTIONS", "NOTIFY", "BYE", "CANCEL")
            try:
                found.append(reply(message, *((200, "OK") if known else (405, "Method Not Allowed")), tag))
            except MalformedError:
                continue
    return tuple(found)


def transact(
    request: Request, *, patience: int, hold: Hold = Hold.ALWAYS, before: tuple[Message, ...] = ()
) -> Talk[Answered]:
    """Sends a request and waits for its final answer.

    :param before: what is sent in front of it
    """
    turn = Turn((*before, request), patience, hold, request.cseq)
    result, begun = Answered(), False
    for _each in range(_MOST_TURNS):
        heard = yield turn
        # The rest of an answer that has begun may take more than one turn
        begun |= heard.begun
        mine = [one for one in heard.messages if isinstance(one, Response) and answers_to(one, request)]
        final = next((one for one in mine if one.status >= 200), None)
        result = replace(
            result,
            final=final,
            provisional=(*result.provisional, *(one for one in mine if one.status < 200)),
            over=heard.over,
            milliseconds=heard.milliseconds,
            fault=heard.fault,
        )
        replies = replies_to(heard.messages, request.call_id)
        if final or heard.over or heard.fault or not (begun or replies):
            break
        turn = Turn(replies, _MORE if begun else patience, hold, request.cseq)
    return result


def challenges_in(response: Response) -> list[Challenge]:
    """Those that can be read, in their order."""
    found = []
    for value in response.values(_CHALLENGES[response.status][0]) if response.status in _CHALLENGES else ():
        try:
            found.append(parse_challenge(value))
        except MalformedError:
            continue
    return found


def authorized(
    request: Request, response: Response, credentials: Credentials | None, cnonce: str
) -> tuple[Request, Challenge] | str:
    """``request`` with the answer to a challenge, and the challenge; or why there is none, as a clause.

    CSeq and branch are of the caller's making: he gives the request that he is about to send.
    """
    if credentials is None:
        return "a password is asked for, and none was given"
    challenges = challenges_in(response)
    challenge = strongest(challenges)
    if challenge is None:
        names = ", ".join(sorted({one.algorithm[:20] for one in challenges})) or "none that can be read"
        return f"none of the challenges can be answered: {names}"
    value = authorization(
        challenge, credentials, method=request.method, uri=request.uri, body=request.body, cnonce=cnonce
    )
    field_name = _CHALLENGES[response.status][1]
    return replace(request, headers=(*request.headers, HeaderField(field_name, value))), challenge
