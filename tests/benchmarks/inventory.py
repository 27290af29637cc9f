#!/usr/bin/env python
# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory plugin siptls.vos.pki costs, beside the floor: the same inventory, ready made, from a script.

    tests/benchmarks/inventory.py                             # 10,000 devices, 10,000 with four certificates each, 100,000
    tests/benchmarks/inventory.py --devices 1000 --records 2  # one size

Every figure is one ansible-inventory from start to end, and the most memory that it had. Of a hundred devices one is due. The
certificates are made for this, signed by a P-256 authority and written without waiting for the disk. Nothing here asserts a time.
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
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
COLLECTIONS = PROJECT / ".cache"
SIZES = ((10_000, 1), (10_000, 4), (100_000, 1))
DAY = timedelta(days=1)
DUE_OF = 100
PASSPHRASE = "of-the-benchmark"


def make_pki(folder: Path, devices: int, records: int) -> None:
    """A PKI directory with so many devices, and so many certificates for each, all processors at work."""
    _make_authority(folder)
    workers = os.cpu_count() or 1
    shares = [range(at, devices, workers) for at in range(workers)]
    with ProcessPoolExecutor(workers) as pool:
        for _done in pool.map(_make_devices, [folder] * workers, shares, [records] * workers):
            pass


# The collection is imported where it is needed: main says where it is.


def _make_authority(folder: Path) -> None:
    from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.authority import StoredKey
    from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.create import (
        WantedAuthority,
        make,
        subject_name,
    )
    from ansible_collections.siptls.vos.plugins.module_utils.pki.store.directory import PkiDirectory
    from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import encrypt_private_key, key_type_named
    from ansible_collections.siptls.vos.plugins.module_utils.timestamps import utc_now

    subject = subject_name({"common_name": "Benchmark CA"})
    wanted = WantedAuthority(subject, key_type_named("ecdsa-p256"), 3650 * DAY, path_length=None)
    made = make(wanted, None, utc_now())
    key = StoredKey.encrypted(encrypt_private_key(made.key, PASSPHRASE))
    PkiDirectory(folder).add_authority("issuing", made.certificate, (), key)


def _make_devices(folder: Path, numbers: range, records: int) -> None:
    """All of a share have one key, since it is not the keys that are measured."""
    from ansible_collections.siptls.vos.plugins.module_utils.pki.store.certificate_record import render_record
    from ansible_collections.siptls.vos.plugins.module_utils.pki.store.directory import PkiDirectory
    from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import (
        Lifetime,
        build_device_certificate,
        serial_hex,
    )
    from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.identity import Identity
    from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import key_type_named
    from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.profiles import profile_named
    from ansible_collections.siptls.vos.plugins.module_utils.timestamps import utc_now

    issuer = PkiDirectory(folder).authority("issuing")
    signing_key = issuer.signing_key(PASSPHRASE)
    key = key_type_named("ecdsa-p256").generate().public_key()
    profile, now = profile_named("gateway"), utc_now()
    for number in numbers:
        device = f"gw{number:06}"
        home = folder / "certificates" / device
        home.mkdir(parents=True)
        for age in range(records):
            issued = now - age * 60 * DAY
            end = issued + (20 * DAY if number % DUE_OF == 0 else 90 * DAY)
            certificate = build_device_certificate(
                identity=Identity(device, (f"sip:{device}@example.com",), (f"{device}.example.com",)),
                profile=profile,
                public_key=key,
                issuer=issuer.certificate,
                signing_key=signing_key,
                valid=Lifetime(issuer.certificate.not_valid_before_utc - age * 60 * DAY, end),
            )
            text = render_record(device, profile.name, issuer.name, issued, certificate)
            (home / f"{serial_hex(certificate)}.pem").write_bytes(text)


@dataclass(frozen=True)
class Measured:
    """One line of the table.

    :ivar memory: the most that one process had, in MiB
    """

    size: str
    name: str
    seconds: float
    memory: float


class Bench:
    """Inventories over one PKI directory."""

    def __init__(self, folder: Path, size: str) -> None:
        self._folder = folder
        self._size = size
        (folder / "ansible.cfg").write_text("[defaults]\n")

    def measure(self) -> list[Measured]:
        """Every way, one after the other."""
        pki = {"plugin": "siptls.vos.pki", "pki": "pki"}
        all_states = self._source("all.siptls.yml", pki)
        due = self._source("due.siptls.yml", {**pki, "states": ["due", "expired"]})
        found = [
            self._time("all states, --graph due", [all_states, "--graph", "due"]),
            self._time("states: [due, expired], --graph due", [due, "--graph", "due"]),
            self._time("states: [due, expired], --list", [due, "--list"]),
            self._time("all states, --list", [all_states, "--list"], output=self._folder / "ready.json"),
        ]
        script = self._folder / "ready"
        script.write_text(f"#!/bin/sh\ncat {self._folder}/ready.json\n")
        script.chmod(0o755)
        return [
            *found,
            self._time("(floor) ready made, --graph due", [script, "--graph", "due"]),
            self._time("(floor) ready made, --list", [script, "--list"]),
        ]

    def _source(self, name: str, options: Mapping[str, object]) -> Path:
        path = self._folder / name
        path.write_text(json.dumps(options))
        return path

    def _time(self, name: str, arguments: Sequence[str | Path], output: Path | None = None) -> Measured:
        print(f"... {self._size}: {name}", file=sys.stderr, flush=True)
        begin = time.monotonic()
        with (
            (output or self._folder / "output").open("wb") as said,
            subprocess.Popen(
                ["ansible-inventory", "-i", *map(str, arguments)],
                env=self._environment(),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
            ) as process,
        ):
            _pid, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        spent = time.monotonic() - begin
        if process.returncode != 0:
            sys.exit(f"{name} failed with {process.returncode}")
        return Measured(self._size, name, spent, usage.ru_maxrss / 1024)

    def _environment(self) -> dict[str, str]:
        """A plain Ansible, whatever this user or machine has configured."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        return {
            **plain,
            "PATH": f"{Path(sys.executable).parent}:{plain['PATH']}",
            "ANSIBLE_CONFIG": str(self._folder / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        }


def bench(devices: int, records: int) -> list[Measured]:
    """One size, from an empty folder to its removal."""
    size = f"{devices:,} devices" + (f", {records} certificates each" if records > 1 else "")
    print(f"... {size}: making the PKI directory", file=sys.stderr, flush=True)
    folder = Path(tempfile.mkdtemp(prefix="siptls-bench-"))
    try:
        make_pki(folder / "pki", devices, records)
        return Bench(folder, size).measure()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def report(found: Sequence[Measured]) -> str:
    """The table."""
    lines = [
        f"{os.cpu_count()} cores",
        "",
        "| PKI directory | ansible-inventory | time | memory |",
        "|---|---|---|---|",
    ]
    lines += [f"| {item.size} | {item.name} | {item.seconds:.1f} s | {item.memory:.0f} MiB |" for item in found]
    return "\n".join(lines)


def main() -> None:
    """Runs the benchmark that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, help="this many devices instead of the three sizes")
    parser.add_argument("--records", type=int, default=1, help="certificates for each of them")
    options = parser.parse_args()
    sys.path.insert(0, str(COLLECTIONS))
    sizes = [(options.devices, options.records)] if options.devices else SIZES
    print(report([line for size in sizes for line in bench(*size)]))


if __name__ == "__main__":
    main()
