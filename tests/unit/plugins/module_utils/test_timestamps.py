# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as text, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.timestamps import (
    parse_moment,
    read_time,
    utc_now,
    write_moment,
    write_time,
)
from hypothesis import given
from hypothesis import strategies as st

ZONE = timezone(timedelta(hours=8))
TIMES = st.datetimes(
    min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.sampled_from([UTC, ZONE])
)


@given(TIMES)
def test_a_time_is_read_as_it_was_written(time: datetime) -> None:
    assert read_time(write_time(time)) == time == parse_moment(write_time(time))
    assert read_time(write_moment(time)) == time.replace(microsecond=0)
    assert read_time(write_time(time)).tzinfo is UTC


@given(TIMES, TIMES)
def test_moments_sort_as_text(one: datetime, other: datetime) -> None:
    assert (write_moment(one) < write_moment(other)) == (one.replace(microsecond=0) < other.replace(microsecond=0))


@pytest.mark.parametrize(
    ("time", "exact", "second"),
    [
        (datetime(2026, 11, 27, 9, tzinfo=ZONE), "2026-11-27T01:00:00Z", "2026-11-27T01:00:00Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "2026-01-02T03:04:05.000006Z", "2026-01-02T03:04:05Z"),
        (datetime(970, 1, 1, tzinfo=UTC), "0970-01-01T00:00:00Z", "0970-01-01T00:00:00Z"),
    ],
)
def test_how_a_time_is_written(time: datetime, exact: str, second: str) -> None:
    assert (write_time(time), write_moment(time)) == (exact, second)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-27", "2026-11-27T01:00:00", "0001-01-01T00:00:00+08:00"])
def test_what_is_no_time_in_utc_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_time(text)


@pytest.mark.parametrize(
    "found", ["2026-11-27T01:00:00", datetime(2026, 11, 27, 1), datetime(2026, 11, 27, 9, tzinfo=ZONE)]
)
def test_without_a_time_zone_a_moment_of_others_is_in_utc(found: str | datetime) -> None:
    assert parse_moment(found) == datetime(2026, 11, 27, 1, tzinfo=UTC)


@pytest.mark.parametrize("found", [None, 1795741200, "9999-12-31T23:00:00-08:00", "later"])
def test_what_is_no_moment_is_refused(found: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_moment(found)


def test_now_is_in_utc() -> None:
    assert utc_now().tzinfo is UTC
