# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of each device, for programs and for people."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.rotation.report import OUTCOMES, DeviceReport, Report
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 23, 3, 0, 41, tzinfo=UTC)
OLD = {"serial_number": "0fd0b7cd9a7dd6d1", "not_after": "2026-12-22T09:38:09Z"}
NEW = {"serial_number": "535330e6f3079de5", "not_after": "2027-02-21T09:38:09Z"}


def report(*devices: DeviceReport, predicted: bool = False) -> Report:
    return Report(devices, NOW - timedelta(seconds=41), NOW, predicted)


def noted(**more: Any) -> dict[str, Any]:
    return {"kind": "gateway", "reasons": ["renewal due"], "before": OLD, "outcome": "due", **more}


def test_a_device_that_was_renewed() -> None:
    of = DeviceReport.of("gw1", "gateway", noted(outcome="renewed", after=NEW, began=100.0, ended=103.44))
    assert of.as_dictionary() == {
        "device": "gw1",
        "kind": "gateway",
        "outcome": "renewed",
        "reasons": ["renewal due"],
        "forced": False,
        "cause": "",
        "before": OLD,
        "after": NEW,
        "seconds": 3.4,
        "connections_behind": None,
    }
    assert report(of).table().splitlines() == [
        "device  outcome  before               after                seconds  why",
        "gw1     renewed  0fd0b7cd 2026-12-22  535330e6 2027-02-21  3.4      renewal due",
        "Rotation: 1 renewed",
    ]


def test_a_device_that_nobody_reached_is_there_too() -> None:
    of = DeviceReport.of("gw2", "gateway", None)
    assert of.outcome == "unreachable"
    assert "gw2" in report(of).table()


def test_what_went_wrong_comes_first_and_what_was_not_due_is_only_counted() -> None:
    devices = [DeviceReport.of(f"gw{at}", "gateway", noted(outcome=outcome)) for at, outcome in enumerate(OUTCOMES)]
    devices.append(DeviceReport.of("gw00", "gateway", noted(outcome="unchanged")))
    made = report(*reversed(devices))
    assert [entry["outcome"] for entry in made.as_dictionary()["devices"]] == [*OUTCOMES, "unchanged"]
    lines = made.table().splitlines()
    assert lines[1].split()[:2] == ["gw0", "failed"]
    assert not any(line.split()[1] == "unchanged" for line in lines[1:-1])
    assert lines[-1].endswith("1 reloaded, 2 unchanged")


def test_the_plan_says_that_it_is_one() -> None:
    assert report(DeviceReport.of("gw1", "gateway", noted()), predicted=True).table().endswith("Plan: 1 due")
    assert report(predicted=True).table() == "Plan: no devices"


@pytest.mark.parametrize(("behind", "words"), [(0, ""), (3, "(3 established connections"), (None, "")])
def test_connections_with_the_certificate_before_are_told(behind: int | None, words: str) -> None:
    of = DeviceReport.of("vos", "softswitch", noted(outcome="renewed", connections_behind=behind))
    assert words in of.row()[-1]
    assert ("established" in of.row()[-1]) == bool(words)


def test_a_cause_of_several_lines_is_one_in_the_table() -> None:
    of = DeviceReport.of("gw1", "gateway", noted(outcome="refused", cause="clock: late;\nfolder: full"))
    assert of.row()[-1] == "clock: late; folder: full"


@given(st.lists(st.tuples(st.text(max_size=20), st.sampled_from(list(OUTCOMES)), st.text(max_size=80)), max_size=20))
def test_every_device_is_counted_once_whatever_its_name_and_cause(devices: list[tuple[str, str, str]]) -> None:
    made = report(*(DeviceReport.of(name, "gateway", noted(outcome=out, cause=why)) for name, out, why in devices))
    content = json.loads(json.dumps(made.as_dictionary()))
    assert sum(content["counts"].values()) == content["devices_total"] == len(content["devices"]) == len(devices)
    assert made.table()
