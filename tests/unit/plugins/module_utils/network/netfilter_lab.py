# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A softswitch and a client in network namespaces of their own: what nft lists of each ruleset, and what becomes of real packets.

``unshare -n python netfilter_lab.py`` reads a JSON list of {"name", "commands"} and writes {"name", "look", "seen"} for each.
``look`` is what diagnosis_look.sh tells, ``seen`` whether the packets of PACKETS were admitted.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

SHELL = Path(__file__).resolve().parents[5] / "plugins" / "plugin_utils" / "shell"
HERE, GATEWAY, STRANGER = "10.9.0.1", "10.9.0.2", "10.9.0.3"
HERE_6, GATEWAY_6 = "fd00:9::1", "fd00:9::2"
#: Protocol, source, port
PACKETS = [
    ("tcp", GATEWAY, 5061),
    ("tcp", STRANGER, 5061),
    ("tcp", GATEWAY, 22),
    ("udp", GATEWAY, 10000),
    ("tcp", GATEWAY_6, 5061),
]
PATIENCE = 0.25


def run(*command: str, given: str = "") -> str:
    """What a command says; it has to succeed."""
    return subprocess.run(command, input=given, capture_output=True, text=True, check=True, timeout=20).stdout


def serve(kind: socket.SocketKind, address: str, port: int) -> None:
    """A service that answers whatever comes."""
    own = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.bind((address, port))
    if kind is socket.SOCK_STREAM:
        own.listen()

    def answer() -> None:
        while True:
            if kind is socket.SOCK_STREAM:
                own.accept()[0].close()
            else:
                own.sendto(b"here", own.recvfrom(99)[1])

    threading.Thread(target=answer, daemon=True).start()


def is_admitted(protocol: str, source: str, port: int) -> bool:
    """Whether one packet gets an answer; of TCP, a connection."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    with socket.socket(family, kind) as own:
        own.settimeout(PATIENCE)
        own.bind((source, 0))
        try:
            own.connect((HERE_6 if ":" in source else HERE, port))
            if protocol == "udp":
                own.send(b"anybody?")
                own.recv(9)
        except OSError:
            return False
    return True


def client() -> None:
    """Lives in the other namespace: tries all packets at once for each line that it reads."""
    with ThreadPoolExecutor() as pool:
        for _line in sys.stdin:
            print(json.dumps(list(pool.map(lambda one: is_admitted(*one), PACKETS))), flush=True)


def addresses(device: str, *them: str) -> None:
    for each in them:
        kind = ("/64", "nodad") if ":" in each else ("/24",)
        run("ip", "address", "add", each + kind[0], "dev", device, *kind[1:])
    run("ip", "link", "set", device, "up")


def begin() -> subprocess.Popen[str]:
    """The client, connected by a pair of devices."""
    started = subprocess.Popen(
        ["unshare", "-n", sys.executable, __file__, "client"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    own = Path("/proc/self/ns/net").readlink()
    for _each in range(100):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{started.pid}/ns/net").readlink() != own:
                break
        time.sleep(0.02)
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "sw0", "type", "veth", "peer", "name", "gw0", "netns", str(started.pid))
    addresses("sw0", HERE, HERE_6)
    inside = ("nsenter", "-t", str(started.pid), "-n", "ip")
    for each in (f"{GATEWAY}/24", f"{STRANGER}/24"):
        run(*inside, "address", "add", each, "dev", "gw0")
    run(*inside, "address", "add", f"{GATEWAY_6}/64", "dev", "gw0", "nodad")
    run(*inside, "link", "set", "gw0", "up")
    return started


def look() -> str:
    """What the script tells of the packet filter, as the action reads it."""
    parts = "".join((SHELL / name).read_text() for name in ("common.sh", "packet_filter.sh", "diagnosis_look.sh"))
    said = run("sh", "-c", f"{parts}\nset +e\ntell_filter\n")
    body = said.partition("nft \n")[2].partition("\niptables ")[0]
    return "\n".join(line[1:] for line in body.splitlines())


def main() -> None:
    started = begin()
    assert started.stdin
    assert started.stdout
    for address in (HERE, HERE_6):
        serve(socket.SOCK_STREAM, address, 5061)
    serve(socket.SOCK_STREAM, HERE, 22)
    serve(socket.SOCK_DGRAM, HERE, 10000)
    found: list[dict[str, Any]] = []
    for one in json.loads(sys.stdin.read()):
        run("nft", "flush", "ruleset")
        run("sh", "-e", given=one["commands"])
        listed = look()
        print("next", file=started.stdin, flush=True)
        found.append({"name": one["name"], "look": listed, "seen": json.loads(started.stdout.readline())})
    started.stdin.close()
    started.wait(10)
    json.dump(found, sys.stdout, indent=1)


if __name__ == "__main__":
    client() if "client" in sys.argv else main()
