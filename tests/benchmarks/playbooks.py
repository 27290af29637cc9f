#!/usr/bin/env python
# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbooks cost a fleet, beside one ping and one raw command for each host, all in one run on one machine.

    tests/benchmarks/playbooks.py                         # 50, 200 and 1,000 gateways, local connection
    tests/benchmarks/playbooks.py --hosts 50 200
    tests/benchmarks/playbooks.py --tree ../siptls-old    # beside another checkout, whose tools were set up by tools/bootstrap

Every figure is one ansible-playbook from start to end, on gateways that are folders of this machine and a softswitch that nobody
connects to: what the network, a reload and a registration take comes on top. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
PLAYS = Path(__file__).resolve().parent / "plays"
FORKS = 20
#: What is measured of each tree, in this order: a name, the playbook, and its options
WAYS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("site, first run", "siptls.vos.site", ()),
    ("site, nothing to do", "siptls.vos.site", ()),
    ("rotate, plan", "siptls.vos.rotate", ("--check",)),
    ("verify", "siptls.vos.verify", ("-e", "verify_probe=false")),
)
FLOORS = (("raw", str(PLAYS / "raw.yml"), ()), ("ping", str(PLAYS / "ping.yml"), ()))


@dataclass(frozen=True)
class Cost:
    """What one ansible-playbook took.

    :ivar seconds: from start to end
    :ivar memory: the largest of its processes, MiB
    """

    seconds: float
    memory: float


@dataclass(frozen=True)
class Fleet:
    """Gateways of one size of fleet.

    :ivar tree: the checkout whose collection is run
    :ivar folder: inventory, PKI directory and devices
    """

    tree: Path
    folder: Path
    count: int

    def run(self, playbook: str, options: tuple[str, ...]) -> Cost:
        """Runs a playbook on all of them, and ends the benchmark where it fails."""
        inventory = self.folder / "hosts.json"
        inventory.write_text(json.dumps(_inventory(self.folder, self.count)))
        (self.folder / "ansible.cfg").write_text("[defaults]\n")
        log = self.folder / "output"
        command = ["ansible-playbook", playbook, "-i", str(inventory), "-f", str(FORKS), *options]
        begin = time.monotonic()
        with log.open("wb") as output:
            actions = [(os.POSIX_SPAWN_DUP2, output.fileno(), number) for number in (1, 2)]
            pid = os.posix_spawnp(command[0], command, self._environment(), file_actions=actions)
            _pid, status, used = os.wait4(pid, 0)
        spent = time.monotonic() - begin
        if os.waitstatus_to_exitcode(status) != 0:
            sys.exit(f"{playbook} failed:\n{log.read_text(errors='replace')[-4000:]}")
        return Cost(spent, used.ru_maxrss / 1024)

    def _environment(self) -> dict[str, str]:
        """A plain Ansible with pipelining, whatever this user or machine has configured."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        return {
            **plain,
            "PATH": f"{Path(sys.executable).parent}:{plain['PATH']}",
            "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(self.tree / ".cache"),
            "ANSIBLE_PIPELINING": "true",
        }


def _inventory(folder: Path, count: int) -> dict[str, Any]:
    def gateway(name: str) -> dict[str, Any]:
        etc = folder / "devices" / name / "etc"
        return {"gateway_conf": f"{etc}/gateway.conf", "gateway_certificates_directory": f"{etc}/certs"}

    gateways = {f"gw{number:04}": gateway(f"gw{number:04}") for number in range(1, count + 1)}
    softswitch = {
        "vos_hostname": "vos.example.com",
        "vos_sip_domains": [{"name": "example.com"}],
        "vos_conf_directory": f"{folder}/devices/vos/etc",
        "vos_reload_command": "true",
        "vos_xml_schema_check": False,
        "vos_listener_proof": "none",
        "vos_registration_proof": "none",
        "vos_srtp_cutover": "at_once",
    }
    of_gateways = {
        "gateway_sip_domain": "example.com",
        "gateway_register": "sip:vos.example.com:5061",
        "gateway_reload_command": "true",
        "gateway_when_busy": "force",
        "gateway_connection_proof": "none",
        "gateway_registration_proof": "none",
        # The whole fleet at once: what a batch costs is another matter
        "gateway_serial": ["100%"],
    }
    return {
        "all": {
            "vars": {
                "folder": str(folder),
                "ansible_connection": "local",
                "ansible_python_interpreter": sys.executable,
                "pki_directory": f"{folder}/pki",
                "pki_root_passphrase": "of the root authority",
                "pki_issuing_passphrase": "of the issuing authority",
            },
            "children": {
                "softswitches": {"hosts": {"vos": softswitch}},
                "gateways": {"hosts": gateways, "vars": of_gateways},
            },
        }
    }


def measure(trees: dict[str, Path], count: int) -> dict[str, dict[str, Cost]]:
    """By tree, and for the floors by the name ``floor``: what each way took; all with the same number of gateways."""
    found: dict[str, dict[str, Cost]] = {}
    for name, tree in trees.items():
        folder = Path(tempfile.mkdtemp(prefix="siptls-bench-"))
        try:
            fleet = Fleet(tree, folder, count)
            found[name] = {}
            for way, playbook, options in WAYS:
                _say(f"{name}: {way}, {count} gateways")
                found[name][way] = fleet.run(playbook, options)
            if "floor" not in found:
                found["floor"] = {}
                for way, playbook, options in FLOORS:
                    _say(f"{way}, {count} gateways")
                    found["floor"][way] = fleet.run(playbook, options)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return found


def _say(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)


def report(found: dict[str, dict[str, Cost]], count: int) -> list[str]:
    """The lines of the table for one size of fleet."""
    ping = found["floor"]["ping"].seconds
    return [
        f"| {count:,} | {name if name != 'floor' else ''} | {way} | {cost.seconds:.1f} s | {cost.seconds / ping:.2f}"
        f" | {1000 * cost.seconds / count:.0f} ms | {cost.memory:.0f} MiB |"
        for name, costs in found.items()
        for way, cost in costs.items()
    ]


def main() -> None:
    """Runs the benchmark that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, nargs="+", default=[50, 200, 1000])
    parser.add_argument("--tree", type=Path, help="another checkout, measured in the same run")
    options = parser.parse_args()
    trees = {**({"before": options.tree.resolve()} if options.tree else {}), "this": PROJECT}
    lines = []
    for count in options.hosts:
        lines += report(measure(trees, count), count)
    print(f"{FORKS} forks, local connection, {os.cpu_count()} cores")
    print()
    print("| gateways | tree | way | seconds | ping = 1 | a gateway | largest process |")
    print("|---|---|---|---|---|---|---|")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
