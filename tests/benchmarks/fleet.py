#!/usr/bin/env python
# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a certificate task costs a fleet, beside other ways and beside the floor, all in one run on one machine.

    tests/benchmarks/fleet.py                     # 50 hosts, local connection
    tests/benchmarks/fleet.py --podman --hosts 20 # the same over podman connections to containers that it makes

Every figure is one ansible-playbook from start to end. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PLAYS = Path(__file__).resolve().parent / "plays"


@dataclass(frozen=True)
class Fleet:
    """The hosts of one benchmark.

    :ivar hosts: inventory name -> host variables
    :ivar folder: where inventory, PKI directory and results of this benchmark are, on the controller
    """

    hosts: dict[str, dict[str, str]]
    folder: Path
    forks: int

    def seconds(self, play: str) -> float:
        """How long ``ansible-playbook`` takes over the play of that name, in seconds."""
        inventory = self.folder / "inventory.json"
        inventory.write_text(json.dumps({"all": {"hosts": self.hosts}}))
        command = ["ansible-playbook", "-i", str(inventory), "-f", str(self.forks), str(PLAYS / f"{play}.yml")]
        begin = time.monotonic()
        done = subprocess.run(
            [*command, "-e", f"folder={self.folder}"],
            env=self._environment(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        spent = time.monotonic() - begin
        if done.returncode != 0:
            sys.exit(f"{play} failed:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return spent

    def _environment(self) -> dict[str, str]:
        """A plain Ansible with pipelining, whatever this user or machine has configured."""
        configuration = self.folder / "ansible.cfg"
        configuration.write_text("[defaults]\n")
        plain = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        return {
            **plain,
            "PATH": f"{Path(sys.executable).parent}:{plain['PATH']}",
            "ANSIBLE_CONFIG": str(configuration),
            "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / ".cache"),
            "ANSIBLE_PIPELINING": "true",
        }


def local_fleet(count: int) -> dict[str, dict[str, str]]:
    """Hosts that are all this machine, each with a directory of its own."""
    shared = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    return {f"gw{number:04}": dict(shared) for number in range(count)}


@contextmanager
def podman_fleet(count: int, image: str) -> Iterator[dict[str, dict[str, str]]]:
    """Containers with Python, cryptography and openssl, as the other ways need them; removed afterwards."""
    names = [f"siptls-bench-{os.getpid()}-{number:02}" for number in range(count)]
    try:
        for name in names:
            subprocess.run(
                ["podman", "run", "-d", "--network", "none", "--name", name, image, "sleep", "3600"],
                check=True,
                capture_output=True,
            )
        shared = {"ansible_connection": "containers.podman.podman", "ansible_python_interpreter": "/usr/bin/python3"}
        yield {name: dict(shared) for name in names}
    finally:
        subprocess.run(["podman", "rm", "-f", "-t", "0", *names], check=False, capture_output=True)


def build_image(base: str) -> str:
    """An image from ``base`` (Debian) that the other ways can work with."""
    image = "localhost/siptls-bench"
    lines = (
        f"FROM {base}",
        "ARG DEBIAN_FRONTEND=noninteractive",
        "RUN apt-get -qq update && apt-get -qq install -y --no-install-recommends openssl python3-cryptography",
    )
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Containerfile").write_text("\n".join(lines) + "\n")
        subprocess.run(
            ["podman", "build", "-q", "--network", "host", "-t", image, folder], check=True, stdout=subprocess.DEVNULL
        )
    return image


@dataclass(frozen=True)
class Measured:
    """One line of the table."""

    name: str
    first: float
    again: float | None = None


def measure(fleet: Fleet, *, with_community: bool) -> list[Measured]:
    """Every way, one after the other, on the same hosts."""
    fleet.seconds("prepare")
    say = _progress(len(fleet.hosts))
    say("raw")
    raw = Measured("(c) ansible.builtin.raw, one task", fleet.seconds("raw"), fleet.seconds("raw"))
    say("ping")
    ping = Measured("(a) ansible.builtin.ping, one task", fleet.seconds("ping"), fleet.seconds("ping"))
    say("siptls.vos.device_certificate")
    ours = Measured("siptls.vos.device_certificate", fleet.seconds("ours"), fleet.seconds("ours"))
    found = [ours, raw, ping]
    if with_community:
        say("community.crypto")
        found.append(
            Measured("(b) community.crypto, six tasks", fleet.seconds("community"), fleet.seconds("community"))
        )
    return found


def _progress(hosts: int) -> Callable[[str], None]:
    return lambda name: print(f"... {name}, {hosts} hosts", file=sys.stderr, flush=True)


def report(found: list[Measured], hosts: int, forks: int, connection: str) -> str:
    """The table, with every way as a multiple of ours."""
    ours = found[0]
    lines = [
        f"{hosts} hosts, {forks} forks, {connection} connection, {os.cpu_count()} cores",
        "",
        "| way | first run | no-change run | first, ours = 1 | no-change, ours = 1 |",
        "|---|---|---|---|---|",
    ]
    for item in found:
        again = item.again if item.again is not None else item.first
        ratios = f"{item.first / ours.first:.2f} | {again / (ours.again or ours.first):.2f}"
        lines.append(f"| {item.name} | {item.first:.1f} s | {again:.1f} s | {ratios} |")
    return "\n".join(lines)


def main() -> None:
    """Runs the benchmark that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=50)
    parser.add_argument("--forks", type=int, default=20)
    parser.add_argument("--podman", action="store_true", help="over podman connections instead of local ones")
    parser.add_argument("--base-image", default="localhost/siptls-lab-base", help="a Debian image to start from")
    parser.add_argument("--no-community", action="store_true", help="leave out the slowest way")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="siptls-bench-"))
    try:
        if options.podman:
            with podman_fleet(options.hosts, build_image(options.base_image)) as hosts:
                found = measure(Fleet(hosts, folder, options.forks), with_community=not options.no_community)
        else:
            fleet = Fleet(local_fleet(options.hosts), folder, options.forks)
            found = measure(fleet, with_community=not options.no_community)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(report(found, options.hosts, options.forks, "podman" if options.podman else "local"))


if __name__ == "__main__":
    main()
