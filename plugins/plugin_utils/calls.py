# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Publishing a configuration whose reload cuts calls: when there are none."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..module_utils.configuration.plan import Plan
from .configuration_place import ConfigurationPlace

__all__ = ["publish_between_calls"]

_SECONDS_BETWEEN_LOOKS = 2.0


def publish_between_calls(
    place: ConfigurationPlace,
    plan: Plan,
    seen: str,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Publishes as soon as no call is up.

    :param seen: see :meth:`ConfigurationPlace.publish`
    :returns: 0, or how many calls were up until the end of the wait; then nothing was done
    :raises SiptlsError: a step failed
    """
    calls = place.wanted.calls
    up = place.publish(plan, seen)
    if not up or calls is None:
        return 0
    give_up = clock() + calls.wait.total_seconds()
    while up and clock() < give_up:
        sleep(_SECONDS_BETWEEN_LOOKS)
        up = place.calls() or place.publish(plan, seen)
    if up and calls.forces:
        return place.publish(plan, seen, whatever_calls=True)
    return up
