# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document about a fleet: what is written is read again, and what is something else is refused with its place."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.findings import Finding
from ansible_collections.siptls.vos.plugins.module_utils.fleet.checks import CHECKS, Check, CheckState, complete, worst
from ansible_collections.siptls.vos.plugins.module_utils.fleet.device import DeviceEntry
from ansible_collections.siptls.vos.plugins.module_utils.fleet.document import FleetDocument
from hypothesis import given
from hypothesis import strategies as st

EXAMPLE = Path(__file__).with_name("example.json")
Change = Callable[[dict[str, Any]], Any]


def example() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(EXAMPLE.read_text())
    return found


def test_document_of_0_3_0_is_read_with_one_finding_for_each_check_that_has_a_cause() -> None:
    before = example()
    for device in before["devices"]:
        for check in device["checks"]:
            del check["findings"]
    document = FleetDocument.read(before, where="fleet.json")
    told = [check for device in document.devices for check in device.checks if check.cause]
    assert told
    assert all(len(check.findings) == 1 for check in told)
    for device in (written := document.as_dict())["devices"]:
        for check in device["checks"]:
            del check["findings"]
    assert written == before


def test_each_finding_stays_itself_from_the_rule_to_the_document_and_back() -> None:
    findings = (Finding("a is wrong", ("seen a",), "fix a"), Finding("b; c", (), "fix a"))
    check = Check("files", "failed", findings, besides=("and d",))
    assert (check.cause, check.evidence, check.remedy) == ("a is wrong; b; c", ("seen a", "and d"), "fix a")
    entry = DeviceEntry("gw1", "gateway", "vos", "failed", checks=(check,))
    assert DeviceEntry.read(json.loads(json.dumps(entry.as_dict())), where="x").checks == (check,)


def test_what_is_read_is_written_again_to_the_letter() -> None:
    document = FleetDocument.parse(EXAMPLE.read_text(), where="example.json")
    assert document.as_dict() == example()
    assert document.text() == EXAMPLE.read_text()


def test_members_of_a_later_hand_are_left_out() -> None:
    more = {**example(), "weather": "fair"}
    more["devices"][0]["colour"] = "grey"
    assert FleetDocument.read(more, where="report.json").as_dict() == example()


STATES: list[tuple[list[tuple[str, str]], str]] = [
    ([], "unknown"),
    ([("reachable", "ok")], "ok"),
    ([("reachable", "ok"), ("lifetime", "due")], "due"),
    ([("reachable", "ok"), ("lifetime", "due"), ("registration", "unknown")], "due"),
    ([("reachable", "ok"), ("registration", "unknown")], "unknown"),
    ([("reachable", "ok"), ("registration", "unknown"), ("chain", "failed")], "failed"),
    ([("reachable", "ok"), ("lifetime", "due"), ("chain", "failed")], "failed"),
    ([("reachable", "failed"), ("chain", "unknown")], "unreachable"),
    ([("reachable", "ok"), ("crl", "not_applicable")], "ok"),
    ([("reachable", "ok"), ("accelerated", "unknown")], "ok"),
    ([("accelerated", "ok")], "unknown"),
]


@pytest.mark.parametrize(("found", "expected"), STATES)
def test_state_of_a_device_is_the_worst_of_its_checks(found: Any, expected: str) -> None:
    assert worst(Check(name, state) for name, state in found) == expected
    assert worst(Check(name, state) for name, state in reversed(found)) == expected


def test_every_check_is_there_once_and_in_order() -> None:
    checks = complete([Check("tls", "ok"), Check.because("files", "failed", "gone")], cause="not looked at")
    assert tuple(one.check for one in checks) == CHECKS
    assert {one.check: one.state for one in checks if one.state != "unknown"} == {"tls": "ok", "files": "failed"}
    assert {one.cause for one in checks if one.state == "unknown"} == {"not looked at"}


def test_a_check_takes_the_place_of_the_one_before_and_changes_the_state() -> None:
    entry = DeviceEntry("gw1", "gateway", "vos", "ok").with_checks(*(Check(name, "ok") for name in CHECKS))
    assert entry.state == "ok"
    worse = entry.with_checks(Check.because("media", "failed", "no SRTP"))
    assert worse.state == "failed"
    assert [one.cause for one in worse.checks if one.check == "media"] == ["no SRTP"]
    assert worse.with_checks(Check("media", "ok")) == entry


def test_device_that_was_not_reached_is_unreachable_and_nothing_else_is_known() -> None:
    entry = DeviceEntry.unreachable("gw9", "gateway", "vos")
    assert entry.state == "unreachable"
    assert {one.state for one in entry.checks if one.check != "reachable"} == {"unknown"}
    assert (entry.registered, entry.certificate, entry.aes.accelerated) == (None, None, None)
    assert DeviceEntry.read(entry.as_dict(), where="x") == entry


def test_counts_have_every_state_and_failed_devices_are_those_that_end_a_run() -> None:
    devices = tuple(
        DeviceEntry(name, "gateway", "vos", state)
        for name, state in (("a", "ok"), ("b", "due"), ("c", "failed"), ("d", "unknown"), ("e", "unreachable"))
    )
    document = FleetDocument(datetime.now(UTC), datetime.now(UTC), "0.3.0", devices)
    assert document.counts == {"ok": 1, "due": 1, "failed": 1, "unknown": 1, "unreachable": 1}
    assert document.failed() == ["c", "e"]
    assert document.failed(strict=True) == ["c", "d", "e"]
    # What is due hides nothing that is not known, and what is good to know does not count
    for check, found in (("registration", ["b"]), ("accelerated", [])):
        due = DeviceEntry("b", "gateway", "vos", "due", checks=(Check(check, "unknown"), Check("lifetime", "due")))
        assert FleetDocument(datetime.now(UTC), datetime.now(UTC), "0.3.0", (due,)).failed(strict=True) == found
    assert FleetDocument(datetime.now(UTC), datetime.now(UTC), "0.3.0", ()).table() == "Verification: no devices"


def test_table_has_the_worst_first_and_no_control_character() -> None:
    bad = Check.because("identity", "failed", "URI:sip:\x1b[2Jgw1@example.com\nis not wanted")
    devices = (
        DeviceEntry("gw1", "gateway", "vos", "ok").with_checks(*(Check(name, "ok") for name in CHECKS), bad),
        DeviceEntry.unreachable("gw2", "gateway", "vos"),
        DeviceEntry("gw3", "gateway", "vos", "ok").with_checks(*(Check(name, "ok") for name in CHECKS)),
    )
    lines = FleetDocument(datetime.now(UTC), datetime.now(UTC), "0.3.0", devices).table().splitlines()
    assert [line.split()[0] for line in lines] == ["device", "gw1", "gw2", "Verification:"]
    assert lines[1].endswith("identity: URI:sip:?[2Jgw1@example.com is not wanted")
    assert lines[-1] == "Verification: 1 ok, 1 failed, 1 unreachable"


REFUSED: list[tuple[str, Change, str]] = [
    ("another format", lambda found: found.update(format=2), "Expected: format 1. Found: format 2"),
    ("no format", lambda found: found.pop("format"), "Found: format None"),
    ("no devices", lambda found: found.pop("devices"), "devices is no list"),
    ("no name", lambda found: found["devices"][1].pop("device"), "devices[1] has no name"),
]


@pytest.mark.parametrize(("change", "expected"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_something_else_is_refused_with_its_place(change: Change, expected: str) -> None:
    found = example()
    change(found)
    with pytest.raises(SiptlsError) as refused:
        FleetDocument.read(found, where="verification.json")
    assert str(refused.value).startswith("verification.json: ")
    assert expected in str(refused.value)


UNKNOWN: list[tuple[str, Change, str, str]] = [
    ("a state of its own", lambda found: found.update(state="fine"), "state", "one of ok, due, failed"),
    ("a kind of its own", lambda found: found.update(kind="fridge"), "kind", "one of gateway, softswitch"),
    (
        "a check of its own",
        lambda found: found["checks"][2].update(check="luck"),
        "checks[2].check",
        "one of reachable",
    ),
    ("a number", lambda found: found.update(clock_ahead="0"), "clock_ahead", "Expected: a whole number. Found: '0'"),
    ("a large number", lambda found: found.update(clock_ahead=2**63), "clock_ahead", "a whole number"),
    ("a truth", lambda found: found.update(registered=1), "registered", "Expected: true or false. Found: 1"),
    ("a bool as number", lambda found: found.update(clock_ahead=True), "clock_ahead", "Found: True"),
    ("a text", lambda found: found.update(openssl=["3.5"]), "openssl", "Expected: a text"),
    ("a long text", lambda found: found.update(openssl="x" * 100_001), "openssl", "Expected: a text"),
    (
        "a moment",
        lambda found: found["certificate"].update(not_after="tomorrow"),
        "certificate.not_after",
        "Expected: a moment in UTC",
    ),
    ("a list", lambda found: found.update(drift="tls.conf"), "drift", "Expected: a list"),
    ("an object", lambda found: found.update(certificate=[]), "certificate", "Expected: an object"),
]


@pytest.mark.parametrize(("change", "place", "words"), [row[1:] for row in UNKNOWN], ids=[row[0] for row in UNKNOWN])
def test_member_of_another_kind_is_unknown_in_a_document_and_refused_in_the_facts_of_a_device(
    change: Change, place: str, words: str
) -> None:
    found, told = example(), list[str]()
    change(found["devices"][0])
    document = FleetDocument.read(found, where="fleet.json", notice=told.append)
    assert told == [f"fleet.json: 1 values are invalid and count as unknown: devices[0].{place}"]
    assert [one.device for one in document.devices] == [one["device"] for one in example()["devices"]]
    assert FleetDocument.read(document.as_dict(), where="again") == document
    with pytest.raises(SiptlsError) as refused:
        DeviceEntry.read(found["devices"][0], where="gw1")
    assert str(refused.value).startswith(f"gw1: {place} cannot be read")
    assert words in str(refused.value)


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(SiptlsError, match=r"verification\.json: this is no JSON.*Remedy: run siptls\.vos\.verify"):
        FleetDocument.parse("{", where="verification.json")


# All that a certificate can hold: the years 1 to 9999
MOMENTS = st.integers(-62_135_596_800, 253_402_300_799).map(
    lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
TEXTS = st.text(max_size=20)
CLAUSES = st.lists(TEXTS, max_size=3).map(tuple)
ENTRIES = st.builds(
    DeviceEntry,
    device=TEXTS,
    kind=st.sampled_from(("gateway", "softswitch")),
    softswitch=st.none() | TEXTS,
    state=st.just("ok"),
    verified=st.none() | MOMENTS,
    clock_ahead=st.none() | st.integers(-(2**62), 2**62),
    registered=st.none() | st.booleans(),
    checks=st.lists(
        st.builds(
            Check,
            check=st.sampled_from(CHECKS),
            state=st.sampled_from(get_args(CheckState)),
            findings=st.lists(st.builds(Finding, TEXTS, CLAUSES, TEXTS), max_size=3).map(tuple),
            besides=CLAUSES,
        ),
        max_size=4,
    ).map(tuple),
)


@given(entries=st.lists(ENTRIES, max_size=4), began=MOMENTS, written=MOMENTS)
def test_every_document_is_read_as_it_was_written(
    entries: list[DeviceEntry], began: datetime, written: datetime
) -> None:
    named = {one.device: one for one in entries if one.device}
    devices = tuple(named[name] for name in sorted(named))
    document = FleetDocument(began, written, "0.3.0", devices, devices_total=len(devices))
    assert FleetDocument.parse(document.text(), where="x") == document


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(place=st.lists(st.integers(0, 40), min_size=1, max_size=4), value=JSON)
def test_whatever_stands_in_a_document_is_read_or_refused_in_words(place: list[int], value: Any) -> None:
    found = copy.deepcopy(example())
    at: Any = found
    for step in place[:-1]:
        inside = at[sorted(at)[step % len(at)]] if isinstance(at, dict) else at[step % len(at)]
        if not isinstance(inside, dict | list) or not inside:
            break
        at = inside
    key = sorted(at)[place[-1] % len(at)] if isinstance(at, dict) else place[-1] % len(at)
    at[key] = value
    try:
        document = FleetDocument.read(found, where="verification.json")
    except SiptlsError as refused:
        assert str(refused).startswith("verification.json: ")
    else:
        assert FleetDocument.read(document.as_dict(), where="again") == document


@given(value=JSON)
def test_anything_at_all_is_read_or_refused_in_words(value: Any) -> None:
    with pytest.raises(SiptlsError, match=r"^verification\.json: "):
        FleetDocument.parse(json.dumps(value), where="verification.json")
