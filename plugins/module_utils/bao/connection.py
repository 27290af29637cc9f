# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTPS connection to one node of OpenBao: requests out, bounded answers in.

The standard library's http.client: it keeps the connection, ignores proxies of the environment and needs nothing installed.
"""

from __future__ import annotations

import http.client
import os
import select
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import SiptlsError
from .options import Address, Cluster

__all__ = ["Answer", "Connection", "LostError", "NotSentError", "tls_context"]

#: Bytes of an answer: a list of 100,000 certificates has about 20 MiB.
LARGEST_ANSWER = 64 << 20
_CHUNK = 1 << 16
#: Seconds until a node counts as not reachable.
CONNECT_TIMEOUT = 4.0
#: Seconds until an answer is there, whole.
ANSWER_TIMEOUT = 30.0


class NotSentError(Exception):
    """No node has seen the request."""


class LostError(Exception):
    """The request was sent, and what became of it is not known."""


@dataclass(frozen=True)
class Answer:
    """What a node answered.

    :ivar index: what to send with later requests, so that a standby answers by a state no older than this; may be empty
    :ivar location: where a standby that forwards nothing sends us; may be empty
    """

    status: int
    body: bytes
    index: str = ""
    location: str = ""


def tls_context(cluster: Cluster) -> ssl.SSLContext:
    """TLS as every connection to this cluster uses it.

    :raises SiptlsError: a file cannot be read, or is not what it should be
    """
    try:
        context = ssl.create_default_context(cafile=str(cluster.ca_certificate) if cluster.ca_certificate else None)
    except (OSError, ssl.SSLError) as error:
        raise _unusable("ca_certificate", cluster.ca_certificate, "PEM certificates", error) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if cluster.certificate:
        try:
            # An encrypted key would ask at the terminal
            context.load_cert_chain(cluster.certificate, cluster.private_key, password=lambda: "")
        except (OSError, ssl.SSLError) as error:
            found = cluster.private_key or cluster.certificate
            expected = "a PEM certificate and its private key, not encrypted"
            raise _unusable("auth.certificate and private_key", found, expected, error) from None
    return context


def _unusable(option: str, path: Path | None, expected: str, error: OSError) -> SiptlsError:
    return SiptlsError(
        f"bao.{option} cannot be used", where=str(path), expected=expected, found=error.strerror or str(error)
    )


class Connection:
    """A connection that is opened when it is needed, and again where it was closed.

    :param context: of :func:`tls_context`
    """

    def __init__(self, address: Address, context: ssl.SSLContext) -> None:
        self.address = address
        self._context = context
        self._http: http.client.HTTPSConnection | None = None
        self._process = 0

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Sends a request and returns the answer.

        :raises NotSentError: the node is not reachable, or its certificate is not trusted
        :raises LostError: the connection broke after that, or the answer is no HTTP or out of bounds
        """
        http_connection = self._opened()
        end = time.monotonic() + ANSWER_TIMEOUT
        try:
            http_connection.request(method, path, body, dict(headers))
            response = http_connection.getresponse()
            content = self._content(response, end)
            response.close()
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise LostError(f"{self.address}: {_words(error)}") from None
        if response.will_close:
            self.close()
        header = response.headers.get
        return Answer(response.status, content, header("X-Vault-Index") or "", header("Location") or "")

    def _opened(self) -> http.client.HTTPSConnection:
        """Of this process alone: one that was there before a fork belongs to whoever opened it."""
        if self._http is not None and (self._process != os.getpid() or _was_closed(self._http)):
            self._http = None
        if self._http is None:
            address = self.address
            opened = http.client.HTTPSConnection(
                address.host, address.port, context=self._context, timeout=CONNECT_TIMEOUT
            )
            try:
                opened.connect()
                opened.sock.settimeout(ANSWER_TIMEOUT)
            except (OSError, ssl.SSLError, ssl.CertificateError, UnicodeError) as error:
                opened.close()
                raise NotSentError(f"{address}: {_words(error)}") from None
            self._http, self._process = opened, os.getpid()
        return self._http

    @staticmethod
    def _content(response: http.client.HTTPResponse, end: float) -> bytes:
        parts, size = [], 0
        while chunk := response.read(_CHUNK):
            parts.append(chunk)
            size += len(chunk)
            if size > LARGEST_ANSWER:
                raise ValueError(f"an answer of more than {LARGEST_ANSWER} bytes")
            if time.monotonic() > end:
                raise TimeoutError("an answer that does not end")
        return b"".join(parts)

    def close(self) -> None:
        """Closes it; the next request opens it again."""
        if self._http is not None:
            self._http.close()
            self._http = None


def _was_closed(connection: http.client.HTTPSConnection) -> bool:
    """Whether the node closed a connection that was idle: nothing is to be read from one that is open."""
    if connection.sock is None:
        return True
    readable, _writable, _failed = select.select([connection.sock], [], [], 0)
    return bool(readable)


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its TLS certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return str(error) or "no answer in time"
    return (error.strerror or str(error) if isinstance(error, OSError) else str(error)) or type(error).__name__
