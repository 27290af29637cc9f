# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OPTIONS and REGISTER, with digest where it is asked for (RFC 3261, sections 10 and 11; RFC 8760)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .addresses import Address, SipUri
from .digest import Credentials
from .message import Response
from .requests import METHODS, Client, Exchange
from .syntax import Parameter, quoted, whole_number
from .talk import Answered, Hold, Talk, authorized, transact

__all__ = [
    "Binding",
    "Registered",
    "ask_options",
    "bindings_in",
    "fetch_bindings",
    "register_and_remove",
    "unreadable_bindings",
]

_MOST_BINDINGS = 64


@dataclass(frozen=True)
class Binding:
    """A Contact that the registrar has for an AoR.

    :ivar expires: seconds; None where nothing is said
    """

    contact: str
    expires: int | None


@dataclass(frozen=True)
class Registered:
    """What became of a registration of our own.

    :ivar made: the answer to the REGISTER
    :ivar is_there: whether the registrar listed our Contact then
    :ivar removed: the answer to its removal; None where none was tried
    """

    made: Answered
    is_there: bool = False
    removed: Answered | None = None


def ask_options(client: Client, domain: SipUri, *, patience: int, hold: Hold) -> Talk[Answered]:
    """OPTIONS to the domain (RFC 3261, section 11)."""
    request = Exchange(client, domain).request("OPTIONS", domain, [("Accept", "application/sdp")])
    return transact(request, patience=patience, hold=hold)


def fetch_bindings(client: Client, domain: SipUri, credentials: Credentials | None, *, patience: int) -> Talk[Answered]:
    """A REGISTER without Contact: it changes nothing, and its answer lists what is there (RFC 3261, section 10.2.3)."""
    exchange = Exchange(client, client.aor)
    return _authenticate(exchange, domain, [], credentials, patience=patience, hold=Hold.NEVER)


def register_and_remove(
    client: Client, domain: SipUri, credentials: Credentials | None, *, expires: int, patience: int
) -> Talk[Registered]:
    """A REGISTER with a Contact and an instance of its own, and its removal (RFC 3261, section 10.2.2; RFC 5626, section 4.1)."""
    exchange = Exchange(client, client.aor)
    name = f"{client.fresh()}{client.fresh()}"
    instance = f"<urn:uuid:{name[:8]}-{name[8:12]}-4{name[13:16]}-8{name[17:20]}-{name[20:32]}>"
    contact = Address(client.contact, None, (Parameter("+sip.instance", quoted(instance)),))
    fields = [("Contact", str(contact)), ("Expires", str(expires))]
    made = yield from _authenticate(exchange, domain, fields, credentials, patience=patience, hold=Hold.ALWAYS)
    if made.final is None or made.over or made.final.status >= 300:
        return Registered(made)
    is_there = _lists(made.final, client.contact, instance)
    fields = [("Contact", str(contact)), ("Expires", "0")]
    removed = yield from _authenticate(exchange, domain, fields, credentials, patience=patience, hold=Hold.NEVER)
    return Registered(made, is_there, removed)


def _authenticate(
    exchange: Exchange,
    domain: SipUri,
    fields: Iterable[tuple[str, str]],
    credentials: Credentials | None,
    *,
    patience: int,
    hold: Hold,
) -> Talk[Answered]:
    """Sends a REGISTER, and again with the answer to a challenge; once more where the nonce was too old."""
    more = [*fields, ("Allow", METHODS)]
    if hold is Hold.NEVER and credentials:
        hold = Hold.CHALLENGE
    answered = yield from transact(exchange.request("REGISTER", domain, more), patience=patience, hold=hold)
    for _each in range(2):
        response = answered.final
        if response is None or response.status not in (401, 407) or answered.over:
            break
        again = authorized(exchange.request("REGISTER", domain, more), response, credentials, exchange.client.fresh())
        if isinstance(again, str):
            return replace(answered, unanswered=again)
        request, challenge = again
        if answered.challenge and not challenge.stale:
            return replace(
                answered, unanswered="the password or the user is wrong: the answer to the challenge was not accepted"
            )
        answered = yield from transact(request, patience=patience, hold=hold)
        answered = replace(answered, challenge=challenge)
    return answered


def bindings_in(response: Response) -> tuple[Binding, ...]:
    """The bindings that the answer to a REGISTER lists. One that cannot be read is left out."""
    found = []
    for one in response.readable_addresses("Contact")[0][:_MOST_BINDINGS]:
        value = one.parameter("expires")
        found.append(Binding(str(one.uri), None if value is None else whole_number(value, 2**32 - 1)))
    return tuple(found)


def unreadable_bindings(response: Response) -> int:
    """How many Contacts of the answer cannot be read. ``*`` is no Contact."""
    return 0 if response.values("Contact") == ["*"] else response.readable_addresses("Contact")[1]


def _lists(response: Response, own: SipUri, instance: str) -> bool:
    """Whether the registrar lists our Contact: by its instance, or by user, host and port, in whatever form it writes the rest."""
    for one in response.readable_addresses("Contact")[0]:
        uri = one.uri
        if one.parameter("+sip.instance") == instance:
            return True
        if isinstance(uri, SipUri) and (uri.user, uri.host.lower(), uri.port) == (own.user, own.host.lower(), own.port):
            return True
    return False
