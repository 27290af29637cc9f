# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When devices in calls are asked again, all together. No input or output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Wait", "pause", "wait_of"]

_SHORTEST = 2.0
_LONGEST = 15.0


@dataclass(frozen=True)
class Wait:
    """One device in calls.

    :ivar since: when calls were first found up, in seconds since 1970
    :ivar until: how long their end is waited for, likewise
    """

    since: float
    until: float


def wait_of(busy: Any) -> Wait | None:
    """From what siptls.vos.device_files returned as busy; None for a device that is not in calls."""
    if not isinstance(busy, Mapping):
        return None
    try:
        return Wait(float(busy["since"]), float(busy["until"]))
    except (KeyError, TypeError, ValueError):
        return None


def pause(waits: Iterable[Wait], now: float) -> float:
    """How many seconds to leave them alone: a tenth of the time that the first has waited, within 2 s and 15 s.

    Where they wait for more than a quarter of an hour, the longest pause is a sixtieth of that, so the number of turns is bounded. It
    ends when the first device has waited to its end, but is not shorter than 2 s.

    :returns: 0 where no device is left
    """
    found = list(waits)
    if not found:
        return 0.0
    begun = min(wait.since for wait in found)
    longest = max(_LONGEST, max(wait.until - wait.since for wait in found) / 60)
    left = min(wait.until for wait in found) - now
    return max(_SHORTEST, min((now - begun) / 10, longest, left))
