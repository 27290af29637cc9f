# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether YAML of the documentation says what modules and roles take: names, required ones, choices and types of options."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Interface"]

_COLLECTION = "siptls.vos."
_BLOCKS = ("block", "rescue", "always")
_TASKS = ("tasks", "pre_tasks", "post_tasks", "handlers")
_FREE_TYPES = {"int": int, "bool": bool, "dict": dict, "list": list}


@dataclass(frozen=True)
class Interface:
    """What the collection takes.

    :ivar modules: by full name, the options as in their documentation
    :ivar roles: by full name and entry point, the options as in their argument specifications
    :ivar others: variables that playbooks take besides
    """

    modules: Mapping[str, Mapping[str, Any]]
    roles: Mapping[tuple[str, str], Mapping[str, Any]]
    others: frozenset[str]

    @classmethod
    def of(cls, dump: Mapping[str, Any], playbooks: Sequence[str]) -> Interface:
        """From what ``ansible-doc --metadata-dump`` prints, and the text of the playbooks."""
        modules = {name: found["doc"].get("options", {}) for name, found in dump["all"]["module"].items()}
        roles = {
            (name, entry): spec.get("options", {})
            for name, found in dump["all"]["role"].items()
            for entry, spec in found["entry_points"].items()
        }
        others = {name for text in playbooks for name in re.findall(r"\b(\w+) \| default\(", text)}
        return cls(modules, roles, frozenset(others | {"siptls_other_variables"}))

    @property
    def variables(self) -> Mapping[str, Any]:
        """Of all roles, by name. Where several have it, the one that says most of it counts."""
        found: dict[str, Any] = {}
        for options in self.roles.values():
            for name, option in options.items():
                if len(_suboptions(option)) >= len(_suboptions(found.get(name, {}))):
                    found[name] = option
        return found

    def wrong(self, document: Any) -> Iterator[str]:
        """What is not so in a playbook, a list of tasks, an inventory or a file of variables."""
        if isinstance(document, list):
            for item in document:
                if isinstance(item, dict) and "hosts" in item:
                    yield from self._play(item)
                elif isinstance(item, dict):
                    yield from self._task(item, {})
        yield from self._variables(document)

    def _play(self, play: Mapping[str, Any]) -> Iterator[str]:
        defaults = play.get("module_defaults", {})
        for name, given in defaults.items():
            if name.startswith(_COLLECTION):
                yield from self._module(name, given, complete=False)
        for key in _TASKS:
            for task in play.get(key) or []:
                yield from self._task(task, defaults)
        for role in play.get("roles") or []:
            if isinstance(role, dict):
                yield from self._role(role["role"], "main", role)
            else:
                yield from self._role(role, "main", {})

    def _task(self, task: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[str]:
        for key, value in task.items():
            if key in _BLOCKS:
                for inner in value:
                    yield from self._task(inner, defaults)
            elif key in ("ansible.builtin.include_role", "ansible.builtin.import_role") and value["name"].startswith(
                _COLLECTION
            ):
                yield from self._role(value["name"], value.get("tasks_from", "main"), {})
            elif key.startswith(_COLLECTION):
                if key not in self.modules:
                    yield f"there is no module {key}"
                else:
                    yield from self._module(key, {**(defaults.get(key) or {}), **(value or {})}, complete=True)

    def _module(self, name: str, given: Mapping[str, Any], *, complete: bool) -> Iterator[str]:
        if name not in self.modules:
            yield f"there is no module {name}"
            return
        yield from _options(name, self.modules[name], given, complete=complete)

    def _role(self, name: str, entry: str, given: Mapping[str, Any]) -> Iterator[str]:
        if name.startswith(_COLLECTION) and (name, entry) not in self.roles:
            yield f"there is no role {name} with tasks_from {entry}, or it has no argument specification"

    def _variables(self, found: Any) -> Iterator[str]:
        """Variables of the collection at any depth: of hosts, groups, plays and roles."""
        prefixes = tuple(sorted({name.split("_")[0] + "_" for name in self.variables}))
        for name, value in _pairs(found):
            if name in self.variables:
                yield from _value(name, self.variables[name], value)
            elif name.startswith(prefixes) and name not in self.others and not isinstance(value, dict):
                yield f"no role has a variable {name}"


def _pairs(found: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(found, dict):
        for key, value in found.items():
            yield str(key), value
            # Whatever stands below an option of a module is no variable
            if not str(key).startswith(_COLLECTION):
                yield from _pairs(value)
    elif isinstance(found, list):
        for item in found:
            yield from _pairs(item)


def _options(where: str, options: Mapping[str, Any], given: Mapping[str, Any], *, complete: bool) -> Iterator[str]:
    names = {alias: name for name, option in options.items() for alias in (name, *option.get("aliases", []))}
    for name, value in given.items():
        if name not in names:
            yield f"{where} has no option {name}; it has {', '.join(sorted(options))}"
        else:
            yield from _value(f"{where}, {name}", options[names[name]], value)
    missing = [
        name for name, option in options.items() if option.get("required") and name not in {names.get(g) for g in given}
    ]
    if complete and missing:
        yield f"{where} needs {', '.join(missing)}"


def _value(where: str, option: Mapping[str, Any], value: Any) -> Iterator[str]:
    if value is None or (isinstance(value, str) and "{{" in value):
        return
    kind, choices = option.get("type", "str"), option.get("choices")
    if choices and kind != "list" and value not in choices:
        yield f"{where}: {value!r} is none of {', '.join(map(str, choices))}"
    if kind in _FREE_TYPES and not isinstance(value, _FREE_TYPES[kind]):
        yield f"{where}: expected {kind}, found {value!r}"
    elif kind == "dict" and _suboptions(option):
        yield from _options(where, _suboptions(option), value, complete=True)
    elif kind == "list" and option.get("elements") == "dict" and _suboptions(option):
        for item in value:
            yield from _options(where, _suboptions(option), item, complete=True)


def _suboptions(option: Mapping[str, Any]) -> Mapping[str, Any]:
    """Modules and roles have a word each for them."""
    return option.get("suboptions") or option.get("options") or {}
