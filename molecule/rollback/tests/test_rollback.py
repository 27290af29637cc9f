# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations that go wrong. After each of them everybody is registered with a valid pair, and the report says what went wrong.

In the order in which they stand: all devices are due until the last test, in which nothing is wrong any more.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lab.picture import GATEWAY_CERTIFICATE, SOFTSWITCH_CERTIFICATE, Picture, take
from lab.registrar import podman_exec

ROOT = Path(__file__).resolve().parents[3]
REPORT = ROOT / ".cache/lab/rotation-report.json"
GATEWAYS = ["gw1", "gw2"]
FOLDERS = {"vos": "/etc/vos/certs", "gw1": "/etc/gateway/certs", "gw2": "/etc/gateway/certs"}


@dataclass(frozen=True)
class Run:
    """A run of rotate.yml.

    :ivar said: all that it printed
    :ivar devices: the report, by device
    """

    status: int
    said: str
    devices: dict[str, Any]

    def outcomes(self) -> dict[str, str]:
        return {device: one["outcome"] for device, one in self.devices.items()}


def rotate(**variables: str) -> Run:
    """As an operator runs it, with these variables."""
    REPORT.unlink(missing_ok=True)
    environment = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache")}
    extra = [argument for name, value in variables.items() for argument in ("-e", f"{name}={value}")]
    done = subprocess.run(
        ["ansible-playbook", "-i", str(ROOT / "inventories/lab"), "-e", f"rotate_report={REPORT}", "-e", "rotate_interval=10m", *extra,
         str(ROOT / "playbooks/rotate.yml")],
        env={**os.environ, **environment, "ANSIBLE_NOCOLOR": "1"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert REPORT.exists(), done.stdout + done.stderr
    devices = {one["device"]: one for one in json.loads(REPORT.read_text())["devices"]}
    return Run(done.returncode, done.stdout + done.stderr, devices)


def all_work() -> Picture:
    """Everybody is registered with the certificate that is on its disk, which is valid, as is that of the softswitch."""
    now = take(GATEWAYS)
    for name, one in now.gateways.items():
        assert one.registered == one.on_disk, f"{name}: registered with {one.registered}, has {one.on_disk}"
        assert is_valid_pair(f"siptls-{name}", GATEWAY_CERTIFICATE, "ca.crt")
    assert is_valid_pair("siptls-vos", SOFTSWITCH_CERTIFICATE, "ca_bundle.crt")
    assert served() == now.on_disk
    return now


def is_valid_pair(container: str, certificate: str, anchors: str) -> bool:
    """The key is that of the certificate, which the anchors beside it vouch for at this time."""
    key = certificate.removesuffix(".crt") + ".key"
    folder = certificate.rpartition("/")[0]
    program = (
        f'[ "$(openssl pkey -in {key} -pubout)" = "$(openssl x509 -in {certificate} -noout -pubkey)" ] && '
        f"openssl verify -x509_strict -CAfile {folder}/{anchors} {certificate}"
    )
    return podman_exec(container, "sh", "-c", program) == f"{certificate}: OK\n"


def served() -> str:
    """Serial number of the certificate that a new connection gets."""
    program = "openssl s_client -connect vos.example.com:5061 </dev/null 2>/dev/null | openssl x509 -noout -serial"
    return f"{int(podman_exec('siptls-vos', 'sh', '-c', program).strip().partition('=')[2], 16):X}"


@contextmanager
def fault(device: str, begin: str, end: str) -> Iterator[None]:
    """Something is wrong on a device for a while. The programs may mount."""
    in_device = ["podman", "exec", "--privileged", f"siptls-{device}", "sh", "-euc"]
    subprocess.run([*in_device, begin], check=True, timeout=30)
    try:
        yield
    finally:
        subprocess.run([*in_device, end], check=True, timeout=30)


@pytest.fixture(autouse=True)
def before() -> Picture:
    """What there is before anything goes wrong. Everything works: the test before has seen to it."""
    return take(GATEWAYS)


def test_a_softswitch_that_refuses_the_new_certificate(before: Picture) -> None:
    """Its OpenSSL takes no key of this strength, which shows when it is told to load it."""
    run = rotate(vos_key_type="rsa-2048")
    assert run.status != 0
    assert run.outcomes() == {"vos": "rolled_back", "gw1": "due", "gw2": "due"}
    assert "reload failed" in run.devices["vos"]["cause"]
    assert run.devices["vos"]["cause"] in run.said
    after = all_work()
    assert after.on_disk == before.on_disk
    assert after.started == before.started
    assert after.held() == before.held()


FUSSY = f"""
cp -L {GATEWAY_CERTIFICATE} /run/known.crt
cat >/run/fussy <<'END'
cmp -s /run/known.crt {GATEWAY_CERTIFICATE} || exec sleep infinity
exec baresip -4 -v -s -f /run/gateway
END
mkdir -p /etc/systemd/system/gateway.service.d
printf '[Service]\\nExecStart=\\nExecStart=/bin/sh /run/fussy\\n' >/etc/systemd/system/gateway.service.d/fussy.conf
systemctl daemon-reload
"""
NO_MORE = "rm -r /etc/systemd/system/gateway.service.d; systemctl daemon-reload"


def test_a_gateway_that_does_not_come_back_with_the_new_certificate(before: Picture) -> None:
    """Its service starts with it, and never registers."""
    with fault("gw1", FUSSY, NO_MORE):
        run = rotate(gateway_registered_within="8s")
        assert run.status != 0
        assert run.outcomes() == {"vos": "renewed", "gw1": "rolled_back", "gw2": "due"}
        assert "sip:gw1@example.com" in run.devices["gw1"]["cause"]
        assert "registered" in run.devices["gw1"]["cause"]
        after = all_work()
    assert after.on_disk != before.on_disk
    assert after.gateways["gw1"].on_disk == before.gateways["gw1"].on_disk
    assert after.held()["gw2"] == before.held()["gw2"]


def full(folder: str) -> tuple[str, str]:
    """A folder on a disk of its own, which is full."""
    begin = f"""
    mount -t tmpfs -o size=256k,mode=0755 tmpfs /mnt
    cp -a {folder}/. /mnt/
    mount --move /mnt {folder}
    dd if=/dev/zero of={folder}/.filler bs=4k 2>/dev/null || :
    """
    return begin, f"umount {folder}"


def full_of_files(folder: str) -> tuple[str, str]:
    """A folder on a disk of its own, which has space, and takes no more files."""
    begin = f"""
    mount -t tmpfs -o size=64m,nr_inodes=$(($(find {folder} | wc -l) + 1)),mode=0755 tmpfs /mnt
    cp -a {folder}/. /mnt/
    mount --move /mnt {folder}
    """
    return begin, f"umount {folder}"


def read_only(folder: str) -> tuple[str, str]:
    """A folder that cannot be written."""
    return f"mount --bind {folder} {folder}; mount -o remount,bind,ro {folder}", f"umount {folder}"


FAULTS = pytest.mark.parametrize(
    ("wrong", "words"),
    [
        pytest.param(full, "space", id="full"),
        pytest.param(full_of_files, "space", id="full of files"),
        pytest.param(read_only, "read-only", id="read-only"),
    ],
)


def check_report(run: Run, device: str, words: str) -> None:
    """The report has the folder and what is wrong with it, and the screen has what the report has."""
    noted = run.devices[device]
    assert run.status != 0
    assert noted["outcome"] in ("refused", "failed")
    assert words in noted["cause"].lower()
    assert FOLDERS[device] in noted["cause"]
    assert " ".join(noted["cause"].split()) in " ".join(run.said.split())


@FAULTS
def test_a_softswitch_whose_folder_takes_no_certificate(before: Picture, wrong: Any, words: str) -> None:
    with fault("vos", *wrong(FOLDERS["vos"])):
        run = rotate(vos_key_type="ecdsa-p384")
        after = all_work()
    check_report(run, "vos", words)
    assert (after.on_disk, after.started) == (before.on_disk, before.started)
    # Whom nobody could prove is not begun with
    assert after.held() == before.held()


@FAULTS
def test_a_gateway_whose_folder_takes_no_certificate(before: Picture, wrong: Any, words: str) -> None:
    with fault("gw1", *wrong(FOLDERS["gw1"])):
        run = rotate(gateway_key_type="ecdsa-p384")
        after = all_work()
    check_report(run, "gw1", words)
    assert after.held()["gw1"] == before.held()["gw1"]


def test_without_a_fault_the_next_run_finishes_the_work_and_another_changes_nothing() -> None:
    run = rotate()
    assert run.status == 0, run.said
    assert set(run.outcomes().values()) <= {"renewed", "reloaded", "unchanged"}
    after = all_work()
    run = rotate()
    assert run.status == 0
    assert set(run.outcomes().values()) == {"unchanged"}
    assert all_work().held() == after.held()
