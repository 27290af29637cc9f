# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples the location table of the lab's registrar once a second, and counts what the samples missed.

    python -m lab.sampler FILE --seconds 120      appends a line of JSON for each sample, and ends at that time, or once FILE.stop exists
    python -m lab.sampler FILE --report gw1 gw2   a line for each gateway: samples, missed, longest gap

A line is ``{"time": 1795447725.1, "registered": {"sip:gw1@example.com": "5609A3..."}}``: seconds since 1970, and by AoR the
serial number of the client certificate as the softswitch tells it. ``registered`` is empty while the softswitch gives no answer, and
``problem`` says why it gives none.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from lab.registrar import SOFTSWITCH, podman_exec

INTERVAL = 1.0


@dataclass(frozen=True)
class Sample:
    """Who was registered.

    :ivar time: seconds since 1970, when the registrar was asked
    :ivar registered: serial number of the client certificate, by AoR
    :ivar problem: why the softswitch gave no answer; empty where it did
    """

    time: float
    registered: dict[str, str]
    problem: str = ""


@dataclass(frozen=True)
class Absence:
    """What the samples say about one gateway.

    :ivar samples: how many there are
    :ivar missed: in how many of them it was not registered
    :ivar longest: seconds from a sample that missed it first to the next that did not, or to the last of all
    """

    samples: int
    missed: int
    longest: float

    def __str__(self) -> str:
        return f"{self.missed} of {self.samples} samples missed, longest gap {self.longest:.1f} s"


def sample(file: Path, seconds: float) -> None:
    """Appends a sample a second. One that takes longer makes the next one late, and is made up for by none."""
    stop = file.with_name(f"{file.name}.stop")
    now = time.time()
    end, due = now + seconds, now
    with file.open("a") as out:
        while now < end and not stop.exists():
            out.write(json.dumps(asdict(take(round(now, 2)))) + "\n")
            out.flush()
            due = max(due + INTERVAL, time.time())
            time.sleep(due - time.time() if due > time.time() else 0)
            now = time.time()


def take(now: float) -> Sample:
    """Who is registered."""
    try:
        said = podman_exec(SOFTSWITCH, "vos_registrations")
    except subprocess.CalledProcessError as error:
        return Sample(now, {}, f"{error.stdout}{error.stderr}".strip() or f"exit status {error.returncode}")
    return Sample(now, {aor: serial for aor, serial, _age in map(str.split, said.splitlines())})


def registered() -> dict[str, str]:
    """Serial number by AoR, as they are now; none while the softswitch gives no answer."""
    return take(time.time()).registered


def read(file: Path) -> list[Sample]:
    """The samples of a file, in their order."""
    return [Sample(**json.loads(line)) for line in file.read_text().splitlines()]


def absence(samples: Iterable[Sample], gateway: str, domain: str = "example.com") -> Absence:
    """How much of this gateway the samples missed."""
    aor = f"sip:{gateway}@{domain}"
    count = missed = 0
    longest = 0.0
    gone: float | None = None
    for one in samples:
        count += 1
        if gone is not None:
            longest = max(longest, one.time - gone)
        if aor in one.registered:
            gone = None
        else:
            missed += 1
            gone = gone if gone is not None else one.time
    return Absence(count, missed, longest)


def main() -> int:
    """Exit status 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--seconds", type=float)
    what.add_argument("--report", nargs="+", metavar="GATEWAY")
    options = parser.parse_args()
    if options.seconds:
        sample(options.file, options.seconds)
    else:
        samples = read(options.file)
        for gateway in options.report:
            print(f"{gateway}: {absence(samples, gateway)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
