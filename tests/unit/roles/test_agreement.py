# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role documents, what it defaults to, and what the policy checks are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptls.vos.plugins.module_utils.policy.variables import OPTIONAL, REQUIRED, ROLES, Following

ROLE_FOLDERS = Path(__file__).resolve().parents[3] / "roles"


def read(role: str, path: str) -> Any:
    return yaml.safe_load((ROLE_FOLDERS / role / path).read_text())


def documented(role: str) -> dict[str, dict[str, Any]]:
    options: dict[str, dict[str, Any]] = read(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    return options


def as_template(following: Following) -> str:
    return following.template.replace("{", "{{ ").replace("}", " }}")


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_policy_knows_the_variables_that_are_documented(role: str) -> None:
    assert {variable.name for variable in ROLES[role].variables} == set(documented(role))


@pytest.mark.parametrize("role", sorted(ROLES))
def test_policy_documentation_and_defaults_agree(role: str) -> None:
    options, defaults = documented(role), read(role, "defaults/main.yml")
    for variable in ROLES[role].variables:
        option = options[variable.name]
        default = as_template(variable.default) if isinstance(variable.default, Following) else variable.default
        if default in (REQUIRED, OPTIONAL):
            assert option.get("required", False) is (default is REQUIRED), variable.name
            assert "default" not in option, variable.name
            assert variable.name not in defaults
        else:
            assert option["default"] == default, variable.name
            if variable in ROLES[role].own:
                assert defaults[variable.name] == default, variable.name
        assert tuple(option.get("choices", ())) == variable.kind.choices, variable.name


@pytest.mark.parametrize("role", sorted(ROLES))
def test_every_default_is_documented_with_its_value(role: str) -> None:
    options = documented(role)
    for name, default in read(role, "defaults/main.yml").items():
        assert options[name]["default"] == default, name


def test_the_parts_of_a_sip_domain_agree() -> None:
    parts = documented("vos")["vos_sip_domains"]["options"]
    defaults = read("vos", "vars/main/main.yml")["__vos_domain_defaults"]
    assert set(parts) == {"name", *defaults}
    for name, part in parts.items():
        if "default" in part:
            assert defaults[name] == part["default"], name


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_readme_names_every_variable(role: str) -> None:
    text = (ROLE_FOLDERS / role / "README.md").read_text()
    own = [name for name in documented(role) if name.startswith(f"{role}_")]
    assert [name for name in own if f"`{name}`" not in text] == []
