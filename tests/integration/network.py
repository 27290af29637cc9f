# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts with network stacks of their own on this machine, joined by a cable: real packets, and firewalls apart from its own."""

from __future__ import annotations

import ctypes
import selectors
import socket
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

__all__ = ["Echo", "NetworkHost", "joined"]

T = TypeVar("T")
_CLONE_NEWNET = 0x40000000


class NetworkHost:
    """Network and mount namespaces. They end with the process that holds them, and that with this one, however it ends.

    :param preparation: a shell command that is run inside first
    """

    def __init__(self, preparation: str = ":") -> None:
        command = f"ip link set lo up && {preparation} && echo ready && exec cat"
        self._holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout
        assert self._holder.stdout.readline() == "ready\n", "network namespaces cannot be made here: root is needed"
        self._thread = ThreadPoolExecutor(1, initializer=self._enter)

    @property
    def enter(self) -> list[str]:
        """The command in front of one that is to run inside."""
        return ["nsenter", f"--target={self.process}", "--net", "--mount"]

    @property
    def process(self) -> int:
        """Whose namespaces these are."""
        return self._holder.pid

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a command inside."""
        done = subprocess.run([*self.enter, *command], capture_output=True, text=True, check=False, timeout=60)
        assert not check or done.returncode == 0, f"{command}: {done.stderr}"
        return done

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Calls a function inside; sockets that it makes stay there."""
        return self._thread.submit(function, *arguments).result()

    def close(self) -> None:
        """Ends it."""
        self._thread.shutdown()
        self._holder.communicate("", timeout=30)

    def _enter(self) -> None:
        with open(f"/proc/{self.process}/ns/net") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")


def joined(one: NetworkHost, other: NetworkHost, addresses: Sequence[str], others: Sequence[str]) -> None:
    """A cable between two hosts, each with its addresses."""
    one.run("ip", "link", "add", "net0", "type", "veth", "peer", "name", "net0", "netns", str(other.process))
    for host, own in ((one, addresses), (other, others)):
        for address in own:
            host.run("ip", "address", "add", address, "dev", "net0", *(["nodad"] if ":" in address else []))
        host.run("ip", "link", "set", "net0", "up")


class Echo:
    """Answers with what it hears, on some ports of a host, over IPv4 and IPv6.

    :ivar heard: from whom and on which port something arrived, a TCP connection or a UDP packet
    """

    def __init__(self, host: NetworkHost, tcp: Sequence[int], udp: Sequence[int]) -> None:
        self.heard: list[tuple[str, int]] = []
        self._selector = selectors.DefaultSelector()
        self._end, far = socket.socketpair()
        self._selector.register(far, selectors.EVENT_READ, None)
        for ports, kind, answer in ((tcp, socket.SOCK_STREAM, self._accept), (udp, socket.SOCK_DGRAM, self._return)):
            for port in ports:
                self._selector.register(host.call(_listening, kind, port), selectors.EVENT_READ, answer)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """Ends it."""
        self._end.close()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]  # sockets, all of them
        self._selector.close()

    def _serve(self) -> None:
        while True:
            for key, _events in self._selector.select():
                if key.data is None:
                    return
                key.data(key.fileobj)

    def _accept(self, listening: socket.socket) -> None:
        connection, peer = listening.accept()
        self._note(peer, listening)
        self._selector.register(connection, selectors.EVENT_READ, self._send_back)

    def _send_back(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if said := connection.recv(65536):
                connection.sendall(said)
                return
        self._selector.unregister(connection)
        connection.close()

    def _return(self, listening: socket.socket) -> None:
        said, peer = listening.recvfrom(65536)
        self._note(peer, listening)
        listening.sendto(said, peer)

    def _note(self, peer: tuple[Any, ...], listening: socket.socket) -> None:
        self.heard.append((peer[0].removeprefix("::ffff:"), listening.getsockname()[1]))


def _listening(kind: socket.SocketKind, port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET6, kind)
    found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("::", port))
    if kind == socket.SOCK_STREAM:
        found.listen(128)
    return found
