# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Publishing a configuration whose reload cuts calls: when there are none."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..module_utils.configuration.calls import InCalls
from ..module_utils.configuration.plan import ConfigurationPlan
from .configuration_place import ConfigurationPlace

__all__ = ["calls_still_up", "publish_between_calls"]

_SECONDS_BETWEEN_LOOKS = 2.0


def calls_still_up(place: ConfigurationPlace, *, now: Callable[[], float] = time.time) -> InCalls | None:
    """Asks a device again that was in calls, before it is looked at any further: None where it can be reloaded, or has to be decided.

    :raises SiptlsError: the device does not tell
    """
    calls = place.wanted.calls
    if calls is None or calls.sleeps or calls.since is None or calls.found_up(0, now()).is_over:
        return None
    up = place.calls()
    return calls.found_up(up, now()) if up else None


def publish_between_calls(
    place: ConfigurationPlace,
    plan: ConfigurationPlan,
    seen: str,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    now: Callable[[], float] = time.time,
) -> InCalls | None:
    """Publishes as soon as no call is up, or tries once where the task does not wait itself.

    :param seen: see :meth:`ConfigurationPlace.publish`
    :returns: None, or which calls were up; then nothing was done
    :raises SiptlsError: a step failed
    """
    calls = place.wanted.calls
    up = place.publish(plan, seen)
    if not up or calls is None:
        return None
    if calls.sleeps:
        give_up = clock() + calls.wait.total_seconds()
        while up and clock() < give_up:
            sleep(_SECONDS_BETWEEN_LOOKS)
            up = place.calls() or place.publish(plan, seen)
        found = InCalls(up)
    else:
        found = calls.found_up(up, now())
    if up and found.is_over and calls.forces:
        up = place.publish(plan, seen, whatever_calls=True)
    return found if up else None
