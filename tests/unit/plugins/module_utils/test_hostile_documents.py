# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet document comes from a file that others write: whatever is in it, there is a result or an error for an operator."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.compliance.assess import assess
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.fleet.beside import HandshakeFailures
from ansible_collections.siptls.vos.plugins.module_utils.fleet.document import FleetDocument
from ansible_collections.siptls.vos.plugins.module_utils.fleet.reading import Problem, read_known, write
from ansible_collections.siptls.vos.plugins.module_utils.json_text import plain_value, read_json
from ansible_collections.siptls.vos.plugins.module_utils.metrics.fleet import metrics_text
from ansible_collections.siptls.vos.plugins.module_utils.report.contents import as_json, combined, contents
from ansible_collections.siptls.vos.plugins.module_utils.report.figures import glance
from ansible_collections.siptls.vos.plugins.module_utils.report.page import render
from ansible_collections.siptls.vos.tests.shared.fleet_sample import device, document
from hypothesis import given, settings
from hypothesis import strategies as st

DIGITS = "9" * 400
MOMENTS = ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "9999-12-30T00:00:00Z", "0050-01-01T00:00:00Z", "")
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**90), 10**90)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["\ud800", "</script>", "ok", "failed", "gw1", *MOMENTS])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["device", "name", "state", "check", "count", "cause", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def places(found: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all that is in a document."""
    inner = found.items() if isinstance(found, Mapping) else enumerate(found) if isinstance(found, list) else ()
    return [*([at] if at else []), *(path for key, one in inner for path in places(one, (*at, key)))]


SAMPLE = document(device("gw1"), device("vos", "softswitch"))
for one in SAMPLE["devices"]:
    one["checks"] = one["checks"][:2]
SAMPLE["compliance"] = assess(FleetDocument.read(SAMPLE, where="it"))[:2]
PLACES = places(SAMPLE)


def spoilt(changes: list[tuple[tuple[Any, ...], Any]]) -> Any:
    found = deepcopy(SAMPLE)
    for path, value in changes:
        with suppress(KeyError, IndexError, TypeError):
            inner = found
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = value
    return found


def report_of(found: Any) -> bytes:
    assess(combined(found))
    report = contents(found)
    glance(report)
    page = render(report, language="en")
    assert page.count("</script>") == PAGE.count("</script>")
    return as_json(report)


PAGE = render(contents(SAMPLE), language="en")
READERS: Mapping[str, Callable[[Any], Any]] = {
    "metrics": lambda found: metrics_text(found, where="it", labels={}, passing_checks=True).encode(),
    "report": report_of,
    "verification": lambda found: FleetDocument.read(found, where="it").content(),
}


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(PLACES), values), min_size=1, max_size=4) | values)
def test_any_document_gives_a_result_or_an_error_for_an_operator(reader: str, changes: Any) -> None:
    found = spoilt(changes) if isinstance(changes, list) and all(isinstance(one, tuple) for one in changes) else changes
    # As a file, and as a variable of a playbook
    for given_as in (read_json(json.dumps(found)), plain_value(found)):
        with suppress(SiptlsError):
            READERS[reader](given_as)


@pytest.mark.parametrize("reader", ["metrics", "verification"])
def test_member_of_another_kind_is_unknown_wherever_it_is(reader: str) -> None:
    for path in (one for one in PLACES if one[:2] != ("devices", 1)):
        for value in ("text", {"a": 1}, [1], True, 10**80, MOMENTS[0]):
            with suppress(SiptlsError):
                READERS[reader](plain_value(spoilt([(path, value)])))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'{{"device": "gw1", "clock_ahead": {DIGITS}}}', None),
        (f'{{"device": "gw1", "clock_ahead": {"9" * 5000}}}', None),
        (f'{{"device": "gw1", "tls": {{"milliseconds": {DIGITS}}}}}', None),
        ('{"device": "gw1", "clock_ahead": 1e999}', None),
        (f'{{"device": "gw1", "clock_ahead": {"9" * 30}}}', "devices[0].clock_ahead"),
        (
            '{"device": "gw1", "certificate": {"not_after": "9999-12-31T23:59:59-23:59"}}',
            "devices[0].certificate.not_after",
        ),
        ('{"device": "gw1", "srtp": "none"}', "devices[0].srtp"),
        ('{"device": "gw1", "checks": [{"check": ["x"], "state": "ok"}]}', "devices[0].checks[0].check"),
    ],
    ids=range(8),
)
def test_number_or_moment_out_of_range_is_unknown_for_that_device_alone(text: str, expected: str | None) -> None:
    told: list[str] = []
    found = read_json(f'{{"format": 1, "devices": [{text}, {{"device": "gw2", "clock_ahead": 7}}]}}')
    made = metrics_text(found, where="it", labels={}, passing_checks=True, notice=told.append)
    assert 'siptls_clock_ahead_seconds{device="gw2"} 7' in made
    assert 'siptls_clock_ahead_seconds{device="gw1"}' not in made
    assert [one.partition("unknown: ")[2] for one in told] == ([expected] if expected else [])


def test_clock_of_hundreds_of_digits_does_not_end_the_metrics() -> None:
    fleet = deepcopy(SAMPLE)
    fleet["devices"][0]["clock_ahead"] = int(DIGITS)
    assert 'siptls_registered{device="gw1"} 1' in metrics_text(fleet, where="it", labels={}, passing_checks=True)


def test_failures_without_a_time_or_with_counts_of_text_are_left_out() -> None:
    problems: list[Problem] = []
    given_as = {"by_cause": [{"cause": "x", "count": "7"}, {"cause": "y", "count": 2}], "since": 5, "until": None}
    found = read_known(HandshakeFailures, given_as, problems)
    assert write(found)["by_cause"] == [{"cause": "y", "count": 2}]
    assert [one.at for one in problems] == ["since", "by_cause[0].count"]
