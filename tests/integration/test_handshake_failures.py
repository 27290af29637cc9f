# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""siptls.vos.handshake_failures: records on a device without Python, whatever was put aside and however many there are."""

from __future__ import annotations

import gzip
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.tasks import Task

NOW = datetime.now(UTC)
SHELLS = ["sh", "busybox"]


def count(**options: Any) -> Task:
    return {"name": "The count", "siptls.vos.handshake_failures": {"path": "{{ device }}/failures.json", **options}}


def lines(*ages: int, cause: str = "no certificate") -> str:
    """Records so many days old."""
    days = [(NOW - timedelta(days=age)).isoformat() for age in ages]
    return "".join(
        f'{{"time":"{day}","host":"vos","event":"tls_handshake_failure","source_address":"192.0.2.7","cause":"{cause}"}}\n'
        for day in days
    )


@pytest.fixture(params=SHELLS)
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """The tools of this machine, or BusyBox's alone."""
    if request.param == "sh":
        return {}
    tools = tmp_path / "busybox"
    tools.mkdir()
    busybox = shutil.which("busybox")
    assert busybox
    for tool in ("awk", "gzip", "sed", "sort", "tail", "cat"):
        (tools / tool).symlink_to(busybox)
    return {"PATH": f"{tools}:/usr/bin:/bin"}


def test_records_are_counted_however_they_were_put_aside(play: Play, environment: dict[str, str]) -> None:
    device = play.device("vos")
    device.mkdir()
    (device / "failures.json").write_text(lines(0, 0, 1) + '{"time":"20')
    (device / "failures.json.1").write_text(lines(1, 2, cause="plain text"))
    (device / "failures.json.2.gz").write_bytes(gzip.compress(lines(4, 5).encode()))
    (device / "failures.json.3.gz").write_bytes(gzip.compress(lines(40).encode()))
    task = {**count(days=4), "environment": environment}
    for options in ({}, {"check": True, "diff": True}):
        outcome = play([task], hosts=["vos"], **options)
        assert outcome.nothing_changed
    found = outcome.of("vos")["failures"]
    assert (found["total"], found["truncated"]) == (6, False)
    assert found["by_cause"] == [{"cause": "no certificate", "count": 4}, {"cause": "plain text", "count": 2}]
    assert found["by_softswitch"] == [{"softswitch": "vos", "count": 6, "cause": ""}]
    assert found["by_day"][0]["day"] == f"{NOW - timedelta(days=4):%Y-%m-%d}"


def test_the_newest_are_read_where_there_are_too_many(play: Play, environment: dict[str, str]) -> None:
    device = play.device("vos")
    device.mkdir()
    (device / "failures.json.1").write_text(lines(*([2] * 100)))
    (device / "failures.json").write_text(lines(*([1] * 100)))
    one = len(lines(1))
    task = {**count(octets=one * 150), "environment": environment}
    found = play([task], hosts=["vos"]).of("vos")["failures"]
    assert found["truncated"] is True
    assert 148 <= found["total"] <= 150
    days = {entry["day"]: entry["count"] for entry in found["by_day"]}
    assert days[f"{NOW - timedelta(days=1):%Y-%m-%d}"] == 100
    # What is cut is from before the days that were asked for
    found = play([{**count(octets=one * 150, days=1), "environment": environment}], hosts=["vos"]).of("vos")["failures"]
    assert (found["total"], found["truncated"]) == (100, False)


def test_no_records_is_not_no_failures(play: Play) -> None:
    found = play([count()], hosts=["vos"]).of("vos")["failures"]
    assert found["total"] is None
    assert "siptls.vos.audit" in found["by_softswitch"][0]["cause"]
    (play.device("vos") / "failures.json").touch()
    found = play([count()], hosts=["vos"]).of("vos")["failures"]
    assert (found["total"], found["by_cause"]) == (0, [])


def test_what_strangers_wrote_is_text(play: Play) -> None:
    hostile = json.dumps("</script> $(touch here) `id` ' \" \\ \u202e")[1:-1]
    (play.devices / "vos").mkdir()
    (play.device("vos") / "failures.json").write_text(lines(0, cause=hostile) + " siptls begin\nrecords cut\n[]\n")
    found = play([count()], hosts=["vos"]).of("vos")["failures"]
    shown = json.loads(f'"{hostile}"').replace("\u202e", r"\u202e")
    assert found["by_cause"] == [{"cause": shown, "count": 1}], "a control that reorders text is spelled out"
    assert found["truncated"] is False
    assert [path.name for path in play.device("vos").iterdir()] == ["failures.json"]


@pytest.mark.parametrize(
    ("options", "said"), [({"days": 0}, "days is out of its range"), ({"octets": 10**9}, "octets is out of its range")]
)
def test_what_would_read_without_bounds_is_refused(play: Play, options: dict[str, int], said: str) -> None:
    assert said in play([count(**options)], hosts=["vos"], fails=True).message("vos")
