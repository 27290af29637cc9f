# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A playbook that finds no host to work on fails, and names what it looked for and what there is."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.fleet import Fleet
from ansible_collections.siptls.vos.tests.integration.playground import ROOT

PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml"))
#: What revoke refuses first without
OPTIONS = {"revoke": ["-e", "device=gw1"]}


def run(
    folder: Path, playbook: str, groups: Mapping[str, Sequence[str]] | None, *options: str
) -> subprocess.CompletedProcess[str]:
    """A playbook with an inventory of these groups; without an inventory where there are none."""
    inventory = folder / "hosts.json"
    children = {name: {"hosts": {host: {} for host in hosts}} for name, hosts in (groups or {}).items()}
    inventory.write_text(json.dumps({"all": {"children": children, "vars": {"ansible_connection": "local"}}}))
    named = [] if groups is None else ["-i", str(inventory)]
    return Fleet(folder).run(f"siptls.vos.{playbook}", *named, *OPTIONS.get(playbook, []), *options)


def refused(done: subprocess.CompletedProcess[str]) -> str:
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    assert "changed=1" not in said
    return said


@pytest.mark.nightly
@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_other_group_names_are_refused_and_the_groups_that_there_are_named(tmp_path: Path, playbook: str) -> None:
    said = refused(run(tmp_path, playbook, {"sbc": ["vos"], "phones": ["p1", "p2"]}))
    assert "no host of the inventory is expected here, so there is nothing to do" in said
    assert "Expected: at least one host of " in said
    assert f"Found: the groups sbc (1 host), phones (2 hosts); read from {tmp_path}/hosts.json" in said
    assert ": {children: {sbc: {}}}" in said


@pytest.mark.nightly
@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_no_inventory_is_refused(tmp_path: Path, playbook: str) -> None:
    said = refused(run(tmp_path, playbook, None))
    assert "the inventory has no host, so there is nothing to do" in said
    assert "ansible-playbook -i INVENTORY" in said


def test_no_inventory_with_a_limit_is_refused_too(tmp_path: Path) -> None:
    """There is not even a localhost then."""
    said = refused(run(tmp_path, "rotate", None, "--limit", "gw1"))
    assert "The inventory has no host, so --limit leaves none." in said


def test_an_inventory_that_does_not_exist_is_named(tmp_path: Path) -> None:
    done = Fleet(tmp_path).run("siptls.vos.rotate", "-i", "of_nobody.yml")
    assert f"read from {tmp_path}/of_nobody.yml (does not exist)" in refused(done)


def test_groups_without_hosts_are_refused(tmp_path: Path) -> None:
    said = refused(run(tmp_path, "verify", {"softswitches": [], "gateways": [], "sbc": ["vos"]}))
    assert "at least one host of softswitches or gateways" in said


def test_a_limit_that_leaves_others_is_refused(tmp_path: Path) -> None:
    groups = {"softswitches": ["vos"], "gateways": ["gw1"], "phones": ["p1"]}
    said = refused(run(tmp_path, "rotate", groups, "--limit", "p1"))
    assert "--limit leaves no host to work on" in said
    assert "such as gw1, vos. Found: --limit p1, which is p1." in said


@pytest.mark.parametrize("options", [["-e", "device=gw9"], ["-e", "device=gw*9"], ["--limit", "vos"]])
def test_a_device_that_is_not_there_is_not_diagnosed_as_healthy(tmp_path: Path, options: list[str]) -> None:
    refused(run(tmp_path, "diagnose", {"softswitches": ["vos"], "gateways": ["gw1"]}, *options))


@pytest.mark.parametrize("playbook", ["site", "rotate", "verify"])
def test_a_misspelled_group_beside_a_right_one_is_refused(tmp_path: Path, playbook: str) -> None:
    said = refused(run(tmp_path, playbook, {"softswitches": ["vos"], "gateway": ["gw1"]}))
    assert "the group gateway would be left out" in said
    assert "rename gateway to gateways, or make it a child: gateways: {children: {gateway: {}}}" in said


def test_groups_of_other_names_work_as_children(tmp_path: Path) -> None:
    """What the documentation tells an operator with group names of his own."""
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(
        "sbc: {hosts: {vos: {}}}\ngateway: {hosts: {gw1: {}, gw2: {}}}\n"
        "softswitches: {children: {sbc: {}}}\ngateways: {children: {gateway: {}}}\n"
    )
    done = Fleet(tmp_path).run("siptls.vos.site", "-i", str(inventory))
    said = done.stdout + done.stderr
    # The next thing that is missing
    assert "pki_issuing_passphrase: expected" in said
    for name in ("vos", "gw1", "gw2"):
        assert f"{name}: " in said


def test_nothing_due_is_no_error(tmp_path: Path) -> None:
    """A group of the inventory plugin may be empty: a play of an operator whose hosts are ``due`` ends well."""
    play = tmp_path / "due.yml"
    play.write_text(json.dumps([{"hosts": "due", "gather_facts": False, "tasks": []}]))
    inventory = tmp_path / "hosts.json"
    inventory.write_text(json.dumps({"all": {"hosts": {"gw1": {}}, "children": {"due": {}}}}))
    done = Fleet(tmp_path).run(str(play), "-i", str(inventory))
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_limit_does_not_leave_out_the_report(tmp_path: Path) -> None:
    """``localhost`` is no host of an inventory, so ``--limit`` leaves out a play for it, and the run ends well without."""
    fleet = Fleet(tmp_path)
    done = fleet.play("siptls.vos.post_quantum", "--limit", "gw1")
    assert (tmp_path / "post-quantum-report.json").exists(), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("playbook", "extra", "meant"),
    [
        ("rotate", "rotate_batch=[1]", "rotate_batches"),
        ("rotate", "rotate_failure_limt=5", "rotate_failure_limit"),
        ("verify", "verify_stict=true", "verify_strict"),
        ("report", "report_lanugage=zh", "report_language"),
        ("diagnose", "diagnose_call_too=600", "diagnose_call_to"),
        ("diagnose", "devcie=gw1", "device"),
        ("revoke", "reasn=key_compromise", "reason"),
        ("revoke", "revoke_wiat=60s", "revoke_wait"),
        ("post_quantum", "post_quantum_stge=anchors", "post_quantum_stage"),
        ("site", "gateway_serail=25", "gateway_serial"),
        ("allowlist", "allowlist_stat=absent", "allowlist_state"),
        ("audit", "vos_srevice=kamailio", "vos_service"),
    ],
)
def test_a_misspelled_extra_variable_stops_the_run(tmp_path: Path, playbook: str, extra: str, meant: str) -> None:
    groups = {"softswitches": ["vos"], "gateways": ["gw1"]}
    said = refused(run(tmp_path, playbook, groups, "-e", extra))
    assert f"{extra.partition('=')[0]}: expected a known name" in said
    assert f"did you mean {meant}?" in said


def test_an_extra_variable_of_ones_own_is_no_concern(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    done = fleet.site("--tags", "preflight", "-e", "ticket=4711", "-e", "ansible_become=false")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "stops"), [("verify_retport", True), ("rotate_batch", True), ("report_colour", False)]
)
def test_so_does_a_misspelled_variable_of_a_playbook_in_the_inventory(tmp_path: Path, name: str, stops: bool) -> None:
    done = Fleet(tmp_path).site("--tags", "preflight", changed={"gw2": {name: "1"}})
    said = done.stdout + done.stderr
    assert (done.returncode != 0) is stops, said
    assert f"{name}: expected a known name; found a variable that nothing reads" in said
    own = {"gw2": {name: "1", "siptls_other_variables": [name]}}
    done = Fleet(tmp_path).site("--tags", "preflight", changed=own)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr
