# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the policy says about a variable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

__all__ = ["PolicyVerdict", "Unreadable", "Violation", "nearest", "shown"]

_LONGEST_SHOWN = 100


@dataclass(frozen=True)
class Violation:
    """Something about one variable that an operator has to put right, or to know.

    :ivar variable: its name, with index and key where it is a part: ``vos_sip_domains[0].port``
    :ivar found: the value as a playbook would write it; never a secret
    """

    variable: str
    found: str
    expected: str
    remedy: str = ""

    def __str__(self) -> str:
        sentence = f"{self.variable}: expected {self.expected}; found {self.found}"
        return f"{sentence}; {self.remedy}" if self.remedy else sentence


@dataclass(frozen=True)
class PolicyVerdict:
    """Everything that the policy has to say about one host.

    :ivar problems: what stops the play
    :ivar warnings: what is allowed and has consequences
    :ivar least_openssl: the first OpenSSL (major, minor) that knows all that the values name; (1, 1) is 1.1.1
    """

    problems: tuple[Violation, ...]
    warnings: tuple[Violation, ...]
    least_openssl: tuple[int, int]


@dataclass(frozen=True)
class Unreadable:
    """Stands for a value whose template cannot be evaluated.

    :ivar template: the template itself
    :ivar reason: what the template engine said
    """

    template: str
    reason: str


def shown(value: object) -> str:
    """``value`` for a message: quoted if it is text, shortened if it is long."""
    if value is None:
        return "null"
    text = repr(str(value)) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Which of ``known`` was probably meant by ``name``; None if none is near.

    :param cutoff: how alike they must be, from 0 to 1
    """
    by_lower = {each.lower(): each for each in known}
    near = get_close_matches(name.lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[near[0]] if near else None
