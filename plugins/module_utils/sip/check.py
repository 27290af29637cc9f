# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a SIP message has what it must have, and whether a response belongs to a request (RFC 3261, section 8.1)."""

from __future__ import annotations

import re

from .addresses import SipUri, parse_uri
from .message import Message, Request, Response
from .syntax import MalformedError, shown, split_readable, whole_number

__all__ = ["check_message", "why_no_answer"]

_BRANCH = re.compile(r";[ \t]*branch[ \t]*=[ \t]*([^ \t;,]+)", re.IGNORECASE)
_ONCE = ("Content-Type", "Max-Forwards", "Expires", "Date")


def check_message(message: Message) -> None:
    """Makes sure that all is there and can be read that a client goes by; what it does not go by may be anything.

    :raises MalformedError: with the first cause why not
    """
    if not message.vias:
        raise MalformedError("Via is missing")
    for read in (lambda: message.sender, lambda: message.recipient, lambda: message.call_id, lambda: message.contacts):
        read()
    for name in ("Route", "Record-Route"):
        message.addresses(name)
    for name in _ONCE:
        message.value(name)
    hops = message.value("Max-Forwards")
    if hops is not None and whole_number(hops, 255) is None:
        raise MalformedError("Max-Forwards is no number of hops", expected="0 to 255", found=shown(hops))
    cseq = message.cseq
    if isinstance(message, Request):
        _check_request(message, cseq.method)


def _check_request(request: Request, method: str) -> None:
    if method != request.method:
        raise MalformedError(
            "CSeq is of another method than the request (RFC 3261, section 8.1.1.5)",
            expected=shown(request.method),
            found=shown(method),
        )
    uri = parse_uri(request.uri, "Request-URI")
    if isinstance(uri, SipUri) and uri.headers:
        raise MalformedError("the Request-URI holds header fields (RFC 3261, section 19.1.1)", found=shown(request.uri))


def why_no_answer(response: Response, request: Request) -> str | None:
    """Why ``response`` does not answer ``request``; None if it does (RFC 3261, sections 8.1.3.3 and 17.1.3).

    :raises MalformedError: one of the two is not whole
    """
    vias, own = [one for line in response.values("Via") for one in split_readable(line)], request.vias
    if len(vias) > 1:
        return f"it has {len(vias)} Via, and is for somebody behind another hop"
    if not vias or not own or _branch(vias[0]) != own[0].branch:
        return "its Via has another branch"
    if response.cseq != request.cseq:
        return f"its CSeq is {shown(str(response.cseq))}, not {request.cseq}"
    if response.call_id != request.call_id:
        return "its Call-ID is another"
    try:
        tag = response.sender.tag
    except MalformedError:
        return None  # branch and CSeq are what it is matched by; who wrote From anew is for nobody to mind
    return "its From has another tag" if tag != request.sender.tag else None


def _branch(via: str) -> str | None:
    """What names the transaction, whatever a proxy made of the other parameters."""
    found = _BRANCH.search(via)
    return found[1] if found else None
