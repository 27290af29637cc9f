# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SIP messages that the softswitch received and sent, out of TLS: Kamailio's module sipdump writes them while it is told to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.siptls.vos.plugins.module_utils.sip.sdp import SessionDescription
from ansible_collections.siptls.vos.plugins.module_utils.sip.sdp_reading import parse_sdp

from lab.registrar import SOFTSWITCH, kamcmd, podman_exec

_BLOCK = re.compile(
    r"={20}\ntag: (\w+)\n.*?\ntime: ([\d.]+)\n.*?\nsrcip: (\S+)\nsrcport: (\d+)\ndstip: (\S+)\ndstport: (\d+)\n~{20}\n"
    r"(.*?)\|{20}\n",
    re.DOTALL,
)


@dataclass(frozen=True)
class Message:
    """One message.

    :ivar time: seconds since 1970
    :ivar received: whether the softswitch received it, or else sent it
    :ivar peer: address and port of the other side
    :ivar lines: start line and header fields
    :ivar body: empty where there is none
    """

    time: float
    received: bool
    peer: tuple[str, int]
    lines: tuple[str, ...]
    body: str

    @property
    def status(self) -> int | None:
        """The status code of a response."""
        return int(self.lines[0].split()[1]) if self.lines[0].startswith("SIP/2.0 ") else None

    def header(self, name: str) -> str:
        """The value of the first header field of that name; empty where there is none."""
        start = f"{name.lower()}:"
        return next((line[len(start) :].strip() for line in self.lines if line.lower().startswith(start)), "")

    @property
    def method(self) -> str:
        """Of a request, or of the request that a response is for."""
        return self.header("CSeq").split()[-1]

    @property
    def description(self) -> SessionDescription | None:
        """The session description in it, if there is one."""
        return parse_sdp(self.body.encode()) if "application/sdp" in self.header("Content-Type") else None


def listen(on: bool) -> None:
    """Has the softswitch write its messages, or no longer."""
    kamcmd("sipdump.enable", "1" if on else "0")


def messages() -> list[Message]:
    """All that it has written, in its order."""
    text = podman_exec(SOFTSWITCH, "sh", "-c", "cat /tmp/sip-*.data 2>/dev/null || :")
    found = []
    for tag, at, source, source_port, destination, destination_port, message in _BLOCK.findall(text):
        head, _blank, body = message.replace("\r\n", "\n").partition("\n\n")
        peer = (source, int(source_port)) if tag == "rcv" else (destination, int(destination_port))
        found.append(Message(float(at), tag == "rcv", peer, tuple(head.split("\n")), body))
    return found
