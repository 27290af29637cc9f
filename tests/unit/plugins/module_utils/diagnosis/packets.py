# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures as tcpdump writes them, of a connection that says what a test wants."""

from __future__ import annotations

import ssl
import struct
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise

CLIENT, SERVER = ("192.0.2.21", 40_000), ("192.0.2.10", 5061)


def frame(
    source: tuple[str, int],
    destination: tuple[str, int],
    sequence: int,
    payload: bytes,
    flags: int = 0x18,
    link: int = 1,
) -> bytes:
    tcp = (
        struct.pack("!HHIIBBHHH", source[1], destination[1], sequence & 0xFFFFFFFF, 0, 5 << 4, flags, 65535, 0, 0)
        + payload
    )
    ends = b"".join(bytes(map(int, one.split("."))) for one in (source[0], destination[0]))
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0) + ends + tcp
    if link == 113:
        return bytes(14) + b"\x08\x00" + ip
    if link == 276:
        return b"\x08\x00" + bytes(18) + ip
    return (bytes(12) + b"\x08\x00" + ip) if link == 1 else ip


def capture(frames: Sequence[bytes], order: str = "<", link: int = 1) -> bytes:
    head = struct.pack(f"{order}IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    return head + b"".join(struct.pack(f"{order}IIII", 1, 0, len(one), len(one)) + one for one in frames)


def said(payload: bytes, cuts: Sequence[int], start: int, link: int = 1, port: int = SERVER[1]) -> list[bytes]:
    """A connection to this port of the server that says this in segments that end at the cuts."""
    ends = sorted({0, len(payload), *(cut % (len(payload) + 1) for cut in cuts)})
    server = (SERVER[0], port)
    return [
        frame(CLIENT, server, start, b"", 0x02, link),
        *(frame(CLIENT, server, start + 1 + begin, payload[begin:end], link=link) for begin, end in pairwise(ends)),
    ]


def hello(maximum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = maximum
    outgoing = ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="vos.example.com").do_handshake()
    return outgoing.read()
