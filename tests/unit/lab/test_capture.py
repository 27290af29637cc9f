# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A capture of the lab hears the lab's bridge, and no other network of the machine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

RESOURCES = Path(__file__).resolve().parents[3] / "molecule" / "resources"
#: In a network namespace of its own: "lab" and "other" are two networks, and the lab's bridge takes its time to be found
PROGRAM = """
import json, socket, subprocess, sys, time
sys.path.insert(0, sys.argv[1])
from lab import wire

def say(name, text):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.setsockopt(socket.SOL_SOCKET, 25, name.encode())  # SO_BINDTODEVICE
        one.sendto(text, ("192.0.2.9", 9))

for name, network in (("lab", "192.0.2"), ("other", "198.51.100")):
    subprocess.run(["ip", "link", "add", name, "type", "veth", "peer", "name", name + "-peer"], check=True)
    subprocess.run(["ip", "link", "set", name, "up"], check=True)
    subprocess.run(["ip", "link", "set", name + "-peer", "up"], check=True)
    subprocess.run(["ip", "address", "add", network + ".1/24", "dev", name], check=True)
    neighbour = ["lladdr", "02:00:00:00:00:09", "nud", "permanent"]
    subprocess.run(["ip", "neighbour", "replace", "192.0.2.9", *neighbour, "dev", name], check=True)

def bridge():
    say("other", b"before")
    return "lab"

wire.bridge = bridge
with wire.Capture() as capture:
    say("other", b"meanwhile")
    say("lab", b"ours")
    end = time.monotonic() + 10
    while not capture.packets and time.monotonic() < end:
        time.sleep(0.01)
print(json.dumps([one.payload.decode() for one in capture.packets]))
"""


@pytest.mark.skipif(
    subprocess.run(
        ["unshare", "-n", "ip", "link", "add", "one", "type", "veth", "peer", "name", "two"],
        capture_output=True,
        check=False,
    ).returncode
    != 0,
    reason="this user may not make network namespaces and links",
)
def test_another_network_of_the_machine_is_not_heard() -> None:
    done = subprocess.run(
        ["unshare", "-n", sys.executable, "-c", PROGRAM, str(RESOURCES)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["ours"]
