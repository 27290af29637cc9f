# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A SIP server on a port of this machine, over real TLS. It is a double for the SIP side alone: what it answers is the test's."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible_collections.siptls.vos.plugins.module_utils.sip.message import HeaderField, Request, Response
from ansible_collections.siptls.vos.plugins.module_utils.sip.requests import reply
from ansible_collections.siptls.vos.plugins.module_utils.sip.stream import MessageReader

#: What to send for a request: messages, octets, or None to close the connection.
Answers = Callable[[Request], Iterable[Any]]


def answer(request: Request, status: int, reason: str, *more: tuple[str, str], body: bytes = b"") -> Response:
    """An answer to a request, with further header fields."""
    response = reply(request, status, reason, "peer")
    return replace(response, headers=(*response.headers, *(HeaderField(*one) for one in more)), body=body)


def seen_from(request: Request, address: str = "127.0.0.1", port: int = 40000) -> Request:
    """The request with the source in its Via, as a server writes it (RFC 3581)."""
    headers = tuple(
        HeaderField("Via", one.value.replace(";rport", f";received={address};rport={port}"))
        if one.name == "Via"
        else one
        for one in request.headers
    )
    return replace(request, headers=headers)


class SipPeer:
    """Serves until it is closed.

    :param answers: gives what to send for a request; None closes the connection
    :param port: 0 for any that is free
    :param crl: the CRLs by which certificates are checked, one of each CA
    :ivar requests: what it got, in order
    """

    def __init__(
        self,
        certs: Path,
        answers: Answers,
        *,
        certificate: str = "good",
        verify: bool = True,
        port: int = 0,
        address: str = "127.0.0.1",
        crl: Path | None = None,
    ) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certs / f"{certificate}.crt", certs / f"{certificate}.key")
        if verify:
            context.load_verify_locations(certs / "ca.crt")
            context.verify_mode = ssl.CERT_REQUIRED
        if crl:
            context.load_verify_locations(crl)
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
        self._context = context
        self._answers = answers
        self.requests: list[Request] = []
        self._came = threading.Condition()
        self._listening = socket.create_server((address, port))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        # Whoever waits in accept holds the port as long
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def methods(self) -> list[str]:
        """Of the requests so far."""
        return [one.method for one in self.requests]

    def wait_for(self, count: int, *, seconds: float = 30) -> None:
        """Waits until so many requests have come: an ACK that nobody answers may come after the task is over."""
        with self._came:
            self._came.wait_for(lambda: len(self.requests) >= count, seconds)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _peer = self._listening.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), self._context.wrap_socket(connection, server_side=True) as stream:
            reader = MessageReader()
            while octets := stream.recv(65536):
                for message in reader.feed(octets):
                    if isinstance(message, Request):
                        with self._came:
                            self.requests.append(message)
                            self._came.notify_all()
                        if not self._say(stream, message):
                            return

    def _say(self, stream: Any, request: Request) -> bool:
        for one in self._answers(request):
            if one is None:
                return False
            stream.sendall(one if isinstance(one, bytes) else one.render())
        return True
