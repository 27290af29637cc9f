# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every claim of the threat model names a test, and every test that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import ROOT

PAGE = ROOT / "docs/docsite/rst/threat_model.rst"
REFERENCE = re.compile(r"``((?:tests|molecule)/[\w/]+\.py)(?:::(\w+))?(?:\[([^\]`]+)\])?``")
#: A row of a list-table is a claim, and its last cell says what shows it.
ROW = re.compile(r"^   \* - (.*?)(?=^   \* - |^\S)", re.MULTILINE | re.DOTALL)


def claims() -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Each row of the tables that have a column "Shown by": what is claimed, and the tests that it names."""
    found = []
    for table in PAGE.read_text().split(".. list-table::")[1:]:
        header, *rows = ROW.findall(table + "\nend")
        if "Shown by" in header:
            found += [(row.split("\n     - ")[0], REFERENCE.findall(row)) for row in rows]
    return found


def test_every_claim_names_a_test() -> None:
    assert len(claims()) > 20
    assert [claim for claim, tests in claims() if not tests] == []


@pytest.mark.parametrize("reference", sorted({test for _claim, tests in claims() for test in tests}), ids="::".join)
def test_a_test_that_is_named_exists(reference: tuple[str, str, str]) -> None:
    file, name, row = reference
    path: Path = ROOT / file
    assert path.is_file()
    text = path.read_text()
    assert not name or f"def {name}(" in text
    assert not row or row in text
