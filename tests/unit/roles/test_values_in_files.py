# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No value of the inventory becomes a line of a unit, a command of a shell line or a directive of a configuration file.

Every variable of every role meets the policy with values that would. The variables that templates and shell lines are made of are read
from the roles themselves, so that a new one has to be typed before it can be used.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptls.vos.plugins.module_utils.policy import kinds, kinds_systemd
from ansible_collections.siptls.vos.plugins.module_utils.policy.check import check, variables_of
from ansible_collections.siptls.vos.plugins.module_utils.policy.variables import ROLES
from jinja2 import Environment, meta, nodes

ROLE_FOLDERS = Path(__file__).resolve().parents[3] / "roles"
WITH_FILES = sorted(path.name for path in ROLE_FOLDERS.iterdir() if path.name != "pki")

REQUIRED = {
    "inventory_hostname": "h1",
    "inventory_dir": "/srv/fleet",
    "pki_root_passphrase": "correct horse",
    "pki_issuing_passphrase": "battery staple",
    "vos_hostname": "vos.example.com",
    "vos_sip_domains": [{"name": "example.com"}],
    "gateway_sip_domain": "example.com",
    "revocation_hostname": "crl.example.com",
    "verification_inventory": ["/srv/fleet/hosts.yml"],
}
NEW_LINES = ("x\nUser=root", "/x\nUser=root", "1h\nUser=root", "5061\n", "10m\r", "x\x1b[2J", "x\u2028y", "\n")
COMMANDS = (
    "/x;touch /y;true",
    "/x$(touch /y)",
    "/x`touch /y`",
    '/x"y',
    "/x'y",
    "/x%n",
    "/x y",
    "x;y",
    "x}y",
    "${X}",
    "%h",
)

# What is text on one line, by nature. Those that get into files get there quoted, which the list below holds them to.
FREE = (
    kinds.COMMAND,
    kinds.OPTIONAL_COMMAND,
    kinds_systemd.OPTIONS,
    kinds_systemd.ENVIRONMENT,
    kinds.PATH_HERE,
    kinds.OPTIONAL_PATH_HERE,
    kinds.SUBJECT,
)
# Never in a file but those of the PKI directory, which know how to hold them
NOT_IN_FILES = (kinds.PEM, kinds.PASSPHRASE, kinds.PASSPHRASE_OR_PIN, kinds.ANY_PASSPHRASE)
FREE_IN_FILES = {
    "vos": {"vos_reload_command", "vos_crl_alarm_command"},
    "gateway": {"gateway_reload_command"},
    "verification": {"verification_options", "verification_environment", "verification_alarm_command"},
}
# What is not a variable of a role: Ansible's own, and the loop variable of a template
MAGIC = {
    "ansible_check_mode",
    "lookup",
    "query",
    "groups",
    "hostvars",
    "omit",
    "role_path",
    "inventory_dir",
    "inventory_hostname",
    "playbook_dir",
}
ALIASES = {"domain": "vos_sip_domains"}
# Set by the collection itself in the course of a play: results of modules and facts
SET_BY_PLAYS = {"rollover_asks_as", "verification_asked", "verify_softswitch", "rotation_registrations"}


def _forms(text: str) -> tuple[Any, ...]:
    """As it is, and as a part of a list or a dictionary."""
    return (text, [text], {"name": text}, {text: "/x"}, [{"name": text}], [{text: "x"}])


@pytest.mark.parametrize("text", [*NEW_LINES, *COMMANDS])
@pytest.mark.parametrize("role", sorted(ROLES))
def test_no_variable_takes_what_would_be_more_than_a_value(role: str, text: str) -> None:
    taken = []
    for variable in ROLES[role].variables:
        # Settings of an INI file hold URIs, and no shell and no unit reads them
        is_free = variable.kind in FREE or variable.name in ("vos_crl_others", "gateway_plain_settings")
        if variable.kind in NOT_IN_FILES or (is_free and text in COMMANDS):
            continue
        verdict = check([role], {**REQUIRED, variable.name: text}, [])
        if not any(finding.variable == variable.name for finding in verdict.problems):
            taken.append(f"{variable.name}: {text!r}")
        taken += [
            f"{variable.name}: {value!r}" for value in _forms(text) if not list(variable.kind.problems("", value))
        ]
    assert taken == []


def test_right_values_are_taken() -> None:
    """The test above would hold of a policy that takes nothing at all."""
    for role in ROLES:
        assert check([role], REQUIRED, []).problems == (), role


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("verification_time_limit", "1h 30m"),
        ("verification_time_limit", "5min"),
        ("verification_time_limit", 3600),
        ("verification_time_limit", "infinity"),
        ("verification_randomized_delay", "0"),
        ("verification_calendar", "Mon..Fri *-*-* 06,18:00:00 Europe/Berlin"),
        ("verification_calendar", "*:0/15"),
        ("verification_calendar", "daily"),
        ("verification_user", 1001),
        ("verification_project_directory", "/srv/fleet-1"),
        ("verification_options", ["--vault-password-file=${CREDENTIALS_DIRECTORY}/vault", "--limit=a,!b"]),
        ("verification_environment", {"ANSIBLE_COLLECTIONS_PATH": "/srv/a b", "ANSIBLE_FORKS": 5}),
        ("verification_credentials", {"vault": "/etc/siptls/vault-password"}),
        ("verification_alarm_command", 'curl -d "$1" https://alarm.example | logger'),
    ],
)
def test_usual_values_of_units_are_taken(variable: str, value: Any) -> None:
    assert check(["verification"], {**REQUIRED, variable: value}, []).problems == ()


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("verification_inventory", [], "the absolute path of at least one inventory"),
        ("verification_inventory", ["hosts.yml"], "verification_inventory[0]: expected the absolute path"),
        ("verification_user", "root", "an account other than root"),
        ("verification_user", 0, "an account other than root"),
        ("verification_credentials", {"a/b": "/x"}, "a dictionary of absolute paths"),
        ("verification_environment", {"A-B": "x"}, "a dictionary of environment variables"),
    ],
)
def test_wrong_values_of_units_are_told(variable: str, value: Any, words: str) -> None:
    problems = check(["verification"], {**REQUIRED, variable: value}, []).problems
    assert words in " ".join(map(str, problems))
    assert check(["verification"], {"verification_state": "absent"}, []).problems == ()


def strings(value: Any) -> Iterator[str]:
    """All text in it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in (*value.keys(), *value.values()):
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


def values_of(value: Any, keys: tuple[str, ...]) -> Iterator[Any]:
    """The values of these keys, wherever they are."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key in keys:
                yield one
            yield from values_of(one, keys)
    elif isinstance(value, list):
        for one in value:
            yield from values_of(one, keys)


class _Everything(dict[str, Any]):
    """Filters and tests of Ansible and of this collection, none of which is run here."""

    def __contains__(self, name: object) -> bool:
        return True

    def get(self, name: str, default: Any = None) -> Any:
        return str


def names_in(text: str) -> set[str]:
    environment = Environment(autoescape=True)
    environment.filters = environment.tests = _Everything()
    tree = environment.parse(text)
    found: set[str] = meta.find_undeclared_variables(tree)
    # What is set in one branch alone, Jinja takes for undeclared
    set_there = {
        name.name for one in tree.find_all(nodes.Assign) for name in one.find_all(nodes.Name) if name.ctx == "store"
    }
    return found - set_there


def variables_in_files(role: str) -> set[str]:
    """The public variables that the files and shell lines of a role are made of, through all variables of its own."""
    folder = ROLE_FOLDERS / role
    tasks = [yaml.safe_load(path.read_text()) for path in sorted(folder.glob("tasks/*.yml"))]
    own: dict[str, Any] = {}
    for path in sorted([*folder.glob("vars/main.yml"), *folder.glob("vars/main/*.yml")]):
        own |= yaml.safe_load(path.read_text()) or {}
    for block in values_of(tasks, ("vars", "ansible.builtin.set_fact")):
        own |= block
    texts = [path.read_text() for path in folder.rglob("*.j2")]
    texts += [
        text
        for each in values_of([*tasks, own], ("reload", "validate", "content", "path", "directory", "rules"))
        for text in strings(each)
    ]
    open_names = set().union(*(names_in(text) for text in texts))
    seen: set[str] = set()
    while open_names:
        name = open_names.pop()
        seen.add(name)
        open_names |= {each for text in strings(own.get(name, "")) for each in names_in(text)} - seen
    return {ALIASES.get(name, name) for name in seen if not name.startswith("__")} - MAGIC - SET_BY_PLAYS - own.keys()


@pytest.mark.parametrize("role", WITH_FILES)
def test_every_variable_in_a_file_or_a_shell_line_is_typed(role: str) -> None:
    names, typed = variables_in_files(role), variables_of([role])
    assert len(names) > 3
    assert sorted(names - typed.keys()) == []
    free = {
        name
        for name in names
        if typed[name].kind in FREE
        and typed[name].kind not in (kinds.PATH_HERE, kinds.OPTIONAL_PATH_HERE, kinds.SUBJECT)
    }
    assert free == FREE_IN_FILES.get(role, set())


@pytest.mark.parametrize("role", WITH_FILES)
def test_the_policy_comes_before_anything_is_touched(role: str) -> None:
    tasks = ROLE_FOLDERS / role / "tasks"
    first = yaml.safe_load((tasks / "main.yml").read_text())[0]
    assert "always" in first["tags"]
    if "ansible.builtin.import_tasks" in first:
        # The playbook runs these for all hosts before it begins with the first
        first = yaml.safe_load((tasks / first["ansible.builtin.import_tasks"]).read_text())[0]
    assert first["siptls.vos.policy"]["roles"] == [role]
