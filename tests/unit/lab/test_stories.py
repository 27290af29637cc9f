# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario ssh runs what the documentation tells: each playbook with each of its variables is in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
STORIES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "molecule/ssh/vars/stories.yml").read_text())
DOCUMENTS = [
    ROOT / "README.md",
    *ROOT.glob("docs/docsite/rst/*.rst"),
    *ROOT.glob("roles/*/README.md"),
    *ROOT.glob("playbooks/*.yml"),
]
TEXT = "\n".join(path.read_text() for path in DOCUMENTS)


@pytest.mark.parametrize("name", STORIES)
def test_command_of_a_story_is_documented(name: str) -> None:
    command = STORIES[name]["command"]
    playbook, options = re.fullmatch(
        r"ansible-playbook -i inventory/hosts\.yml (siptls\.vos\.\w+)(.*)", command
    ).groups()
    documented = rf"ansible-playbook -i (inventory|inventories/example)/hosts\.yml {re.escape(playbook)}\b"
    assert re.search(documented, TEXT)
    for variable in re.findall(r"-e (\w+)=", options):
        assert f"-e {variable}=" in TEXT or f"``{variable}``" in TEXT


def test_every_story_has_a_test_and_every_test_a_story() -> None:
    told = set(re.findall(r'told\("(\w+)"', (ROOT / "molecule/ssh/tests/test_stories.py").read_text()))
    assert told == set(STORIES)
