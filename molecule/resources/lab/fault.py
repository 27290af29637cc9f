# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fault of the gallery: how it comes into the lab, and what a diagnosis has to say first of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .material import GATEWAY, bring_back

__all__ = ["GATEWAYS", "Fault"]

#: Those of the lab in which the gallery stands
GATEWAYS = ("gw1", "gw2")


@dataclass(frozen=True)
class Fault:
    """One fault.

    :ivar inject: puts it in
    :ivar cause: the identifier of the cause that has to come first
    :ivar words: what an operator has to read in that cause, its evidence, remedy or fix
    :ivar where: where that cause has to be; empty for wherever
    :ivar touches: the containers whose files and services are brought back
    :ivar variables: of the diagnosis
    :ivar after: what is done besides to take it out
    :ivar mends: the gateways that register again by the remedy; one that admits the diagnosed gateway alone leaves others cut off
    :ivar by_hand: no command mends it, such as the clock of a device, or an address that is changed between two networks
    """

    name: str
    inject: Callable[[], None]
    cause: str
    words: tuple[str, ...]
    where: str = ""
    touches: tuple[str, ...] = (GATEWAY,)
    variables: Mapping[str, str] = field(default_factory=dict)
    after: Callable[[], None] | None = None
    by_hand: bool = False
    mends: tuple[str, ...] = GATEWAYS

    def undo(self) -> None:
        """Everything as it was before."""
        if self.after:
            self.after()
        for container in self.touches:
            bring_back(container)
