# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gallery of faults: each one put into the running lab, the diagnosis run as an operator would, and its first cause looked at.

In make nightly the remedy of that cause is taken, word by word: the lab is healthy afterwards, and no other device has changed. Of a
lab without faults nothing is found, before and after.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.tables import aligned
from lab.fault import GATEWAYS, Fault
from lab.faults import FAULTS
from lab.material import GATEWAY, SOFTSWITCH, bring_back, keep, shell
from lab.remedies import HOSTS, hosts_of, is_by_hand, state_of, take

ROOT = Path(__file__).resolve().parents[3]
REPORTS = ROOT / ".cache/molecule/diagnose/reports"
OPERATOR = ROOT / ".cache/molecule/diagnose/operator"
REGISTRATIONS = ROOT / "molecule/resources/registrations"
# In make test every second one, which is twenty of all subjects, and no remedy is taken: tests/integration/test_remedies.py has some
SHORT = bool(os.environ.get("SIPTLS_SHORT"))
# A part of a name picks the faults that have it
CHOSEN = [one for one in FAULTS[:: 2 if SHORT else 1] if os.environ.get("SIPTLS_FAULT", "") in one.name]
COLUMNS = ("fault", "first cause", "certainty", "right?", "mended?", "runner-up")


def diagnose(*variables: str) -> tuple[int, dict[str, Any]]:
    """Exit status and report of the playbook for gw1."""
    (REPORTS / "gw1.json").unlink(missing_ok=True)
    done = subprocess.run(
        ["ansible-playbook", f"--inventory={ROOT}/inventories/lab", f"--inventory={ROOT}/molecule/diagnose/inventory",
         str(ROOT / "playbooks/diagnose.yml"), "-e", "device=gw1", "-e", f"diagnose_report={REPORTS}", "-e", "diagnose_timeout=2s",
         *(word for one in variables for word in ("-e", one))],
        capture_output=True, text=True, check=False, timeout=300, cwd=ROOT,
    )  # fmt: skip
    assert (REPORTS / "gw1.json").exists(), done.stdout + done.stderr
    return done.returncode, json.loads((REPORTS / "gw1.json").read_text())


def is_healthy(gateways: Sequence[str] = GATEWAYS, *, patient: Sequence[str] = ()) -> None:
    """Registered, diagnosed and, where there is another one to call, called.

    :param gateways: those that have to be registered, the diagnosed one first
    :param patient: of these, those that are not at fault, and wait before they try again where they lost their registration (RFC 5626)
    """
    registered = shell(SOFTSWITCH, "/usr/local/sbin/vos_registrations")
    for name in patient:
        if f"sip:{name}@" not in registered:
            shell(f"siptls-{name}", "systemctl restart gateway")
    subprocess.run([str(REGISTRATIONS), "--wait", *gateways], check=True, capture_output=True)
    status, report = diagnose(*(f"diagnose_call_to={name}" for name in gateways[1:]))
    assert report["causes"] == []
    assert report["verdict"] == "ok"
    assert status == 0
    if gateways[1:]:
        assert report["facts"]["call"]["keying"] == "sdes"


@pytest.fixture(scope="module")
def rows() -> Iterator[list[tuple[str, ...]]]:
    """The table, printed at the end."""
    keep()
    found: list[tuple[str, ...]] = []
    begin = time.monotonic()
    yield found
    print("", *aligned([COLUMNS, *found]), sep="\n")
    right = sum(row[3] == "yes" for row in found)
    print(f"{right} of {len(found)} first causes are right, in {time.monotonic() - begin:.0f} s")


def test_nothing_is_found_in_a_lab_without_faults(rows: list[tuple[str, ...]]) -> None:
    is_healthy()


def mend(fault: Fault, steps: list[dict[str, Any]]) -> str:
    """Takes the remedy. Why it did not mend the fault, or changed something else; empty where all is well."""
    if fault.by_hand:
        return "" if is_by_hand(steps) else f"it has a command, and cannot mend that: {steps}"
    others = sorted(set(HOSTS) - hosts_of(steps))
    before = state_of(others)
    try:
        take(steps, OPERATOR, root=ROOT)
        is_healthy(fault.mends, patient=[name for name in others if name in fault.mends])
    except (AssertionError, subprocess.SubprocessError) as error:
        return str(error) or repr(error)
    return "" if state_of(others) == before else f"something changed on {', '.join(others)}"


@pytest.mark.parametrize("fault", CHOSEN, ids=lambda one: one.name)
def test_the_first_cause_is_right(fault: Fault, rows: list[tuple[str, ...]]) -> None:
    try:
        fault.inject()
        if "diagnose_call_to" in fault.variables:
            # Whom it calls lost its registration with every restart of the softswitch, and waits before it tries again
            shell("siptls-gw2", "systemctl restart gateway")
            subprocess.run([str(REGISTRATIONS), "--wait", "gw2"], check=True, capture_output=True)
        status, report = diagnose(*(f"{name}={value}" for name, value in fault.variables.items()))
        causes = report["causes"]
        first = causes[0] if causes else {"id": "nothing", "certainty": "", "where": "", "steps": []}
        unmended = mend(fault, first["steps"]) if not SHORT and first["id"] == fault.cause else ""
    finally:
        fault.undo()
        for name in set(GATEWAYS) - set(fault.mends):
            # The remedy left it cut off, and it waits before it tries again
            shell(f"siptls-{name}", "systemctl restart gateway")
    text = json.dumps(first, ensure_ascii=False)
    is_right = (
        first["id"] == fault.cause
        and all(word in text for word in fault.words)
        and first["where"] == (fault.where or first["where"])
    )
    runner_up = next((one["id"] for one in causes[1:]), "")
    mended = "not tried" if SHORT else "by hand" if fault.by_hand else "NO" if unmended else "yes"
    rows.append((fault.name, first["id"], first["certainty"], "yes" if is_right else "NO", mended, runner_up))
    assert first["id"] == fault.cause, json.dumps(causes, indent=1)
    assert [word for word in fault.words if word not in text] == [], text
    assert first["where"] == (fault.where or first["where"])
    assert status == 2
    assert report["verdict"] == "failed"
    assert unmended == ""


def test_nothing_is_found_once_all_faults_are_gone(rows: list[tuple[str, ...]]) -> None:
    for container in (SOFTSWITCH, GATEWAY):
        bring_back(container)
    is_healthy()
