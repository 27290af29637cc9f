#!/usr/bin/env python
# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a batch of certificates costs, beside the bare cryptography and beside other ways, all in one run on one machine.

    tests/benchmarks/batch.py                       # 10,000 devices; 200 for the other ways
    tests/benchmarks/batch.py --devices 1000 --few 50

Durable on the disk: ours flushes before it says done. "Raw" makes the same keys, certificates and signatures with the same
library, in memory, in as many processes as there are processors. "Files alone" writes, by as many processes, files of the same
number, names and sizes in the same order, and flushes as often: what the file system takes, whoever makes the certificates.
Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / ".cache"))

from ansible_collections.siptls.vos.plugins.module_utils.pki.store.directory import PkiDirectory  # noqa: E402 -- as above
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import (  # noqa: E402 -- as above
    build_device_certificate,
    lifetime,
    pem,
)
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.identity import Identity  # noqa: E402 -- as above
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import key_type_named, private_key_pem  # noqa: E402 -- as above
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.profiles import profile_named  # noqa: E402 -- as above
from ansible_collections.siptls.vos.plugins.module_utils.timestamps import utc_now  # noqa: E402 -- as above

PASSPHRASE = "benchmark"
#: How many devices are flushed at once, as ours does
PORTION = 1000


def identity_of(number: int) -> dict[str, object]:
    """The names of a device."""
    name = f"gw{number:06}"
    return {"common_name": name, "sip_uris": [f"sip:{name}@example.com"], "dns": [f"{name}.example.com"]}


def play(folder: Path, *tasks: dict[str, object]) -> float:
    """Seconds that ansible-playbook takes over these tasks, from start to end."""
    document = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": list(tasks)}]
    (folder / "play.yml").write_text(json.dumps(document))
    (folder / "ansible.cfg").write_text("[defaults]\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}:{environment['PATH']}",
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / ".cache"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
    }
    begin = time.monotonic()
    done = subprocess.run(
        ["ansible-playbook", "play.yml"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    spent = time.monotonic() - begin
    if done.returncode:
        sys.exit(f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return spent


def prepare(folder: Path) -> None:
    """Two authorities."""
    common = {"pki": "pki", "key": {"type": "ecdsa-p256", "passphrase": PASSPHRASE}}
    root = {**common, "name": "root", "subject": {"common_name": "Root"}}
    above = {"authority": "root", "passphrase": PASSPHRASE}
    issuing = {**common, "name": "issuing", "subject": {"common_name": "Issuing"}, "issuer": above}
    play(folder, {"siptls.vos.authority": root}, {"siptls.vos.authority": issuing})


def batch_task(devices: int) -> dict[str, object]:
    """Our task; its devices are read from a file, as a fleet of this size would be."""
    return {
        "siptls.vos.device_certificate_batch": {
            "issuer": {"pki": "pki", "authority": "issuing", "passphrase": PASSPHRASE},
            "devices": f"{{{{ lookup('ansible.builtin.file', 'devices-{devices}.json') | from_json }}}}",
            "directory": f"out-{devices}",
        }
    }


def ours(folder: Path, devices: int) -> tuple[float, float]:
    """Seconds for the first run and for one that changes nothing."""
    listed = [{"name": f"gw{number:06}", "identity": identity_of(number)} for number in range(devices)]
    (folder / f"devices-{devices}.json").write_text(json.dumps(listed))
    return play(folder, batch_task(devices)), play(folder, batch_task(devices))


def raw_part(arguments: tuple[str, int, int]) -> int:
    """Keys, certificates and their PEM, in memory; returns how many octets, so that nothing can be left out."""
    pki, begin, end = arguments
    authority = PkiDirectory(Path(pki)).authority("issuing")
    signing_key = authority.signing_key(PASSPHRASE)
    kind, profile, octets = key_type_named("ecdsa-p256"), profile_named("gateway"), 0
    valid = lifetime(utc_now(), authority.certificate.not_valid_after_utc - utc_now(), authority.certificate)
    for number in range(begin, end):
        key = kind.generate()
        certificate = build_device_certificate(
            identity=Identity(
                **{name: tuple(v) if isinstance(v, list) else v for name, v in identity_of(number).items()}
            ),
            profile=profile,
            public_key=key.public_key(),
            issuer=authority.certificate,
            signing_key=signing_key,
            valid=valid,
        )
        octets += len(private_key_pem(key)) + len(pem(certificate))
    return octets


def raw(folder: Path, devices: int) -> float:
    """Seconds for the bare cryptography, by all processors."""
    return by_all_processors(raw_part, folder / "pki", devices)


def files_part(arguments: tuple[str, int, int]) -> None:
    """What a device leaves on the disk: record, claim of its key, and a generation of certificate and key that a link leads to."""
    base, begin, end = arguments
    for at in range(begin, end, PORTION):
        portion = [f"gw{number:06}" for number in range(at, min(end, at + PORTION))]
        for name in portion:
            os.mkdir(f"{base}/next/{name}")
            write(f"{base}/next/{name}/private_key.pem", 241)
            os.mkdir(f"{base}/certificates/{name}")
            write(f"{base}/certificates/{name}/.staged", 1350)
            shard = f"{base}/keys/{hash(name) % 256:02x}"
            os.makedirs(shard, exist_ok=True)
            os.link(f"{base}/certificates/{name}/.staged", f"{shard}/{name}")
        os.sync()
        for name in portion:
            os.rename(f"{base}/certificates/{name}/.staged", f"{base}/certificates/{name}/record.pem")
            write(f"{base}/next/{name}/certificate.pem", 1700)
        os.sync()
        for name in portion:
            os.rename(f"{base}/next/{name}", f"{base}/generations/{name}")
            os.symlink(f"generations/{name}", f"{base}/{name}")
        os.sync()


def write(path: str, octets: int) -> None:
    """A file of this size."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(descriptor, b"x" * octets)
    os.close(descriptor)


def by_all_processors(part: Callable[[tuple[str, int, int]], object], folder: Path, devices: int) -> float:
    """Seconds for ``part`` of each share of the devices, in as many processes as there are processors."""
    processes = len(os.sched_getaffinity(0))
    bounds = [devices * at // processes for at in range(processes + 1)]
    with ProcessPoolExecutor(processes) as pool:
        # Processes that are up and have everything loaded
        list(pool.map(part, [(str(folder), 0, 0)] * processes))
        begin = time.monotonic()
        list(pool.map(part, [(str(folder), begin, end) for begin, end in itertools.pairwise(bounds)]))
        return time.monotonic() - begin


def files_alone(folder: Path, devices: int) -> float:
    """Seconds for the same files without any certificate."""
    base = folder / "files"
    for name in ("next", "certificates", "keys", "generations"):
        (base / name).mkdir(parents=True)
    return by_all_processors(files_part, base, devices)


def openssl_loop(folder: Path, devices: int) -> float:
    """A shell loop over genpkey, req and x509 -req."""
    program = """
set -eu
mkdir loop; cd loop
openssl ecparam -name prime256v1 -genkey -noout -out ca.key
openssl req -new -x509 -key ca.key -subj /CN=Issuing -days 100 -out ca.crt
n=0
while [ $n -lt $1 ]; do
  mkdir gw$n
  printf 'subjectAltName=URI:sip:gw%s@example.com,DNS:gw%s.example.com\\nextendedKeyUsage=clientAuth,serverAuth\\n' $n $n >gw$n/ext
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out gw$n/key 2>/dev/null
  openssl req -new -key gw$n/key -subj /CN=gw$n -out gw$n/csr
  openssl x509 -req -in gw$n/csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 90 -extfile gw$n/ext -out gw$n/crt 2>/dev/null
  n=$((n + 1))
done
sync
"""
    begin = time.monotonic()
    subprocess.run(["sh", "-c", program, "sh", str(devices)], cwd=folder, check=True, capture_output=True)
    return time.monotonic() - begin


def cfssl_loop(folder: Path, devices: int) -> float:
    """A call of cfssl gencert for each device."""
    (folder / "cfssl").mkdir()
    at = folder / "cfssl"
    key = {"algo": "ecdsa", "size": 256}
    (at / "ca.json").write_text(json.dumps({"CN": "Issuing", "key": key}))
    made = subprocess.run(["cfssl", "gencert", "-initca", "ca.json"], cwd=at, check=True, capture_output=True)
    authority = json.loads(made.stdout)
    (at / "ca.pem").write_text(authority["cert"])
    (at / "ca.key").write_text(authority["key"])
    begin = time.monotonic()
    for number in range(devices):
        (at / "request.json").write_text(
            json.dumps({"CN": f"gw{number}", "key": key, "hosts": [f"gw{number}.example.com"]})
        )
        made = subprocess.run(
            ["cfssl", "gencert", "-ca", "ca.pem", "-ca-key", "ca.key", "request.json"],
            cwd=at,
            check=True,
            capture_output=True,
        )
        (at / f"gw{number}.json").write_bytes(made.stdout)
    os.sync()
    return time.monotonic() - begin


def community(folder: Path, devices: int) -> float:
    """community.crypto, three tasks with a loop over the devices."""
    (folder / "community").mkdir()
    names = [f"gw{number}" for number in range(devices)]
    at = "community/{{ item }}"
    ca = folder / "loop"
    tasks: list[dict[str, object]] = [
        {"community.crypto.openssl_privatekey": {"path": f"{at}.key", "type": "ECC", "curve": "secp256r1"}},
        {
            "community.crypto.openssl_csr": {
                "path": f"{at}.csr",
                "privatekey_path": f"{at}.key",
                "common_name": "{{ item }}",
                "subject_alt_name": ["URI:sip:{{ item }}@example.com", "DNS:{{ item }}.example.com"],
            }
        },
        {
            "community.crypto.x509_certificate": {
                "path": f"{at}.crt",
                "csr_path": f"{at}.csr",
                "provider": "ownca",
                "ownca_path": str(ca / "ca.crt"),
                "ownca_privatekey_path": str(ca / "ca.key"),
            }
        },
    ]
    return play(
        folder, *({**task, "loop": names, "vars": {"ansible_python_interpreter": sys.executable}} for task in tasks)
    )


def main() -> None:
    """Runs the benchmark that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--few", type=int, default=200, help="devices for the other ways")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="siptls-bench-", dir=PROJECT / ".cache"))
    try:
        prepare(folder)
        least = play(folder, {"ansible.builtin.meta": "noop"})
        first, again = ours(folder, options.devices)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        bare = raw(folder, options.devices)
        files = files_alone(folder, options.devices)
        few, _again = ours(folder, options.few)
        ways: list[tuple[str, Callable[[Path, int], float]]] = [("openssl, a loop of three commands", openssl_loop)]
        if shutil.which("cfssl"):
            ways.append(("cfssl gencert, a loop", cfssl_loop))
        ways.append(("community.crypto, three tasks", community))
        others = [(name, way(folder, options.few)) for name, way in ways]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(
        f"{options.devices} devices, {len(os.sched_getaffinity(0))} cores; ansible-playbook alone takes {least:.1f} s\n"
    )
    print("| way | seconds | certificates a second | raw = 1 | raw and files = 1 |\n|---|---|---|---|---|")
    rows = (
        ("raw cryptography, in memory", bare),
        ("files alone, durable", files),
        ("siptls.vos.device_certificate_batch, first run", first),
    )
    for name, seconds in (*rows, ("the same without Ansible's start", first - least), ("unchanged, rerun", again)):
        ratios = f"{bare / seconds:.2f} | {(bare + files) / seconds:.2f}"
        print(f"| {name} | {seconds:.1f} | {options.devices / seconds:.0f} | {ratios} |")
    print(f"\nAt most {memory} MiB for a process.\n\n{options.few} devices:\n")
    print("| way | seconds | ours = 1 |\n|---|---|---|")
    for name, seconds in (("siptls.vos.device_certificate_batch", few), *others):
        print(f"| {name} | {seconds:.1f} | {seconds / few:.1f} |")


if __name__ == "__main__":
    main()
