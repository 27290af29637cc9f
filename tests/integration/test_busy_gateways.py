# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gateways in calls: the others of a batch go first, and those in calls wait together, however few the forks are."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.registered_fleet import RegisteredFleet

pytestmark = pytest.mark.nightly

ROTATE = "siptls.vos.rotate"
BUSY = ("gw1", "gw2", "gw3", "gw4", "gw5", "gw6")
IDLE = ("gw7", "gw8")
GATEWAYS = (*BUSY, *IDLE)
FORKS = 2
#: Seconds. Three waits one after the other are longer than one and all that two turns cost on a machine under load.
WAIT = 40
DUE = {"gateway_certificate_valid_for": "40d", "gateway_idle_wait": f"{WAIT}s"}
IN_TURNS = ("-f", str(FORKS), "-e", "rotate_batches=8")


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[RegisteredFleet]:
    """Not set up yet."""
    made = RegisteredFleet(tmp_path, GATEWAYS)
    try:
        yield made
    finally:
        made.end()


def set_up(fleet: RegisteredFleet) -> None:
    done = fleet.site("-f", "4", "-e", "rotate_batches=8")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(fleet.registered()) == set(GATEWAYS)


def calls_on(fleet: RegisteredFleet, *gateways: str) -> None:
    for name in gateways:
        fleet.device(name).mkdir(parents=True, exist_ok=True)
        (fleet.device(name) / "calls").write_text("1\n")


def reloaded_at(fleet: RegisteredFleet, name: str) -> float:
    return (fleet.device(name) / "reloads").stat().st_mtime


def hung_up_after(fleet: RegisteredFleet, name: str, looks: int) -> dict[str, Any]:
    """A gateway whose call ends while the others wait: the command says so from a certain look on."""
    looked = fleet.device(name) / "looked"
    return {
        "gateway_calls_command": f"echo look >>{looked}; [ $(wc -l <{looked}) -gt {looks} ] && echo 0 || echo 1",
    }


def failed_with(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


def test_six_gateways_in_calls_cost_one_wait_and_the_idle_ones_go_first(fleet: RegisteredFleet) -> None:
    set_up(fleet)
    calls_on(fleet, *BUSY)
    loaded = {name: reloaded_at(fleet, name) for name in GATEWAYS}
    changed = {
        **{name: dict(DUE) for name in GATEWAYS},
        # One hangs up in between, and one is cut at the end
        "gw2": {**DUE, **hung_up_after(fleet, "gw2", 2)},
        "gw5": {**DUE, "gateway_when_busy": "force"},
    }
    done = fleet.play(ROTATE, *IN_TURNS, changed=changed)
    assert done.returncode == 0, failed_with(done)
    reported = fleet.reported()
    assert {name: entry["outcome"] for name, entry in reported.items() if name != "vos"} == {
        **dict.fromkeys(GATEWAYS, "deferred"),
        **dict.fromkeys(("gw2", "gw5", *IDLE), "renewed"),
    }
    assert reported["gw1"]["cause"] == f"1 call still up after {WAIT} s; the next run tries again"
    assert "in calls: gw1, gw2, gw3, gw4, gw5, gw6; asked again until" in done.stdout
    # Nobody was cut but the one that was to be, and nobody who was idle waited for anybody
    assert {name for name in GATEWAYS if reloaded_at(fleet, name) != loaded[name]} == {"gw2", "gw5", *IDLE}
    order = sorted(("gw2", "gw5", *IDLE), key=lambda name: reloaded_at(fleet, name))
    assert order[2:] == ["gw2", "gw5"]
    assert reloaded_at(fleet, "gw5") - reloaded_at(fleet, "gw8") > WAIT / 2
    # One wait, where one in each fork after another took three
    for name in BUSY:
        assert reported[name]["seconds"] < 2 * WAIT, reported
    assert fleet.registered() == {**fleet.registered(), "gw2": fleet.installed()["gw2"], "gw7": fleet.installed()["gw7"]}
    assert done.stdout.count("Pause for the gateways in calls") < 20


def test_a_gateway_that_fails_after_its_call_goes_back_and_counts_as_failed(fleet: RegisteredFleet) -> None:
    set_up(fleet)
    before = fleet.installed()
    calls_on(fleet, "gw1")
    register = fleet.folder / "register.sh"
    register.write_text(
        register.read_text().replace(
            '[ ! -e "$1/broken" ]',
            f'! {{ [ "${{1##*/}}" = gw2 ] && ! openssl x509 -in gateway.crt -noout -serial | grep -qi {before["gw2"]}; }}',
        )
    )
    changed = {
        "gw1": {**DUE, "gateway_idle_wait": "8s"},
        "gw2": {**DUE, **hung_up_after(fleet, "gw2", 2)},
        "gw7": dict(DUE),
    }
    done = fleet.play(ROTATE, *IN_TURNS, changed=changed)
    assert done.returncode == 2, failed_with(done)
    outcomes = fleet.outcomes()
    assert {name: outcomes[name] for name in ("gw1", "gw2", "gw7")} == {
        "gw1": "deferred",
        "gw2": "rolled_back",
        "gw7": "renewed",
    }
    assert "gw2: rolled back." in failed_with(done)
    assert fleet.installed()["gw2"] == before["gw2"]
    assert fleet.registered()["gw2"] == before["gw2"]


def test_nobody_pauses_where_nobody_is_in_calls(fleet: RegisteredFleet) -> None:
    set_up(fleet)
    done = fleet.play(ROTATE, "-f", "4", "-e", "rotate_batches=4", changed={name: dict(DUE) for name in GATEWAYS})
    assert done.returncode == 0, failed_with(done)
    assert "Rotation: 8 renewed" in done.stdout
    # No task that was skipped for each gateway either
    assert "Rotate the gateways in calls, together" not in done.stdout
    assert json.loads(fleet.report.read_text())["counts"] == {"renewed": 8, "unchanged": 1}


def test_a_rollout_leaves_gateways_in_calls_as_they_were_and_waits_for_them_together(fleet: RegisteredFleet) -> None:
    conf = {}
    for name in GATEWAYS:
        conf[name] = fleet.device(name) / "etc/gateway.conf"
        conf[name].parent.mkdir(parents=True)
        conf[name].write_text("[sip]\nregister = sip:vos.example.com:5060\ntransport = udp\n")
    calls_on(fleet, *BUSY)
    wait = {"gateway_idle_wait": f"{WAIT}s"}
    changed = {**{name: dict(wait) for name in GATEWAYS}, "gw2": {**wait, **hung_up_after(fleet, "gw2", 2)}}
    begun = time.monotonic()
    done = fleet.site(*IN_TURNS, changed=changed)
    took = time.monotonic() - begun
    assert done.returncode == 0, failed_with(done)
    moved = {name for name in GATEWAYS if "transport = tls" in conf[name].read_text()}
    assert moved == {"gw2", *IDLE}
    assert set(fleet.registered()) == moved
    assert f"Not reloaded: 1 call still up after {WAIT} s; the next run tries again" in failed_with(done)
    assert max(reloaded_at(fleet, name) for name in IDLE) < reloaded_at(fleet, "gw2")
    # All else of this run takes less than two more waits
    assert WAIT < took < 3 * WAIT, took
    assert not list(fleet.folder.glob("devices/gw*/etc/.*siptls-[pn]*"))

    for name in BUSY:
        (fleet.device(name) / "calls").write_text("0\n")
    done = fleet.site("-f", "4", "-e", "rotate_batches=8")
    assert done.returncode == 0, failed_with(done)
    assert set(fleet.registered()) == set(GATEWAYS)
