# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A SIP client of the tests outside an edge: it says what a test wants said, over TLS with any certificate, or over anything else.

It is no gateway: what real ones do is tested with baresip.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Any

from ansible_collections.siptls.vos.tests.integration.edge_lab import OUTSIDE, EdgeLab, key_of
from ansible_collections.siptls.vos.tests.shared.probe_material import ISSUING, pem
from cryptography import x509

__all__ = ["SRTP_OFFER", "Message", "TlsClient", "authorization", "in_a_call", "plain_exchange"]

SRTP_OFFER = (
    "v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio 40000 RTP/SAVP 0\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\na=sendrecv\r\n"
)


class Message:
    """A message as it came.

    :ivar status: 0 for a request
    """

    def __init__(self, text: str) -> None:
        self.text = text
        head, _, self.body = text.partition("\r\n\r\n")
        self.first, *lines = head.split("\r\n")
        self.fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]
        self.status = int(self.first.split()[1]) if self.first.startswith("SIP/2.0 ") else 0

    def all(self, name: str) -> list[str]:
        return [value for own, value in self.fields if own.lower() == name.lower()]

    def one(self, name: str) -> str:
        return (self.all(name) or [""])[0]


class TlsClient:
    """A connection to the edge from outside.

    :param certificate: None for a client without one
    """

    def __init__(
        self, lab: EdgeLab, certificate: x509.Certificate | None, address: str = "192.0.2.11", issuer: Any = ISSUING
    ) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(lab.certs / "ca.crt")
        if certificate is not None:
            file = lab.folder / f"client-{certificate.serial_number:x}.pem"
            file.write_text(key_of(certificate) + pem(certificate, issuer.certificate))
            context.load_cert_chain(file)
        self.socket = lab.outside.call(_connected, context, address)
        self.address, self.port = self.socket.getsockname()[:2]
        self._rest = b""

    def send(self, text: str) -> None:
        self.socket.sendall(text.encode())

    def receive(self, wanted: Callable[[Message], bool] = lambda message: True, seconds: float = 10) -> Message:
        """The next message that is wanted; ConnectionError where it is closed before, TimeoutError where nothing comes."""
        self.socket.settimeout(seconds)
        while True:
            message = self._next()
            if wanted(message):
                return message

    def request(
        self,
        method: str,
        user: str,
        *,
        to: str = "",
        uri: str = "",
        more: Iterable[str] = (),
        body: str = "",
        **given: Any,
    ) -> str:
        """A request as text. Tags, Call-ID and CSeq may be given."""
        to = to or f"<sip:{user}@example.com>"
        own = f"{user}@{self.address}:{self.port};transport=tls"
        lines = [
            f"{method} {uri or 'sip:example.com'} SIP/2.0",
            f"Via: SIP/2.0/TLS {self.address}:{self.port};branch=z9hG4bK{secrets.token_hex(6)};rport",
            "Max-Forwards: 70",
            f"From: <sip:{user}@example.com>;tag={given.get('tag', secrets.token_hex(4))}",
            f"To: {to}",
            f"Call-ID: {given.get('call_id', secrets.token_hex(8))}",
            f"CSeq: {given.get('cseq', 1)} {method}",
            *([f"Contact: <sip:{own}>"] if given.get("contact", True) else []),
            *more,
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join(lines) + "\r\n\r\n" + body

    def ask(self, *arguments: Any, **named: Any) -> Message:
        """Sends a request and gives its final answer."""
        self.send(self.request(*arguments, **named))
        return self.receive(lambda message: message.status >= 200)

    def register(
        self, user: str, password: str, *, digest_user: str = "", expires: int = 60, more: Iterable[str] = ()
    ) -> Message:
        """Registers by digest."""
        call_id, tag = secrets.token_hex(8), secrets.token_hex(4)
        fixed = [f"Expires: {expires}", *more]
        first = self.ask("REGISTER", user, more=fixed, call_id=call_id, tag=tag)
        if first.status != 401:
            return first
        answer = authorization(
            first.one("WWW-Authenticate"), "REGISTER", digest_user or user, password, "sip:example.com"
        )
        return self.ask("REGISTER", user, more=[*fixed, f"Authorization: {answer}"], call_id=call_id, tag=tag, cseq=2)

    def answer(self, request: Message, status: str, body: str = "") -> None:
        """Answers a request that came."""
        copied = [
            f"{name}: {value}"
            for name, value in request.fields
            if name in ("Via", "From", "Call-ID", "CSeq", "Record-Route")
        ]
        to = request.one("To") + ("" if "tag=" in request.one("To") else ";tag=theirs")
        lines = [
            f"SIP/2.0 {status}",
            *copied,
            f"To: {to}",
            f"Contact: <sip:gateway@{self.address}:{self.port};transport=tls>",
        ]
        lines += [*(["Content-Type: application/sdp"] if body else []), f"Content-Length: {len(body)}"]
        self.send("\r\n".join(lines) + "\r\n\r\n" + body)

    def close(self) -> None:
        self.socket.close()

    def _next(self) -> Message:
        while b"\r\n\r\n" not in self._rest.lstrip(b"\r\n"):
            self._fill()
        self._rest = self._rest.lstrip(b"\r\n")
        head, _, rest = self._rest.partition(b"\r\n\r\n")
        length = int((re.search(rb"(?i)^(?:content-length|l) *: *(\d+)", head, re.MULTILINE) or [0, b"0"])[1])
        while len(rest) < length:
            self._fill()
            rest = self._rest.partition(b"\r\n\r\n")[2]
        self._rest = rest[length:]
        return Message((head + b"\r\n\r\n" + rest[:length]).decode())

    def _fill(self) -> None:
        got = self.socket.recv(65536)
        if not got:
            raise ConnectionError("closed")
        self._rest += got


def in_a_call(client: TlsClient, user: str, password: str, number: str = "echo", caller: str = "") -> dict[str, Any]:
    """Calls a number of the switch, and gives what identifies the dialog, as arguments for another request in it.

    :param caller: who is in From; by default the user
    """
    ids = {"call_id": f"{user}-{number}-{secrets.token_hex(4)}", "tag": "ours"}
    uri = f"sip:{number}@example.com"
    body = SRTP_OFFER.format(address=client.address)
    caller = caller or user
    done = client.ask("INVITE", caller, to=f"<{uri}>", uri=uri, body=body, **ids)
    if done.status == 401:
        client.send(_acknowledgement(client, caller, uri, done, **ids))
        answer = authorization(done.one("WWW-Authenticate"), "INVITE", user, password, uri)
        done = client.ask(
            "INVITE", caller, to=f"<{uri}>", uri=uri, body=body, more=[f"Authorization: {answer}"], cseq=2, **ids
        )
    assert done.status == 200, done.text
    routes = [f"Route: {one}" for one in done.all("Record-Route")][::-1]
    target = re.search(r"<([^>]+)>", done.one("Contact"))
    assert target
    dialog = {"to": done.one("To"), "uri": target[1], "more": routes, **ids}
    client.send(client.request("ACK", caller, cseq=int(done.one("CSeq").split()[0]), **dialog))
    return dialog


def _acknowledgement(client: TlsClient, user: str, uri: str, response: Message, **ids: Any) -> str:
    """The ACK of an error, in the transaction of its INVITE."""
    text = client.request("ACK", user, to=response.one("To"), uri=uri, **ids)
    via = re.sub(";(rport=[0-9]+|received=[0-9.]+)", "", response.one("Via"))
    return re.sub(r"Via: [^\r]*", f"Via: {via};rport", text, count=1)


def authorization(challenge: str, method: str, user: str, password: str, uri: str) -> str:
    """An answer to a challenge by MD5 (RFC 2617), as switches ask for it."""
    found = dict(re.findall(r'(\w+)="?([^",]*)"?', challenge))
    inner = _md5(f"{user}:{found['realm']}:{password}"), _md5(f"{method}:{uri}")
    fields = f'username="{user}", realm="{found["realm"]}", nonce="{found["nonce"]}", uri="{uri}"'
    if "qop" in found:
        response = _md5(f"{inner[0]}:{found['nonce']}:00000001:abc:auth:{inner[1]}")
        fields += ', qop=auth, nc=00000001, cnonce="abc"'
    else:
        response = _md5(f"{inner[0]}:{found['nonce']}:{inner[1]}")
    opaque = f', opaque="{found["opaque"]}"' if "opaque" in found else ""
    return f'Digest {fields}, response="{response}", algorithm=MD5{opaque}'


def plain_exchange(
    kind: socket.SocketKind, source: str, target: tuple[str, int], said: bytes, seconds: float = 2
) -> bytes:
    """What comes back for something that is said without TLS; empty for nothing. Runs in the namespace of its caller."""
    with socket.socket(socket.AF_INET, kind) as ours:
        ours.bind((source, 0))
        ours.settimeout(seconds)
        try:
            ours.connect(target)
            ours.send(said)
            return ours.recv(65536)
        except OSError:
            return b""


def _connected(context: ssl.SSLContext, address: str) -> ssl.SSLSocket:
    plain = socket.create_connection((OUTSIDE, 5061), 10, source_address=(address, 0))
    return context.wrap_socket(plain, server_hostname="vos.example.com")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
