# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import timedelta

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.durations import format_duration, parse_duration
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from hypothesis import given
from hypothesis import strategies as st

CENTURY = 36525 * 86400
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@given(st.integers(0, 10**12), st.sampled_from(sorted(UNITS)))
def test_a_number_and_a_unit_are_that_long_or_refused(number: int, unit: str) -> None:
    text = f"{number}{unit}"
    seconds = number * UNITS[unit]
    if 0 < seconds <= CENTURY:
        assert parse_duration(text) == timedelta(seconds=seconds)
    else:
        with pytest.raises(SiptlsError):
            parse_duration(text)


@given(st.text(max_size=20))
def test_any_text_is_a_duration_or_a_clear_error(text: str) -> None:
    try:
        assert timedelta(0) < parse_duration(text, name="valid_for") <= timedelta(seconds=CENTURY)
    except SiptlsError as error:
        assert str(error).startswith("valid_for is not a duration. Expected: a whole number above zero and a unit")
        assert repr(text) in str(error)


@pytest.mark.parametrize(
    "text",
    ["", "90", "d", "-1d", "+1d", "1.5d", "0d", "1 d", "1D", "90days", "1d12h", "36526d", "999999999w", "٣d", "1d\n2d"],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(SiptlsError):
        parse_duration(text)


def test_blanks_around_a_duration_are_no_matter() -> None:
    assert parse_duration(" 90d\n") == timedelta(days=90)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=90), "90 d"),
        (timedelta(days=30) - timedelta(seconds=1), "29 d"),
        (timedelta(days=1), "1 d"),
        (timedelta(days=1) - timedelta(seconds=1), "23 h"),
        (timedelta(hours=1), "1 h"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(seconds=59, microseconds=999999), "59 s"),
        (timedelta(0), "0 s"),
        (-timedelta(days=2, hours=5), "-2 d"),
    ],
)
def test_a_reader_sees_the_largest_unit_that_fits(length: timedelta, words: str) -> None:
    assert format_duration(length) == words


@given(st.integers(1, CENTURY))
def test_what_is_shown_is_never_more_than_what_it_stands_for(seconds: int) -> None:
    number, unit = format_duration(timedelta(seconds=seconds)).split()
    size = UNITS[{"min": "m"}.get(unit, unit)]
    assert int(number) * size <= seconds < (int(number) + 1) * size
