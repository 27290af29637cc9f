# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is spoilt is found, on the device that it is about; and a schedule of systemd finds it by itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from lab.registrar import podman_exec, registrations

ROOT = Path(__file__).resolve().parents[3]
LAB = ROOT / ".cache" / "lab"
CONTROLLER = "siptls-controller"
UNITS = ("siptls-verification.service", "siptls-verification.timer", "siptls-verification-alarm.service")


def document(case: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((LAB / "verify" / f"{case}.json").read_text())
    return found


def states(case: str) -> dict[str, str]:
    return {one["device"]: one["state"] for one in document(case)["devices"]}


def causes(case: str, device: str, state: str = "failed") -> dict[str, str]:
    entry = next(one for one in document(case)["devices"] if one["device"] == device)
    return {one["check"]: one["cause"] for one in entry["checks"] if one["state"] == state}


def test_fleet_in_order_is_ok() -> None:
    assert states("good") == {"vos": "ok", "gw1": "ok", "gw2": "ok"}, document("good")


def test_register_in_another_name_is_refused_and_the_gateway_failed() -> None:
    assert states("other_identity") == {"vos": "ok", "gw1": "ok", "gw2": "failed"}
    found = causes("other_identity", "gw2")
    assert {"record", "identity", "registration"} <= found.keys()
    assert "was issued to gw1, and not to this device" in found["record"]
    assert "the certificate does not name sip:gw2@example.com, which the device registers" in found["identity"]
    # Kamailio refuses it: what the probe asked, and what the gateway itself tried
    entry = next(one for one in document("other_identity")["devices"] if one["device"] == "gw2")
    registration = next(one for one in entry["checks"] if one["check"] == "registration")
    assert "403" in registration["cause"] + " ".join(registration["evidence"])


def test_valid_certificate_that_was_issued_for_somebody_else_is_found() -> None:
    assert states("not_on_record")["gw2"] == "failed"
    found = causes("not_on_record", "gw2")
    assert "was issued to spare, and not to this device" in found["record"]
    assert not {"identity", "chain", "pair", "registration", "tls"} & found.keys()


def test_revoked_gateway_that_is_still_registered_is_found() -> None:
    assert causes("revoked", "gw1")["revocation"].startswith("revoked ")
    assert "sip:gw1@example.com is registered with certificate" in causes("revoked", "vos")["registration"]
    assert states("revoked")["gw2"] == "ok"


def test_old_certificate_that_is_still_served_is_found() -> None:
    assert "a new connection gets certificate" in causes("old_served", "vos")["served"]
    assert causes("old_served", "vos", "due").keys() == {"connections"}
    assert {states("old_served")[name] for name in ("gw1", "gw2")} == {"ok"}


def test_device_out_of_reach_is_unreachable_and_the_others_are_as_they_were() -> None:
    found = states("unreachable")
    assert found["gw2"] == "unreachable"
    assert found["gw1"] == "ok"


def test_everything_is_as_it_was_afterwards() -> None:
    assert [one.aor for one in registrations()] == ["sip:gw1@example.com", "sip:gw2@example.com"]


def test_the_timer_runs_it_and_the_alarm_brings_the_document() -> None:
    good, bad = document("scheduled_good"), document("scheduled_bad")
    assert good["devices_total"] == bad["devices_total"] == 1
    assert good["counts"]["failed"] == 0
    assert bad["counts"]["failed"] == 1
    assert "others than owner and group may use the key" in causes("scheduled_bad", "appliance")["modes"]
    timer = podman_exec(
        CONTROLLER, "systemctl", "show", "siptls-verification.timer", "-p", "LastTriggerUSec", "--value"
    )
    assert timer.strip() not in ("", "n/a")


def test_a_run_without_a_document_raises_the_alarm_with_one_that_says_so() -> None:
    missing = document("scheduled_missing")
    assert missing["verified"] is False
    assert missing["problem"].startswith("the fleet could not be verified: exit-code, exit status ")


def test_the_collection_is_that_of_the_account() -> None:
    environment = podman_exec(
        CONTROLLER, "systemctl", "show", "siptls-verification.service", "-p", "Environment", "--value"
    )
    assert "ANSIBLE_HOME" not in environment
    assert "ANSIBLE_COLLECTIONS_PATH" not in environment
    assert podman_exec(CONTROLLER, "ls", "/home/siptls/.ansible/collections/ansible_collections/siptls") == "vos\n"


@pytest.mark.parametrize("unit", UNITS)
def test_units_are_right_by_systemd(unit: str) -> None:
    assert podman_exec(CONTROLLER, "systemd-analyze", "verify", f"/etc/systemd/system/{unit}") == ""


def test_service_runs_without_privileges_and_shut_in() -> None:
    shown = podman_exec(
        CONTROLLER, "systemctl", "show", "siptls-verification.service", "-p", "User,ProtectSystem,NoNewPrivileges"
    )
    assert sorted(shown.split()) == ["NoNewPrivileges=yes", "ProtectSystem=strict", "User=siptls"]
    owner = podman_exec(CONTROLLER, "stat", "-c", "%U %a", "/var/lib/siptls-verification/verification.json")
    assert owner.strip() == "siptls 644"
    exposure = podman_exec(
        CONTROLLER, "sh", "-c", "systemd-analyze security --no-pager siptls-verification.service | tail -n 1"
    )
    assert float(exposure.partition("exposure level for siptls-verification.service: ")[2].split()[0]) < 3.0, exposure


def test_no_schedule_is_left_where_none_is_wanted_any_more_and_the_last_document_is() -> None:
    def without() -> int:
        """How many tasks changed something."""
        inventories = ["-i", "inventories/lab", "-i", "molecule/verification/inventory"]
        command = [
            "ansible-playbook",
            *inventories,
            "playbooks/schedule_verification.yml",
            "-e",
            "verification_state=absent",
        ]
        environment = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache")}
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **environment, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"},
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return int(re.findall(r"changed=(\d+)", done.stdout)[0])

    assert without() > 0
    left = podman_exec(CONTROLLER, "sh", "-c", "find /etc -name '*siptls-verification*' ! -type d")
    assert left == ""
    listed = podman_exec(
        CONTROLLER, "systemctl", "list-units", "--all", "--plain", "--no-legend", "siptls-verification*"
    )
    assert listed == ""
    assert podman_exec(CONTROLLER, "test", "-s", "/var/lib/siptls-verification/verification.json") == ""
    assert without() == 0
