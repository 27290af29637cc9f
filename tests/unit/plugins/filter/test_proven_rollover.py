# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""That a file is there proves no step of a CA rollover."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.siptls.vos.plugins.filter.proven_rollover import proven_rollover
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.directory import PkiDirectory
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import NOW

FOLDERS = {"trust": "rollovers", "retirement": "retirements"}


@pytest.mark.parametrize("step", FOLDERS)
def test_nothing_is_proven_without_a_file_or_a_ca(tmp_path: Path, step: str) -> None:
    assert proven_rollover(str(tmp_path), "new", step) is False
    assert proven_rollover(str(tmp_path), "", step) is False


@pytest.mark.parametrize(
    "text", ["", "authority: new\n", "takes over from: old\nproven: 2026-01-01T00:00:00Z\ndevices: 3\n"]
)
@pytest.mark.parametrize("step", FOLDERS)
def test_a_bare_file_is_an_error_that_says_how_to_prove_the_step(tmp_path: Path, step: str, text: str) -> None:
    file = tmp_path / FOLDERS[step] / "new.txt"
    file.parent.mkdir()
    file.write_text(text)
    with pytest.raises(AnsibleFilterError, match=r"new\.txt.*Remedy"):
        proven_rollover(str(tmp_path), "new", step)


def test_what_was_recorded_is_proven(tmp_path: Path) -> None:
    directory = PkiDirectory(tmp_path)
    directory.record_trust("new", before="old", seen={}, now=NOW)
    directory.record_retirement("old", after="new", seen={}, now=NOW)
    assert proven_rollover(str(tmp_path), "new") is True
    assert proven_rollover(str(tmp_path), "old", "retirement") is True
    assert proven_rollover(str(tmp_path), "new", "retirement") is False


def test_another_step_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AnsibleFilterError, match="expected trust or retirement; found 'issue'"):
        proven_rollover(str(tmp_path), "new", "issue")
