# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole SIP messages from octets as a stream brings them (RFC 3261, section 18.3; RFC 5626, section 3.5.1)."""

from __future__ import annotations

from .message import DEFAULT_LIMITS, END_OF_HEAD, Head, Limits, Message, parse_head
from .syntax import MalformedError

__all__ = ["MessageReader"]


class MessageReader:
    """Takes the octets of a connection in any pieces and gives the messages in them.

    A fault is final: on a stream nobody knows where the next message begins, and the connection is to be closed.

    :ivar line_ends: how many empty lines came between messages; each is the answer to one keepalive (RFC 5626)
    :ivar fault: why nothing more can be read; None as long as all is well
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.line_ends = 0
        self._limits = limits
        self._octets = bytearray()
        self._searched = 0
        self._head: Head | None = None
        self.fault: MalformedError | None = None

    def feed(self, octets: bytes) -> list[Message]:
        """The messages that are whole by now, in their order. Those before a fault are given before it is raised.

        :raises MalformedError: what came is no SIP, has no Content-Length, or is larger than the limits
        """
        messages: list[Message] = []
        if self.fault is None:
            self._octets += octets
            try:
                while (message := self._next()) is not None:
                    messages.append(message)
            except MalformedError as fault:
                self.fault = fault
                self._octets.clear()
        if self.fault is not None and not messages:
            raise self.fault
        return messages

    @property
    def waiting(self) -> bool:
        """Whether a message has begun and is not whole."""
        return bool(self._octets) or self._head is not None

    def _next(self) -> Message | None:
        if self._head is None:
            self._skip_line_ends()
            self._head = self._take_head()
        if self._head is None:
            return None
        length = self._head.length or 0
        if len(self._octets) < length:
            return None
        message = self._head.with_body(bytes(self._octets[:length]))
        del self._octets[:length]
        self._head = None
        return message

    def _skip_line_ends(self) -> None:
        at = 0
        while self._octets.startswith(b"\r\n", at):
            at += 2
        self.line_ends += at // 2
        del self._octets[:at]

    def _take_head(self) -> Head | None:
        end = self._octets.find(END_OF_HEAD, self._searched)
        if (end < 0 and len(self._octets) > self._limits.head + len(END_OF_HEAD)) or end > self._limits.head:
            raise MalformedError(f"the head of a message is longer than {self._limits.head} octets")
        if end < 0:
            self._searched = max(0, len(self._octets) - len(END_OF_HEAD) + 1)
            return None
        head = parse_head(bytes(self._octets[:end]), self._limits)
        del self._octets[: end + len(END_OF_HEAD)]
        self._searched = 0
        if head.length is None:
            raise MalformedError("a message on a stream has no Content-Length (RFC 3261, section 20.14)")
        if head.length > self._limits.body:
            raise MalformedError(f"a body is longer than {self._limits.body} octets", found=f"{head.length} octets")
        return head
