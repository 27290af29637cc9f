# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""siptls.vos.rotate: who is due gets a new certificate, loaded and proven; who cannot be proven keeps the one before."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.registered_fleet import RegisteredFleet, serial_of

pytestmark = pytest.mark.nightly

GATEWAYS = ("gw1", "gw2", "gw3")
EVERYBODY = ("vos", *GATEWAYS)
#: What makes certificates of 90 days due at once
DUE = {
    **{name: {"gateway_certificate_valid_for": "40d"} for name in GATEWAYS},
    "vos": {"vos_certificate_valid_for": "40d"},
}
ROTATE = "siptls.vos.rotate"


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[RegisteredFleet]:
    """Set up, every gateway registered."""
    made = RegisteredFleet(tmp_path, GATEWAYS)
    try:
        done = made.site()
        assert done.returncode == 0, done.stdout + done.stderr
        assert set(made.registered()) == set(GATEWAYS)
        yield made
    finally:
        made.end()


def due(*devices: str, **more: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Variables that make these devices due."""
    return {name: {**(DUE[name] if name in devices else {}), **more.get(name, {})} for name in EVERYBODY}


def changes(done: subprocess.CompletedProcess[str]) -> int:
    return sum(int(count) for count in re.findall(r"changed=(\d+)", done.stdout))


def reloads(fleet: RegisteredFleet) -> dict[str, int]:
    return {name: len((fleet.device(name) / "reloads").read_text().splitlines()) for name in EVERYBODY}


def test_everything_due_is_renewed_and_proven_and_then_nothing_is_due(fleet: RegisteredFleet) -> None:
    before, loaded = fleet.installed(), reloads(fleet)
    done = fleet.play(ROTATE, changed=due(*EVERYBODY))
    assert done.returncode == 0, done.stdout + done.stderr
    after = fleet.installed()
    assert not set(before.values()) & set(after.values())
    assert fleet.registered() == {name: after[name] for name in GATEWAYS}
    assert serial_of(fleet.device("vos") / "etc/served.crt") == after["vos"]
    for name, entry in fleet.reported().items():
        assert entry["outcome"] == "renewed"
        assert entry["before"]["serial_number"] == before[name]
        assert entry["after"]["serial_number"] == after[name]
        assert "longer than the 40 d allowed" in entry["reasons"][0]
        assert entry["seconds"] > 0
    assert "Rotation: 4 renewed" in done.stdout
    assert reloads(fleet) == {name: count + 1 for name, count in loaded.items()}

    again = fleet.play(ROTATE, changed=due(*EVERYBODY))
    assert again.returncode == 0
    assert changes(again) == 0
    assert "Rotation: 4 unchanged" in again.stdout
    site = fleet.site(changed=due(*EVERYBODY))
    assert changes(site) == 0, site.stdout
    assert fleet.installed() == after


def test_the_plan_is_printed_alone_and_nothing_is_touched(fleet: RegisteredFleet) -> None:
    before = {path: path.stat().st_mtime_ns for path in (fleet.folder / "devices").rglob("*")}
    pki = {path: path.read_bytes() for path in (fleet.folder / "pki").rglob("*") if path.is_file()}
    done = fleet.play(ROTATE, "--check", changed=due("gw2"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(
        r"^gw2 +due +[0-9a-f]{8} \d{4}-\d\d-\d\d +.*longer than the 40 d allowed", done.stdout, re.MULTILINE
    )
    assert "Plan: 1 due, 3 unchanged" in done.stdout
    content = json.loads(fleet.report.read_text())
    assert content["plan"]
    assert content["counts"] == {"due": 1, "unchanged": 3}
    assert {path: path.stat().st_mtime_ns for path in (fleet.folder / "devices").rglob("*")} == before
    assert {path: path.read_bytes() for path in (fleet.folder / "pki").rglob("*") if path.is_file()} == pki


def test_who_is_not_due_is_not_touched(fleet: RegisteredFleet) -> None:
    before, loaded = fleet.installed(), reloads(fleet)
    done = fleet.play(ROTATE, changed=due("gw2"))
    assert done.returncode == 0, done.stdout + done.stderr
    after = fleet.installed()
    assert {name for name in EVERYBODY if before[name] != after[name]} == {"gw2"}
    assert {name for name, count in reloads(fleet).items() if count != loaded[name]} == {"gw2"}


def test_a_gateway_that_does_not_register_gets_the_certificate_before_back_and_stops_the_run(
    fleet: RegisteredFleet,
) -> None:
    before = fleet.installed()
    # Its client fails with every certificate but the one that it has now
    register = fleet.folder / "register.sh"
    register.write_text(
        register.read_text().replace(
            '[ ! -e "$1/broken" ]',
            f'! {{ [ "${{1##*/}}" = gw2 ] && ! openssl x509 -in gateway.crt -noout -serial | grep -qi {before["gw2"]}; }}',
        )
    )
    done = fleet.play(ROTATE, "-e", "rotate_batches=1", changed=due(*GATEWAYS))
    assert done.returncode == 2
    outcomes = fleet.outcomes()
    assert outcomes == {"vos": "unchanged", "gw1": "renewed", "gw2": "rolled_back", "gw3": "due"}
    after = fleet.installed()
    assert after["gw2"] == before["gw2"]
    assert after["gw3"] == before["gw3"]
    assert fleet.registered() == {name: after[name] for name in GATEWAYS}
    assert "sip:gw2@example.com" in fleet.reported()["gw2"]["cause"]
    assert re.search(r"^gw2 +rolled_back ", done.stdout, re.MULTILINE)
    assert "gw2: rolled back." in done.stdout + done.stderr

    # The failure limit lets the others of a batch go on; a batch that fails as a whole always ends the run
    done = fleet.play(ROTATE, "-e", "rotate_batches=2", "-e", "rotate_failure_limit=50", changed=due(*GATEWAYS))
    assert done.returncode == 2
    assert fleet.outcomes() == {"vos": "unchanged", "gw1": "unchanged", "gw2": "rolled_back", "gw3": "renewed"}


def test_a_reload_that_fails_leaves_the_certificate_before_in_use(fleet: RegisteredFleet) -> None:
    before = fleet.installed()
    refused = {"gateway_reload_command": f"false || sh -c 'grep -q . {fleet.device('gw1')}/never'"}
    done = fleet.play(ROTATE, changed=due("gw1", gw1=refused))
    assert done.returncode == 2
    assert fleet.installed() == before
    entry = fleet.reported()["gw1"]
    assert entry["outcome"] == "failed"
    assert "the reload failed" in entry["cause"]
    assert "Going back failed as well" in entry["cause"]
    # With a service that starts again, the next run puts all right
    done = fleet.play(ROTATE, changed=due("gw1"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert fleet.outcomes()["gw1"] == "renewed"
    assert fleet.registered()["gw1"] == fleet.installed()["gw1"] != before["gw1"]


def test_a_softswitch_that_does_not_serve_the_new_certificate_ends_the_run_before_any_gateway(
    fleet: RegisteredFleet,
) -> None:
    before = fleet.installed()
    done = fleet.play(ROTATE, changed=due(*EVERYBODY, vos={"vos_reload_command": "true"}))
    assert done.returncode == 2
    assert fleet.installed() == before
    assert fleet.outcomes() == {"vos": "rolled_back", "gw1": "due", "gw2": "due", "gw3": "due"}
    cause = fleet.reported()["vos"]["cause"]
    assert before["vos"] in cause.lower()
    assert "vos: rolled back." in done.stdout + done.stderr


def test_a_gateway_in_a_call_is_left_to_the_next_run_and_not_cut(fleet: RegisteredFleet) -> None:
    (fleet.device("gw2") / "calls").write_text("1\n")
    loaded, registered = reloads(fleet), fleet.registered()
    waits = due("gw1", "gw2", gw2={"gateway_idle_wait": "2s"})
    done = fleet.play(ROTATE, changed=waits)
    assert done.returncode == 0, done.stdout + done.stderr
    assert fleet.outcomes() == {"vos": "unchanged", "gw1": "renewed", "gw2": "deferred", "gw3": "unchanged"}
    assert fleet.reported()["gw2"]["cause"] == "1 call still up after 2 s; the next run tries again"
    assert reloads(fleet)["gw2"] == loaded["gw2"]
    assert fleet.registered()["gw2"] == registered["gw2"]
    (fleet.device("gw2") / "calls").write_text("0\n")
    done = fleet.play(ROTATE, changed=waits)
    assert fleet.outcomes() == {"vos": "unchanged", "gw1": "unchanged", "gw2": "reloaded", "gw3": "unchanged"}
    assert fleet.registered()["gw2"] == fleet.installed()["gw2"] != registered["gw2"]


def test_a_gateway_that_cannot_tell_of_calls_is_refused_before_anything_is_done(fleet: RegisteredFleet) -> None:
    before = fleet.installed()
    done = fleet.play(ROTATE, changed=due("gw1", "gw2", gw1={"gateway_calls_command": ""}))
    assert done.returncode == 2
    assert fleet.outcomes() == {"vos": "unchanged", "gw1": "refused", "gw2": "renewed", "gw3": "unchanged"}
    assert "set gateway_calls_command" in fleet.reported()["gw1"]["cause"]
    assert fleet.installed()["gw1"] == before["gw1"]
    done = fleet.play(ROTATE, changed=due("gw1", gw1={"gateway_calls_command": "", "gateway_when_busy": "force"}))
    assert done.returncode == 0
    assert fleet.outcomes()["gw1"] == "renewed"


def test_gateway_that_is_not_registered_before_nor_after_counts_as_failed_and_stops_the_run(
    fleet: RegisteredFleet,
) -> None:
    before = fleet.installed()
    (fleet.device("gw1") / "broken").touch()
    (fleet.device("gw1") / "registered").unlink()
    done = fleet.play(ROTATE, changed=due(*GATEWAYS))
    assert done.returncode == 2, done.stdout + done.stderr
    assert fleet.outcomes() == {"vos": "unchanged", "gw1": "unproven", "gw2": "due", "gw3": "due"}
    entry = fleet.reported()["gw1"]
    assert entry["after"]["serial_number"] == fleet.installed()["gw1"] != before["gw1"]
    assert "not registered before this run, nor after it" in entry["cause"]
    assert "1 unproven, 2 due, 1 unchanged" in done.stdout
    assert "gw1: unproven." in done.stdout + done.stderr


CAPITAL = {
    "vos": {"vos_sip_domains": [{"name": "Example.com"}]},
    **{name: {"gateway_sip_domain": "EXAMPLE.com"} for name in GATEWAYS},
}


def test_domain_with_capitals_is_the_same_domain_and_a_lost_registration_is_rolled_back(fleet: RegisteredFleet) -> None:
    before = fleet.installed()
    site = fleet.site(changed=CAPITAL)
    assert site.returncode == 0, site.stdout + site.stderr
    assert changes(site) == 0, site.stdout
    # No client connects with any certificate but the one that it has now
    register = fleet.folder / "register.sh"
    works = register.read_text()
    register.write_text(
        works.replace(
            '[ ! -e "$1/broken" ]',
            f"openssl x509 -in gateway.crt -noout -serial | grep -qiE '{'|'.join(before.values())}'",
        )
    )
    done = fleet.play(ROTATE, changed=due(*GATEWAYS, **CAPITAL))
    assert done.returncode == 2, done.stdout + done.stderr
    assert fleet.outcomes() == {"vos": "unchanged", "gw1": "rolled_back", "gw2": "due", "gw3": "due"}
    assert fleet.installed() == before
    assert set(fleet.registered()) == set(GATEWAYS)

    register.write_text(works)
    done = fleet.play(ROTATE, changed=due(*EVERYBODY, **CAPITAL))
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(fleet.outcomes().values()) == {"renewed"}
    assert "Rotation: 4 renewed" in done.stdout


def test_softswitch_that_cannot_prove_is_refused_before_anything_is_changed_unless_the_inventory_says_so(
    fleet: RegisteredFleet,
) -> None:
    before = fleet.installed()
    silent = {"vos": {"vos_registrations_command": ""}}
    for options in (("--check",), ()):
        done = fleet.play(ROTATE, *options, changed=due(*EVERYBODY, **silent))
        assert done.returncode == 2, done.stdout + done.stderr
        assert set(fleet.outcomes().values()) == {"refused"}
        assert "gateway_registration_proof=none" in fleet.reported()["gw1"]["cause"]
        assert "vos_registration_proof=none" in fleet.reported()["vos"]["cause"]
        assert fleet.installed() == before

    # It tells who is registered, and of nobody with which certificate
    command = fleet._softswitch()["vos_registrations_command"].replace('$(cat "$f")', "-")
    anonymous = {"vos": {"vos_registrations_command": command}}
    done = fleet.play(ROTATE, changed=due("gw1", **anonymous))
    assert done.returncode == 2, done.stdout + done.stderr
    assert fleet.outcomes()["gw1"] == "refused"
    assert "gateway_registration_proof=registration" in fleet.reported()["gw1"]["cause"]
    assert fleet.installed() == before

    accepted = {"gw1": {"gateway_registration_proof": "registration"}, **anonymous}
    done = fleet.play(ROTATE, changed=due("gw1", **accepted))
    assert done.returncode == 0, done.stdout + done.stderr
    assert fleet.outcomes()["gw1"] == "renewed_not_proven"
    assert "does not tell with which certificate" in fleet.reported()["gw1"]["cause"]

    accepted = {
        "vos": {"vos_registration_proof": "none", "vos_registrations_command": ""},
        **{name: {"gateway_registration_proof": "none"} for name in GATEWAYS},
    }
    done = fleet.play(ROTATE, changed=due(*EVERYBODY, **accepted))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Rotation: 3 renewed not proven, 1 unchanged" in done.stdout
    assert "gateway_registration_proof: none" in fleet.reported()["gw2"]["cause"]
    assert fleet.installed()["gw2"] != before["gw2"]


def test_a_device_that_is_gone_is_named_and_the_others_go_on(fleet: RegisteredFleet) -> None:
    gone = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 9, "ansible_ssh_retries": 0}
    done = fleet.play(ROTATE, changed=due("gw1", "gw2", gw1=gone))
    assert done.returncode == 4
    assert fleet.outcomes() == {"vos": "unchanged", "gw1": "unreachable", "gw2": "renewed", "gw3": "unchanged"}


def test_a_folder_that_cannot_be_written_leaves_the_pair_that_is_there(fleet: RegisteredFleet) -> None:
    before = fleet.installed()
    certs = fleet.device("gw1") / "etc/certs"
    shutil.move(certs / "staging", certs / "staging-was") if (certs / "staging").exists() else None
    (certs / "staging").write_text("a file where a folder is to be\n")
    done = fleet.play(ROTATE, changed=due("gw1"))
    assert done.returncode == 2
    assert fleet.outcomes()["gw1"] == "failed"
    assert fleet.installed() == before
    assert fleet.registered()["gw1"] == before["gw1"]
    (certs / "staging").unlink()
    assert fleet.play(ROTATE, changed=due("gw1")).returncode == 0
    assert fleet.outcomes()["gw1"] == "renewed"


@pytest.mark.parametrize("device", ["vos", "gw1"])
def test_site_leaves_no_certificate_behind_that_a_service_cannot_load(fleet: RegisteredFleet, device: str) -> None:
    before, registered = fleet.installed(), fleet.registered()
    kind, path = ("vos", "vos_server.crt") if device == "vos" else ("gateway", "gateway.crt")
    certificate = fleet.device(device) / "etc/certs" / path
    command = f"openssl x509 -in {certificate} -noout -serial | grep -qi {before[device]} || {{ echo ee key too small; exit 1; }}"
    done = fleet.site(changed=due(device, **{device: {f"{kind}_reload_command": command}}))
    assert done.returncode == 2
    said = done.stdout + done.stderr
    assert "ee key too small" in said
    assert "The certificate of before is back in use." in said
    assert fleet.installed() == before
    assert fleet.registered() == registered
