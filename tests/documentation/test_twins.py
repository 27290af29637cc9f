# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""README.md and README.zh-CN.md say the same in two languages, and a user gets both."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.siptls.vos.tests.documentation import blocks, world
from ansible_collections.siptls.vos.tests.integration.playground import ROOT

ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
HINT = "README.zh-CN.md has to follow README.md: translate what was changed, and copy code as it is"


def headings(path: Path) -> list[str]:
    """Their levels. A line of code that begins with # is none."""
    text = re.sub(r"```.*?\n```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.findall(r"^#+", text, re.MULTILINE)


def first_cells(path: Path) -> list[str]:
    """Names in the first column of the tables; the rest is translated."""
    return re.findall(r"^\| (`[^`]+`)", path.read_text(encoding="utf-8"), re.MULTILINE)


def links(path: Path) -> list[str]:
    """Files of the repository that it refers to, but for the other language."""
    found = re.findall(r"\]\(((?!https:)[^)]+)\)", path.read_text(encoding="utf-8"))
    return [link for link in found if not link.startswith("README.")]


def test_both_have_the_same_code() -> None:
    code = [[(block.language, block.text) for block in blocks.read(path)] for path in (ENGLISH, CHINESE)]
    assert code[0] == code[1], HINT


@pytest.mark.parametrize("part", [headings, first_cells, links])
def test_both_have_the_same_structure(part) -> None:
    assert part(ENGLISH)
    assert part(ENGLISH) == part(CHINESE), HINT


def test_each_refers_to_the_other() -> None:
    for path, other in ((ENGLISH, CHINESE), (CHINESE, ENGLISH)):
        assert f"]({other.name})" in "".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[5:9])


def test_what_they_refer_to_exists() -> None:
    missing = [link for path in (ENGLISH, CHINESE) for link in links(path) if not (ROOT / link).exists()]
    assert not missing


def test_the_other_one_is_chinese() -> None:
    """Every paragraph of it, but for those that are code, tables of figures or names."""
    text = re.sub(r"```.*?\n```|<!--.*?-->", "", CHINESE.read_text(encoding="utf-8"), flags=re.DOTALL)
    left = [part for part in text.split("\n\n") if len(part.split()) > 12 and not re.search(r"[\u4e00-\u9fff]", part)]
    assert not left, left


def test_a_user_gets_both() -> None:
    with world.made("twins", "empty") as made:
        installed = made.folder / "home/.ansible/collections/ansible_collections/siptls/vos"
        for path in (ENGLISH, CHINESE):
            assert (installed / path.name).read_text(encoding="utf-8") == path.read_text(encoding="utf-8")
    assert yaml.safe_load((ROOT / "galaxy.yml").read_text())["readme"] == ENGLISH.name
