# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of a module and the arguments that its action plugin takes are one and the same."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from ansible.plugins.action import ActionBase

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
ACTIONS = sorted(path.stem for path in (PLUGINS / "action").glob("*.py") if path.stem != "__init__")
#: of an argument specification, with what holds where nothing is said
COMPARED = {"type": "str", "required": False, "default": None, "choices": None, "elements": None}


def documents(name: str) -> dict[str, Any]:
    """The DOCUMENTATION, EXAMPLES and RETURN of a module, parsed."""
    module = importlib.import_module(f"ansible_collections.siptls.vos.plugins.modules.{name}")
    parsed = {key: yaml.safe_load(getattr(module, key)) for key in ("DOCUMENTATION", "EXAMPLES", "RETURN")}
    fragments = (
        shared_options(fragment) for fragment in parsed["DOCUMENTATION"].get("extends_documentation_fragment", [])
    )
    for options in fragments:
        parsed["DOCUMENTATION"].setdefault("options", {}).update(options)
    return parsed


def shared_options(fragment: str) -> dict[str, Any]:
    """The options that several modules have, documented once."""
    _namespace, _collection, file, *part = fragment.split(".")
    module = importlib.import_module(f"ansible_collections.siptls.vos.plugins.doc_fragments.{file}")
    text = getattr(module.ModuleDocFragment, part[0].upper() if part else "DOCUMENTATION")
    return dict(yaml.safe_load(text).get("options", {}))


class Stop(BaseException):
    """Ends an action where it would validate its arguments. No Exception, which an action would turn into a result."""


def arguments(name: str) -> dict[str, Any]:
    """The argument specification that an action validates its arguments with."""
    module = importlib.import_module(f"ansible_collections.siptls.vos.plugins.action.{name}")
    action = object.__new__(module.ActionModule)
    with (
        patch.object(ActionBase, "run", return_value={}),
        patch.object(ActionBase, "validate_argument_spec", side_effect=Stop) as validate,
        pytest.raises(Stop),
    ):
        action.run(None, {})
    return validate.call_args.args[0] if validate.call_args.args else validate.call_args.kwargs["argument_spec"]


def tasks_in(examples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tasks of an example, whether it is a list of tasks or a playbook."""
    return [task for entry in examples for task in (entry["tasks"] if "hosts" in entry else [entry])]


def compare(specified: dict[str, Any], documented: dict[str, Any], where: str) -> None:
    assert set(specified) == set(documented), where
    for option, spec in specified.items():
        document, at = documented[option], f"{where}.{option}"
        assert document.get("description"), f"{at} has no description"
        for key, silent in COMPARED.items():
            assert spec.get(key, silent) == document.get(key, silent), f"{at}: {key}"
        assert spec.get("aliases", []) == document.get("aliases", []), at
        if spec.get("options") or document.get("suboptions"):
            compare(spec["options"], document["suboptions"], at)


def check_values(values: dict[str, Any], specified: dict[str, Any], where: str) -> None:
    """The options of an example: known, complete, and among the choices."""
    assert set(values) <= set(specified), where
    assert {name for name, spec in specified.items() if spec.get("required")} <= set(values), where
    for name, value in values.items():
        spec = specified[name]
        for each in value if isinstance(value, list) else [value]:
            if spec.get("choices") and "{{" not in str(each):
                assert each in spec["choices"], f"{where}.{name}"
            if spec.get("options") and isinstance(each, dict):
                check_values(each, spec["options"], f"{where}.{name}")


@pytest.mark.parametrize("name", ACTIONS)
def test_every_option_is_documented_as_it_is_taken(name: str) -> None:
    documentation = documents(name)["DOCUMENTATION"]
    assert documentation["module"] == name
    compare(arguments(name), documentation["options"], name)


@pytest.mark.parametrize("name", ACTIONS)
def test_the_examples_use_options_that_there_are(name: str) -> None:
    tasks = tasks_in(documents(name)["EXAMPLES"])
    used = [task for task in tasks if f"siptls.vos.{name}" in task]
    assert used, "no example of the module itself"
    for task in tasks:
        assert task["name"][0].isupper()
    for task in used:
        check_values(task[f"siptls.vos.{name}"], arguments(name), task["name"])


@pytest.mark.parametrize("name", ACTIONS)
def test_every_returned_value_is_described_with_a_sample(name: str) -> None:
    for key, value in (documents(name)["RETURN"] or {}).items():
        assert value["description"], key
        assert value["returned"], key
        assert value["type"], key
        assert "sample" in value or value["type"] == "dict" or "contains" in value, f"{key} has no sample"


@pytest.mark.parametrize("name", ACTIONS)
def test_a_secret_option_is_never_logged(name: str) -> None:
    def walk(specified: dict[str, Any]) -> None:
        for option, spec in specified.items():
            if "passphrase" in option:
                assert spec.get("no_log") is True, option
            walk(spec.get("options", {}))

    walk(arguments(name))


def test_every_module_has_an_action_and_every_action_a_module() -> None:
    modules = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py") if path.stem != "__init__")
    assert modules == ACTIONS
