# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of failed handshakes, counted: of one softswitch, and of several."""

from __future__ import annotations

from ansible_collections.siptls.vos.plugins.module_utils.audit_records import Failure
from ansible_collections.siptls.vos.plugins.module_utils.fleet.handshake_failures import aggregate, merged, unknown

SPAN = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-27T01:00:00Z"}


FIRST = (
    Failure("2026-11-02T01:00:00Z", "a", "1"),
    Failure("2026-11-02T02:00:00Z", "b", "1"),
    Failure("2026-11-03T02:00:00Z", "a", "2"),
)
SECOND = (Failure("2026-11-03T05:00:00Z", "a", "3"), Failure("2026-11-03T06:00:00Z", "a", "1"))


def test_failures_are_counted_by_cause_source_and_day() -> None:
    found = aggregate("vos", FIRST, truncated=False, **SPAN)
    assert (found["total"], found["records_read"], found["truncated"]) == (3, 3, False)
    assert found["by_cause"] == [{"cause": "a", "count": 2}, {"cause": "b", "count": 1}]
    assert found["by_source"] == [{"source": "1", "count": 2}, {"source": "2", "count": 1}]
    assert found["by_day"] == [
        {"day": "2026-11-02", "cause": "a", "count": 1},
        {"day": "2026-11-02", "cause": "b", "count": 1},
        {"day": "2026-11-03", "cause": "a", "count": 1},
    ]


def test_several_softswitches_together_are_one_that_saw_all() -> None:
    both = merged(
        [aggregate("vos1", FIRST, truncated=False, **SPAN), aggregate("vos2", SECOND, truncated=True, **SPAN)]
    )
    alone = aggregate("both", (*FIRST, *SECOND), truncated=True, **SPAN)
    assert both is not None
    assert both.pop("by_softswitch") == [
        {"softswitch": "vos1", "count": 3, "cause": ""},
        {"softswitch": "vos2", "count": 2, "cause": ""},
    ]
    alone.pop("by_softswitch")
    assert both == alone


def test_who_cannot_tell_is_unknown_and_not_none() -> None:
    silent = unknown("vos2", "no records", **SPAN)
    assert silent["total"] is None
    both = merged([aggregate("vos1", (), truncated=False, **SPAN), silent])
    assert both is not None
    assert both["total"] == 0
    assert both["by_softswitch"][1] == {"softswitch": "vos2", "count": None, "cause": "no records"}
    assert merged([silent, silent])["total"] is None  # type: ignore[index]
    assert merged([]) is None
