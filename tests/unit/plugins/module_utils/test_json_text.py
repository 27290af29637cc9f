# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report is written whatever is in it, and what is read is bounded."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.json_text import dump_json, plain_value, read_json, shown_value
from hypothesis import given
from hypothesis import strategies as st


class Mute:
    """An object that does not say what it is."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


class Named:
    def __str__(self) -> str:
        return "named"


def circular() -> list[Any]:
    found: list[Any] = [1]
    found.append({"again": found})
    return found


def nested(depth: int) -> Any:
    found: Any = "end"
    for _turn in range(depth):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"a": [1, True, None, "ä"]}, {"a": [1, True, None, "ä"]}),
        (float("nan"), None),
        ([float("inf"), -float("inf"), 1e308], [None, None, 1e308]),
        (2**64, 2**64),
        (10**5000, None),
        (-(10**5000), None),
        ({"clock": 10**4999, "name": "gw1"}, {"clock": None, "name": "gw1"}),
        ("\udcff\ud800", "\udcff\ud800"),
        (b"caf\xc3\xa9 \xff", "café \udcff"),
        ({"b", "a"}, ["a", "b"]),
        ((1, 2), [1, 2]),
        ({1: "a", None: "b", False: "c", 1.5: "d"}, {"null": "b", "1": "a", "false": "c", "1.5": "d"}),
        ({(1, 2): "a", b"k": "b"}, {"(1, 2)": "a", "k": "b"}),
        (datetime(2026, 11, 30, 18, tzinfo=UTC), "2026-11-30T18:00:00Z"),
        (datetime(2026, 11, 30, 18, tzinfo=timezone(timedelta(hours=8))), "2026-11-30T10:00:00Z"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8))), "0001-01-01T00:00:00+08:00"),
        (date(2026, 11, 30), "2026-11-30"),
        (timedelta(seconds=90), 90.0),
        (circular(), [1, {"again": "(circular)"}]),
        (Named(), "named"),
        (Mute(), "(Mute)"),
        ({"key": {Mute()}}, {"key": ["(Mute)"]}),
    ],
    # pytest itself cannot write all of these
    ids=lambda value: type(value).__name__,
)
def test_any_value_is_written(value: Any, written: Any) -> None:
    content = dump_json(value)
    assert json.loads(content) == written
    assert content.endswith(b"\n")
    assert dump_json(value, indent=1).decode()


@pytest.mark.parametrize("depth", [99, 101, 5000, 100_000])
def test_any_depth_is_written(depth: int) -> None:
    # How deep json goes by itself, from 900 to some ten thousand, is a matter of Python's release
    told = b"nested too deeply" in dump_json(nested(depth))
    assert told if depth >= 100_000 else depth > 900 or not told
    assert ("nested too deeply" in json.dumps(plain_value(nested(depth)))) == (depth > 100)
    assert len(shown_value(nested(depth))) < 100


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.binary()
        | st.datetimes()
        | st.timedeltas(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers() | st.none() | st.booleans(), inner),
        max_leaves=20,
    )
)
def test_writing_never_fails_and_programs_can_read_it(value: Any) -> None:
    assert read_json(dump_json(value).decode()) == read_json(json.dumps(plain_value(value)))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"clock_ahead": ' + "9" * 400 + "}", {"clock_ahead": None}),
        ("[" + "9" * 5000 + ", -" + "9" * 5000 + "]", [None, None]),
        ("[1e999, -1e999, 1.5, NaN, Infinity]", [None, None, 1.5, None, None]),
        ("9" * 100, int("9" * 100)),
    ],
)
def test_number_that_is_out_of_bounds_is_unknown(text: str, value: Any) -> None:
    assert read_json(text) == value


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "nonsense"])
def test_text_that_is_not_json_is_one_kind_of_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_json(text)
