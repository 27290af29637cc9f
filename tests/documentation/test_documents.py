# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command of README and documentation is run as it stands there, or by a test or gate that is named."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.documentation import blocks, coverage
from ansible_collections.siptls.vos.tests.documentation.blocks import Block, Command
from ansible_collections.siptls.vos.tests.integration.playground import ROOT

DOCUMENTS = blocks.documents(ROOT)
# Run by test_incidents.py, which looks at what has become of the fleet
INCIDENTS = "docs/docsite/rst/incident_"


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def commands(path: Path) -> list[Command]:
    return [c for block in blocks.read(path) if block.language in blocks.COMMANDS for c in blocks.commands(block)]


def of_this_world(path: Path) -> list[Command]:
    table = coverage.entries()
    return [command for command in commands(path) if not coverage.covering(table, ROOT, command)]


STORIES = [name(path) for path in DOCUMENTS if of_this_world(path) and not name(path).startswith(INCIDENTS)]


@pytest.mark.nightly(
    "docs/docsite/rst/first_rollout.rst", "docs/docsite/rst/report.rst", "docs/docsite/rst/verification.rst"
)
@pytest.mark.parametrize("document", STORIES)
def test_commands_of_a_document_work_from_its_first_to_its_last(document: str, tell) -> None:
    tell(document)


def test_every_block_is_of_a_kind_that_is_looked_at() -> None:
    known = blocks.COMMANDS | blocks.YAML | blocks.DATA | blocks.TEXT
    wrong = []
    for path in DOCUMENTS:
        for block in blocks.read(path):
            if block.language not in known:
                wrong.append(f"{where(block)}: {block.language or 'no language'}: one of {', '.join(sorted(known))}")
            elif block.language in blocks.TEXT and any(looks_like_a_command(line) for line in block.text.splitlines()):
                wrong.append(f"{where(block)}: there are commands in it: make it console")
            elif block.language in blocks.COMMANDS and any(line.startswith("$ ") for line in block.text.splitlines()):
                wrong.append(f"{where(block)}: write commands without the prompt, so that they can be copied")
    assert not wrong, "\n".join(wrong)


def looks_like_a_command(line: str) -> bool:
    return line.startswith(("ansible", "make ", "openssl ", "git ", "podman "))


def test_json_can_be_read() -> None:
    found = [block for path in DOCUMENTS for block in blocks.read(path) if block.language in blocks.DATA]
    assert found
    for block in found:
        json.loads(block.text)


def test_what_is_said_to_be_run_elsewhere_is_run_there() -> None:
    wrong = coverage.false_evidence(coverage.entries(), ROOT)
    assert not wrong, "tests/documentation/coverage.yml:\n" + "\n".join(wrong)


def test_no_entry_is_about_nothing() -> None:
    everything = [command for path in DOCUMENTS for command in commands(path)]
    left = [
        f"{entry.command} (documents {entry.documents or 'all'})"
        for entry in coverage.unused(coverage.entries(), ROOT, everything)
    ]
    assert not left, "tests/documentation/coverage.yml: no document has such a command; remove:\n" + "\n".join(left)
    unknown = [
        pattern for pattern in coverage.worlds() if not any(re.fullmatch(pattern, name(path)) for path in DOCUMENTS)
    ]
    assert not unknown, f"tests/documentation/coverage.yml: worlds of documents that do not exist: {unknown}"


def test_every_target_of_make_that_is_shown_exists() -> None:
    shown = {(name(c.block.path), c.text) for path in DOCUMENTS for c in commands(path) if c.text.startswith("make ")}
    assert shown
    for document, command in shown:
        words = [word.strip('"') for word in command.split()[1:]]
        targets = [word for word in words if "=" not in word and not word.startswith("-")]
        done = subprocess.run(
            ["make", "--dry-run", *targets[:1]], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{document}: {command}: {done.stderr}"


def where(block: Block) -> str:
    return f"{name(block.path)}:{block.line}"
