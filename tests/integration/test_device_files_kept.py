# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration files whose previous content stays on the device until the new one is accepted, whatever happens in between."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play

RELOAD = "echo reloaded >>{{ device }}/reloads"
PATHS = ("etc/a.conf", "etc/new.conf", "etc/gone.conf")


def published(content: str, **options: Any) -> list[dict[str, Any]]:
    """The task that publishes: one file that is there, one that is new, one that goes."""
    a, new, gone = ("{{ device }}/" + path for path in PATHS)
    files = [
        {"path": a, "content": content, "mode": "0644"},
        {"path": new, "content": content},
        {"path": gone, "state": "absent"},
    ]
    return [{"name": "Publish", "siptls.vos.device_files": {"files": files, "keep_previous": True, **options}}]


def settled(state: str) -> list[dict[str, Any]]:
    files = [{"path": "{{ device }}/" + path, "state": "absent"} for path in PATHS]
    return [{"name": state, "siptls.vos.device_files": {"files": files, "state": state}}]


def content(device: Path) -> dict[str, tuple[int, str]]:
    """Mode and content of every configuration file, whatever its name."""
    return {
        path.name: (stat.S_IMODE(path.stat().st_mode), path.read_text())
        for path in sorted((device / "etc").iterdir())
        if not path.name.endswith("siptls-loaded")
    }


@pytest.fixture
def device(play: Play) -> Path:
    etc = play.device("gw1") / "etc"
    etc.mkdir(parents=True)
    (etc / "a.conf").write_text("before\n")
    (etc / "a.conf").chmod(0o600)
    (etc / "gone.conf").write_text("farewell\n")
    return etc.parent


def test_what_was_there_comes_back_whole_and_only_once(play: Play, device: Path) -> None:
    before = content(device)
    done = play(published("after\n", reload=RELOAD)).of("gw1")
    assert not done["open"]
    assert (device / "etc/a.conf").read_text() == "after\n"
    # Another run in between sees that it is open, and keeps what is older
    again = play(published("still later\n", reload=RELOAD)).of("gw1")
    assert again["open"]
    assert play(settled("previous"), check=True).of("gw1")["changed"]
    assert (device / "etc/a.conf").read_text() == "still later\n"
    back = play(settled("previous")).of("gw1")
    assert back["changed"]
    assert [one["action"] for one in back["files"]] == ["taken_back"] * 3
    assert content(device) == before
    assert not play(settled("previous")).of("gw1")["changed"]
    assert content(device) == before
    assert (device / "reloads").read_text() == "reloaded\n" * 2


def test_what_is_accepted_stays_and_nothing_else_does(play: Play, device: Path) -> None:
    play(published("after\n", reload=RELOAD))
    assert not play(settled("accepted")).of("gw1")["changed"]
    assert set(content(device)) == {"a.conf", "new.conf"}
    assert not play(settled("previous")).of("gw1")["changed"]
    assert (device / "etc/a.conf").read_text() == "after\n"
    assert not play(published("after\n", reload=RELOAD)).of("gw1")["open"]


def test_nothing_is_kept_where_publishing_fails(play: Play, device: Path) -> None:
    before = content(device)
    play(published("after\n", reload="false"), fails=True)
    assert content(device) == before


def test_nothing_is_kept_unless_asked_for(play: Play, device: Path) -> None:
    play(published("after\n", reload=RELOAD, keep_previous=False))
    assert set(content(device)) == {"a.conf", "new.conf"}
