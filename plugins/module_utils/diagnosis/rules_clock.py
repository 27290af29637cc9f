# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clocks. A clock that is off makes good certificates look expired or not yet valid, so it comes before both."""

from __future__ import annotations

from collections.abc import Iterator

from ..clocks import clock_words
from .cause import Cause, CauseId, Certainty, Where
from .evidence import Evidence, Side
from .remedy import by_hand

__all__ = ["RULES"]

_SAME = 60


def clock_off(evidence: Evidence) -> Iterator[Cause]:
    """A clock that is further off the controller's than tolerated; where both ends agree, it is the controller's that is wrong."""
    softswitch = evidence.softswitch
    off = [
        (side, where, side.clock_ahead)
        for side, where in ((evidence.device, Where.DEVICE), (softswitch, Where.SOFTSWITCH))
        if side is not None and side.clock_ahead is not None and abs(side.clock_ahead) > evidence.tolerance
    ]
    if len(off) == 2 and abs(off[0][2] - off[1][2]) <= _SAME:
        yield Cause(
            CauseId.CLOCK_OFF,
            f"the controller's clock is off: both {off[0][0].name} and {off[1][0].name} have another time, and the same",
            Certainty.LIKELY,
            Where.CONTROLLER,
            "",
            tuple(f"the clock of {side.name} is {clock_words(ahead)}" for side, _where, ahead in off),
            "set the controller's clock (NTP), and look again",
            by_hand("set the clock of the controller, and have NTP keep it: timedatectl set-ntp true"),
        )
        return
    for side, where, ahead in off:
        yield _off(side, where, ahead)


def _off(side: Side, where: Where, ahead: int) -> Cause:
    return Cause(
        CauseId.CLOCK_OFF,
        f"the clock of {side.name} is {clock_words(ahead)}",
        Certainty.CERTAIN,
        where,
        side.name,
        (
            f"it said {abs(ahead)} s {'more' if ahead > 0 else 'less'} than the controller's clock, in seconds since 1970",
            "certificates seem expired or not yet valid by it",
        ),
        "set its clock, and have it kept by NTP",
        by_hand(f"set the clock of {side.name}, and have NTP keep it: timedatectl set-ntp true", side.name),
    )


RULES = (clock_off,)
