# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A variable of a role: its kind and its default, which may follow from other variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, Final

from .kind import Kind

__all__ = ["OPTIONAL", "REQUIRED", "Following", "Role", "Variable"]


class _Marker:
    """Stands for a default that is none."""


REQUIRED: Final = _Marker()
OPTIONAL: Final = _Marker()


@dataclass(frozen=True)
class Following:
    """A default made of other variables.

    :ivar template: their names in braces
    """

    template: str

    @property
    def names(self) -> frozenset[str]:
        """The variables in the template."""
        return frozenset(name for _text, name, _spec, _conversion in Formatter().parse(self.template) if name)


@dataclass(frozen=True)
class Variable:
    """A variable of a role.

    :ivar default: its default, a Following where it is made of other variables, or REQUIRED or OPTIONAL
    """

    name: str
    kind: Kind
    default: Any = REQUIRED

    def follows_from(self) -> frozenset[str]:
        """The variables that the default is made of."""
        return self.default.names if isinstance(self.default, Following) else frozenset()

    def default_among(self, values: Mapping[str, Any]) -> Any:
        """The default, given the other variables; REQUIRED where what it follows from is missing."""
        if not isinstance(self.default, Following):
            return self.default
        return self.default.template.format_map(values) if self.follows_from() <= values.keys() else REQUIRED


@dataclass(frozen=True)
class Role:
    """A role's variables, its own and those of other roles that it reads."""

    own: tuple[Variable, ...]
    read: tuple[Variable, ...] = ()

    @property
    def variables(self) -> tuple[Variable, ...]:
        """All of them."""
        return (*self.own, *self.read)
