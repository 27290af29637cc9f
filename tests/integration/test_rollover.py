# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""siptls.vos.rollover: another root and issuing authority take over while every gateway stays registered."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.checking_fleet import CheckingFleet
from ansible_collections.siptls.vos.tests.integration.registered_fleet import RegisteredFleet, serial_of
from ansible_collections.siptls.vos.tests.integration.test_site import shown_pins

pytestmark = pytest.mark.nightly

GATEWAYS = ("gw1", "gw2")
EVERYBODY = ("vos", *GATEWAYS)
NEW = {
    "root": "root2027",
    "issuing": "issuing2027",
    "root_passphrase": "of the new root authority",
    "issuing_passphrase": "of the new issuing authority",
}
RENAMED = {
    "pki_root_name": NEW["root"],
    "pki_issuing_name": NEW["issuing"],
    "pki_root_passphrase": NEW["root_passphrase"],
    "pki_issuing_passphrase": NEW["issuing_passphrase"],
    "pki_root_subject": {"common_name": "SIP Root CA root2027"},
    "pki_issuing_subject": {"common_name": "SIP Issuing CA issuing2027"},
}


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[RegisteredFleet]:
    made = CheckingFleet(tmp_path, GATEWAYS)
    try:
        done = made.site()
        assert done.returncode == 0, done.stdout + done.stderr
        yield made
    finally:
        made.end()


def phase(name: str, **more: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The variables of a phase, for every host."""
    return {host: {"pki_rollover": {**NEW, "phase": name}, **more.get(host, {})} for host in EVERYBODY}


def run(fleet: RegisteredFleet, name: str, *options: str, **more: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    return fleet.play("siptls.vos.rollover", *options, changed=phase(name, **more))


def succeeded(done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def changes(done: subprocess.CompletedProcess[str]) -> int:
    return sum(int(count) for count in re.findall(r"changed=(\d+)", done.stdout))


def files(fleet: RegisteredFleet) -> dict[Path, bytes]:
    """Of the PKI directory and of all devices."""
    folders = (fleet.folder / "pki", fleet.folder / "devices")
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def pair(fleet: RegisteredFleet, host: str) -> tuple[Path, Path]:
    """Certificate and trust bundle."""
    certs = fleet.device(host) / "etc/certs"
    return (
        (certs / "vos_server.crt", certs / "ca_bundle.crt")
        if host == "vos"
        else (certs / "gateway.crt", certs / "ca.crt")
    )


def issuers(fleet: RegisteredFleet) -> set[str]:
    """Of all devices' certificates."""
    commands = (["openssl", "x509", "-in", str(pair(fleet, host)[0]), "-noout", "-issuer"] for host in EVERYBODY)
    return {subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() for command in commands}


def accepts(fleet: RegisteredFleet, by: str, whose: Path, *, lists: bool = False) -> bool:
    """Whether the trust bundle of a device, with the revocation lists of the softswitch if asked for, accepts a certificate."""
    more = ["-crl_check_all", "-CRLfile", str(fleet.device("vos") / "etc/crl.pem")] if lists else []
    command = ["openssl", "verify", "-x509_strict", *more, "-CAfile", str(pair(fleet, by)[1]), "-untrusted"]
    return subprocess.run([*command, str(whose), str(whose)], capture_output=True, check=False).returncode == 0


def check(fleet: RegisteredFleet) -> None:
    """Every device accepts every other device's certificate, by real openssl, and every gateway is registered."""
    for host in EVERYBODY:
        for other in EVERYBODY:
            assert accepts(fleet, host, pair(fleet, other)[0], lists=host == "vos"), (host, other)
    installed = fleet.installed()
    assert fleet.registered() == {name: installed[name] for name in GATEWAYS}
    assert serial_of(fleet.device("vos") / "etc/served.crt") == installed["vos"]


def lists(fleet: RegisteredFleet) -> int:
    """How many revocation lists the softswitch has."""
    return (fleet.device("vos") / "etc/crl.pem").read_text().count("BEGIN X509 CRL")


def anchors(fleet: RegisteredFleet) -> set[int]:
    """How many certificates each device trusts."""
    return {pair(fleet, host)[1].read_text().count("BEGIN CERTIFICATE") for host in EVERYBODY}


def test_all_phases_each_of_them_twice_and_then_no_trace_of_the_rollover(fleet: RegisteredFleet) -> None:
    before = fleet.installed()
    old = issuers(fleet)
    leaves = {host: fleet.folder / f"{host}-old.crt" for host in EVERYBODY}
    for host, path in leaves.items():
        path.write_bytes(pair(fleet, host)[0].read_bytes())
    assert anchors(fleet) == {2}
    assert lists(fleet) == 2

    foretold = files(fleet)
    succeeded(run(fleet, "publish", "--check", "--diff"))
    assert files(fleet) == foretold | {fleet.report: fleet.report.read_bytes()} or files(fleet) == foretold
    published = succeeded(run(fleet, "publish"))
    assert fleet.installed() == before
    assert anchors(fleet) == {4}
    assert lists(fleet) == 4
    check(fleet)
    pins = shown_pins(published.stdout)
    assert len(pins["pki_root_fingerprints"]) == 2
    for again in (run(fleet, "publish"), fleet.site("-e", json.dumps(pins), changed=phase("publish"))):
        assert changes(succeeded(again)) == 0, again.stdout

    succeeded(run(fleet, "issue", "--check"))
    assert fleet.installed() == before
    assert not (fleet.folder / "pki/rollovers").exists()
    succeeded(run(fleet, "issue"))
    assert (fleet.folder / "pki/rollovers/issuing2027.txt").is_file()
    assert not set(before.values()) & set(fleet.installed().values())
    assert len(issuers(fleet)) == 1
    assert issuers(fleet) != old
    assert anchors(fleet) == {4}
    assert lists(fleet) == 4
    check(fleet)
    for path in leaves.values():
        assert accepts(fleet, "vos", path, lists=True), "the certificates before are as good as ever"
    for again in (run(fleet, "issue"), fleet.site(changed=phase("issue"))):
        assert changes(succeeded(again)) == 0, again.stdout

    after = fleet.installed()
    succeeded(run(fleet, "retire"))
    assert fleet.installed() == after
    assert anchors(fleet) == {2}
    assert lists(fleet) == 2
    check(fleet)
    assert not any(accepts(fleet, "vos", path) for path in leaves.values())
    for again in (run(fleet, "retire"), fleet.site(changed=phase("retire"))):
        assert changes(succeeded(again)) == 0, again.stdout
    back = run(fleet, "publish")
    assert back.returncode != 0, "nobody goes back to what nobody trusts"
    assert "issuing, which was retired" in back.stdout

    last = succeeded(fleet.site(changed=dict.fromkeys(EVERYBODY, RENAMED)))
    assert changes(last) == 0, last.stdout
    assert fleet.installed() == after


def test_a_device_that_is_behind_stops_the_next_phase_and_is_named(fleet: RegisteredFleet) -> None:
    held_back = fleet.play("siptls.vos.rollover", changed={host: phase("publish")[host] for host in ("vos", "gw1")})
    assert "gw2" in held_back.stdout
    before = fleet.installed()
    gone = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 9, "ansible_ssh_retries": 0}
    succeeded(run(fleet, "publish"))
    # One that has not loaded what is on its disk
    state = fleet.device("gw1") / "etc/.gateway.conf.siptls-loaded"
    loaded = state.read_text()
    bundle = str(pair(fleet, "gw1")[1])
    state.write_text(
        re.sub(rf"^[0-9a-f]{{64}} {re.escape(bundle)}$", f"{'0' * 64} {bundle}", loaded, flags=re.MULTILINE)
    )
    done = run(fleet, "issue", gw2=gone)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "issuing2027 cannot issue yet" in said
    assert "gw2 was not reached" in said
    assert f"gw1: {bundle} changed since the last reload" in said
    assert fleet.installed() == before
    assert not (fleet.folder / "pki/rollovers").exists()


def test_nothing_is_issued_before_everybody_trusts_the_new_authority(fleet: RegisteredFleet) -> None:
    before, registered = fleet.installed(), fleet.registered()
    for playbook in ("siptls.vos.rollover", "siptls.vos.rotate", "siptls.vos.site"):
        assert fleet.play(playbook, changed=phase("issue")).returncode != 0, playbook
        assert fleet.installed() == before, playbook
    assert fleet.registered() == registered
    # Somebody has made the authorities
    succeeded(run(fleet, "publish"))
    for playbook in ("siptls.vos.rotate", "siptls.vos.site"):
        done = fleet.play(playbook, changed=phase("issue"))
        assert done.returncode != 0, playbook
        assert "not every device is known to trust issuing2027" in done.stdout + done.stderr
        assert fleet.installed() == before, playbook


def test_nobody_is_retired_while_a_device_depends_on_it(fleet: RegisteredFleet) -> None:
    succeeded(run(fleet, "publish"))
    done = run(fleet, "retire")
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "issuing cannot be retired yet" in said
    for words in ("gw1, on disk", "vos, on a new connection", "sip:gw2@example.com, registered"):
        assert re.search(rf"{re.escape(words)}: certificate [0-9a-f]+ of issuing", said), words
    assert anchors(fleet) == {4}
    check(fleet)


def test_a_rollover_is_for_all_devices_and_has_its_variable(fleet: RegisteredFleet) -> None:
    before = files(fleet)
    limited = run(fleet, "publish", "--limit", "gw1")
    assert limited.returncode != 0
    assert "no --limit; found --limit gw1" in limited.stdout + limited.stderr
    absent = fleet.play("siptls.vos.rollover")
    assert absent.returncode != 0
    assert "found no pki_rollover" in absent.stdout + absent.stderr
    same = fleet.play(
        "siptls.vos.rollover",
        changed={h: {"pki_rollover": {**NEW, "root": "root", "phase": "publish"}} for h in EVERYBODY},
    )
    assert same.returncode != 0
    assert "another name than pki_root_name" in same.stdout + same.stderr
    assert files(fleet) == before


def test_a_rollover_killed_at_any_moment_goes_on_with_the_next_run(fleet: RegisteredFleet) -> None:
    seed = int(os.environ.get("SIPTLS_SEED", random.randrange(10**6)))
    moments = random.Random(seed)
    print(f"SIPTLS_SEED={seed}")
    for name in ("publish", "issue", "retire"):
        for _kill in range(int(os.environ.get("SIPTLS_KILLS", "8")) // 4):
            run_ = fleet.start("siptls.vos.rollover", changed=phase(name))
            time.sleep(moments.uniform(1.5, 9))  # the moment of the kill, not a wait for something
            run_.kill(controller_only=True)
            for host in EVERYBODY:
                certificate, bundle = pair(fleet, host)
                subprocess.run(
                    ["openssl", "verify", "-CAfile", str(bundle), "-untrusted", str(certificate), str(certificate)],
                    check=True, capture_output=True,
                )  # fmt: skip
            assert set(fleet.registered()) == set(GATEWAYS)
        succeeded(run(fleet, name))
        check(fleet)
        assert changes(succeeded(run(fleet, name))) == 0
