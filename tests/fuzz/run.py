#!/usr/bin/env python
# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Feeds hostile input to every parser of what a peer, a device or its files say: each is to give a value or a SiptlsError, in bounded time.

    tests/fuzz/run.py --inputs 1000000
    tests/fuzz/run.py --inputs 1000000 --seed 7
    tests/fuzz/run.py --seed 7 --only 4711          # one input again, with its traceback

Inputs are mutations of the torture messages of RFC 4475 and of valid values of each kind, which hypothesis makes.
The same seed gives the same inputs. Exit status 1 at any other exception, at any input that takes longer than --limit
seconds of processor time, at a value that does not come back from its own text, at an error that shows what could be
a key, and at a stream that reads differently when it is cut.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import random
import re
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / ".cache"), str(Path(__file__).parent)]

from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError  # noqa: E402 -- after the path to it
from inputs import make_input, make_seeds  # noqa: E402 -- after the path to it
from targets import TARGETS, WrongError  # noqa: E402 -- after the path to it

CHUNK = 1000
KEY_LIKE = re.compile(r"(?![0-9]+(?![A-Za-z0-9+/=]))[A-Za-z0-9+/=]{16}")
ESCAPE = re.compile(r"\\(?:x..|u....|U........|.)")
SHOWN_FAILURES = 20


class TooSlowError(BaseException):
    """The time of one input is over. No parser may catch it."""


@dataclass
class Tally:
    """What came of a number of inputs."""

    inputs: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, 0)

    def add(self, other: Tally) -> None:
        self.inputs += other.inputs
        self.taken += other.taken
        self.refused += other.refused
        self.failures += other.failures
        self.slowest = max(self.slowest, other.slowest)


def over(number: int, frame: FrameType | None) -> None:
    raise TooSlowError


def feed(octets: bytes, number: int, limit: float, tally: Tally) -> None:
    """One input to every parser."""
    start = time.process_time()
    for name, target in TARGETS.items():
        why = ""
        try:
            signal.setitimer(signal.ITIMER_PROF, limit)
            try:
                target(octets)
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
            tally.taken[name] += 1
        except SiptlsError as error:
            tally.refused[name] += 1
            if KEY_LIKE.search(ESCAPE.sub(" ", error.found)):
                why = f"an error shows what could be a key: {error.found}"
        except TooSlowError:
            why = f"more than {limit} s"
        except WrongError as error:
            why = str(error)
        except Exception:  # whatever it is, it is what this program looks for
            why = traceback.format_exc()
        if why:
            tally.failures.append(f"input {number}, {name}: {why}")
    tally.inputs += 1
    tally.slowest = max(tally.slowest, (time.process_time() - start, number))


def work(seed: int, first: int, last: int, limit: float, seeds: list[bytes]) -> Tally:
    """The inputs from ``first`` up to ``last``, in a process of its own."""
    signal.signal(signal.SIGPROF, over)
    # A hang that lets no signal through ends the process, and with it the run.
    faulthandler.dump_traceback_later(60 + 10 * limit * CHUNK / 100, exit=True)
    tally = Tally()
    for number in range(first, last):
        feed(make_input(random.Random(f"{seed}:{number}"), seeds), number, limit, tally)
    faulthandler.cancel_dump_traceback_later()
    return tally


def run(inputs: int, seed: int, limit: float, processes: int) -> Tally:
    """All of them, and a line for each tenth."""
    seeds = make_seeds(seed)
    print(
        f"{inputs} inputs to {len(TARGETS)} parsers, seed {seed}, {len(seeds)} seeds, {processes} processes", flush=True
    )
    total = Tally()
    start, tenth = time.monotonic(), 1
    with ProcessPoolExecutor(processes) as pool:
        firsts = range(0, inputs, CHUNK)
        parts: list[Callable[[], Tally]] = [
            pool.submit(work, seed, first, min(first + CHUNK, inputs), limit, seeds).result for first in firsts
        ]
        for part in parts:
            total.add(part())
            if total.inputs * 10 >= inputs * tenth:
                print(
                    f"{total.inputs} inputs, {time.monotonic() - start:.0f} s, {len(total.failures)} failures",
                    flush=True,
                )
                tenth = total.inputs * 10 // inputs + 1
    return total


def report(total: Tally, seconds: float) -> None:
    """What came of it, in words."""
    for name in TARGETS:
        print(f"  {name:12} {total.taken[name]:9} taken {total.refused[name]:9} refused")
    for failure in total.failures[:SHOWN_FAILURES]:
        print(failure)
    slowest, number = total.slowest
    print(f"slowest: input {number}, {slowest * 1000:.0f} ms of processor time for all parsers")
    print(
        f"{total.inputs} inputs, {len(total.failures)} uncaught exceptions, hangs and other failures, {seconds:.0f} s"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=100_000, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same inputs")
    parser.add_argument(
        "--limit", type=float, default=1.0, help="seconds of processor time for one input and one parser"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", type=int, help="the one input of that number")
    arguments = parser.parse_args()
    start = time.monotonic()
    if arguments.only is not None:
        octets = make_input(random.Random(f"{arguments.seed}:{arguments.only}"), make_seeds(arguments.seed))
        print(octets)
        signal.signal(signal.SIGPROF, over)
        total = Tally()
        feed(octets, arguments.only, arguments.limit, total)
    else:
        total = run(arguments.inputs, arguments.seed, arguments.limit, arguments.processes)
    report(total, time.monotonic() - start)
    return 1 if total.failures else 0


if __name__ == "__main__":
    sys.exit(main())
