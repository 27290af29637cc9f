# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a device in a run of site, by a table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.site.report import OUTCOMES, Results, SetUp, SiteReport

DUE = {"due": True, "reasons": ["no certificate installed"]}
DONE = {"changed": True}


@pytest.mark.parametrize(
    ("results", "predicted", "outcome", "why"),
    [
        ({}, False, "unreachable", "it was not reached, or the run ended before"),
        ({"state": {"unreachable": True, "msg": "gw1: timed out"}}, False, "unreachable", "gw1: timed out"),
        ({"state": {"failed": True, "msg": "gw1: no openssl"}}, False, "refused", "gw1: no openssl"),
        ({"state": {"due": False}}, False, "unchanged", ""),
        ({"state": {"due": False}}, True, "unchanged", ""),
        ({"state": DUE}, False, "due", "no certificate installed"),
        ({"state": DUE, "certificate": DONE}, True, "due", "no certificate installed"),
        ({"state": DUE, "certificate": DONE}, False, "set_up", "no certificate installed"),
        ({"state": DUE, "configuration": DONE, "not_proven": "not told"}, False, "not_proven", "not told"),
        ({"state": DUE, "configuration": {"deferred": "1 call up"}}, False, "deferred", "1 call up"),
        (
            {"state": DUE, "certificate": DONE, "failure": {"cause": "no registration"}},
            False,
            "failed",
            "no registration",
        ),
        # The proof of a softswitch can fail though nothing was due
        ({"state": {"due": False}, "failure": {"cause": "not served"}}, False, "failed", "not served"),
    ],
)
def test_the_first_row_that_holds_counts(results: dict[str, Any], predicted: bool, outcome: str, why: str) -> None:
    found = SetUp.of("gw1", "gateway", Results(**results), predicted=predicted)
    assert (found.outcome, found.why) == (outcome, why)
    assert outcome in OUTCOMES


def test_the_table_names_those_with_something_to_tell_and_counts_the_others() -> None:
    now = datetime(2026, 11, 23, 3, tzinfo=UTC)
    devices = [
        SetUp.of("gw1", "gateway", Results(state={"due": False}), predicted=False),
        SetUp.of("gw2", "gateway", Results(state=DUE, certificate=DONE), predicted=False),
        SetUp.of("gw3", "gateway", Results(state={"failed": True, "msg": "no openssl"}), predicted=False),
    ]
    report = SiteReport(devices=devices, began=now, written=now, predicted=False)
    lines = report.table().splitlines()
    assert [line.split()[:2] for line in lines[1:-1]] == [["gw3", "refused"], ["gw2", "set_up"]]
    assert lines[-1] == "Site: 1 refused, 1 set up, 1 unchanged"
