# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of the role audit, read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.audit_records import NO_CAUSE, NO_SOURCE, Failure, parse_record
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.reading import refusals_of
from hypothesis import given
from hypothesis import strategies as st


def record(**members: Any) -> str:
    known = {
        "time": "2026-11-23T19:02:20.132856Z", "event": "tls_handshake_failure", "direction": "inbound", "source_address": "192.0.2.7",
        "destination_address": "192.0.2.1", "cause": "the peer sent no certificate",
    }  # fmt: skip
    return json.dumps(known | members)


@pytest.mark.parametrize(
    ("line", "source", "cause"),
    [
        (record(), "192.0.2.7", "the peer sent no certificate"),
        (record(direction="outbound"), "192.0.2.1", "the peer sent no certificate"),
        (record(source_address=None), NO_SOURCE, "the peer sent no certificate"),
        (record(cause=None), "192.0.2.7", NO_CAUSE),
    ],
)
def test_a_record_tells_who_and_why(line: str, source: str, cause: str) -> None:
    found = parse_record(line)
    assert found == Failure("2026-11-23T19:02:20.132856Z", cause, source, is_outbound="outbound" in line)
    assert found.day == "2026-11-23"


@pytest.mark.parametrize(
    "line", ["", "{", "[]", "null", record(event="else"), record(time=None), record(time="yesterday"), record()[20:]]
)
def test_what_is_no_record_is_left_out(line: str) -> None:
    assert parse_record(line) is None


@given(st.text())
def test_no_line_ends_the_count(line: str) -> None:
    parse_record(line)


def test_refusals_of_a_device_are_those_with_its_address_whoever_began_the_connection() -> None:
    lines = (
        record(time="2026-11-23T19:00:00Z"),
        record(time="2026-11-23T19:01:00Z", source_address="192.0.2.8"),
        record(
            time="2026-11-23T19:02:00Z",
            source_address="192.0.2.1",
            destination_address="192.0.2.7",
            direction="outbound",
        ),
        record(time="2026-11-23T19:03:00Z", source_address=None),
        record(time="2026-11-23T19:04:00Z", event="something else"),
    )
    said = ("2026-11-23T19:00:00Z: the peer sent no certificate, from 192.0.2.7",
            "2026-11-23T19:02:00Z: the peer sent no certificate, to 192.0.2.7")  # fmt: skip
    assert refusals_of(lines, ("192.0.2.7",)) == said
    assert refusals_of(lines, None) == (
        said[0],
        "2026-11-23T19:01:00Z: the peer sent no certificate, from 192.0.2.8",
        said[1],
    )
    assert len(refusals_of((record(),) * 9, None)) == 5
