# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""python3 -I tls_server.py PORT PREFIX [ADDRESS]: mutual TLS with the files PREFIX.crt, .key and .ca as they are at the start.

Where PREFIX.crl is there, every certificate of a chain is looked up in these lists. A request of SIP or HTTP is answered with 200.
PREFIX.up is there once it listens. Users named in PREFIX.refused get 403.
"""

from __future__ import annotations

import re
import socket
import ssl
import sys
import threading
from contextlib import suppress
from pathlib import Path

_COPIED = (b"via:", b"from:", b"to:", b"call-id:", b"cseq:")


def reply(request: bytes, refused: frozenset[bytes]) -> bytes:
    """What is said to one request."""
    first, *fields = request.split(b"\r\n")
    if first.startswith(b"GET "):
        return b"HTTP/1.0 200 OK\r\n\r\n"
    user = re.search(rb"(?im)^from:.*sip:([^@>;]+)@", request)
    status = b"403 Forbidden" if user and user[1] in refused and first.startswith(b"REGISTER") else b"200 OK"
    copied = [
        one + b";tag=server" if one.lower().startswith(b"to:") and b"tag=" not in one else one
        for one in fields
        if one.lower().startswith(_COPIED)
    ]
    return b"\r\n".join([b"SIP/2.0 " + status, *copied, b"Content-Length: 0", b"", b""])


def serve(connection: socket.socket, context: ssl.SSLContext, refused: frozenset[bytes]) -> None:
    """Answers until the peer leaves."""
    with suppress(OSError), context.wrap_socket(connection, server_side=True) as stream:
        held = b""
        while octets := stream.recv(65536):
            held += octets
            while b"\r\n\r\n" in held:
                request, _end, held = held.partition(b"\r\n\r\n")
                stream.sendall(reply(request, refused))
                if request.startswith(b"GET "):
                    return


def main(port: str, prefix: str, address: str = "127.0.0.1") -> None:
    """Serves until it is killed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{prefix}.crt", f"{prefix}.key")
    context.load_verify_locations(f"{prefix}.ca")
    if Path(f"{prefix}.crl").exists():
        context.load_verify_locations(f"{prefix}.crl")
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    context.verify_mode = ssl.CERT_REQUIRED
    listening = socket.create_server((address, int(port)))
    refused = Path(f"{prefix}.refused")
    Path(f"{prefix}.up").touch()
    while True:
        connection, _peer = listening.accept()
        names = frozenset(refused.read_bytes().split()) if refused.exists() else frozenset()
        threading.Thread(target=serve, args=(connection, context, names), daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
