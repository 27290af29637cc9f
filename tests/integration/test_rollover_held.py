# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollover of authorities where somebody is behind, goes round siptls.vos.rollover, or loses a certificate."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.siptls.vos.tests.integration.registered_fleet import RegisteredFleet
from ansible_collections.siptls.vos.tests.integration.test_rollover import (
    EVERYBODY,
    GATEWAYS,
    NEW,
    RENAMED,
    accepts,
    anchors,
    fleet,
    pair,
    phase,
    run,
    succeeded,
)

pytestmark = pytest.mark.nightly

__all__ = ["fleet"]

UNREACHABLE = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 9, "ansible_ssh_retries": 0}


def said(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


def test_no_playbook_takes_the_old_anchors_while_a_device_was_left_behind(fleet: RegisteredFleet) -> None:
    succeeded(run(fleet, "publish"))
    (fleet.device("gw2") / "broken").touch()
    before = fleet.installed()
    assert run(fleet, "issue").returncode != 0, "gw2 cannot register, and goes back"
    (fleet.device("gw2") / "broken").unlink()
    left = fleet.installed()
    assert left["gw2"] == before["gw2"]
    assert left["vos"] != before["vos"]
    for playbook in ("siptls.vos.site", "siptls.vos.rotate", "siptls.vos.rollover"):
        fleet.play(playbook, changed=phase("retire", gw2=UNREACHABLE))
        assert accepts(fleet, "vos", pair(fleet, "gw2")[0], lists=True), playbook
    # The new names too early
    fleet.site(changed=dict.fromkeys(EVERYBODY, RENAMED) | {"gw2": RENAMED | UNREACHABLE})
    assert accepts(fleet, "vos", pair(fleet, "gw2")[0], lists=True)
    succeeded(fleet.play("siptls.vos.revoke", "-e", "device=gw1", changed=phase("retire", gw2=UNREACHABLE)))
    assert fleet.installed() == left
    assert accepts(fleet, "vos", pair(fleet, "gw2")[0], lists=True)


def test_a_gateway_that_still_runs_with_the_old_certificate_holds_the_retirement(fleet: RegisteredFleet) -> None:
    silent = {
        "vos": {"vos_registrations_command": "", "vos_registration_proof": "none"},
        **{name: {"gateway_registration_proof": "none"} for name in GATEWAYS},
    }
    succeeded(run(fleet, "publish", **silent))
    (fleet.device("gw1") / "calls").write_text("1\n")
    busy = {**silent, "gw1": {**silent["gw1"], "gateway_idle_wait": "1s", "gateway_when_busy": "defer"}}
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
    mixed = fleet.play("siptls.vos.rollover", changed={**phase("issue"), "gw1": phase("retire")["gw1"]})
    assert mixed.returncode != 0, "all devices are in one phase"
    assert anchors(fleet) == {4}
    succeeded(fleet.play("siptls.vos.revoke", "-e", "device=gw1", changed=phase("issue")))
    before = fleet.folder / "gw1-before.crt"
    before.write_bytes(old["gw1"])
    assert not accepts(fleet, "vos", pair(fleet, "gw1")[0], lists=True), "the certificate in use is to be revoked"
    assert not accepts(fleet, "vos", before, lists=True), (
        "and so is the one before, which the softswitch trusts as well"
    )
    assert accepts(fleet, "vos", pair(fleet, "gw2")[0], lists=True)


def test_a_gateway_gets_nothing_new_while_the_softswitch_lacks_the_lists(fleet: RegisteredFleet) -> None:
    succeeded(run(fleet, "publish"))
    crl = fleet.device("vos") / "etc/crl.pem"
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


def test_two_roots_of_one_name_are_refused(fleet: RegisteredFleet) -> None:
    same = {"pki_rollover": {**NEW, "phase": "publish", "root_subject": {"common_name": "SIP Root CA"}}}
    done = fleet.play("siptls.vos.rollover", changed=dict.fromkeys(EVERYBODY, same))
    assert done.returncode != 0, said(done)
    assert not (fleet.folder / "pki/authorities/root2027").exists()


def test_a_rollover_gives_a_revoked_gateway_no_new_certificate(fleet: RegisteredFleet) -> None:
    succeeded(fleet.play("siptls.vos.revoke", "-e", "device=gw1"))
    revoked = fleet.installed()["gw1"]
    # Which says so; the others go on
    assert "was revoked" in said(run(fleet, "publish"))
    done = run(fleet, "issue")
    assert fleet.installed()["gw1"] == revoked, "who was revoked by the old authority is not readmitted by the new one"
    assert "was revoked" in said(done)
