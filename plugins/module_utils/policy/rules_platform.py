# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the platform of a host cannot express, none of its variables asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ..platforms.catalogue import PLATFORMS
from .capabilities import CAPABILITIES, Capability, accepted, refusals, unset
from .rule import Rule, Values
from .variable import Following, Variable
from .variables import ROLES
from .violations import Violation

__all__ = ["PLATFORM_RULES"]


def _rule(variable: str, capability: Capability) -> Rule:
    def find(values: Values) -> Iterator[Violation]:
        yield from refusals(capability, PLATFORMS[variable][values[variable]], values)

    return Rule((variable, *capability.needs), find)


def _set(variable: str, one: Variable) -> Rule:
    def find(values: Values) -> Iterator[Violation]:
        yield from unset(PLATFORMS[variable][values[variable]], one.name, values)

    return Rule((variable, one.name, *sorted(one.follows_from())), find)


def _of_inventory(variable: str, role: str) -> Iterator[Rule]:
    """A rule for each variable of the role whose default can be another platform's."""
    for one in ROLES[role].own:
        if one.name != variable and isinstance(one.default, str | Following):
            yield _set(variable, one)


def _accepted(values: Values) -> Iterator[Violation]:
    yield from accepted(PLATFORMS["vos_platform"][values["vos_platform"]], values)


#: By role.
PLATFORM_RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "vos": (
        *(_rule("vos_platform", one) for one in CAPABILITIES["vos_platform"]),
        *_of_inventory("vos_platform", "vos"),
        Rule(("vos_platform", "vos_allow_weak_verification"), _accepted, stops=False),
    ),
    "gateway": (
        *(_rule("gateway_platform", one) for one in CAPABILITIES["gateway_platform"]),
        *_of_inventory("gateway_platform", "gateway"),
    ),
}
