# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollover of authorities where somebody is behind, goes round siptls.vos.rollover, or loses a certificate."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.registered_fleet import RegisteredFleet, serial_of
from ansible_collections.siptls.vos.tests.integration.test_rollover import (
    EVERYBODY,
    GATEWAYS,
    NEW,
    anchors,
    changes,
    pair,
    phase,
    run,
    succeeded,
)

UNREACHABLE = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 9, "ansible_ssh_retries": 0}

RENAMED = {
    "pki_root_name": NEW["root"],
    "pki_issuing_name": NEW["issuing"],
    "pki_root_passphrase": NEW["root_passphrase"],
    "pki_issuing_passphrase": NEW["issuing_passphrase"],
    "pki_root_subject": {"common_name": "SIP Root CA root2027"},
    "pki_issuing_subject": {"common_name": "SIP Issuing CA issuing2027"},
}


class CheckingFleet(RegisteredFleet):
    """A softswitch with revocation lists."""

    def _softswitch(self) -> dict[str, Any]:
        return {
            **super()._softswitch(),
            "vos_crl_file": str(self.device("vos") / "etc/certs/crl.pem"),
            "vos_crl_alarm": False,
        }


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[RegisteredFleet]:
    made = CheckingFleet(tmp_path, GATEWAYS)
    try:
        succeeded(made.site())
        yield made
    finally:
        made.end()


def verified(fleet: RegisteredFleet, by: str, whose: Path, *, lists: bool = False) -> bool:
    """Whether the trust bundle of a device, with its revocation lists if asked for, accepts a certificate."""
    command = [
        "openssl",
        "verify",
        "-x509_strict",
        "-CAfile",
        str(pair(fleet, by)[1]),
        "-untrusted",
        str(whose),
        str(whose),
    ]
    if lists:
        command[2:2] = ["-crl_check_all", "-CRLfile", str(fleet.device("vos") / "etc/certs/crl.pem")]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def said(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "playbook", ["siptls.vos.site", "siptls.vos.rotate", "siptls.vos.rollover", "a name too early"]
)
def test_no_playbook_takes_the_old_anchors_while_a_device_was_left_behind(
    fleet: RegisteredFleet, playbook: str
) -> None:
    succeeded(run(fleet, "publish"))
    (fleet.device("gw2") / "broken").touch()
    before = fleet.installed()
    assert run(fleet, "issue").returncode != 0, "gw2 cannot register, and goes back"
    (fleet.device("gw2") / "broken").unlink()
    left = fleet.installed()
    assert left["gw2"] == before["gw2"]
    assert left["vos"] != before["vos"]
    if playbook == "a name too early":
        fleet.site(changed=dict.fromkeys(EVERYBODY, RENAMED) | {"gw2": RENAMED | UNREACHABLE})
    else:
        fleet.play(playbook, changed=phase("retire", gw2=UNREACHABLE))
    succeeded(fleet.play("siptls.vos.revoke", "-e", "device=gw1", changed=phase("retire", gw2=UNREACHABLE)))
    assert fleet.installed() == left
    assert verified(fleet, "vos", pair(fleet, "gw2")[0], lists=True)


def test_a_gateway_that_still_runs_with_the_old_certificate_holds_the_retirement(fleet: RegisteredFleet) -> None:
    silent = {"vos": {"vos_registrations_command": ""}}
    succeeded(run(fleet, "publish", **silent))
    (fleet.device("gw1") / "calls").write_text("1\n")
    busy = {**silent, "gw1": {"gateway_idle_wait": "1s", "gateway_when_busy": "defer"}}
    succeeded(run(fleet, "issue", **busy))
    running = fleet.registered()["gw1"]
    assert running != fleet.installed()["gw1"], "it is still in a call, with the certificate before"
    done = run(fleet, "retire", **busy)
    assert done.returncode != 0, said(done)
    assert "gw1" in said(done)
    assert anchors(fleet) == {4}


def test_a_device_is_revoked_in_the_phase_issue(fleet: RegisteredFleet) -> None:
    succeeded(run(fleet, "publish"))
    old = {host: pair(fleet, host)[0].read_bytes() for host in EVERYBODY}
    succeeded(run(fleet, "issue"))
    succeeded(fleet.play("siptls.vos.revoke", "-e", "device=gw1", changed=phase("issue")))
    before = fleet.folder / "gw1-before.crt"
    before.write_bytes(old["gw1"])
    assert not verified(fleet, "vos", pair(fleet, "gw1")[0], lists=True), "the certificate in use is to be revoked"
    assert not verified(fleet, "vos", before, lists=True), (
        "and so is the one before, which the softswitch trusts as well"
    )
    assert verified(fleet, "vos", pair(fleet, "gw2")[0], lists=True)


def test_a_gateway_gets_nothing_new_while_the_softswitch_lacks_the_lists(fleet: RegisteredFleet) -> None:
    succeeded(run(fleet, "publish"))
    crl = fleet.device("vos") / "etc/certs/crl.pem"
    lists = crl.read_text()
    assert lists.count("BEGIN X509 CRL") == 4
    # Rotation alone knows nothing of lists: as if publish had been cut short before them
    crl.write_text("".join(part + "-----END X509 CRL-----\n" for part in lists.split("-----END X509 CRL-----\n")[:2]))
    before = fleet.installed()
    refuses = {"vos": {"vos_reload_command": "false"}}
    done = run(fleet, "issue", **refuses)
    assert done.returncode != 0
    for name in GATEWAYS:
        assert fleet.installed()[name] == before[name], f"{name} got a certificate that the softswitch cannot check"


def test_all_devices_are_in_one_phase(fleet: RegisteredFleet) -> None:
    succeeded(run(fleet, "publish"))
    succeeded(run(fleet, "issue"))
    done = fleet.play("siptls.vos.rollover", changed={**phase("issue"), "gw1": phase("retire")["gw1"]})
    assert done.returncode != 0, said(done)
    assert anchors(fleet) == {4}


def test_two_roots_of_one_name_are_refused(fleet: RegisteredFleet) -> None:
    same = {"pki_rollover": {**NEW, "phase": "publish", "root_subject": {"common_name": "SIP Root CA"}}}
    done = fleet.play("siptls.vos.rollover", changed=dict.fromkeys(EVERYBODY, same))
    assert done.returncode != 0, said(done)
    assert not (fleet.folder / "pki/authorities/root2027").exists()


def test_nobody_goes_back_to_what_nobody_trusts(fleet: RegisteredFleet) -> None:
    for name in ("publish", "issue", "retire"):
        succeeded(run(fleet, name))
    before = fleet.installed()
    done = fleet.play("siptls.vos.rollover", changed=phase("publish"))
    assert done.returncode != 0, said(done)
    assert fleet.installed() == before


def test_lists_follow_the_anchors_and_every_leaf_is_accepted_all_the_time(fleet: RegisteredFleet) -> None:
    crl = fleet.device("vos") / "etc/certs/crl.pem"
    leaves = {host: [pair(fleet, host)[0].read_bytes()] for host in EVERYBODY}

    def all_accepted(names: tuple[str, ...], lists: int, newest: int) -> None:
        assert crl.read_text().count("BEGIN X509 CRL") == lists
        for owner in EVERYBODY:
            for at, text in enumerate(leaves[owner][newest:]):
                path = fleet.folder / f"{owner}-{at}.crt"
                path.write_bytes(text)
                for host in EVERYBODY:
                    assert verified(fleet, host, path), (names, owner, host)
                assert verified(fleet, "vos", path, lists=True), (names, owner)

    all_accepted(("before",), 2, 0)
    succeeded(run(fleet, "publish"))
    all_accepted(("publish",), 4, 0)
    assert changes(succeeded(run(fleet, "publish"))) == 0
    succeeded(run(fleet, "issue"))
    for host in EVERYBODY:
        leaves[host].append(pair(fleet, host)[0].read_bytes())
    all_accepted(("issue",), 4, 0)
    assert changes(succeeded(run(fleet, "issue"))) == 0
    succeeded(run(fleet, "retire"))
    all_accepted(("retire",), 2, 1)
    assert (
        not verified(fleet, "vos", fleet.folder / "gw1-0.crt")
        or serial_of(fleet.folder / "gw1-0.crt") == fleet.installed()["gw1"]
    )
    assert changes(succeeded(run(fleet, "retire"))) == 0
    assert re.search(r"issuing2027", (fleet.folder / "pki/rollovers").as_posix()) is None


def test_a_rollover_gives_a_revoked_gateway_no_new_certificate(fleet: RegisteredFleet) -> None:
    succeeded(fleet.play("siptls.vos.revoke", "-e", "device=gw1"))
    revoked = fleet.installed()["gw1"]
    # Which says so; the others go on
    assert "was revoked" in said(run(fleet, "publish"))
    done = run(fleet, "issue")
    assert fleet.installed()["gw1"] == revoked, "who was revoked by the old authority is not readmitted by the new one"
    assert "was revoked" in said(done)
