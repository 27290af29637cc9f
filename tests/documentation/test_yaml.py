# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every YAML block of README and documentation is what Ansible reads, and names options that there are."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptls.vos.tests.documentation import blocks
from ansible_collections.siptls.vos.tests.documentation.blocks import Block
from ansible_collections.siptls.vos.tests.documentation.options import Interface
from ansible_collections.siptls.vos.tests.integration.playground import ROOT, collections_path

SHOWN = [block for path in blocks.documents(ROOT) for block in blocks.read(path) if block.language in blocks.YAML]


def label(block: Block) -> str:
    return f"{block.path.relative_to(ROOT)}:{block.line}"


def run(*command: str | Path, at: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(at),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": str(collections_path()),
    }
    return subprocess.run(command, cwd=at, env=environment, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def interface(tmp_path_factory: pytest.TempPathFactory) -> Interface:
    done = run("ansible-doc", "--metadata-dump", "--no-fail-on-errors", "siptls.vos", at=tmp_path_factory.mktemp("doc"))
    assert done.returncode == 0, done.stderr
    playbooks = [path.read_text(encoding="utf-8") for path in (ROOT / "playbooks").glob("*.yml")]
    return Interface.of(json.loads(done.stdout), playbooks)


@pytest.mark.parametrize("block", SHOWN, ids=label)
def test_options_and_variables_exist(block: Block, interface: Interface) -> None:
    wrong = list(interface.wrong(yaml.safe_load(block.text)))
    assert not wrong, f"{label(block)}:\n" + "\n".join(wrong)


def test_playbooks_pass_the_syntax_check(tmp_path: Path) -> None:
    playbooks = [block for block in SHOWN if is_playbook(yaml.safe_load(block.text))]
    assert playbooks
    names = {}
    for number, block in enumerate(playbooks):
        names[f"{number}.yml"] = label(block)
        (tmp_path / f"{number}.yml").write_text(block.text)
    done = run("ansible-playbook", "--syntax-check", "-i", "localhost,", *names, at=tmp_path)
    assert done.returncode == 0, f"{names}\n{done.stdout}{done.stderr}"


def is_playbook(document: Any) -> bool:
    return isinstance(document, list) and any(isinstance(item, dict) and "hosts" in item for item in document)


PLAY = {"hosts": "gateways", "tasks": [{"name": "Probe", "siptls.vos.sip_probe": {}}]}
PROBE = {
    "aor": "sip:gw1@example.com",
    "connect": "vos:5061",
    "certificate": "/c",
    "private_key": "/k",
    "trust_bundle": "/a",
}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([PLAY], "needs"),
        ([{**PLAY, "module_defaults": {"siptls.vos.sip_probe": PROBE}}], ""),
        ([{**PLAY, "module_defaults": {"siptls.vos.sip_probe": {**PROBE, "adr": "x"}}}], "has no option adr"),
        ([{"siptls.vos.sip_prob": {}}], "there is no module siptls.vos.sip_prob"),
        ([{"block": [{"siptls.vos.sip_probe": {**PROBE, "aor": 7, "what": 1}}]}], "has no option what"),
        (
            [{"siptls.vos.authority": {"pki": "p", "name": "root", "subject": {"common_nam": "x"}}}],
            "has no option common_nam",
        ),
        ({"softswitches": {"hosts": {"vos": {"vos_hostnam": "x"}}}}, "no role has a variable vos_hostnam"),
        ({"vos_sip_domains": [{"name": "example.com", "srtp_auth": "none"}]}, "is none of sdes, dtls"),
        ({"vos_tls_port": "many"}, "expected int"),
        ({"pki_rollover": {"root": "a", "issuing": "b", "phase": "soon"}}, "is none of publish, issue, retire"),
        ([{"ansible.builtin.import_role": {"name": "siptls.vos.pki", "tasks_from": "nothing"}}], "there is no role"),
        ({"gateway_user": "{{ inventory_hostname }}", "siptls_other_variables": ["gateway_site_*"]}, ""),
    ],
)
def test_what_is_wrong_is_found(interface: Interface, document: Any, words: str) -> None:
    found = "\n".join(interface.wrong(document))
    assert words in found if words else not found
