# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""siptls.vos.fleet_report and siptls.vos.report: a report is written where something changed, and nobody who is not in order stops it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.fleet.document import FleetDocument
from ansible_collections.siptls.vos.tests.browser import documents
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.tasks import Task
from ansible_collections.siptls.vos.tests.integration.verified_fleet import VerifiedFleet


def report(**options: Any) -> Task:
    defaults = {"document": "fleet.json", "json": "report.json", "html": "report.html"}
    return {"name": "The report", "siptls.vos.fleet_report": {**defaults, **options}}


@pytest.fixture
def document(play: Play) -> dict[str, Any]:
    """A document in its file."""
    found = documents.fleet(12)
    (play.folder / "fleet.json").write_text(json.dumps(found))
    return found


def embedded(page: str) -> Any:
    """The data of a page."""
    return json.loads(page.partition('id="data">')[2].partition("</script>")[0])


def test_it_is_written_once_and_says_what_it_was_told(play: Play, pki: Path, document: dict[str, Any]) -> None:
    tasks = [report(pki="pki", handshake_failures=documents.failures(), language="zh", title="Fleet of Example")]
    foretold = play(tasks, check=True, diff=True).of("gw1")
    assert foretold["changed"]
    assert not (play.folder / "report.html").exists()
    done = play(tasks, diff=True).of("gw1")
    assert done["reason"] == foretold["reason"]
    assert "report.html: there is no such file" in done["reason"]
    assert [one["octets"] for one in done["files"]] == [
        (play.folder / name).stat().st_size for name in ("report.json", "report.html")
    ]
    assert f"{document['devices'][0]['device']}: {document['devices'][0]['state']}" in done["diff"][0]["after"]
    assert done["diff"][0]["before"] == ""
    written = json.loads((play.folder / "report.json").read_text())
    assert written["devices"] == FleetDocument.read(document, where="fleet.json").as_dict()["devices"]
    assert [one["name"] for one in written["authorities"]] == ["issuing", "root"]
    assert written["handshake_failures"]["total"] == documents.failures()["total"]
    assert {one["state"] for one in written["compliance"]} <= {"met", "not_met", "not_verified", "out_of_reach"}
    assert len({one["framework"] for one in written["compliance"]}) == 2
    page = embedded((play.folder / "report.html").read_text())
    assert (page["title"], page["language"]) == ("Fleet of Example", "zh")
    assert page["glance"] == done["glance"]
    for options in ({}, {"check": True, "diff": True}):
        again = play(tasks, **options)
        assert again.nothing_changed
        assert "reason" not in again.of("gw1")


def test_a_report_is_made_anew_of_its_json(play: Play, pki: Path, document: dict[str, Any]) -> None:
    play([report(pki="pki", handshake_failures=[documents.failures()])])
    first = embedded((play.folder / "report.html").read_text())
    outcome = play([report(document="report.json")])
    assert outcome.nothing_changed
    assert embedded((play.folder / "report.html").read_text()) == first
    document["devices"][0]["state"] = "unknown"
    changed = play([report(document={**document, "devices": document["devices"]}, html="")], diff=True).of("gw1")
    assert changed["reason"].endswith("report.json: the document says something else")
    assert json.loads((play.folder / "report.json").read_text())["handshake_failures"] is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"document": "none.json"}, "none.json: the fleet document cannot be read"),
        ({"document": {"format": 2, "devices": []}}, "format 2"),
        ({"json": "", "html": ""}, "the report has no place"),
        ({"json": "report.html"}, "the report has no place"),
        ({"html": "taken/report.html"}, "taken/report.html: the file cannot be"),
        ({"handshake_failures": {"total": 3}}, "handshake_failures is not what siptls.vos.handshake_failures returns"),
    ],
)
def test_what_is_wrong_is_told(play: Play, document: dict[str, Any], options: dict[str, Any], said: str) -> None:
    (play.folder / "taken").write_text("a file where a folder is wanted")
    outcome = play([report(**options)], fails=True)
    assert said in outcome.message("gw1")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VerifiedFleet]:
    made = VerifiedFleet(tmp_path_factory.mktemp("fleet"))
    try:
        made.begin()
        yield made
    finally:
        made.end()


def test_the_playbook_reports_whatever_is_not_in_order(fleet: VerifiedFleet) -> None:
    shutil.rmtree(fleet.certs("gw2"))
    record = {
        "time": "2026-11-23T19:02:20.132856Z",
        "event": "tls_handshake_failure",
        "source_address": "192.0.2.7",
        "cause": "no reason",
    }
    records = fleet.folder / "records.json"
    records.write_text(json.dumps(record) + "\n")
    options = ("-e", f"report_failures_path={records}", "-e", "report_days=3000")
    done = fleet.play("siptls.vos.report", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((fleet.folder / "report.json").read_text())
    states = {one["device"]: one["state"] for one in found["devices"]}
    assert (states["gw1"], states["gw2"]) == ("ok", "failed")
    assert found["handshake_failures"]["by_source"] == [{"source": "192.0.2.7", "count": 1}]
    assert {one["name"] for one in found["authorities"]} >= {"root", "issuing"}
    assert "report.html" in done.stdout
    page = (fleet.folder / "report.html").read_bytes()
    verified = fleet.document_path.stat().st_mtime_ns
    again = fleet.play("siptls.vos.report", *options, "-e", f"report_from={fleet.document_path}")
    assert again.returncode == 0, again.stdout + again.stderr
    assert fleet.document_path.stat().st_mtime_ns == verified, "no device was asked again"
    assert embedded((fleet.folder / "report.html").read_text())["glance"] == embedded(page.decode())["glance"]
    done = fleet.play("siptls.vos.verify")
    assert done.returncode == 2, "verify still counts a device that is not in order as failed"
