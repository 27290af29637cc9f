# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin as it describes itself. What it does is in the integration tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.plugins.doc_fragments.constructed import ModuleDocFragment
from ansible_collections.siptls.vos.plugins.inventory import pki
from ansible_collections.siptls.vos.plugins.module_utils.durations import parse_duration
from ansible_collections.siptls.vos.plugins.module_utils.pki.survey.status import STATES
from ansible_collections.siptls.vos.plugins.modules import certificate_info, device_certificate

OPTIONS: dict[str, Any] = yaml.safe_load(pki.DOCUMENTATION)["options"]
EXAMPLE = Path(__file__).resolve().parents[4] / "inventories" / "example"


def options_of(module: Any) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(module.DOCUMENTATION)["options"]
    return found


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("pki.siptls.yml", True),
        ("rotate.siptls.yaml", True),
        ("siptls.yml", True),
        ("pki.yml", False),
        ("hosts.yml", False),
        ("siptls.yml.bak", False),
        ("siptls.json", False),
    ],
)
def test_files_are_known_by_their_names(tmp_path: Path, name: str, wanted: bool) -> None:
    assert not pki.InventoryModule().verify_file(str(tmp_path / name)), "there is no such file"
    (tmp_path / name).touch()
    assert pki.InventoryModule().verify_file(str(tmp_path / name)) == wanted


def test_all_states_can_be_chosen_and_are_without_a_choice() -> None:
    for options in (OPTIONS, options_of(certificate_info)):
        assert options["states"]["choices"] == options["states"]["default"] == list(STATES)


def test_what_is_due_here_is_what_the_module_renews() -> None:
    default = OPTIONS["renew_before"]["default"]
    assert default == options_of(device_certificate)["renew_before"]["default"]
    assert default == options_of(certificate_info)["renew_before"]["default"]
    assert parse_duration(default)


@pytest.mark.parametrize(
    "text",
    [*pki.EXAMPLES.split("\n---\n"), (EXAMPLE / "pki.siptls.yml").read_text()],
    ids=lambda text: text.strip().partition(":")[0].lstrip("# "),
)
def test_the_examples_use_options_that_there_are(text: str) -> None:
    constructed = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    options = yaml.safe_load(text)
    assert set(options) <= {*OPTIONS, *constructed}
    assert options["plugin"] == pki.InventoryModule.NAME
    assert set(options.get("states", ())) <= set(STATES)


def test_the_groups_of_the_example_are_those_of_its_hosts() -> None:
    hosts = yaml.safe_load((EXAMPLE / "hosts.yml").read_text())
    assert set(yaml.safe_load((EXAMPLE / "pki.siptls.yml").read_text())["devices"]) <= set(hosts)


@pytest.mark.parametrize("text", ["{{ 1 }}", "{% if %}", "{# #}", "#jinja2: variable_start_string:'[['", "CN={{ x }}"])
def test_what_could_be_a_template_is_not_taken_for_plain_text(text: str) -> None:
    assert not pki._PLAIN.fullmatch(text)
