# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service whose reload cuts calls, or minds being reloaded too often: no call is cut unless somebody says so."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play

pytestmark = pytest.mark.nightly

COUNT = "echo reloaded >>{{ device }}/reloads"


def task(content: str, **options: Any) -> list[dict[str, Any]]:
    """The configuration of a gateway that says in the file calls how many are up."""
    calls = {"command": "cat {{ device }}/calls", "wait": "3s", **options}
    files = [{"path": "{{ device }}/gateway.conf", "content": content}]
    return [{"name": "It", "siptls.vos.device_files": {"files": files, "reload": COUNT, "calls": calls}}]


def reloads(device: Path) -> int:
    path = device / "reloads"
    return len(path.read_text().splitlines()) if path.exists() else 0


@pytest.fixture
def device(play: Play) -> Path:
    """With its first configuration, loaded while no call was up."""
    folder = play.device("gw1")
    folder.mkdir()
    (folder / "calls").write_text("0\n")
    assert play(task("one\n")).of("gw1")["reloaded"]
    return folder


def test_calls_that_do_not_end_leave_everything_to_the_next_run(play: Play, device: Path) -> None:
    (device / "calls").write_text("2\n")
    before = {path.name: path.read_bytes() for path in device.iterdir()}
    result = play(task("two\n")).of("gw1")
    assert result["deferred"] == "2 calls still up after 3 s; the next run tries again"
    assert result["warnings"] == [f"Not reloaded: {result['deferred']}"]
    assert not result["changed"]
    assert not result["reloaded"]
    assert {path.name: path.read_bytes() for path in device.iterdir()} == before
    (device / "calls").write_text("0\n")
    assert play(task("two\n")).of("gw1")["reloaded"]
    assert (device / "gateway.conf").read_text() == "two\n"
    assert reloads(device) == 2
    assert not play(task("two\n")).of("gw1")["changed"]


def test_the_end_of_a_call_is_waited_for(play: Play, device: Path) -> None:
    (device / "calls").write_text("1\n")
    hang_up = threading.Timer(6, (device / "calls").write_text, ["0\n"])
    hang_up.start()
    result = play(task("two\n", wait="60s")).of("gw1")
    hang_up.join()
    assert result["reloaded"]
    assert "deferred" not in result
    assert reloads(device) == 2


def test_calls_are_cut_where_that_is_asked_for(play: Play, device: Path) -> None:
    (device / "calls").write_text("1\n")
    assert play(task("two\n", otherwise="force")).of("gw1")["reloaded"]
    assert reloads(device) == 2


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("none\n", "exit status 0: none"),
        ("", "exit status 0: it said nothing"),
        ("-1\n", "exit status 0: -1"),
        ("1 2\n", "exit status 0: 1 2"),
        (None, "exit status 1: cat:"),
    ],
)
def test_a_device_that_does_not_tell_is_not_reloaded(play: Play, device: Path, said: str | None, found: str) -> None:
    (device / "calls").unlink() if said is None else (device / "calls").write_text(said)
    message = play(task("two\n"), fails=True).message("gw1")
    assert "the device does not tell how many calls are up" in message
    assert found in message
    assert (device / "gateway.conf").read_text() == "one\n"
    assert reloads(device) == 1


def test_check_mode_foretells_the_reload_without_waiting(play: Play, device: Path) -> None:
    (device / "calls").write_text("1\n")
    result = play(task("two\n", wait="60m"), check=True).of("gw1")
    assert result["changed"]
    assert result["reloaded"]
    assert reloads(device) == 1


def test_two_reloads_keep_their_distance(play: Play, device: Path) -> None:
    def changed(content: str) -> list[dict[str, Any]]:
        only = task(content)
        only[0]["siptls.vos.device_files"] |= {"reload_interval": "6s", "reload": "date +%s >>{{ device }}/reloads"}
        return only

    play(changed("two\n"))
    play(changed("three\n"))
    *_others, second, third = (device / "reloads").read_text().split()
    assert int(third) - int(second) >= 6
    begin = time.monotonic()
    assert not play(changed("three\n")).of("gw1")["changed"]
    assert time.monotonic() - begin < 6, "a run with nothing to do waited"
