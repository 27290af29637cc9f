# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of an OpenBao cluster: it goes to the leader, waits out an election, and says in one error what is wrong.

Programs decide by status codes and never by the text of an answer. OpenBao answers 500 for a lost leadership as well as for a request that
it will never grant, so after a 500 the node is asked whether it knows a leader: where it does, the request is repeated once and its
second answer counts.

A standby may answer by an old state. Each answer's ``X-Vault-Index`` is sent back with the next request, and with
``X-Vault-Inconsistent: forward-active-node`` a standby that is behind that asks the leader.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..errors import SiptlsError
from ..json_text import read_json
from .connection import Answer, Connection, LostError, NotSentError, tls_context
from .options import Address, Cluster
from .reply import Reply

__all__ = ["Client", "State", "TokenSource", "UnavailableError", "UncertainError"]

_SERVER_ERROR = 500
_REDIRECTS = frozenset({307, 308})
#: Standby behind the index, no leader, sealed: the same request may be granted in a moment, or by another node.
_BUSY = frozenset({412, 429, 472, 473, 502, 503, 504})
#: Seconds that a run waits for a leader: an election takes 8 to 11 s with OpenBao's defaults.
PATIENCE = 40.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_MOST_REDIRECTS = 3


class UnavailableError(SiptlsError):
    """The cluster has no leader that can be reached, or none of its nodes can."""


class UncertainError(Exception):
    """Whether a request that must not be repeated was carried out is not known."""


class TokenSource(Protocol):
    """Where a client has its token from."""

    def token(self) -> str:
        """The token that is used now."""

    def refused(self, token: str) -> bool:
        """Is told that a request with this token was refused.

        :returns: whether there is another token now
        """


class State:
    """What a run knows of a cluster; by itself, what this process knows."""

    def __init__(self) -> None:
        self.index = ""

    def seen(self, index: str) -> None:
        """Is told the state that the newest answer was given by."""
        self.index = index

    def check(self) -> None:
        """Is asked before each request.

        :raises UnavailableError: it is known that nobody will answer
        """

    def unavailable(self, found: str) -> None:
        """Is told that nobody has answered."""


@dataclass
class _Request:
    """A request, and what became of it until now.

    :ivar payload: JSON; None for none
    """

    method: str
    path: str
    payload: bytes | None
    repeatable: bool
    token: str
    was_refused: bool = False
    was_repeated: bool = False
    refused_with: str = ""


class Client:
    """A client of one cluster.

    :param tokens: None where no request needs a token, as at a login
    :param state: what the processes of a run share; None for a process by itself
    :ivar patience: seconds to wait for a leader
    """

    def __init__(
        self,
        cluster: Cluster,
        tokens: TokenSource | None = None,
        state: State | None = None,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self.cluster = cluster
        self.patience = patience
        self._tokens = tokens
        self._state = state or State()
        self._context = tls_context(cluster)
        self._connections: dict[Address, Connection] = {}
        self._order = list(cluster.addresses)
        self._leader_was_asked = len(self._order) == 1

    # Requests

    def read(self, path: str) -> Reply:
        """What is at a path."""
        return self.request("GET", path)

    def list(self, path: str) -> Reply:
        """The keys below a path."""
        return self.request("LIST", path)

    def write(self, path: str, body: Mapping[str, Any], *, repeatable: bool = True) -> Reply:
        """Writes to a path.

        :param repeatable: whether doing it twice is the same as doing it once
        :raises UncertainError: it is not, and whether it was done is not known
        """
        return self.request("POST", path, body, repeatable=repeatable)

    def pages(self, path: str, size: int = 1000) -> Iterator[Reply]:
        """The keys below a path, page by page. A key with colons is sent back with dashes, else OpenBao skips entries."""
        after = ""
        while True:
            reply = self.request("LIST", f"{path}?limit={size}" + (f"&after={after}" if after else ""))
            yield reply
            if len(reply.keys) < size:
                return
            last = reply.keys[-1].replace(":", "-")
            if last == after:
                raise self.refusal("OpenBao lists the same entries again and again", path)
            after = last

    def request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, repeatable: bool = True, token: str = ""
    ) -> Reply:
        """Sends a request until a leader answers it.

        :param path: below ``/v1/``
        :param token: in place of that of the run, as of a response that was wrapped
        :raises UnavailableError: no leader was found
        :raises UncertainError: it must not be repeated, and whether it was done is not known
        """
        self._state.check()
        asked = _Request(method, path, json.dumps(body).encode() if body is not None else None, repeatable, token)
        end, pause = time.monotonic() + self.patience, _FIRST_PAUSE
        while True:
            try:
                reply = self._answered(asked)
                if reply is not None:
                    return reply
                found = asked.refused_with
            except NotSentError as error:
                found = str(error)
            except LostError as error:
                if not repeatable:
                    raise UncertainError(str(error)) from None
                found = str(error)
            if time.monotonic() + pause > end:
                self._state.unavailable(found)
                raise self._unavailable(found)
            self._turn()
            # Many clients at once would all come back at once
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 -- no secret
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _answered(self, asked: _Request) -> Reply | None:
        """The answer to a request; None where there may be another one in a moment."""
        while True:
            used = asked.token or (self._tokens.token() if self._tokens else "")
            reply = self._sent(asked, used)
            if reply.is_refused and self._tokens and not asked.token and not asked.was_refused:
                asked.was_refused = True
                if self._tokens.refused(used):
                    continue
            if reply.status != _SERVER_ERROR and reply.status not in _BUSY:
                return reply
            if not asked.repeatable:
                raise UncertainError(reply.words)
            asked.refused_with = reply.words
            if reply.status in _BUSY or not self.has_leader():
                return None
            if asked.was_repeated:
                return reply
            asked.was_repeated = True

    def _sent(self, asked: _Request, token: str) -> Reply:
        address = self._first_address()
        for _redirect in range(_MOST_REDIRECTS):
            answer = self._connection(address).request(
                asked.method, f"/v1/{asked.path}", self._headers(token), asked.payload
            )
            if answer.status not in _REDIRECTS:
                return self._reply(answer)
            try:
                address = Address.parse(answer.location.partition("/v1/")[0])
            except SiptlsError:
                raise NotSentError(f"{address} redirects to {answer.location[:200]!a}") from None
        raise NotSentError(f"{address}: too many redirects")

    def _headers(self, token: str) -> dict[str, str]:
        # X-Vault-Request is what keeps a request that a browser was made to send from being answered
        headers = {"X-Vault-Request": "true", "Content-Type": "application/json"}
        if token:
            headers["X-Vault-Token"] = token
        if self._state.index:
            headers |= {"X-Vault-Index": self._state.index, "X-Vault-Inconsistent": "forward-active-node"}
        return headers

    def _reply(self, answer: Answer) -> Reply:
        if answer.index and answer.index != self._state.index and _is_header(answer.index):
            self._state.seen(answer.index)
        if not answer.body.strip():
            return Reply(answer.status, {})
        try:
            document = read_json(answer.body.decode())
        except ValueError:
            document = None
        if not isinstance(document, Mapping):
            raise LostError(f"{answer.status} without a JSON object; is this OpenBao?")
        return Reply(answer.status, document)

    # Nodes

    def has_leader(self) -> bool:
        """Whether the node that is asked is the leader, or knows who is."""
        try:
            reply = self._asked_for_leader()
        except (NotSentError, LostError):
            return False
        leads = reply.document.get("is_self") is True or reply.document.get("ha_enabled") is False
        return reply.is_success and (leads or bool(reply.document.get("leader_address")))

    def wait_for_leader(self, found: str) -> None:
        """Waits until a node knows a leader.

        :param found: what went wrong before
        :raises UnavailableError: none does
        """
        self._state.check()
        end, pause = time.monotonic() + self.patience, _FIRST_PAUSE
        while not self.has_leader():
            if time.monotonic() + pause > end:
                self._state.unavailable(found)
                raise self._unavailable(found)
            self._turn()
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _first_address(self) -> Address:
        """The node to ask: the leader, where it is one of those that we were told of. Any node answers, a standby more slowly."""
        if not self._leader_was_asked:
            self._leader_was_asked = True
            try:
                leader = Address.parse(str(self._asked_for_leader().document.get("leader_address") or ""))
            except LostError as error:
                # The request that this is about was not sent yet
                raise NotSentError(str(error)) from None
            except SiptlsError:
                return self._order[0]
            if leader in self._order:
                self._order.sort(key=lambda one: one != leader)
        return self._order[0]

    def _asked_for_leader(self) -> Reply:
        return self._reply(self._connection(self._order[0]).request("GET", "/v1/sys/leader", {}, None))

    def _turn(self) -> None:
        """The next node is the first to be asked, and who leads is asked anew."""
        self._order.append(self._order.pop(0))
        self._leader_was_asked = len(self._order) == 1

    def _connection(self, address: Address) -> Connection:
        if address not in self._connections:
            self._connections[address] = Connection(address, self._context)
        return self._connections[address]

    # Errors

    def _unavailable(self, found: str) -> UnavailableError:
        return UnavailableError(
            "OpenBao cannot be reached, or has no leader",
            where=str(self.cluster),
            expected="more than half of the nodes running, unsealed and reachable from this machine",
            found=found,
            remedy="start the nodes, and unseal them (bao operator unseal); compare bao.addresses and bao.ca_certificate with the"
            " cluster. Then run again: it goes on where this run ended",
        )

    def refusal(self, problem: str, path: str, reply: Reply | None = None, remedy: str = "") -> SiptlsError:
        """The error about a request that OpenBao does not grant.

        :param path: that was asked for
        """
        if reply is not None and reply.is_refused and not remedy:
            remedy = (
                f"log in as who may do that: the policy of this login has to allow {path}; or the token has expired"
            )
        return SiptlsError(
            problem,
            where=f"{self._order[0]}/v1/{path.partition('?')[0]}",
            found=reply.words if reply is not None else "",
            remedy=remedy or "compare OpenBao with what the playbook siptls.vos.openbao sets up",
        )

    def checked(self, reply: Reply, problem: str, path: str) -> Reply:
        """``reply``, where it says that it was done.

        :raises SiptlsError: it was not
        """
        if not reply.is_success:
            raise self.refusal(problem, path, reply)
        return reply


def _is_header(text: str) -> bool:
    return text.isascii() and text.isprintable()
