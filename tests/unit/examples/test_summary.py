# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary that a pipeline shows in a merge request: what devices and certificates say stays text."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

SUMMARY = Path(__file__).resolve().parents[3] / "examples/gitops/ci/summary.py"
HOSTILE = (
    "[click](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "<https://evil.example>",
    "https://evil.example www.evil.example",
    "mail@evil.example @everyone @org/team",
    "#1 !1 org/repo#1 GH-1 $1 %v1 ~label &1",
    ":tada: ^^ **bold** ~~gone~~ $`math`$",
    "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "&#64;everyone &lt;b&gt;",
    "a | b | c",
    "a \\| b \\",
    "` [out](https://evil.example) `",
    "``` ```` `` `",
    "one\n\n# two\n\n- three\r\n| four |",
    "\x1b[31m\u202e\u2028\udcff\x00",
    "\\` [x](y)",
    "x" * 10_000,
)
FIELDS = ("device", "outcome", "cause", "reasons", "not_after", "counts")


def report(field: str, text: str) -> dict[str, Any]:
    """A report with this text in one of its places."""
    device = {
        "device": text if field == "device" else "gw1",
        "outcome": text if field == "outcome" else "rolled_back",
        "cause": text if field == "cause" else "",
        "reasons": [text] if field == "reasons" else ["renewal due"],
        "before": {"not_after": text if field == "not_after" else "2026-12-22T09:38:09Z"},
        "after": {},
    }
    return {"plan": False, "counts": {text if field == "counts" else "rolled_back": 1}, "devices": [device]}


def summary(content: Mapping[str, Any]) -> str:
    done = subprocess.run(
        [sys.executable, "-I", str(SUMMARY)],
        input=json.dumps(content).encode(),
        capture_output=True,
        check=True,
        timeout=30,
    )
    return done.stdout.decode()


class Rendered(HTMLParser):
    """What of a page is code and what is not."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.outside, self._depth = "", 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not attrs
        self.tags.append(tag)
        self._depth += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "code"

    def handle_data(self, data: str) -> None:
        self.outside += "" if self._depth else data


def rendered(markdown: str) -> Rendered:
    return Rendered(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))


PLAIN = rendered(summary(report("device", "gw1")))


@pytest.mark.parametrize("field", FIELDS)
def test_no_link_image_mention_or_reference_survives(field: str) -> None:
    for text in HOSTILE:
        found = rendered(summary(report(field, text)))
        assert set(found.tags) <= {"p", "strong", "table", "thead", "tbody", "tr", "th", "td", "code"}, text
        assert found.tags.count("tr") == 2, text
        assert found.tags.count("td") == found.tags.count("th") == 4, text
        words = {word.strip("*:,") for word in found.outside.split()}
        assert words <= {"Rotation", "1", "rolled", "back", "device", "outcome", "certificate", "until", "why"}, text


@settings(max_examples=25)
@given(st.sampled_from(FIELDS), st.text(st.characters(codec="utf-8") | st.sampled_from("`|\\[]()<>@#\n*_")))
def test_any_text_stays_in_its_cell(field: str, text: str) -> None:
    found = rendered(summary(report(field, text)))
    assert (found.tags.count("tr"), found.tags.count("td")) == (2, 4)
    assert set(found.tags) <= {*PLAIN.tags, "code"}


def test_summary_of_a_fleet_is_bounded() -> None:
    devices = report("cause", "x" * 5000)["devices"] * 5000
    text = summary({"plan": True, "counts": {"due": 5000}, "devices": devices})
    # A comment on GitHub has 65,536 characters at most
    assert 50_000 < len(text) < 65_000
    assert text.endswith("more, in rotation.json\n")


def test_what_was_not_proven_is_said() -> None:
    text = summary({"plan": False, "counts": {"renewed_not_proven": 3}, "devices": []})
    assert text == "**Rotation: 3 renewed not proven**\n"


EXPIRY_PLACES = (
    "crls host",
    "crls outcome",
    "not_in_this_run",
    "problems host",
    "problems file",
    "problems problem",
    "warnings remedy",
)


def with_expiry(place: str, text: str) -> dict[str, Any]:
    """A report of CRLs with this text in one of its places."""
    kind, _blank, part = place.partition(" ")
    entries = {
        "crls": {"host": "vos", "outcome": "pushed"},
        "problems": {"host": "vos", "file": "/etc/crl.pem", "problem": "expires", "found": "soon", "remedy": "run it"},
        "warnings": {"host": "issuing", "problem": "expires", "found": "soon", "remedy": "run it"},
    }
    expiry: dict[str, Any] = {
        name: [{**entry, **({part: text} if name == kind else {})}] for name, entry in entries.items()
    }
    expiry["not_in_this_run"] = [text if kind == "not_in_this_run" else "vos2"]
    return {"plan": False, "counts": {"unchanged": 1}, "devices": [], "expiry": expiry}


@pytest.mark.parametrize("place", EXPIRY_PLACES)
def test_what_expires_is_listed_and_stays_text(place: str) -> None:
    for text in HOSTILE:
        found = rendered(summary(with_expiry(place, text)))
        assert set(found.tags) <= {"p", "strong", "ul", "li", "code"}, text
        assert found.tags.count("li") == 4, text


def test_summary_of_crls() -> None:
    lines = summary(with_expiry("", "")).splitlines()[2:]
    assert lines == [
        "- CRLs of `vos`: pushed",
        "- CRLs not renewed or checked, since not in this run: `vos2`",
        "- Expires too early: `vos` `/etc/crl.pem`: `expires`; `soon`; `run it`",
        "- Warning: `issuing`: `expires`; `soon`; `run it`",
    ]
    many = with_expiry("", "")
    many["expiry"]["crls"] *= 5000
    assert len(summary(many)) < 2000
