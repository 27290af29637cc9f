# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A flood that a softswitch has to stand: a bounded one, from this machine to the lab's softswitch and to nowhere else.

    python -m lab.flood PAIR.pem --seconds 20      PAIR.pem: key and certificate of a client

Three kinds at once: malformed SIP inside TLS, octets that are no TLS, and handshakes that are begun and never finished. Prints a line of
JSON that says how much it was.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import ssl
import sys
import time
from collections import Counter
from pathlib import Path

from ansible_collections.siptls.vos.tests.fuzz.inputs import make_input
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.sip import torture_messages

from lab.hello import client_hello
from lab.sip import PORT, REGISTRAR, request

ADDRESS = "10.77.61.10"
#: Tasks that send malformed SIP, that send garbage, and connections that are half open, a third of each kind
TALKERS, SHOUTERS, HALF_OPEN = 4, 4, 300
#: Seconds between two messages, and between two connections with garbage
PAUSE, BREATH = 0.01, 0.05


async def flood(pair: Path, seconds: float) -> Counter[str]:
    """All three kinds, for so long."""
    count: Counter[str] = Counter()
    hello = client_hello(REGISTRAR.encode())
    end = time.monotonic() + seconds
    chances = [random.Random(number) for number in range(TALKERS + SHOUTERS)]  # noqa: S311 -- nothing secret
    tasks = [
        *(asyncio.create_task(malformed(context_for(pair), chance, count, end)) for chance in chances[:TALKERS]),
        *(asyncio.create_task(garbage(chance, count, end)) for chance in chances[TALKERS:]),
        *(asyncio.create_task(half_open(number % 3, hello, count, end)) for number in range(HALF_OPEN)),
    ]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    # Each has its own end as well: a cancellation may get lost in wait_for
    await asyncio.wait(tasks, timeout=10)
    return count


def context_for(pair: Path) -> ssl.SSLContext:
    """A client that shows its certificate and looks at nobody else's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(pair)
    return context


async def malformed(context: ssl.SSLContext, chance: random.Random, count: Counter[str], end: float) -> None:
    """Messages of RFC 4475 and requests, broken at random places, over connections that are made again when they are closed."""
    seeds = [
        *map(torture_messages.octets_of, torture_messages.NAMES),
        request("REGISTER", "sip:gw7@example.com").encode(),
    ]
    while time.monotonic() < end:
        try:
            reader, writer = await asyncio.open_connection(ADDRESS, PORT, ssl=context, server_hostname=REGISTRAR)
            count["connections with malformed SIP"] += 1
            while time.monotonic() < end and not reader.at_eof():
                writer.write(make_input(chance, seeds)[:60_000])
                await asyncio.wait_for(writer.drain(), 2)
                count["malformed messages"] += 1
                await asyncio.sleep(PAUSE)
            writer.close()
        except (OSError, TimeoutError):
            await asyncio.sleep(BREATH)


async def garbage(chance: random.Random, count: Counter[str], end: float) -> None:
    """Octets that begin no record of TLS, until the softswitch closes."""
    while time.monotonic() < end:
        try:
            reader, writer = await asyncio.open_connection(ADDRESS, PORT)
            writer.write(chance.randbytes(chance.randrange(1, 4096)))
            await asyncio.wait_for(writer.drain(), 2)
            count["connections with garbage"] += 1
            await asyncio.wait_for(reader.read(4096), 2)
            writer.close()
        except (OSError, TimeoutError):
            pass
        await asyncio.sleep(BREATH)


async def half_open(kind: int, hello: bytes, count: Counter[str], end: float) -> None:
    """Nothing, half a ClientHello, or one octet of it a second; held until the end, or until the softswitch closes."""
    try:
        reader, writer = await asyncio.open_connection(ADDRESS, PORT)
        count["half-open connections"] += 1
        if kind:
            writer.write(hello[: len(hello) // 2])
        at = len(hello) // 2
        while not reader.at_eof():
            if time.monotonic() > end:
                return
            await asyncio.sleep(1)
            if kind == 2:
                writer.write(hello[at : at + 1])
                at = min(at + 1, len(hello) - 2)
        count["half-open connections that were closed"] += 1
        writer.close()
    except OSError:
        count["half-open connections that were refused"] += 1


def main() -> int:
    """Exit status 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pair", type=Path)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    print(json.dumps(asyncio.run(flood(options.pair, min(options.seconds, 60)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
