# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fact of a rotation: what the task results of a device come to."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.rotation.record import EVENTS, Results, recorded

OLD = {"serial_number": "0a", "not_after": "2026-12-22T09:38:09Z"}
NEW = {"serial_number": "0b", "not_after": "2027-02-21T09:38:09Z"}
PLANNED: dict[str, Any] = {"kind": "gateway", "outcome": "due", "cause": "", "before": OLD, "unproven": False}
NOW = 1_764_565_200.0
FAILED = {"failed": True, "msg": "no"}


def after(event: str, before: dict[str, Any] | None = None, **results: Any) -> dict[str, Any]:
    return recorded({**PLANNED, **(before or {})}, event, Results(**results), now=NOW)


def test_begin() -> None:
    assert after("began") == {**PLANNED, "outcome": "begun", "next": "go_on", "began": NOW}


@pytest.mark.parametrize(("certificate", "outcome"), [(NEW, "renewed"), (OLD, "reloaded")])
def test_loaded(certificate: dict[str, str], outcome: str) -> None:
    record = after("loaded", certificate={**certificate, "changed": True}, load={"reloaded": True})
    assert record == {**PLANNED, "outcome": outcome, "next": "", "ended": NOW, "after": certificate, "cause": ""}


def test_what_the_platform_cannot_prove_is_the_cause() -> None:
    record = after("loaded", certificate=NEW, not_proven="its registration is not proven")
    assert (record["outcome"], record["cause"]) == ("renewed_not_proven", "its registration is not proven")


@pytest.mark.parametrize(("busy", "following"), [({"calls": 1, "since": 1.0, "until": 2.0}, "wait"), (None, "")])
def test_calls(busy: dict[str, float] | None, following: str) -> None:
    load = {"deferred": "1 call up", **({"busy": busy} if busy else {})}
    record = after("loaded", certificate=NEW, load=load)
    assert (record["outcome"], record["next"], record["cause"]) == ("deferred", following, "1 call up")
    assert record["after"] == NEW


def test_softswitch_has_a_second_certificate_and_connections() -> None:
    before = {"kind": "softswitch", "second_before": OLD}
    record = after("loaded", before, certificate=OLD, second=NEW, served={"behind": ["a", "b"]})
    assert record["outcome"] == "renewed"
    assert record["second_after"] == NEW
    assert record["connections_behind"] == 2
    without = after("loaded", {"second_before": {}}, certificate=NEW, second={"skipped": True}, served={})
    assert (without["second_after"], without["connections_behind"]) == ({}, 0)


@pytest.mark.parametrize(
    ("before", "results", "following", "first", "second"),
    [
        # Nothing was published
        ({}, {"certificate": FAILED}, "", False, False),
        ({}, {"certificate": OLD}, "", False, False),
        # Something was, in place of another
        ({}, {"certificate": NEW}, "go_back", True, False),
        ({"before": {}}, {"certificate": NEW}, "", False, False),
        # By an earlier run, and never loaded
        ({"unproven": True}, {"certificate": OLD}, "go_back", True, False),
        # The second alone
        ({"second_before": OLD}, {"certificate": OLD, "second": NEW}, "go_back", False, True),
        ({"second_before": {}}, {"certificate": OLD, "second": NEW}, "", False, False),
        ({"second_before": OLD}, {"certificate": NEW, "second": FAILED}, "go_back", True, False),
    ],
)
def test_failure(before: dict[str, Any], results: dict[str, Any], following: str, first: bool, second: bool) -> None:
    record = after("failed", before, failure="Load it: no", **results)
    assert (record["outcome"], record["next"], record["cause"]) == ("failed", following, "Load it: no")
    assert (record["first_goes_back"], record["second_goes_back"]) == (first, second)
    assert "after" not in record


@pytest.mark.parametrize(
    ("proof", "was_registered", "outcome"),
    [(FAILED, False, "unproven"), (FAILED, True, "failed"), ({"skipped": True}, False, "failed")],
)
def test_gateway_that_was_not_registered_before(proof: dict[str, Any], was_registered: bool, outcome: str) -> None:
    record = after("failed", certificate=NEW, proof=proof, was_registered=was_registered, failure="no")
    assert record["outcome"] == outcome
    assert ("after" in record) is (outcome == "unproven")
    assert record["cause"].endswith("no")
    assert ("not registered before this run" in record["cause"]) is (outcome == "unproven")


def test_way_back_keeps_the_cause() -> None:
    failed = {"cause": "Prove it: no", "next": "go_back", "outcome": "failed"}
    back = after("went_back", failed, certificate=OLD)
    assert (back["outcome"], back["cause"], back["after"]) == ("rolled_back", "Prove it: no", OLD)
    unproven = after("went_back", failed, certificate=OLD, not_proven="its registration is not proven")
    assert unproven["cause"] == "Prove it: no After going back: its registration is not proven."
    stuck = after("stuck", failed, certificate=OLD, failure="Load it: never")
    assert (stuck["outcome"], stuck["next"]) == ("failed", "")
    assert stuck["cause"] == "Prove it: no Going back failed as well: Load it: never"


def test_all_events_are_met() -> None:
    assert set(EVENTS) == {"began", "loaded", "failed", "went_back", "stuck"}
