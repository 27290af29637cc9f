# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another root and issuing authority take over. Everybody stays registered, and nobody is left behind.

In the order in which they stand: each test is a phase, or an attempt at one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.picture import GATEWAY_CERTIFICATE, SOFTSWITCH_CERTIFICATE, Picture, take
from lab.registrar import podman_exec
from lab.sampler import absence, read
from lab.sip import request, send

ROOT = Path(__file__).resolve().parents[3]
LAB = ROOT / ".cache/lab"
SAMPLES = LAB / "rollover.samples"
GATEWAYS = ["gw1", "gw2"]
BUNDLES = {
    "vos": "/etc/vos/certs/ca_bundle.crt",
    "gw1": "/etc/gateway/certs/ca.crt",
    "gw2": "/etc/gateway/certs/ca.crt",
}
SECONDS = 900


@pytest.fixture(scope="module", autouse=True)
def sampled() -> Iterator[None]:
    """The registrations are sampled every second from the first phase to the last."""
    stop = SAMPLES.with_name(f"{SAMPLES.name}.stop")
    for file in (SAMPLES, stop):
        file.unlink(missing_ok=True)
    with subprocess.Popen([sys.executable, "-m", "lab.sampler", str(SAMPLES), "--seconds", str(SECONDS)]) as sampler:
        try:
            yield
        finally:
            stop.touch()
            sampler.wait(30)


def rollover(phase: str, *inventories: Path, playbook: str = "rollover") -> tuple[int, str]:
    """A run with the inventory of this phase: exit status, and what it printed."""
    names = {"root": "root2027", "issuing": "issuing2027", "phase": phase}
    files = {name: LAB / name for name in ("root_passphrase", "issuing_passphrase")}
    passphrases = {name: f"2027-{file.read_text().strip()}" for name, file in files.items()}
    variables = LAB / "rollover.json"
    variables.touch(0o600)
    variables.write_text(json.dumps({"pki_rollover": {**names, **passphrases}}))
    listed = [ROOT / "inventories/lab", ROOT / "molecule/rollover/inventory", *inventories]
    environment = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache")}
    done = subprocess.run(
        ["ansible-playbook", *(f"--inventory={path}" for path in listed), f"--extra-vars=@{variables}",
         f"--extra-vars=rotate_report={LAB}/rollover.report.json", str(ROOT / f"playbooks/{playbook}.yml")],
        env={**os.environ, **environment, "ANSIBLE_NOCOLOR": "1", "COLUMNS": "10000"},
        capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def succeeded(phase: str) -> str:
    status, said = rollover(phase)
    assert status == 0, said
    return said


def changes(said: str) -> int:
    return sum(int(count) for count in re.findall(r"changed=(\d+)", said))


def anchors(device: str) -> int:
    """How many certificates this device trusts."""
    return podman_exec(f"siptls-{device}", "cat", BUNDLES[device]).count("BEGIN CERTIFICATE")


def issuer(device: str) -> str:
    certificate = SOFTSWITCH_CERTIFICATE if device == "vos" else GATEWAY_CERTIFICATE
    return podman_exec(f"siptls-{device}", "openssl", "x509", "-in", certificate, "-noout", "-issuer").strip()


def everybody_is_registered() -> Picture:
    """With what is on disk; a gateway that was reloaded a moment ago has some seconds."""
    give_up = time.monotonic() + 20
    while True:
        found = take(GATEWAYS)
        if all(one.registered == one.on_disk for one in found.gateways.values()) or time.monotonic() > give_up:
            break
        time.sleep(0.5)
    assert {name: one.registered for name, one in found.gateways.items()} == {
        name: one.on_disk for name, one in found.gateways.items()
    }
    return found


def test_a_device_that_is_held_back_stops_the_next_phase_by_its_name(tmp_path: Path) -> None:
    before = everybody_is_registered()
    away = tmp_path / "away.yml"
    away.write_text("gateways: {hosts: {gw2: {ansible_host: siptls-nobody}}}\n")
    status, _said = rollover("publish", away)
    assert status != 0
    assert {device: anchors(device) for device in BUNDLES} == {"vos": 4, "gw1": 4, "gw2": 2}
    status, said = rollover("issue")
    assert status != 0
    assert re.search(r"issuing2027 cannot issue yet.*Found: gw2: the trust bundle is not the issuer's", said), said
    assert everybody_is_registered().gateways["gw2"].on_disk == before.gateways["gw2"].on_disk
    status, said = rollover("issue", playbook="rotate")
    assert status != 0
    assert "not every device is known to trust issuing2027" in said


def test_publish() -> None:
    before = everybody_is_registered()
    succeeded("publish")
    assert {anchors(device) for device in BUNDLES} == {4}
    assert podman_exec("siptls-vos", "cat", "/etc/vos/certs/crl.pem").count("BEGIN X509 CRL") == 4
    after = everybody_is_registered()
    assert after.on_disk == before.on_disk
    assert {name: one.on_disk for name, one in after.gateways.items()} == {
        name: one.on_disk for name, one in before.gateways.items()
    }
    said = succeeded("publish")
    assert changes(said) == 0, said


def test_issue() -> None:
    before = everybody_is_registered()
    status, said = rollover("retire")
    assert status != 0
    assert "issuing cannot be retired yet" in said
    assert "gw1, on disk: certificate" in said
    succeeded("issue")
    after = everybody_is_registered()
    assert len({issuer(device) for device in BUNDLES}) == 1
    assert "issuing2027" in issuer("vos")
    assert after.on_disk != before.on_disk
    assert after.started == before.started, "the softswitch was restarted"
    assert {anchors(device) for device in BUNDLES} == {4}


def old_certificate() -> list[str]:
    """Arguments for s_client: what gw1 had before, which it keeps as the generation before."""
    previous = "cd /etc/gateway/certs/generations && cat $(readlink ../current | xargs basename)/previous"
    kept = podman_exec("siptls-gw1", "sh", "-c", previous)
    folder = f"/etc/gateway/certs/generations/{kept.strip()}"
    return [
        f"-cert {folder}/gateway.crt", f"-cert_chain {folder}/gateway.crt", f"-key {folder}/gateway.key",
        "-CAfile /etc/gateway/certs/ca.crt",
    ]  # fmt: skip


def test_retire() -> None:
    assert send("siptls-gw1", request("OPTIONS", "sip:gw1@example.com"), *old_certificate()).status == 200
    before = everybody_is_registered()
    succeeded("retire")
    assert {anchors(device) for device in BUNDLES} == {2}
    assert podman_exec("siptls-vos", "cat", "/etc/vos/certs/crl.pem").count("BEGIN X509 CRL") == 2
    after = everybody_is_registered()
    assert {name: one.on_disk for name, one in after.gateways.items()} == {
        name: one.on_disk for name, one in before.gateways.items()
    }
    refused = send("siptls-gw1", request("OPTIONS", "sip:gw1@example.com"), *old_certificate())
    assert refused.status is None
    assert "unknown ca" in refused.tls
    said = succeeded("retire")
    assert changes(said) == 0, said


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_everybody_stayed_registered(gateway: str) -> None:
    """Each gateway was restarted three times: for the anchors, for its certificate, and without the old anchors."""
    found = absence(read(SAMPLES), gateway)
    print(f"\n{gateway}: {found}", end="")
    assert found.samples > 30
    assert found.longest <= 2
