# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gateways in calls: the others of a batch go first, and those in calls wait together, however few the forks are."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.registered_fleet import RegisteredFleet

pytestmark = pytest.mark.nightly

ROTATE = "siptls.vos.rotate"
DUE = {"gateway_certificate_valid_for": "40d"}


@pytest.fixture
def fleet(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[RegisteredFleet]:
    """Not set up yet; of as many gateways as the test says."""
    made = RegisteredFleet(tmp_path, tuple(f"gw{number}" for number in range(1, request.param + 1)))
    try:
        yield made
    finally:
        made.end()


def set_up(fleet: RegisteredFleet) -> None:
    done = fleet.site("-f", "4", "-e", "rotate_batches=8")
    assert done.returncode == 0, failed_with(done)
    assert set(fleet.registered()) == set(fleet.gateways)


def reloaded_at(fleet: RegisteredFleet, name: str) -> float:
    return (fleet.device(name) / "reloads").stat().st_mtime


def looks(fleet: RegisteredFleet, name: str) -> list[float]:
    """When a gateway was asked how many calls are up."""
    return [float(line) for line in (fleet.device(name) / "looked").read_text().splitlines()]


def in_calls(fleet: RegisteredFleet, name: str, *, wait: str, until: int = 1_000_000, **more: Any) -> dict[str, Any]:
    """A gateway that is in a call, until it was asked so many times."""
    looked = fleet.device(name) / "looked"
    command = f"date +%s.%N >>{looked}; [ $(wc -l <{looked}) -gt {until} ] && echo 0 || echo 1"
    return {**DUE, "gateway_calls_command": command, "gateway_idle_wait": wait, **more}


def failed_with(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


@pytest.mark.parametrize("fleet", [8], indirect=True)
def test_six_gateways_in_calls_wait_together_and_the_idle_ones_go_first(fleet: RegisteredFleet) -> None:
    """With two forks. One after the other in a fork, the last would first be asked when the first had waited to its end."""
    set_up(fleet)
    busy, idle = ("gw1", "gw2", "gw3", "gw4", "gw5", "gw6"), ("gw7", "gw8")
    loaded = {name: reloaded_at(fleet, name) for name in fleet.gateways}
    changed = {
        **{name: in_calls(fleet, name, wait="15s") for name in busy},
        **{name: dict(DUE) for name in idle},
        # One hangs up in between, and one is cut at the end
        "gw2": in_calls(fleet, "gw2", wait="15s", until=1),
        "gw5": in_calls(fleet, "gw5", wait="15s", gateway_when_busy="force"),
    }
    done = fleet.play(ROTATE, "-f", "2", "-e", "rotate_batches=8", changed=changed)
    assert done.returncode == 0, failed_with(done)
    reported = fleet.reported()
    done_with = ("gw2", "gw5", *idle)
    assert {name: entry["outcome"] for name, entry in reported.items() if name != "vos"} == {
        **dict.fromkeys(busy, "deferred"),
        **dict.fromkeys(done_with, "renewed"),
    }
    assert reported["gw1"]["cause"] == "1 call still up after 15 s; the next run tries again"
    assert "in calls: gw1, gw2, gw3, gw4, gw5, gw6; asked again until" in done.stdout
    # Nobody was cut but the one that was to be, and nobody who was idle waited for anybody
    assert {name for name in fleet.gateways if reloaded_at(fleet, name) != loaded[name]} == set(done_with)
    asked = {name: looks(fleet, name) for name in busy}
    assert max(first for first, *_later in asked.values()) < min(times[1] for times in asked.values())
    assert max(reloaded_at(fleet, name) for name in idle) < min(times[1] for times in asked.values())
    assert reloaded_at(fleet, "gw5") - asked["gw5"][0] >= 15
    registered, installed = fleet.registered(), fleet.installed()
    assert all(registered[name] == installed[name] for name in done_with)
    assert all(registered[name] != installed[name] for name in ("gw1", "gw3", "gw4", "gw6"))


@pytest.mark.parametrize("fleet", [3], indirect=True)
def test_a_gateway_that_fails_after_its_call_goes_back_and_counts_as_failed(fleet: RegisteredFleet) -> None:
    set_up(fleet)
    before = fleet.installed()
    register = fleet.folder / "register.sh"
    register.write_text(
        register.read_text().replace(
            '[ ! -e "$1/broken" ]',
            f'! {{ [ "${{1##*/}}" = gw2 ] && ! openssl x509 -in gateway.crt -noout -serial | grep -qi {before["gw2"]}; }}',
        )
    )
    changed = {
        "gw1": in_calls(fleet, "gw1", wait="8s"),
        "gw2": in_calls(fleet, "gw2", wait="600s", until=1),
        "gw3": dict(DUE),
    }
    done = fleet.play(ROTATE, "-e", "rotate_batches=8", changed=changed)
    assert done.returncode == 2, failed_with(done)
    assert fleet.outcomes() == {"vos": "unchanged", "gw1": "deferred", "gw2": "rolled_back", "gw3": "renewed"}
    assert "gw2: rolled back." in failed_with(done)
    assert fleet.installed()["gw2"] == before["gw2"]
    assert fleet.registered()["gw2"] == before["gw2"]


@pytest.mark.parametrize("fleet", [3], indirect=True)
def test_nobody_pauses_where_nobody_is_in_calls(fleet: RegisteredFleet) -> None:
    set_up(fleet)
    done = fleet.play(ROTATE, "-e", "rotate_batches=2", changed={name: dict(DUE) for name in fleet.gateways})
    assert done.returncode == 0, failed_with(done)
    assert "Rotation: 3 renewed" in done.stdout
    # No task that was skipped for each gateway either
    assert "Rotate the gateways in calls, together" not in done.stdout
    assert json.loads(fleet.report.read_text())["counts"] == {"renewed": 3, "unchanged": 1}


@pytest.mark.parametrize("fleet", [3], indirect=True)
def test_a_rollout_waits_for_gateways_in_calls_together_and_leaves_them_as_they_were(fleet: RegisteredFleet) -> None:
    conf = {name: fleet.device(name) / "etc/gateway.conf" for name in fleet.gateways}
    for path in conf.values():
        path.parent.mkdir(parents=True)
        path.write_text("[sip]\nregister = sip:vos.example.com:5060\ntransport = udp\n")
    changed = {
        "gw1": in_calls(fleet, "gw1", wait="8s"),
        "gw2": in_calls(fleet, "gw2", wait="600s", until=1),
    }
    done = fleet.site("-f", "1", "-e", "rotate_batches=8", changed=changed)
    assert done.returncode == 0, failed_with(done)
    assert {name for name, path in conf.items() if "transport = tls" in path.read_text()} == {"gw2", "gw3"}
    assert set(fleet.registered()) == {"gw2", "gw3"}
    assert "Not reloaded: 1 call still up after 8 s; the next run tries again" in failed_with(done)
    asked = {name: looks(fleet, name) for name in ("gw1", "gw2")}
    assert max(asked["gw1"][0], asked["gw2"][0], reloaded_at(fleet, "gw3")) < min(asked["gw1"][1], asked["gw2"][1])
    assert not list(fleet.folder.glob("devices/gw*/etc/.*siptls-[pn]*"))

    done = fleet.site()
    assert done.returncode == 0, failed_with(done)
    assert set(fleet.registered()) == set(fleet.gateways)
