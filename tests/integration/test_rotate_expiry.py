# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""siptls.vos.rotate keeps what expires current, first of all the CRLs, or fails and says what will expire."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.checking_fleet import CheckingFleet
from ansible_collections.siptls.vos.tests.integration.test_rotate import changes

GATEWAYS = ("gw1", "gw2")
ROTATE = "siptls.vos.rotate"
DAY = 86_400
#: CRLs that were made to last for an hour alone. With the defaults they are due at once
SHORT = {
    "pki_crl_valid_for": "1h",
    "pki_crl_renew_before": "10m",
    "pki_root_crl_valid_for": "1h",
    "pki_root_crl_renew_before": "10m",
}


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[CheckingFleet]:
    """Set up, every gateway registered, the CRLs good for an hour."""
    made = CheckingFleet(tmp_path, GATEWAYS)
    try:
        done = made.site(changed={"vos": SHORT})
        assert done.returncode == 0, done.stdout + done.stderr
        assert set(made.registered()) == set(GATEWAYS)
        assert 0 < made.left() < 3600
        yield made
    finally:
        made.end()


def said(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


def conversations(fleet: CheckingFleet, *options: str, **more: Any) -> dict[str, list[str]]:
    """By host, the tasks of a rotation that ran a command there: every one goes through the fleet's shell, which is told by verbosity."""
    done = fleet.play(ROTATE, "-vvv", *options, **more)
    assert done.returncode == 0, said(done)
    found: dict[str, list[str]] = {}
    task = ""
    for line in done.stdout.splitlines():
        if line.startswith("TASK ["):
            task = line.split(" : ")[-1].split("]")[0]
        if match := re.match(r"<(\S+)> EXEC ", line):
            found.setdefault(match[1], []).append(task)
    return found


def test_crls_are_renewed_pushed_and_loaded_though_no_certificate_is_due(fleet: CheckingFleet) -> None:
    before = fleet.installed()
    planned = fleet.play(ROTATE, "--check")
    assert planned.returncode == 0, said(planned)
    assert fleet.left() < 3600
    assert [one["outcome"] for one in fleet.expiry()["crls"]] == ["due"]

    done = fleet.play(ROTATE)
    assert done.returncode == 0, said(done)
    assert fleet.left() > 6 * DAY
    assert all(fleet.restart(name) for name in GATEWAYS)
    assert fleet.installed() == before
    kept = fleet.expiry()["crls"]
    assert [(one["host"], one["outcome"]) for one in kept] == [("vos", "pushed")]
    ends = sorted(one["not_after"] for one in kept[0]["found"])
    assert ends == sorted(one.next_update_utc.strftime("%Y-%m-%dT%H:%M:%SZ") for one in fleet.crls())
    assert "CRLs: 1 pushed; the first expires in" in done.stdout
    assert not fleet.expiry()["problems"]

    again = fleet.play(ROTATE)
    assert again.returncode == 0, said(again)
    assert changes(again) == 0
    assert fleet.expiry()["crls"][0]["outcome"] == "current"
    assert changes(fleet.site()) == 0


@pytest.mark.nightly
def test_one_that_was_pushed_and_never_loaded_is_loaded(fleet: CheckingFleet) -> None:
    assert fleet.play(ROTATE).returncode == 0
    # As where a run was killed between the file and the reload
    state = fleet.device("vos") / "etc/.tls.conf.siptls-loaded"
    state.write_text(
        re.sub(rf"^[0-9a-f]+ {re.escape(str(fleet.crl))}$", f"0 {fleet.crl}", state.read_text(), flags=re.MULTILINE)
    )
    # A softswitch that is refused gets its CRLs all the same
    unproven = {"vos": {"vos_registrations_command": "", "vos_certificate_valid_for": "40d"}}
    done = fleet.play(ROTATE, changed=unproven)
    assert done.returncode == 2
    assert fleet.outcomes()["vos"] == "refused"
    assert fleet.expiry()["crls"][0]["outcome"] == "pushed"
    assert fleet.play(ROTATE).returncode == 0
    assert fleet.expiry()["crls"][0]["outcome"] == "current"


@pytest.mark.nightly
def test_what_is_left_out_by_a_limit_is_said_and_not_touched(fleet: CheckingFleet) -> None:
    done = fleet.play(ROTATE, "--limit", "gw1")
    assert done.returncode == 0, said(done)
    assert fleet.left() < 3600
    assert fleet.expiry()["not_in_this_run"] == ["vos"]
    assert fleet.expiry()["crls"] == []
    assert "CRLs not renewed or checked, since not in this run: vos" in done.stdout


@pytest.mark.nightly
def test_crls_that_cannot_be_kept_fail_the_run_and_stop_nothing(fleet: CheckingFleet) -> None:
    due = {"gw1": {"gateway_certificate_valid_for": "40d"}}
    done = fleet.play(ROTATE, changed={**due, "vos": {"pki_root_passphrase": "another passphrase"}})
    assert done.returncode == 2
    assert fleet.outcomes()["gw1"] == "renewed"
    kept = fleet.expiry()
    assert kept["crls"][0]["outcome"] == "failed"
    assert "passphrase" in kept["crls"][0]["cause"]
    # What is there was read from the softswitch
    assert len(kept["crls"][0]["found"]) == 2
    assert {(one["host"], one["file"]) for one in kept["problems"]} == {("vos", ""), ("vos", str(fleet.crl))}
    assert "vos: its CRLs could not be kept current" in said(done)
    assert "Remedy" in said(done)

    # A service that does not reload: the file of before is back, and the next run does it
    done = fleet.play(ROTATE, changed={"vos": {"vos_reload_command": "false"}})
    assert done.returncode == 2
    assert fleet.left() < 3600
    assert fleet.expiry()["crls"][0]["outcome"] == "failed"
    assert fleet.play(ROTATE).returncode == 0
    assert fleet.left() > 6 * DAY


@pytest.mark.nightly
def test_crls_follow_a_certificate_that_had_expired(fleet: CheckingFleet) -> None:
    brief = {"vos_certificate_valid_for": "40s", "vos_certificate_renew_before": "10s"}
    done = fleet.site("--limit", "vos", changed={"vos": {**SHORT, **brief}})
    assert done.returncode == 0, said(done)
    time.sleep(41)  # real time, for the softswitch goes by its own clock
    done = fleet.play(ROTATE)
    assert done.returncode == 0, said(done)
    assert fleet.outcomes()["vos"] == "renewed"
    # With the expired certificate they were refused by the softswitch's own check
    assert re.search(r"the device refuses .*certificate has expired", done.stdout)
    assert fleet.expiry()["crls"][0]["outcome"] == "pushed"
    assert fleet.left() > 6 * DAY
    assert all(fleet.restart(name) for name in GATEWAYS)


@pytest.mark.nightly
def test_a_schedule_that_is_too_slow_for_its_crls_fails_each_run(fleet: CheckingFleet) -> None:
    done = fleet.play(ROTATE, changed={"vos": SHORT})
    assert done.returncode == 2
    problem = next(one for one in fleet.expiry()["problems"] if "Issuing" in one["problem"])
    assert problem["host"] == "vos"
    assert problem["file"] == str(fleet.crl)
    assert "two runs, one every 1 d (rotate_interval)" in problem["expected"]
    assert "pki_crl_valid_for" in problem["remedy"]
    assert fleet.restart("gw1")
    # The same CRLs with a run every ten minutes
    done = fleet.play(ROTATE, "-e", "rotate_interval=10m", changed={"vos": SHORT})
    assert done.returncode == 0, said(done)
    # What lasts for less than two runs is renewed though renew_before is shorter
    left = fleet.left()
    done = fleet.play(ROTATE, "-e", "rotate_interval=29m", changed={"vos": SHORT})
    assert done.returncode == 0, said(done)
    assert fleet.left() <= left
    done = fleet.play(ROTATE, "-e", "rotate_interval=2weeks", changed={"vos": SHORT})
    assert done.returncode == 2
    assert "- rotate_interval: expected a whole number above zero and a unit" in said(done)


@pytest.mark.nightly
def test_certificates_and_cas_are_watched_too(fleet: CheckingFleet) -> None:
    assert fleet.play(ROTATE).returncode == 0
    # Renewed an hour before their end, by a run each day
    late = {"gw1": {"gateway_certificate_valid_for": "1h", "gateway_certificate_renew_before": "10m"}}
    done = fleet.play(ROTATE, changed=late)
    assert done.returncode == 2
    assert [one["host"] for one in fleet.expiry()["problems"]] == ["gw1"]
    assert "gateway_certificate_renew_before" in fleet.expiry()["problems"][0]["remedy"]
    # The CA has 1825 days. Certificates for 1000 days: warned of; for 1824 days: none can be issued for that long
    for days, kind, rc in ((1000, "warnings", 0), (1824, "problems", 2)):
        done = fleet.play(ROTATE, changed={"gw2": {"gateway_certificate_valid_for": f"{days}d"}, "gw1": {}})
        assert done.returncode == rc, said(done)
        assert [one["host"] for one in fleet.expiry()[kind]] == ["issuing"]
        assert "siptls.vos.rollover" in fleet.expiry()[kind][0]["remedy"]
        assert "this CA" in said(done)


@pytest.mark.nightly
def test_a_run_with_nothing_to_do_costs_one_conversation_more(fleet: CheckingFleet) -> None:
    assert fleet.play(ROTATE).returncode == 0
    unchecked = {"vos": {"vos_crl_file": ""}}
    fleet.site(changed=unchecked)
    without = conversations(fleet, changed=unchecked)
    fleet.site()
    found = conversations(fleet)
    count = {host: len(tasks) for host, tasks in found.items()}
    assert sum(count.values()) == sum(len(tasks) for tasks in without.values()) + 1, found
