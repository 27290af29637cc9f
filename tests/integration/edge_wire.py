# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What went over the cables of an edge, packet by packet."""

from __future__ import annotations

import socket
import struct
import threading
from dataclasses import dataclass

from ansible_collections.siptls.vos.molecule.resources.lab.tone import WINDOW, linear, share
from ansible_collections.siptls.vos.tests.integration.network import NetworkHost

__all__ = ["Wire"]

_IPV4, _UDP = 0x0800, 17
_TONE = 440


@dataclass(frozen=True)
class _Datagram:
    source: str
    target: str
    payload: bytes


class Wire:
    """Listens on a cable until it is closed."""

    def __init__(self, host: NetworkHost, device: str) -> None:
        self._socket = host.call(_listening, device)
        self._socket.settimeout(0.2)
        self._found: list[_Datagram] = []
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def tone_shares(self, source: str) -> list[float]:
        """How much of each stream that a host sent is the tone of the gateways, read as G.711: near 1 where it is plain, near 0 where not.

        The last second counts, of streams that are long enough.
        """
        streams = [octets for octets in self._streams(source) if len(octets) >= WINDOW]
        assert streams, f"no second of RTP from {source}"
        return [share(linear(octets, 0), _TONE) for octets in streams]

    def heard(self, source: str) -> int:
        """How many streams of a host are longer than three seconds: what a jitter buffer does at first is over then."""
        return sum(len(octets) >= 3 * WINDOW for octets in self._streams(source))

    def _streams(self, source: str) -> list[bytes]:
        found: dict[bytes, list[bytes]] = {}
        for one in self.rtp(source):
            found.setdefault(one.payload[8:12], []).append(one.payload[12:172])
        return [b"".join(parts) for parts in found.values()]

    def rtp(self, source: str) -> list[_Datagram]:
        """The packets of G.711 that a host sent, encrypted or not."""
        return [
            one
            for one in list(self._found)
            if one.source == source
            and len(one.payload) >= 172
            and one.payload[0] >> 6 == 2
            and one.payload[1] & 0x7F in (0, 8)
        ]

    def close(self) -> None:
        self._ends.set()
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while not self._ends.is_set():
            try:
                frame = self._socket.recv(65536)
            except TimeoutError:
                continue
            kind = struct.unpack("!H", frame[12:14])[0]
            if kind == _IPV4 and frame[23] == _UDP:
                start = 14 + (frame[14] & 0x0F) * 4
                addresses = [socket.inet_ntoa(frame[at : at + 4]) for at in (26, 30)]
                self._found.append(_Datagram(addresses[0], addresses[1], frame[start + 8 :]))


def _listening(device: str) -> socket.socket:
    found = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
    found.bind((device, 0))
    return found
