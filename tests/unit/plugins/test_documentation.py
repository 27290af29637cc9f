# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of a module and the arguments that its action plugin takes are one and the same."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from ansible.plugins.action import ActionBase

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
ACTIONS = sorted(path.stem for path in (PLUGINS / "action").glob("*.py") if path.stem != "__init__")
#: of an argument specification, with what holds where nothing is said
COMPARED = {"type": "str", "required": False, "default": None, "choices": None, "elements": None}

#: Names of what may be a secret: a word of them, or a part of one
SECRET = re.compile(
    r"jwt|pass(phrase|word|wd)|secret|credential|(^|_)(pin|puk|auth|bearer|cookie|content|replacement|document)(_|$)|token|(^|_)keys?(_|$)"
)
HOLDS_TEXT = ("str", "raw", "list", "path", "json")
#: Of those, what is no secret, by what it is
NOT_SECRET = {
    option: what
    for what, options in {
        "a path on the device or the name of a file there; the key itself never leaves the device": (
            *("certificate_removal.private_key", "device_certificate.private_key", "diagnosis.private_key"),
            *("preflight.readers.private_key", "session_resumption.private_key", "sip_probe.private_key"),
            *("srtp_probe.private_key", "verification.private_key", "verification.second_certificate.private_key"),
        ),
        "the label of a token, whose PIN is key.passphrase": ("authority.key.pkcs11.token",),
        "shown in diffs, unless the file is sensitive": (
            "device_files.files.content",
            "device_files.files.replacement",
        ),
        "a CRL, which is public": ("crl_info.content",),
        "a report about the fleet, which holds no secrets": ("fleet_report.document", "metrics_file.document"),
        "names of members of results": ("failure_cause.keys",),
    }.items()
    for option in options
}
#: Where options say how to log in to OpenBao.
BAO_PLACES = (
    *(
        f"{name}.issuer.bao"
        for name in ("device_certificate", "device_certificate_batch", "ocsp_responses", "revocation_list")
    ),
    *(
        f"{name}.bao"
        for name in ("authority", "certificate_info", "certificate_revocation", "diagnosis", "fleet_report")
    ),
    *(f"{name}.bao" for name in ("openbao_session", "openbao_setup", "rollover", "trust_bundle", "verification")),
)
NOT_SECRET |= {
    f"{place}.auth.{file}": "a path on the controller; what is in the file is never shown"
    for place in BAO_PLACES
    for file in ("jwt_file", "private_key", "secret_id_file", "token_file")
}


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
    action._task = SimpleNamespace(args={})
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


def named_like_secrets(name: str) -> dict[str, Any]:
    """The options of a module, in options too, that could hold a secret by their names, or that say they do."""
    found = {}

    def walk(specified: dict[str, Any], where: str) -> None:
        for option, spec in specified.items():
            at = f"{where}.{option}"
            may_hold_one = spec.get("type", "str") in HOLDS_TEXT and not spec.get("choices")
            if spec.get("no_log") or (may_hold_one and SECRET.search(option)):
                found[at] = spec
            walk(spec.get("options") or {}, at)

    walk(arguments(name), name)
    return found


@pytest.mark.parametrize("name", ACTIONS)
def test_a_secret_option_is_never_logged(name: str) -> None:
    for at, spec in named_like_secrets(name).items():
        is_secret = at not in NOT_SECRET
        assert bool(spec.get("no_log")) is is_secret, f"{at}: set no_log, or list it in NOT_SECRET by what it is"


def test_only_options_that_there_are_stand_in_the_list_of_those_that_are_no_secrets() -> None:
    assert set(NOT_SECRET) <= {at for name in ACTIONS for at in named_like_secrets(name)}


def test_every_option_that_is_never_logged_has_a_name_that_is_looked_for() -> None:
    missed = [at for name in ACTIONS for at in named_like_secrets(name) if not SECRET.search(at.rpartition(".")[2])]
    assert not missed, "add the word to SECRET, so that the next option with such a name is not forgotten"


def test_every_module_has_an_action_and_every_action_a_module() -> None:
    modules = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py") if path.stem != "__init__")
    assert modules == ACTIONS
