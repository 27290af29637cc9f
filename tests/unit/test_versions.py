# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of ansible-core is what the gates run (requirements/versions.txt), and of this collection what galaxy.yml says."""

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


VERSION = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
#: Where a user reads which version to install, or is shown one that was installed, and how often
STATED = {
    "README.md": r"siptls-vos-([0-9.]+)\.tar\.gz",
    "README.zh-CN.md": r"siptls-vos-([0-9.]+)\.tar\.gz",
    "docs/docsite/rst/quick_start.rst": r"siptls-vos-([0-9.]+)\.tar\.gz",
    "docs/docsite/rst/verification.rst": r'"collection": "([0-9.]+)"',
    "examples/gitops/requirements.yml": r"siptls\.vos\n +version: ([0-9.]+)",
    "examples/execution-environment/requirements.yml": r"siptls\.vos\n +version: ([0-9.]+)",
}
#: Of something that is new since a version, or was otherwise before it
SINCE = re.compile(r"(?:version_added: [\"']?|[Bb]efore |[Ss]ince )(\d+\.\d+\.\d+)")


def numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


@pytest.mark.parametrize("path", STATED)
def test_documents_install_the_version_of_this_collection(path: str) -> None:
    stated = re.findall(STATED[path], (ROOT / path).read_text())
    assert stated
    assert set(stated) == {VERSION}


def test_nothing_is_newer_than_this_version() -> None:
    folders = ("docs", "plugins", "playbooks", "roles", "examples")
    files = [ROOT / "README.md", *(path for folder in folders for path in (ROOT / folder).rglob("*"))]
    texts = {path: path.read_text() for path in files if path.suffix in (".md", ".rst", ".py", ".yml", ".sh", ".j2")}
    told = {(str(path.relative_to(ROOT)), found) for path, text in texts.items() for found in SINCE.findall(text)}
    assert len(told) > 10
    assert not {one for one in told if numbers(one[1]) > numbers(VERSION)}
