# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy applied to the variables of one host."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from ..tls import ciphers, groups
from .playbook_variables import BARE, KINDS, KNOWN, PREFIXES
from .retired import RETIRED
from .rules import RULES
from .variables import OPTIONAL, PLAYBOOK_VARIABLES, REQUIRED, ROLES, Variable
from .violations import PolicyVerdict, Unreadable, Violation, nearest

__all__ = ["check", "names_of", "variables_of"]

# A name this near to a known one is a typo; what is farther off may be the operator's own. One letter makes more of a short name.
_TYPO = 0.85
_TYPO_OF_SHORT = 0.8
_BESIDE_ROLES = {**KINDS, **RETIRED}
_LIST_IT = "name it in siptls_other_variables"
_MAGIC = ("inventory_hostname", "inventory_dir")
# The first OpenSSL that makes such keys
_LEAST_FOR_ML_DSA = (3, 5)


def variables_of(roles: Iterable[str]) -> dict[str, Variable]:
    """The variables that these roles read, by name, in order. What a role that runs too says of its own variable counts."""
    named = list(roles)
    found = {variable.name: variable for role in named for variable in ROLES[role].variables}
    return found | {variable.name: variable for role in named for variable in ROLES[role].own}


def names_of(roles: Iterable[str]) -> list[str]:
    """The names of all variables whose values :func:`check` looks at for these roles."""
    return [*variables_of(roles), *_BESIDE_ROLES, *_MAGIC]


def check(
    roles: Sequence[str],
    given: Mapping[str, Any],
    names: Iterable[str],
    others: Iterable[str] = (),
    extra: Iterable[str] = (),
) -> PolicyVerdict:
    """What the policy says about one host.

    :param roles: the roles that will run for it
    :param given: the values of their variables that are set, an Unreadable where a template cannot be evaluated, and
        ``inventory_hostname`` and ``inventory_dir``, from which defaults follow
    :param names: the names of all variables that are set for the host
    :param others: patterns (fnmatch) of names that begin like those of a role and belong to something else
    :param extra: the names of the extra variables of the run
    """
    problems: list[Violation] = []
    warnings: list[Violation] = []
    values = _complete(roles, given, problems)
    for name in sorted(_BESIDE_ROLES.keys() & given.keys()):
        problems += _value_problems(Variable(name, _BESIDE_ROLES[name]), given[name])
    # A rule about what several roles read is asked once
    for rule in dict.fromkeys(rule for role in roles for rule in RULES[role]):
        if all(name in values for name in rule.needs):
            (problems if rule.stops else warnings).extend(rule.find(values))
    for name, near, is_typo in _unknown(roles, names, others, extra):
        violation = Violation(name, "a variable that nothing reads", "a known name", near)
        (problems if is_typo else warnings).append(violation)
    return PolicyVerdict(tuple(problems), tuple(warnings), _least_openssl(values))


def _complete(roles: Sequence[str], given: Mapping[str, Any], problems: list[Violation]) -> dict[str, Any]:
    """The right values, defaults included; what is wrong with the others goes to ``problems``.

    A default that follows from a wrong value, and a template that fails because of one, are not reported as well.
    """
    variables = variables_of(roles)
    values = {name: given[name] for name in _MAGIC if given.get(name)}
    wrong: dict[str, list[Violation]] = {}
    for variable in variables.values():
        value = given.get(variable.name, variable.default_among(values))
        if value is OPTIONAL:
            values[variable.name] = None
        elif found := list(_value_problems(variable, value)):
            wrong[variable.name] = found
        else:
            values[variable.name] = value
    first = [name for name in wrong if not _made_of(variables[name], given) & wrong.keys()]
    # Templates that fail because of each other have no first one.
    for name in first or wrong:
        problems += wrong[name]
    return values


def _made_of(variable: Variable, given: Mapping[str, Any]) -> frozenset[str]:
    """The variables that the value comes from, where that can be told."""
    if variable.name not in given:
        return variable.follows_from()
    value = given[variable.name]
    words = re.findall(r"\w+", value.template) if isinstance(value, Unreadable) else []
    return frozenset(words) - {variable.name}


def _value_problems(variable: Variable, value: Any) -> Iterable[Violation]:
    if isinstance(value, Unreadable):
        return [Violation(variable.name, f"a template that fails ({value.reason})", variable.kind.expected)]
    if value is REQUIRED:
        return [Violation(variable.name, "nothing", variable.kind.expected, "set it")]
    return variable.kind.problems(variable.name, value)


def _unknown(
    roles: Sequence[str], names: Iterable[str], others: Iterable[str], extra: Iterable[str]
) -> Iterable[tuple[str, str, bool]]:
    """Names that begin like a variable of one of ``roles`` or of a playbook and are none, with a remedy and whether it is a typo.

    An extra variable is meant for this run, so whatever role it resembles the name of a variable of, it is a typo of that.
    """
    known = {*variables_of(ROLES), *PLAYBOOK_VARIABLES, *KNOWN, *RETIRED}
    prefixes = (*{f"{name.partition('_')[0]}_" for name in variables_of(roles)}, *PREFIXES)
    patterns, extras = tuple(others), frozenset(extra)
    for name in sorted({*names, *extras}):
        begins_like_ours = name.startswith(prefixes)
        if not (begins_like_ours or name in extras) or name in known:
            continue
        if any(fnmatchcase(name, each) for each in patterns):
            continue
        if near := _meant_by(name, known, is_extra=name in extras):
            yield name, f"did you mean {near}? If it is yours, {_LIST_IT}", True
        elif begins_like_ours:
            yield name, f"if it is yours, {_LIST_IT}", False


def _meant_by(name: str, known: set[str], *, is_extra: bool) -> str | None:
    """The variable whose name was probably misspelled."""
    if near := nearest(name, known - {*BARE}, cutoff=_TYPO):
        return near
    return nearest(name, BARE, cutoff=_TYPO_OF_SHORT) if is_extra else None


def _least_openssl(values: Mapping[str, Any]) -> tuple[int, int]:
    return max(
        groups.least_openssl(values.get("vos_groups", ())),
        ciphers.least_openssl(values.get("vos_ciphers", "")),
        _LEAST_FOR_ML_DSA if any(kind.startswith("ml-dsa") for kind in _device_keys(values)) else (1, 1),
    )


def _device_keys(values: Mapping[str, Any]) -> Iterable[str]:
    """The types of the keys that the device itself is to make."""
    names = ("vos_key_type", "gateway_key_type", "gateway_post_quantum_key_type", "revocation_key_type")
    yield from (values[name] for name in names if name in values)
    second = values.get("vos_post_quantum_certificate")
    if second:
        yield str(second.get("key_type", "ml-dsa-65"))
