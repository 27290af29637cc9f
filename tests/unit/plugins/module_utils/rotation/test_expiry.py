# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What expires before a schedule has had two more runs, and what a run says of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.rotation.expiry import CaUse, Expiring, Schedule
from ansible_collections.siptls.vos.plugins.module_utils.rotation.upkeep import (
    Kept,
    Upkeep,
    ca_use,
    certificates_of,
    read_kept,
)

BEGAN = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
DAILY = Schedule(BEGAN, timedelta(days=1))
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("left", "found"),
    [
        (timedelta(days=2), None),
        (timedelta(days=2) - timedelta(seconds=1), "1 d after this run began"),
        (timedelta(seconds=1), "1 s after this run began"),
        (timedelta(0), "expired at 2026-11-23 03:00:00 UTC"),
        (-DAY, "expired at 2026-11-22 03:00:00 UTC"),
        (None, "none that can be read"),
    ],
)
def test_everything_lasts_for_two_runs(left: timedelta | None, found: str | None) -> None:
    ends = None if left is None else BEGAN + left
    problems = DAILY.problems([Expiring("vos", "crl", "/etc/vos/crl.pem", ends, of="CN=Issuing")])
    assert [found in str(one) for one in problems] == ([True] if found else [])
    for one in problems:
        assert str(one).startswith("vos, /etc/vos/crl.pem: the CRL of CN=Issuing ")
        assert "Expected: 2026-11-25 03:00:00 UTC or later: two runs, one every 1 d (rotate_interval)" in str(one)
        assert "Remedy: run siptls.vos.rotate; " in str(one)
        # The step first, and the variables only if that was not enough
        assert one.remedy.index("run siptls.vos.rotate") < one.remedy.index("pki_crl_valid_for")
        assert one.remedy.index("if it is reported again") < one.remedy.index("rotate_interval")


@pytest.mark.parametrize(
    ("left", "problems", "warnings"),
    [
        (timedelta(days=1825), 0, 0),
        (timedelta(days=182), 0, 0),
        (timedelta(days=182) - timedelta(seconds=1), 0, 1),
        (timedelta(days=92), 0, 1),
        (timedelta(days=92) - timedelta(seconds=1), 1, 0),
        (-DAY, 1, 0),
    ],
)
def test_ca_that_cannot_issue_for_the_full_period(left: timedelta, problems: int, warnings: int) -> None:
    use = CaUse("issuing", BEGAN + left, timedelta(days=90))
    shorter = CaUse("issuing", BEGAN + left, timedelta(days=30))
    for uses in ([use, shorter], [shorter, use]):
        margin = DAILY.authorities(uses)
        assert (len(margin.problems), len(margin.warnings)) == (problems, warnings)
        assert all("siptls.vos.rollover" in one.remedy for one in (*margin.problems, *margin.warnings))


@pytest.mark.parametrize(
    ("noted", "outcome", "ends"),
    [
        (None, "unreachable", []),
        ({"outcome": "current", "file": "/c"}, "current", [BEGAN]),
        ({"outcome": "failed", "file": "/c", "cause": "no"}, "failed", [BEGAN]),
        ({"outcome": "never heard of"}, "failed", [BEGAN]),
        ({}, "failed", [BEGAN]),
    ],
)
def test_what_the_roles_recorded(noted: Mapping[str, Any] | None, outcome: str, ends: list[datetime]) -> None:
    lists = {"lists": [{"issuer": "CN=Issuing", "next_update": "2026-11-23T03:00:00Z"}, "nonsense"]}
    kept = read_kept("vos", "softswitch", noted, lists)
    assert kept.outcome == outcome
    assert [one.ends for one in kept.found] == ends


def test_softswitch_without_a_crl_that_can_be_read_is_told() -> None:
    for lists in (None, {"lists": []}, {"lists": "x"}, {"lists": [{"issuer": "CN=a", "next_update": "soon"}]}):
        kept = read_kept("vos", "softswitch", {"outcome": "failed", "file": "/c", "cause": "no"}, lists)
        assert [one.ends for one in kept.found] == [None]
        assert Upkeep(DAILY, [kept], [], [], []).causes()["vos"].count("Remedy") == 2


def test_revocation_host_has_responses_and_a_responder() -> None:
    found = [
        {"kind": kind, "of": "issuing", "file": f"/{kind}", "not_after": "2026-11-24T03:00:00Z"}
        for kind in ("crl", "ocsp_responses", "ocsp_responder")
    ]
    kept = read_kept("rev", "revocation_host", {"outcome": "current", "file": "/x", "found": found}, None)
    upkeep = Upkeep(DAILY, [kept], ["vos2"], [], [])
    assert [one["file"] for one in upkeep.as_dictionary()["problems"]] == ["/crl", "/ocsp_responses", "/ocsp_responder"]
    assert upkeep.as_dictionary()["not_in_this_run"] == ["vos2"]
    assert upkeep.lines()[0] == "CRLs: 1 current; the first expires in 1 d"
    assert sum(line.startswith("Expires too early: rev, /") for line in upkeep.lines()) == 3


def test_what_is_only_planned_or_was_not_reached_is_not_held_against_the_run() -> None:
    for outcome in ("due", "unreachable"):
        kept = Kept("vos", "softswitch", outcome, found=(Expiring("vos", "crl", "/c", BEGAN),))
        assert Upkeep(DAILY, [kept], [], [], []).causes() == {}


def test_certificates_in_use_count_and_planned_ones_do_not() -> None:
    old, new = {"not_after": "2026-11-24T03:00:00Z"}, {"not_after": "2027-02-21T03:00:00Z"}
    cases: list[tuple[dict[str, Any], int]] = [
        ({"outcome": "renewed", "before": old, "after": new}, 0),
        ({"outcome": "deferred", "before": old}, 1),
        ({"outcome": "unchanged", "before": new, "second_before": old}, 1),
        ({"outcome": "renewed", "before": new, "second_before": old, "second_after": new}, 0),
        ({"outcome": "due", "before": old}, 0),
        ({"outcome": "refused"}, 0),
    ]
    for noted, count in cases:
        assert len(DAILY.problems(certificates_of("vos", "softswitch", noted))) == count, noted
    [problem] = DAILY.problems(certificates_of("vos", "softswitch", cases[1][0]))
    assert "vos_certificate_renew_before" in problem.remedy


def test_ca_by_what_was_recorded() -> None:
    issuer = {"authority": "issuing", "not_after": "2031-11-29T03:00:00Z"}
    use = ca_use({"issuer": issuer, "valid_for": "90d"})
    assert use == CaUse("issuing", datetime(2031, 11, 29, 3, tzinfo=UTC), timedelta(days=90))
    for nothing in ({}, {"issuer": {}}, {"issuer": "x"}, {"issuer": issuer}, {"issuer": issuer, "valid_for": "long"}):
        assert ca_use(nothing) is None
