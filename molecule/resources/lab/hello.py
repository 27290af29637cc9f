# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ClientHello that asks for any name at all, which no TLS library would send."""

from __future__ import annotations

import ssl


def client_hello(name: bytes) -> bytes:
    """A ClientHello of Python's own TLS library, with ``name`` in place of a host name of the same length, 3 to 250 octets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    stand_in = ("a" * 49 + ".") * (len(name) // 50) + "a" * (len(name) % 50)
    stand_in = stand_in[:-1] + "a" if stand_in.endswith(".") else stand_in
    outgoing = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=stand_in).do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = outgoing.read()
    if stand_in.encode() not in hello:
        raise AssertionError("the ClientHello does not hold the name that it was made with")
    return hello.replace(stand_in.encode(), name)
