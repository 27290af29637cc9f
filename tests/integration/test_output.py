# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run prints: the operator's own configuration in a diff and the rest in a line each, and JSON alone for a program."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.fleet import Fleet
from ansible_collections.siptls.vos.tests.integration.playground import ROOT, Play
from ansible_collections.siptls.vos.tests.integration.test_site import succeeded


@pytest.mark.skipif(not shutil.which("xmllint"), reason="needs xmllint (package libxml2-utils)")
def test_a_diff_shows_the_operators_configuration_and_a_line_for_each_file_of_ours(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    etc = fleet.device("vos") / "etc"
    changed = {
        "vos": {"vos_xml_schema_check": True, "vos_crl_file": str(etc / "crl.pem"), "vos_crl_alarm": False},
    }
    done = succeeded(fleet.site("--limit", "vos", "--check", "--diff", changed=changed))
    digest = hashlib.sha256((ROOT / "roles/vos/platforms/vos/files/sip_domain.xsd").read_bytes()).hexdigest()
    assert re.search(rf"^{etc}/\S+\.xsd: created, \d+ lines, SHA-256 {digest}$", done.stdout, re.MULTILINE)
    assert "xs:schema" not in done.stdout
    for line in ("verify_mode", "cert_file", "<sip_domain"):
        assert f"\n+{line}" in done.stdout
    succeeded(fleet.site("--limit", "vos", changed=changed))
    (etc / "crl.pem").write_text("")
    done = succeeded(fleet.site("--limit", "vos", "--check", "--diff", changed=changed))
    assert f"{etc}/crl.pem: changed, " in done.stdout
    assert "X509 CRL" not in done.stdout


def test_a_file_may_be_shown_by_its_digest(play: Play) -> None:
    path = play.device("gw1") / "script"
    play.device("gw1").mkdir()
    file = {"path": str(path), "content": "one\ntwo\n", "diff": "digest"}
    task = {"name": "It", "siptls.vos.device_files": {"files": [file]}}
    done = play([task], diff=True)
    digest = hashlib.sha256(b"one\ntwo\n").hexdigest()
    assert done.of("gw1")["diff"] == [{"prepared": f"{path}: created, 2 lines, SHA-256 {digest}\n"}]
    assert "+two" not in done.output
    gone = {"name": "It", "siptls.vos.device_files": {"files": [{**file, "state": "absent"}]}}
    assert play([gone], diff=True, check=True).of("gw1")["diff"] == [{"prepared": f"{path}: removed\n"}]


@pytest.mark.nightly
@pytest.mark.parametrize("playbook", ["rotate", "remove", "verify", "post_quantum"])
@pytest.mark.parametrize("callback", ["default", "ansible.posix.json"])
def test_a_program_gets_json_alone(tmp_path: Path, playbook: str, callback: str) -> None:
    fleet = Fleet(tmp_path)
    if playbook == "remove":
        succeeded(fleet.site())  # there has to be something to remove
    done = fleet.play(f"siptls.vos.{playbook}", "--check", environment={"ANSIBLE_STDOUT_CALLBACK": callback})
    heading = re.search(r"^device +", done.stdout, re.MULTILINE | re.IGNORECASE)
    if callback == "default":
        assert heading, done.stdout
        return
    assert not heading
    said = json.loads(done.stdout)
    results = [host for play in said["plays"] for task in play["tasks"] for host in task["hosts"].values()]
    tables = [result["table"] for result in results if "table" in result]
    assert tables
    assert any("gw1" in table for table in tables)
