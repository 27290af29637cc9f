# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of ansible-core is what the gates run: requirements/versions.txt."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
LISTED = re.findall(r"^(\d+\.\d+\.\d+) ", (ROOT / "requirements/versions.txt").read_text(), re.MULTILINE)
SERIES = [version.rpartition(".")[0] for version in LISTED]


def text(path: str) -> str:
    return re.sub(r"\s+", " ", (ROOT / path).read_text())


def test_releases_are_listed_from_the_oldest_to_the_newest() -> None:
    assert len(LISTED) > 1
    assert sorted(LISTED, key=lambda version: [int(part) for part in version.split(".")]) == LISTED


def test_oldest_release_is_the_least_that_is_required() -> None:
    assert yaml.safe_load(text_of_runtime())["requires_ansible"] == f">={SERIES[0]}.0"
    for role in sorted((ROOT / "roles").iterdir()):
        meta = yaml.safe_load((role / "meta/main.yml").read_text())
        assert meta["galaxy_info"]["min_ansible_version"] == SERIES[0], role.name


def text_of_runtime() -> str:
    return (ROOT / "meta/runtime.yml").read_text()


@pytest.mark.parametrize("file", ["develop.txt", "docs.txt"])
def test_tools_bring_a_release_that_is_listed(file: str) -> None:
    pinned = re.findall(r"^ansible-core==(\S+)", (ROOT / "requirements" / file).read_text(), re.MULTILINE)
    assert set(pinned) <= set(LISTED)


def test_release_in_use_is_listed() -> None:
    assert importlib.metadata.version("ansible-core") in LISTED


@pytest.mark.parametrize(
    ("path", "required", "tested", "comma", "last"),
    [
        ("README.md", "ansible-core {} or later", "Tested with ansible-core {}: ", ", ", " and "),
        ("README.zh-CN.md", "ansible-core {} 及以上", "已在 ansible-core {} 上测试", "、", " 和 "),
        ("docs/docsite/rst/quick_start.rst", "ansible-core {} or later", "", "", ""),
    ],
)
def test_documents_name_the_releases_that_are_tested(
    path: str, required: str, tested: str, comma: str, last: str
) -> None:
    assert required.format(SERIES[0]) in text(path)
    assert tested.format(comma.join(SERIES[:-1]) + last + SERIES[-1]) in text(path)
