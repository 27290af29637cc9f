# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dialog, as the one who called has it (RFC 3261, section 12)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .addresses import Address, SipUri, Uri
from .fields import CSeq
from .message import HeaderField, Request, Response
from .requests import Client
from .syntax import MalformedError

__all__ = ["Dialog"]


@dataclass(frozen=True)
class Dialog:
    """What an answer to an INVITE makes.

    :ivar remote: From or To of the other side, with its tag
    :ivar target: where its requests go in the end
    :ivar routes: over which hops, the first one first
    :ivar number: CSeq of the INVITE
    """

    call_id: str
    local: Address
    remote: Address
    target: Uri
    routes: tuple[Address, ...]
    number: int

    @classmethod
    def of(cls, invite: Request, answer: Response) -> Dialog:
        """The dialog that ``answer`` makes, a 2xx or a provisional answer with a tag (RFC 3261, section 12.1.2).

        :raises MalformedError: the answer lacks a Contact, or cannot be read
        """
        contacts, unreadable = answer.readable_addresses("Contact")
        if not contacts:
            raise MalformedError(
                "an answer to INVITE makes no dialog: RFC 3261, section 12.1.1",
                expected="one Contact",
                found=f"{unreadable} that cannot be read" if unreadable else "0 of them",
            )
        return cls(
            call_id=invite.call_id,
            local=invite.sender,
            remote=answer.recipient,
            target=_without_headers(contacts[0].uri),
            routes=tuple(reversed(answer.readable_addresses("Record-Route")[0])),
            number=invite.cseq.number,
        )

    @property
    def is_strict(self) -> bool:
        """Whether the first hop is a strict router, of RFC 2543."""
        return bool(self.routes) and not _is_loose(self.routes[0].uri)

    def request(self, client: Client, method: str, number: int | None = None) -> Request:
        """A request in the dialog (RFC 3261, section 12.2.1.1).

        :param number: CSeq; that of the INVITE for its ACK, which is where nothing is said
        """
        uri, routes = self.target, list(self.routes)
        if self.is_strict:
            uri, routes = _without_headers(routes[0].uri), [*routes[1:], Address(self.target)]
        fields = [
            ("Via", str(client.via())),
            *(("Route", str(one)) for one in routes),
            ("Max-Forwards", "70"),
            ("From", str(self.local)),
            ("To", str(self.remote)),
            ("Call-ID", self.call_id),
            ("CSeq", str(CSeq(self.number if number is None else number, method))),
        ]
        return Request(method=method, uri=str(uri), headers=tuple(HeaderField(name, value) for name, value in fields))


def _is_loose(uri: Uri) -> bool:
    return isinstance(uri, SipUri) and uri.parameter("lr") is not None


def _without_headers(uri: Uri) -> Uri:
    """What may stand in a request line (RFC 3261, section 19.1.1)."""
    return replace(uri, headers="") if isinstance(uri, SipUri) else uri
