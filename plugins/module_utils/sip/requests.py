# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests of a client, as they are sent (RFC 3261, sections 8.1.1, 9.1, 17.1.1.3)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from .addresses import Address, SipUri
from .fields import MAGIC_COOKIE, CSeq, Via
from .message import HeaderField, Message, Request, Response
from .syntax import Parameter, whole_number

__all__ = ["Client", "Exchange", "acknowledge", "cancel", "fresh_token", "reply"]

METHODS = "INVITE, ACK, CANCEL, BYE, OPTIONS"
_HOPS = "70"
_LARGEST_PORT = 65535


def fresh_token() -> str:
    """Letters and digits that nobody can foresee, and that nobody had before."""
    return secrets.token_hex(8)


@dataclass(frozen=True)
class Client:
    """Who sends the requests.

    :ivar aor: its address of record
    :ivar host: what its Via names; a host that is none where it does not know its own address (RFC 7118, section 5.2.1)
    :ivar contact: where requests reach it
    :ivar fresh: gives identifiers
    """

    aor: SipUri
    host: str
    contact: SipUri
    port: int | None = None
    fresh: Callable[[], str] = field(default=fresh_token, repr=False)

    @classmethod
    def nameless(cls, aor: SipUri, fresh: Callable[[], str] = fresh_token) -> Client:
        """One that does not know its address yet."""
        host = f"{fresh()}.invalid"
        return cls(aor, host, SipUri(host=host, user=aor.user, parameters=";transport=tls"), fresh=fresh)

    def seen_as(self, via: Via) -> Client:
        """With the address that the server saw, which its answers tell in our own Via (RFC 3581, section 4)."""
        parameters = {one.name.lower(): one.value for one in via.parameters}
        host, port = parameters.get("received"), whole_number(parameters.get("rport") or "", _LARGEST_PORT)
        if not host or not port:
            return self
        host = f"[{host}]" if ":" in host and not host.startswith("[") else host
        contact = SipUri(host=host, user=self.aor.user, port=port, parameters=";transport=tls")
        return replace(self, host=host, port=port, contact=contact)

    @property
    def seen_address(self) -> str:
        """The address that the server saw, an IPv6 one without brackets; empty while that is not known."""
        return "" if self.contact.port is None else self.contact.host.strip("[]")

    def via(self) -> Via:
        """A Via of a new transaction."""
        branch = Parameter("branch", f"{MAGIC_COOKIE}{self.fresh()}")
        return Via("TLS", self.host, self.port, (branch, Parameter("rport")))


class Exchange:
    """Requests of one Call-ID, outside of a dialog or before it.

    :ivar call_id: of all of them
    :ivar sender: From, with its tag
    """

    def __init__(self, client: Client, recipient: SipUri) -> None:
        self.client = client
        self.call_id = f"{client.fresh()}{client.fresh()}"
        self.sender = Address(client.aor, None, (Parameter("tag", client.fresh()),))
        self.recipient = Address(recipient)
        self.number = 0

    def request(
        self, method: str, uri: SipUri, more: Iterable[tuple[str, str]] = (), *, body: bytes = b"", kind: str = ""
    ) -> Request:
        """The next request.

        :param more: header fields beside those that every request has
        :param kind: the type of the body
        """
        self.number += 1
        fields = [
            ("Via", str(self.client.via())),
            ("Max-Forwards", _HOPS),
            ("From", str(self.sender)),
            ("To", str(self.recipient)),
            ("Call-ID", self.call_id),
            ("CSeq", str(CSeq(self.number, method))),
            *more,
            ("User-Agent", "siptls.vos"),
            *([("Content-Type", kind)] if kind else []),
        ]
        headers = tuple(HeaderField(name, value) for name, value in fields)
        return Request(method=method, uri=str(uri), headers=headers, body=body)


def _kept(message: Message, *names: str) -> list[HeaderField]:
    return [HeaderField(name, value) for name in names for value in message.values(name)]


def acknowledge(invite: Request, response: Response) -> Request:
    """The ACK of a negative answer, which is of the same transaction (RFC 3261, section 17.1.1.3)."""
    return Request(
        method="ACK",
        uri=invite.uri,
        headers=(
            *_kept(invite, "Via", "Route", "Max-Forwards", "From"),
            *_kept(response, "To"),
            *_kept(invite, "Call-ID"),
            HeaderField("CSeq", str(CSeq(invite.cseq.number, "ACK"))),
        ),
    )


def cancel(invite: Request) -> Request:
    """The CANCEL of an INVITE that has a provisional answer (RFC 3261, section 9.1)."""
    return Request(
        method="CANCEL",
        uri=invite.uri,
        headers=(
            *_kept(invite, "Via", "Route", "Max-Forwards", "From", "To", "Call-ID"),
            HeaderField("CSeq", str(CSeq(invite.cseq.number, "CANCEL"))),
        ),
    )


def reply(request: Request, status: int, reason: str, tag: str) -> Response:
    """An answer to a request of the other side (RFC 3261, section 8.2.6)."""
    recipient = _kept(request, "To")
    if recipient and request.recipient.tag is None and status != 100:
        recipient = [HeaderField("To", f"{recipient[0].value};tag={tag}")]
    return Response(
        status=status,
        reason=reason,
        headers=(
            *_kept(request, "Via", "From"),
            *recipient,
            *_kept(request, "Call-ID", "CSeq"),
            HeaderField("Allow", METHODS),
        ),
    )
