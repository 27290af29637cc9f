# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule over the values of several variables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .violations import Violation

__all__ = ["Rule", "Values"]

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Rule:
    """A rule over several variables of a role.

    :ivar needs: the variables that it reads; it is asked only where each has a right value, or is optional and None
    :ivar stops: whether what it finds stops the play, or is a warning
    """

    needs: tuple[str, ...]
    find: Callable[[Values], Iterator[Violation]]
    stops: bool = True
