# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Malformed SIP, garbage and half-open handshakes, some hundreds of connections for some seconds: who is registered stays registered."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lab import flood
from lab.clients import authority, client
from lab.registrar import kamcmd, podman_exec
from lab.sampler import absence, read
from lab.sip import PORT, REGISTRAR, request

ROOT = Path(__file__).resolve().parents[3]
LAB = ROOT / ".cache/lab"
IMPORTS = {**os.environ, "PYTHONPATH": f"{ROOT / 'molecule/resources'}:{ROOT / '.cache'}"}
SAMPLES = LAB / "floods.samples"
GATEWAYS = ("gw1", "gw2")
SECONDS = 20
#: Seconds that an answer may take while the flood lasts, and within which all is as before when it is over
ANSWERED_WITHIN, OVER_WITHIN = 8, 15


@dataclass
class Seen:
    """What was seen of the softswitch.

    :ivar answers: milliseconds until OPTIONS was answered, in the flood; None for no answer
    :ivar after: seconds after its end until there were as many connections as before
    """

    sent: dict[str, int] = field(default_factory=dict)
    answers: list[int | None] = field(default_factory=list)
    connections: tuple[int, int, int] = (0, 0, 0)
    after: float = 0
    restarts: tuple[str, str] = ("", "")


def ask_options(pair: Path) -> int | None:
    """Milliseconds until a client with a certificate has its OPTIONS answered."""
    begin = time.monotonic()
    try:
        with (
            socket.create_connection((flood.ADDRESS, PORT), ANSWERED_WITHIN) as plain,
            flood.context_for(pair).wrap_socket(plain, server_hostname=REGISTRAR) as tls,
        ):
            tls.sendall(request("OPTIONS", "sip:gw7@example.com").encode())
            answer = tls.recv(4096)
    except (OSError, ssl.SSLError):
        return None
    return round((time.monotonic() - begin) * 1000) if answer.startswith(b"SIP/2.0 200 ") else None


def connections() -> int:
    """That Kamailio has."""
    found = re.search(r"opened_connections: (\d+)", kamcmd("core.tcp_info"))
    assert found
    return int(found[1])


def started() -> str:
    return podman_exec("siptls-vos", "systemctl", "show", "-P", "ActiveEnterTimestampMonotonic,NRestarts", "vos")


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    pair = LAB / "flood.pem"
    pair.touch(0o600)
    issuing = authority(LAB / "pki/authorities/issuing", (LAB / "issuing_passphrase").read_text().strip())
    pair.write_text(client("gw7", issuing).pem)
    stop = SAMPLES.with_name(f"{SAMPLES.name}.stop")
    for file in (SAMPLES, stop):
        file.unlink(missing_ok=True)
    with subprocess.Popen([sys.executable, "-m", "lab.sampler", str(SAMPLES), "--seconds", "120"]) as sampler:
        try:
            found = watch(pair)
            time.sleep(2)
        finally:
            stop.touch()
            sampler.wait(30)
    print(f"\n{found.sent}\nOPTIONS answered after ms: {found.answers}")
    print(f"connections before, at most, {found.after:.1f} s after: {found.connections}")
    for gateway in GATEWAYS:
        print(f"{gateway}: {absence(read(SAMPLES), gateway)}")
    yield found
    pair.unlink()


def watch(pair: Path) -> Seen:
    """A flood, and what becomes of the softswitch meanwhile and after it."""
    found = Seen()
    begun, before, highest = started(), connections(), 0
    program = [sys.executable, "-m", "lab.flood", str(pair), "--seconds", str(SECONDS)]
    with subprocess.Popen(program, env=IMPORTS, stdout=subprocess.PIPE, text=True) as flooding:
        while flooding.poll() is None:
            found.answers.append(ask_options(pair))
            highest = max(highest, connections())
            time.sleep(1)
        assert flooding.stdout
        found.sent = json.loads(flooding.stdout.read())
    over = time.monotonic()
    while (now := connections()) > before and time.monotonic() < over + OVER_WITHIN:
        time.sleep(0.5)
    found.after = time.monotonic() - over
    found.connections = (before, highest, now)
    found.restarts = (begun, started())
    found.answers.append(ask_options(pair))
    return found


def test_the_flood_was_one(seen: Seen) -> None:
    assert seen.sent["half-open connections"] == flood.HALF_OPEN
    assert seen.sent["malformed messages"] > 500
    assert seen.sent["connections with garbage"] > 200
    assert seen.connections[1] > flood.HALF_OPEN / 2


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_a_registered_gateway_stays_registered(seen: Seen, gateway: str) -> None:
    found = absence(read(SAMPLES), gateway)
    assert found.samples >= SECONDS / 2
    assert found.missed == 0, (
        f"{found}; {[one for one in read(SAMPLES) if one.problem or len(one.registered) < len(GATEWAYS)]}"
    )


def test_options_is_answered_throughout(seen: Seen) -> None:
    assert None not in seen.answers, seen.answers
    assert len(seen.answers) >= 4


def test_nothing_is_left_of_it(seen: Seen) -> None:
    before, _highest, after = seen.connections
    assert after <= before
    assert seen.restarts[0] == seen.restarts[1], "the softswitch was started again"


def test_who_says_nothing_is_hung_up_on(seen: Seen) -> None:
    """The softswitch does not wait for those who hold on: they are closed by its clock, here within ten seconds."""
    assert seen.sent["half-open connections that were closed"] > flood.HALF_OPEN / 2
