# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A platform is a folder in its role and a file of the same name in module_utils/platforms, and a role knows it by the same keys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptls.vos.plugins.module_utils.platforms.catalogue import PLATFORMS
from ansible_collections.siptls.vos.plugins.module_utils.policy.capabilities import CAPABILITIES

ROOT = Path(__file__).resolve().parents[3]
KNOWN = [(variable.removesuffix("_platform"), name) for variable, table in PLATFORMS.items() for name in table]
#: What the tasks and variables of a role ask of __vos_platform or __gateway_platform
KEYS = {
    "vos": {
        *("files", "paths", "state_file", "commands", "crl_setting", "crl_reader", "srtp_files", "srtp_domains"),
        *("original", "merged", "diagnosis"),
    },
    "gateway": {"files", "paths", "state_file", "commands", "original", "left_unregistered", "diagnosis"},
}


def folder(role: str, name: str = "") -> Path:
    return ROOT / "roles" / role / "platforms" / name


def variables(role: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((folder(role, name) / "vars.yml").read_text())
    return found


@pytest.mark.parametrize("role", ["gateway", "vos"])
def test_every_folder_is_a_platform_that_the_controller_knows_and_the_other_way_round(role: str) -> None:
    assert {path.name for path in folder(role).iterdir()} == {name for one, name in KNOWN if one == role}


@pytest.mark.parametrize(("role", "name"), KNOWN)
def test_a_platform_has_the_keys_that_its_role_asks_for(role: str, name: str) -> None:
    assert set(variables(role, name)[f"__{role}_platform_{name}"]) == KEYS[role]


@pytest.mark.parametrize("role", ["gateway", "vos"])
def test_a_role_asks_for_no_other_key(role: str) -> None:
    texts = [path.read_text() for path in (ROOT / "roles" / role).rglob("*") if path.suffix in (".yml", ".j2")]
    asked = {
        word.split()[0].split(".")[0].rstrip("}|)],")
        for text in texts
        for word in text.split(f"__{role}_platform.")[1:]
    }
    assert asked == KEYS[role]


@pytest.mark.parametrize(("role", "name"), KNOWN)
def test_a_role_loads_the_variables_of_its_platforms(role: str, name: str) -> None:
    linked = ROOT / "roles" / role / "vars/main" / f"{name}.yml"
    assert linked.is_symlink()
    assert linked.resolve() == folder(role, name) / "vars.yml"
    assert not (ROOT / "roles" / role / "vars/main.yml").exists(), "Ansible would read it in place of the folder"
    chosen = yaml.safe_load((ROOT / "roles" / role / "vars/main/main.yml").read_text())[f"__{role}_platform"]
    assert f"'{name}': __{role}_platform_{name}" in chosen


def test_the_verify_modes_of_a_softswitch_are_written_as_they_are_read() -> None:
    written = variables("vos", "vos")["__vos_verify_modes"]
    assert {name: mode for mode, name in written.items()} == PLATFORMS["vos_platform"]["vos"].file.verify_modes


@pytest.mark.parametrize(("role", "name"), KNOWN)
def test_what_a_template_writes_is_what_a_diagnosis_reads(role: str, name: str) -> None:
    file = PLATFORMS[f"{role}_platform"][name].file
    keys: dict[str, set[str]] = {}
    for line in "\n".join(path.read_text() for path in folder(role, name).rglob("*.conf.j2")).splitlines():
        if line.startswith("["):
            section = keys.setdefault(line.strip("[]"), set())
        elif " = " in line:
            section.add(line.partition(" = ")[0])
    assert keys[file.section] == file.settings
    assert {key for key in file.pair_and_trust if key} <= file.settings


@pytest.mark.parametrize(("role", "name"), KNOWN)
def test_the_files_of_a_platform_are_used_by_it(role: str, name: str) -> None:
    """Of a file that nothing looks up, nobody notices that it is wrong. lines.awk is looked up by the role audit."""
    text = (folder(role, name) / "vars.yml").read_text() + (ROOT / "roles/audit/tasks/recorder.yml").read_text()
    kept = [
        path for path in folder(role, name).rglob("*") if path.is_file() and path.parent.name in ("files", "templates")
    ]
    assert kept
    assert [path.name for path in kept if path.name not in text] == []


def test_the_page_names_every_key_and_every_capability() -> None:
    page = (ROOT / "docs/docsite/rst/add_a_platform.rst").read_text()
    names = [name for keys in KEYS.values() for name in keys]
    names += [one.name for table in CAPABILITIES.values() for one in table]
    assert [name for name in names if f"``{name}``" not in page] == []
    told = set(re.findall(r"^``([a-z0-9_]+)``  ", page, re.MULTILINE))
    assert told - set(names) == set()


@pytest.mark.parametrize(("role", "name"), KNOWN)
def test_a_platform_says_what_is_in_its_folder(role: str, name: str) -> None:
    text = (folder(role, name) / "README.md").read_text()
    kept = [path.relative_to(folder(role, name)) for path in folder(role, name).rglob("*") if path.is_file()]
    assert [str(path) for path in kept if f"]({path})" not in text and path.name != "README.md"] == []
