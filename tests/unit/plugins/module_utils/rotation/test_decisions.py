# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a device in a rotation: one case for each row of the table, and no situation without a row."""

from __future__ import annotations

from itertools import product

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.rotation.decisions import (
    TABLE,
    Event,
    Next,
    Situation,
    State,
    decide,
)
from ansible_collections.siptls.vos.plugins.module_utils.rotation.report import OUTCOMES

ROTATING, GOING_BACK = State.ROTATING, State.GOING_BACK
NEVER = "not registered before this run, nor after it; the new certificate stays."
CASES: dict[str, tuple[Situation, str, Next, str]] = {
    "it begins": (Situation(ROTATING, Event.BEGAN), "begun", Next.GO_ON, ""),
    "a new certificate is proven": (Situation(ROTATING, Event.LOADED, renewed=True), "renewed", Next.NOTHING, ""),
    "the same is loaded and proven": (Situation(ROTATING, Event.LOADED), "reloaded", Next.NOTHING, ""),
    "a new one, and no proof": (
        Situation(ROTATING, Event.LOADED, renewed=True, not_proven=True),
        "renewed_not_proven",
        Next.NOTHING,
        "",
    ),
    "the same, and no proof": (
        Situation(ROTATING, Event.LOADED, not_proven=True),
        "reloaded_not_proven",
        Next.NOTHING,
        "",
    ),
    "in calls": (Situation(ROTATING, Event.IN_CALLS, renewed=True), "deferred", Next.WAIT, ""),
    "in calls to the end": (Situation(ROTATING, Event.STILL_IN_CALLS, renewed=True), "deferred", Next.NOTHING, ""),
    "never registered": (
        Situation(ROTATING, Event.FAILED, renewed=True, can_go_back=True, never_registered=True),
        "unproven",
        Next.NOTHING,
        NEVER,
    ),
    "failed, with one to go back to": (
        Situation(ROTATING, Event.FAILED, renewed=True, can_go_back=True),
        "failed",
        Next.GO_BACK,
        "",
    ),
    "failed, with none to go back to": (Situation(ROTATING, Event.FAILED), "failed", Next.NOTHING, ""),
    "the one before is proven": (Situation(GOING_BACK, Event.LOADED), "rolled_back", Next.NOTHING, ""),
    "the one before is loaded, and no proof": (
        Situation(GOING_BACK, Event.LOADED, not_proven=True),
        "rolled_back",
        Next.NOTHING,
        "After going back:",
    ),
    "the one before fails too": (
        Situation(GOING_BACK, Event.FAILED, can_go_back=True),
        "failed",
        Next.NOTHING,
        "Going back failed as well:",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_row(case: str) -> None:
    situation, outcome, following, introduction = CASES[case]
    row = decide(situation)
    assert (row.outcome, row.next, row.introduction) == (outcome, following, introduction)


def test_each_row_has_its_case_and_is_an_outcome_of_the_report() -> None:
    met = [decide(situation) for situation, *_rest in CASES.values()]
    assert len(met) == len(TABLE)
    assert set(met) == set(TABLE)
    assert {row.outcome for row in TABLE} <= set(OUTCOMES)


@pytest.mark.parametrize(("state", "event"), sorted({(row.state, row.event) for row in TABLE}, key=str))
def test_each_situation_fits_exactly_one_row(state: State, event: Event) -> None:
    for facts in product((True, False), repeat=4):
        situation = Situation(state, event, *facts)
        assert len([row for row in TABLE if row.fits(situation)]) == 1, situation


def test_what_cannot_occur_is_not_decided() -> None:
    with pytest.raises(LookupError, match="GOING_BACK"):
        decide(Situation(GOING_BACK, Event.BEGAN))
