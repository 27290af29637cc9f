# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When gateways in calls are asked again, and what siptls.vos.device_files says of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.configuration.calls import Calls, InCalls
from ansible_collections.siptls.vos.plugins.module_utils.rotation.turns import Wait, pause, wait_of
from ansible_collections.siptls.vos.plugins.plugin_utils.calls import calls_still_up, publish_between_calls


@pytest.mark.parametrize(
    ("waits", "now", "seconds"),
    [
        ([], 0, 0),
        ([Wait(0, 600)], 0, 2),
        ([Wait(0, 600)], 50, 5),
        ([Wait(0, 600)], 500, 15),
        # Not beyond the end, nor shorter than 2 s for it
        ([Wait(0, 600)], 594, 6),
        ([Wait(0, 600)], 599, 2),
        ([Wait(0, 600)], 700, 2),
        # By the one that waits longest, until the first ends
        ([Wait(100, 700), Wait(0, 600)], 110, 11),
        ([Wait(0, 600), Wait(0, 105)], 100, 5),
        # A night: a sixtieth
        ([Wait(0, 28800)], 20000, 480),
        # A clock that was set back
        ([Wait(1000, 1600)], 0, 2),
    ],
)
def test_pause(waits: list[Wait], now: float, seconds: float) -> None:
    assert pause(waits, now) == seconds


@pytest.mark.parametrize("wait", [2, 600, 3600, 28800, 604800])
def test_number_of_turns_is_bounded(wait: int) -> None:
    now, turns = 0.0, 0
    while now < wait:
        now += pause([Wait(0, wait)], now)
        turns += 1
    assert turns <= 160


@pytest.mark.parametrize(
    ("busy", "found"),
    [
        ({"calls": 1, "since": 1, "until": 2.5}, Wait(1, 2.5)),
        (None, None),
        ("busy", None),
        ({"since": 1}, None),
        ({"since": "x", "until": 1}, None),
    ],
)
def test_who_is_in_calls(busy: Any, found: Wait | None) -> None:
    assert wait_of(busy) == found


class Place:
    """A device whose calls end after some looks.

    :ivar up: how many calls each look finds
    """

    def __init__(self, calls: Calls, *up: int) -> None:
        self.wanted = self
        self.calls_wanted, self.up = calls, list(up)
        self.done: list[str] = []

    @property
    def calls(self) -> Any:
        return _Both(self)

    def publish(self, plan: Any, seen: str, *, whatever_calls: bool = False) -> int:
        up = 0 if whatever_calls else self.up.pop(0)
        self.done.append("in calls" if up else "cut" if whatever_calls else "published")
        return up


class _Both:
    """What the plan wants about calls, and the question how many are up."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def __call__(self) -> int:
        self._place.done.append("asked")
        return self._place.up.pop(0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._place.calls_wanted, name)


def place(*up: int, **options: Any) -> Any:
    return Place(
        Calls("calls", timedelta(seconds=60), forces=options.pop("forces", False), sleeps=False, **options), *up
    )


def published(device: Any, now: float) -> InCalls | None:
    return publish_between_calls(device, None, "", sleep=_never, now=lambda: now)  # type: ignore[arg-type]  # no plan needed


def _never(seconds: float) -> None:
    raise AssertionError(f"it slept for {seconds} s in its fork")


def test_first_try_says_how_long_it_is_worth_waiting() -> None:
    assert published(place(2), 1000) == InCalls(2, 1000, 1060, is_over=False)
    assert published(place(0), 1000) is None


def test_later_tries_count_from_the_first() -> None:
    assert published(place(1, since=1000), 1059) == InCalls(1, 1000, 1060, is_over=False)
    assert published(place(1, since=1000), 1060) == InCalls(1, 1000, 1060, is_over=True)


@pytest.mark.parametrize(("now", "done"), [(1059, ["in calls"]), (1060, ["in calls", "cut"])])
def test_calls_are_cut_at_the_end_of_the_wait_alone(now: float, done: list[str]) -> None:
    device = place(1, since=1000, forces=True)
    assert (published(device, now) is None) is (done[-1] == "cut")
    assert device.done == done


@pytest.mark.parametrize(
    ("since", "now", "up", "done"),
    [
        # The first try looks at the device in any case, and so does the last
        (None, 1000, None, []),
        (1000, 1060, None, []),
        (1000, 1010, InCalls(3, 1000, 1060, is_over=False), ["asked"]),
    ],
)
def test_a_device_in_calls_is_only_asked(since: float | None, now: float, up: InCalls | None, done: list[str]) -> None:
    device = place(3, since=since)
    assert calls_still_up(device, now=lambda: now) == up
    assert device.done == done
