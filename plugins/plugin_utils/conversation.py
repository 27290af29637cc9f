# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TLS connection that openssl on a device holds, and the SIP that goes over it; all thinking is done here.

The device's private key stays where it is, and each turn of the conversation is one command on the device.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TypeVar

from ..module_utils.clocks import seconds_ahead
from ..module_utils.sip.message import Message
from ..module_utils.sip.stream import MessageReader
from ..module_utils.sip.syntax import MalformedError
from ..module_utils.sip.talk import Heard, Talk, Turn
from ..module_utils.tls.observation import Observation, observe
from .answer import LATEST, Answer
from .device import Device
from .limits import LimitError

__all__ = ["Conversation"]

_SCRIPT = "tls_talk.sh"
_LATEST = LATEST * 1000  # milliseconds
_LONGEST = 86_400_000
Result = TypeVar("Result")


class Conversation:
    """One connection, from its first turn to its end. A context manager: nothing of it is left on the device behind it.

    :param parameters: of the script's verb ``open``
    :param lifetime: seconds until the device ends it by itself, should nobody come back
    :ivar look: what the device told of itself at the first turn
    :ivar clock: the device's clock at that turn, less the controller's, in seconds; 0 where they may be the same
    """

    def __init__(self, device: Device, parameters: Mapping[str, str], *, lifetime: int) -> None:
        self.look = Answer(())
        self.clock = 0
        self._device = device
        self._parameters = dict(parameters)
        self._shared = {"token": secrets.token_hex(16), "lifetime": str(lifetime)}
        self._reader = MessageReader()
        self._read = 0
        self._begun = False
        self._over = False
        self._last = Answer(())

    def __enter__(self) -> Conversation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._begun and not self._over:
            self._over = True
            if not isinstance(
                error, LimitError
            ):  # who hangs is not asked again; the device ends it when its time is over
                self._device.run(_SCRIPT, {"verb": "close", **self._shared})

    def run(self, talk: Talk[Result]) -> Result:
        """Carries a conversation to its end.

        :raises SiptlsError: the device cannot do its part
        """
        try:
            turn = next(talk)
            while True:
                turn = talk.send(self._take(turn))
        except StopIteration as end:
            result: Result = end.value
            return result

    @property
    def seen(self) -> Observation:
        """What is known of the connection by now."""
        ended = self._last.value("ended") is not None
        return observe(self._last.body("messages") or "", self.said, ended=ended)

    @property
    def said(self) -> str:
        """What openssl has said by now."""
        return self._last.body("said") or ""

    @property
    def milliseconds(self) -> int | None:
        """From the begin of the connection to the end of the handshake; None where it did not come to that."""
        return _between(self.look, "started", "connected")

    def _take(self, turn: Turn) -> Heard:
        if self._over:
            return Heard(over=True)
        said = {
            "octets": base64.encodebytes(turn.octets).decode(),
            "patience": str(turn.patience),
            "hold": turn.hold.value,
            "awaits": str(turn.awaits or ""),
            **self._shared,
        }
        if self._begun:
            answer = self._device.run(_SCRIPT, {"verb": "turn", **said}, secret=True, seconds=turn.patience)
        else:
            self._begun = True
            before = time.time()
            opening = {"verb": "open", **self._parameters, **said}
            answer = self.look = self._device.run(_SCRIPT, opening, secret=True, seconds=turn.patience)
            self.clock = _clock(answer, before, time.time())
        self._last = answer
        self._over = answer.value("over") is not None
        ended = answer.value("ended") is not None
        messages, fault = self._hear(answer.octets("out"))
        begin = "connected" if answer is self.look else "started"
        return Heard(
            messages=messages,
            begun=answer.value("answered") is not None and not self._over,
            over=ended,
            milliseconds=_between(answer, begin, "answered"),
            fault=fault,
        )

    def _hear(self, octets: bytes) -> tuple[tuple[Message, ...], str]:
        new, self._read = octets[self._read :], len(octets)
        try:
            messages: tuple[Message, ...] = tuple(self._reader.feed(new))
        except MalformedError:
            messages = ()
        return messages, str(self._reader.fault) if self._reader.fault else ""


def _between(answer: Answer, first: str, last: str) -> int | None:
    begin, end = answer.number(first, _LATEST), answer.number(last, _LATEST)
    return None if begin is None or end is None else min(max(0, end - begin), _LONGEST)


def _clock(answer: Answer, before: float, after: float) -> int:
    """How far the device's clock is ahead: it was read between ``before`` and the time when the waiting began."""
    there = answer.number("clock", LATEST)
    if there is None:
        raise answer.unreadable("clock", "the seconds since 1970", "")
    waited = (_between(answer, "started", "finished") or 0) / 1000
    # The waiting is measured on the device, to within a second of the controller's time
    return seconds_ahead(there, there, before=before, after=max(before, after - waited) + 1)
