# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes over the lab's network, seen from the bridge that joins the containers. Needs root, as the lab does."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

NETWORK = "siptls-lab"
_ETH_P_ALL = 0x0003
_IPV4 = 0x0800
_SOL_PACKET, _ADD_MEMBERSHIP, _PROMISCUOUS = 263, 1, 1
TCP, UDP = 6, 17


@dataclass(frozen=True)
class Packet:
    """What one IP packet carried.

    :ivar time: seconds since 1970, when it was seen
    :ivar protocol: TCP or UDP, as a number
    :ivar source: address and port
    :ivar payload: without the headers of IP and of TCP or UDP
    """

    time: float
    protocol: int
    source: tuple[str, int]
    destination: tuple[str, int]
    payload: bytes


class Capture:
    """Everything that crosses the bridge while the context is open; ``packets`` holds it in its order."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        # Without a protocol it hears nothing until it is bound: one with a protocol hears every network of this machine until then.
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)

    def __enter__(self) -> Self:
        interface = bridge()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024 * 1024)
        self._socket.bind((interface, _ETH_P_ALL))
        # Frames from one container to another are none of the bridge's own business, unless it is curious.
        membership = struct.pack("IHH8s", socket.if_nametoindex(interface), _PROMISCUOUS, 0, b"")
        self._socket.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, membership)
        self._socket.settimeout(0.1)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                frame = self._socket.recv(65536)
            except TimeoutError:
                continue
            packet = parse_frame(frame, time.time())
            if packet:
                self.packets.append(packet)


def bridge() -> str:
    """The name of the bridge of the lab's network on this machine."""
    said = subprocess.run(["podman", "network", "inspect", NETWORK], check=True, capture_output=True, text=True).stdout
    return str(json.loads(said)[0]["network_interface"])


def parse_frame(frame: bytes, at: float) -> Packet | None:
    """The packet in an Ethernet frame; None for anything but TCP and UDP over IPv4."""
    if len(frame) < 34 or int.from_bytes(frame[12:14]) != _IPV4:
        return None
    ip = frame[14:]
    length, header, protocol = int.from_bytes(ip[2:4]), (ip[0] & 15) * 4, ip[9]
    body = ip[header:length]
    if protocol == UDP:
        offset = 8
    elif protocol == TCP:
        offset = (body[12] >> 4) * 4
    else:
        return None
    source, destination = struct.unpack("!HH", body[:4])
    return Packet(
        time=at,
        protocol=protocol,
        source=(socket.inet_ntoa(ip[12:16]), source),
        destination=(socket.inet_ntoa(ip[16:20]), destination),
        payload=body[offset:],
    )
