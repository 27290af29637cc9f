# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What siptls.vos.metrics_file writes, with promtool as the judge of it, and what becomes of the file that was there."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.judges import promtool
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.shared.fleet_sample import device, document
from prometheus_client.parser import text_string_to_metric_families

HOSTILE = 'gw"1\\\n{x="y"} 1\n# TYPE up counter\u202e<script>'


def metrics(**options: Any) -> dict[str, Any]:
    defaults = {"document": "fleet.json", "path": "siptls.prom"}
    return {"name": "The metrics", "siptls.vos.metrics_file": {**defaults, **options}}


@pytest.fixture
def fleet(play: Play) -> Path:
    """A fleet document beside the playbook."""
    path = play.folder / "fleet.json"
    path.write_text(json.dumps(document()))
    return path


def test_promtool_finds_nothing_wrong(play: Play, fleet: Path) -> None:
    fleet.write_text(json.dumps(document(device("gw1"), device(HOSTILE), device("vos", "softswitch"))))
    outcome = play([metrics(labels={"fleet": 'east "1"'})])
    text = (play.folder / "siptls.prom").read_text()
    assert promtool("check", "metrics", given=text) == (0, "")
    devices = {
        sample.labels["device"]
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if family.name == "siptls_check_ok"
    }
    assert devices == {"gw1", HOSTILE, "vos"}
    found = outcome.of("gw1")
    assert found["samples"] == sum(not line.startswith("#") for line in text.splitlines())
    assert found["path"] == str(play.folder / "siptls.prom")
    assert found["reason"] == "there is no such file"


def test_promtool_would_find_what_is_wrong() -> None:
    assert promtool("check", "metrics", given='siptls_x{device="a"} 1\nsiptls_x{device="a"} 2 oops\n')[0] != 0


def test_the_file_is_written_where_something_changed_and_only_then(play: Play, fleet: Path) -> None:
    path = play.folder / "siptls.prom"
    assert play([metrics()], check=True).of("gw1")["changed"]
    assert not path.exists()
    play([metrics()])
    assert path.stat().st_mode & 0o777 == 0o644
    before = path.stat()
    for options in ({}, {"check": True, "diff": True}):
        assert play([metrics()], **options).nothing_changed
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert play([metrics(document="{{ lookup('file', 'fleet.json') | from_json }}")]).nothing_changed
    fleet.write_text(json.dumps(document(device("gw1"))))
    content = path.read_text()
    foretold = play([metrics()], check=True, diff=True)
    assert foretold.of("gw1")["changed"]
    assert foretold.of("gw1")["diff"]["before"] == content
    assert path.read_text() == content
    done = play([metrics()], diff=True)
    assert done.of("gw1")["reason"] == "the document says something else"
    assert done.of("gw1")["diff"] == foretold.of("gw1")["diff"]
    assert path.read_text() == done.of("gw1")["diff"]["after"]
    path.chmod(0o600)
    assert play([metrics()]).of("gw1")["reason"] == "its mode is 0600, and is to be 0644"
    assert path.stat().st_mode & 0o777 == 0o644
    assert sorted(one.name for one in play.folder.glob("*siptls*")) == ["siptls.prom"], "no temporary file stays"


def test_a_reader_never_sees_a_part_of_the_file(play: Play, fleet: Path) -> None:
    path = play.folder / "siptls.prom"
    seen: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.update(one.read_text() for one in play.folder.glob("*.prom"))

    fleet.write_text(json.dumps(document(*(device(f"gw{number}") for number in range(400)))))
    play([metrics()])
    first = path.read_text()
    reader = threading.Thread(target=look)
    reader.start()
    try:
        play([metrics(labels={"run": "2"})])
    finally:
        done.set()
        reader.join()
    assert seen <= {first, path.read_text()}
    assert first in seen


def test_what_is_wrong_is_told(play: Play, fleet: Path) -> None:
    (play.folder / "text").write_text("nonsense")
    (play.folder / "old.json").write_text('{"format": 7, "devices": []}')
    (play.folder / "folder.prom").mkdir()
    cases = {
        f"{play.folder}/siptls.txt: the name does not end in .prom": metrics(path="siptls.txt"),
        f"{play.folder}/nowhere: the folder is not there": metrics(path="nowhere/siptls.prom"),
        f"{play.folder}/nothing.json: the fleet document cannot be read": metrics(document="nothing.json"),
        f"{play.folder}/text: this is no JSON": metrics(document="text"),
        f"{play.folder}/old.json: the document is of a format": metrics(document="old.json"),
        "document: this is no document": metrics(document=[]),
        "document: devices is no list": metrics(document={"format": 1}),
        "labels, device: the metrics have a label of this name": metrics(labels={"device": "x"}),
        f"{play.folder}/folder.prom: the file cannot be read on the controller": metrics(path="folder.prom"),
    }
    outcome = play(
        [{**task, "name": words, "ignore_errors": True} for words, task in cases.items()],
        environment={"COLUMNS": "300"},
    )
    for words in cases:
        assert words in outcome.message("gw1", words)
    assert not list(play.folder.glob("siptls*"))
