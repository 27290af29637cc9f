# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rotation needs is told on the first day, and a rotation can be had though nothing is due."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.registered_fleet import RegisteredFleet

GATEWAYS = ("gw1", "gw2")
ROTATE = "siptls.vos.rotate"


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[RegisteredFleet]:
    """Set up, every gateway registered."""
    made = RegisteredFleet(tmp_path, GATEWAYS)
    try:
        done = made.site()
        assert done.returncode == 0, done.stdout + done.stderr
        assert "will refuse" not in done.stdout
        yield made
    finally:
        made.end()


def test_what_a_rotation_would_refuse_is_told_by_every_playbook_and_predicted_by_its_check_run(
    fleet: RegisteredFleet,
) -> None:
    lacking = {"gw1": {"gateway_calls_command": ""}}
    site = fleet.site(changed=lacking)
    assert site.returncode == 2, site.stdout + site.stderr
    assert re.search(r"gw1 does not tell whether calls are up.*set gateway_calls_command", site.stdout + site.stderr)
    assert "gw2 does not" not in site.stdout + site.stderr

    verify = fleet.play("siptls.vos.verify", changed=lacking)
    devices = {one["device"]: one for one in json.loads((fleet.folder / "verification.json").read_text())["devices"]}
    lifetimes = {name: next(c for c in one["checks"] if c["check"] == "lifetime") for name, one in devices.items()}
    assert {name: one["state"] for name, one in lifetimes.items()} == {"vos": "ok", "gw1": "due", "gw2": "ok"}
    assert "gw1 does not tell whether calls are up" in lifetimes["gw1"]["cause"], verify.stdout
    assert "set gateway_calls_command" in lifetimes["gw1"]["remedy"]

    due = {name: {"gateway_certificate_valid_for": "40d", **lacking.get(name, {})} for name in GATEWAYS}
    before = fleet.installed()
    for options, other in ((("--check",), "due"), ((), "renewed")):
        done = fleet.play(ROTATE, *options, changed=due)
        assert done.returncode == 2, done.stdout + done.stderr
        assert fleet.outcomes() == {"vos": "unchanged", "gw1": "refused", "gw2": other}
        assert "set gateway_calls_command" in fleet.reported()["gw1"]["cause"]
        assert re.search(r"^gw1 +refused", done.stdout, re.MULTILINE)
    assert fleet.installed()["gw1"] == before["gw1"]


@pytest.mark.nightly
def test_check_run_says_refused_where_only_the_softswitch_can_tell(fleet: RegisteredFleet) -> None:
    command = fleet._softswitch()["vos_registrations_command"].replace('$(cat "$f")', "-")
    changed = {"vos": {"vos_registrations_command": command}, "gw1": {"gateway_certificate_valid_for": "40d"}}
    done = fleet.play(ROTATE, "--check", changed=changed)
    assert done.returncode == 2, done.stdout + done.stderr
    assert fleet.outcomes() == {"vos": "unchanged", "gw1": "refused", "gw2": "unchanged"}
    assert "gateway_registration_proof=registration" in fleet.reported()["gw1"]["cause"]


@pytest.mark.nightly
def test_a_renewal_is_forced_for_one_device_and_the_report_and_the_record_say_so(fleet: RegisteredFleet) -> None:
    before = fleet.installed()
    options = ("--limit", "gw1", "-e", "rotate_now=true")
    planned = fleet.play(ROTATE, *options, "--check")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert fleet.reported()["gw1"]["forced"]
    assert fleet.outcomes() == {"gw1": "due"}
    assert fleet.installed() == before

    key = (fleet.device("gw1") / "etc/certs/gateway.key").read_text()
    done = fleet.play(ROTATE, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    entry = fleet.reported()["gw1"]
    assert (entry["outcome"], entry["forced"], entry["reasons"]) == ("renewed", True, ["renewal forced"])
    after = fleet.installed()
    assert {name for name in after if after[name] != before[name]} == {"gw1"}
    assert (fleet.device("gw1") / "etc/certs/gateway.key").read_text() != key
    assert fleet.registered()["gw1"] == after["gw1"]
    assert "reason: forced" in (fleet.folder / f"pki/certificates/gw1/{after['gw1']}.pem").read_text()

    again = fleet.play(ROTATE)
    assert again.returncode == 0
    assert set(fleet.outcomes().values()) == {"unchanged"}
    assert not any(one["forced"] for one in fleet.reported().values())
