# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No template of a role, a playbook or an example sees what a device said about a failure: siptls.vos.failure_cause passes it on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ("roles", "playbooks", "examples", "inventories", "docs")
FILES = sorted(
    path for folder in FOLDERS for suffix in ("yml", "j2", "rst", "md") for path in (ROOT / folder).rglob(f"*.{suffix}")
)
#: Messages of a failed task, and what failure_cause makes of them. "causes" of a diagnosis is a list of which only the length counts;
#: undo_outcome decides by itself what goes back.
_MESSAGE = re.compile(
    r"ansible_failed_result|\.msg\b|\['msg'\]|rotation\.cause\b|verification_(problem|unreachable)\b|diagnosis\.summary\b"
    r"|__(vos|gateway)_failure\b(?!\.(first|second)_goes_back\b)|\.(stderr|stdout)\b"
)


def templates(document: Any) -> Iterator[str]:
    """The texts of a document that hold a template or are one."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key in ("when", "that", "failed_when", "changed_when", "until"):
                yield str(value)
            yield from templates(value)
    elif isinstance(document, list):
        for each in document:
            yield from templates(each)
    elif isinstance(document, str) and ("{{" in document or "{%" in document):
        yield document


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_sees_the_message_of_a_failed_task(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "ansible_failed_result" not in text
    if path.suffix == ".yml" and "awx" not in path.parts and "argument_specs" not in path.name:
        found = [one for one in templates(yaml.safe_load(text)) if _MESSAGE.search(one)]
        assert found == []


def test_the_test_finds_what_it_forbids() -> None:
    task = {"ansible.builtin.fail": {"msg": "{{ x.msg | default('') }}"}, "when": "y.stderr is defined"}
    assert [bool(_MESSAGE.search(each)) for each in templates([{"block": [task]}])] == [True, True]
