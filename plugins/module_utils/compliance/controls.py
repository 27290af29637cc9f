# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A control of a framework, and what of it this collection can verify."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .criteria import Criterion, FleetCriterion

__all__ = ["Control"]


@dataclass(frozen=True)
class Control:
    """A control: the number is the framework's, the words are not.

    :ivar criteria: what each device has to answer
    :ivar fleet: what the document as a whole has to answer
    :ivar beyond: what of the control nothing here can see; a clause, or empty
    :ivar out_of_reach: why nothing of it can be verified here; empty where something can. What the criteria then say is related, no proof
    :ivar source: where the framework's own text is
    """

    framework: str
    number: str
    title: str
    source: str
    criteria: Sequence[Criterion] = ()
    fleet: Sequence[FleetCriterion] = ()
    beyond: str = ""
    out_of_reach: str = ""
