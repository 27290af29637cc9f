# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page holds its data as data, runs its own scripts alone, and has all of its words in both languages."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.report import page
from ansible_collections.siptls.vos.plugins.module_utils.report.columns import COLUMNS, pack, sorted_devices
from ansible_collections.siptls.vos.plugins.module_utils.report.contents import as_json, contents
from ansible_collections.siptls.vos.plugins.module_utils.report.embedding import compressed, script_data
from ansible_collections.siptls.vos.tests.browser import documents
from hypothesis import given, settings
from hypothesis import strategies as st

ASSETS = Path(page.__file__).parent / "assets"
#: What gets out of an element, where it gets out, and all else.
MARKS = (
    "</script>",
    "<!--",
    "<script>",
    "]]>",
    "\u2028",
    "\u2029",
    "&lt;",
    '"',
    "\\",
    "\x00",
    "\udcff",
    "{{ policy }}",
    "{{ data }}",
)
TEXTS = st.sampled_from(MARKS) | st.text(st.characters(exclude_categories=[]), max_size=30)
PLAIN = st.none() | st.booleans() | st.integers() | TEXTS
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))


class Elements(HTMLParser):
    """The elements of a page, with what is in those that hold text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.within = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), []))
        self.within = True

    def handle_endtag(self, tag: str) -> None:
        self.within = False

    def handle_data(self, data: str) -> None:
        if self.within:
            self.found[-1][2].append(data)

    def all(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attributes, "".join(text)) for found, attributes, text in self.found if found == tag]

    def data(self) -> Any:
        return json.loads(next(text for attributes, text in self.all("script") if attributes.get("id") == "data"))


def changed(value: Any, text: str) -> Any:
    """The same with ``text`` in the place of every text and behind every name of a device."""
    if isinstance(value, dict):
        return {name: changed(one, text) for name, one in value.items()}
    if isinstance(value, list):
        return [changed(one, text) for one in value]
    return f"{value}{text}" if isinstance(value, str) else value


@given(VALUES)
def test_data_never_leaves_its_element(value: Any) -> None:
    text = script_data(value)
    assert text.isascii()
    assert not set(text) & set("<>&")
    assert json.loads(text) == json.loads(json.dumps(value))


@settings(max_examples=40, deadline=None)
@given(TEXTS, st.sampled_from(["en", "zh"]))
def test_whatever_is_in_a_report_the_page_is_the_same(text: str, language: str) -> None:
    report = documents.report(3)
    hostile = {
        **report,
        "devices": [{**one, "device": f"{one['device']}{text}"} for one in changed(report["devices"], text)],
    }
    for part in ("authorities", "compliance", "collection"):
        hostile[part] = changed(report[part], text)
    made = Elements(page.render(hostile, language=language, title=f"{text}<b>"))
    plain = Elements(page.render(report, language=language, title="x"))
    assert [tag for tag, *_more in made.found] == [tag for tag, *_more in plain.found]
    assert [attributes.get("content") for attributes, _text in made.all("meta")] == [
        attributes.get("content") for attributes, _text in plain.all("meta")
    ]
    data = made.data()
    assert data["title"] == f"{text}<b>"
    names = data["devices"]["device"]
    assert names["list"] == [one["device"] for one in sorted_devices(hostile["devices"])]


def test_nothing_runs_but_the_scripts_of_the_page() -> None:
    elements = Elements(page.render(documents.report(3), language="en"))
    policy = next(attributes["content"] for attributes, _text in elements.all("meta") if attributes.get("http-equiv"))
    assert policy is not None
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert allowed["default-src"] == "'none'"
    assert "unsafe" not in policy

    def hashed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    scripts = [text for attributes, text in elements.all("script") if "type" not in attributes]
    assert allowed["script-src"].split() == [hashed(text) for text in scripts]
    assert allowed["style-src"].split() == [hashed(text) for _attributes, text in elements.all("style")]
    for tag, attributes, _text in elements.found:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "src", "srcdoc")], tag
        assert (attributes.get("href") or "#").startswith("#")


def test_what_the_page_carries_is_what_npm_has() -> None:
    told = json.loads((ASSETS / "vendor/libraries.json").read_text())
    for name, facts in told["files"].items():
        content = (ASSETS / "vendor" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == facts["sha256"]
        assert b"</script" not in content.lower()
        assert b"<!--" not in content
        assert b"\r" not in content
    versions = dict(one.rsplit("@", 1) for one in told["packages"])
    for language in page.LANGUAGES:
        words = page.texts(language)["about.libraries"]
        assert versions["echarts"] in words
        assert versions["@tanstack/table-core"] in words
    assert {path.name for path in (ASSETS / "vendor").glob("*LICENSE*")} >= {
        "echarts.LICENSE",
        "zrender.LICENSE",
        "table.LICENSE",
    }


def test_both_languages_have_every_word() -> None:
    english, chinese = page.texts("en"), page.texts("zh")
    assert list(english) == list(chinese)
    for name, text in english.items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", chinese[name])), name
        assert re.search(r"[\u4e00-\u9fff]", chinese[name]) or chinese[name] == text or "{" in text, name


def test_every_word_is_used_and_every_word_that_is_used_is_there() -> None:
    sources = "\n".join(path.read_text() for path in [*ASSETS.glob("*.js"), ASSETS / "page.html"])
    words = page.texts("en")
    literal = set(re.findall(r'(?:\bt|part|unknownNote|tile)\(\s*"([\w.]+)"', sources)) | set(
        re.findall(r'data-text="([\w.]+)"', sources)
    )
    assert literal <= set(words)
    families = {"state", "check", "kind", "answer", "readiness", "outcome", "chain", "column", "expiry", "about"}
    unused = {
        name
        for name in words
        if f'"{name}"' not in sources and f"text.{name} " not in sources and name.partition(".")[0] not in families
    }
    assert not unused
    assert {
        f"column.{name}"
        for name in re.findall(r'^  \{ name: "(\w+)"', (ASSETS / "columns.js").read_text(), re.MULTILINE)
    } <= set(words)
    assert {f"check.{name}" for name in documents.CHECKS} <= set(words)


def test_columns_are_there_once_each() -> None:
    devices = documents.report(300)["devices"]
    for name, value in COLUMNS.items():
        values = [value(device) for device in devices]
        packed = pack(values)
        assert (packed["list"] if "list" in packed else [packed["values"][at] for at in packed["at"]]) == values, name
    assert pack(["a", "a", "a", None, None]) == {"values": ["a", None], "at": [0, 0, 0, 1, 1]}
    assert pack([1, 2, 3]) == {"list": [1, 2, 3]}
    assert pack([]) == {"values": [], "at": []}


def test_details_come_back_and_are_the_same_each_time() -> None:
    values = [{"name": text} for text in documents.HOSTILE] * 3
    parts = compressed(values, 7)
    assert parts == compressed(values, 7)
    assert [one for part in parts for one in json.loads(gzip.decompress(base64.b64decode(part)))] == values
    assert compressed([], 7) == []


def test_the_json_holds_what_was_no_text() -> None:
    name = "bytes\udcff"
    report = contents({"format": 1, "devices": [{"device": name}]})
    assert [one["device"] for one in json.loads(as_json(report))["devices"]] == [name]
    assert report["authorities"] is report["handshake_failures"] is report["compliance"] is None


@pytest.mark.parametrize("title", ["", "Fleet <1>"])
def test_the_same_report_is_the_same_page(title: str) -> None:
    report = documents.report(30)
    made = page.render(report, language="zh", title=title)
    assert made == page.render(json.loads(json.dumps(report)), language="zh", title=title)
    assert '<html lang="zh-Hans"' in made
    assert f"<title>{title.replace('<', '&lt;').replace('>', '&gt;') or page.texts('zh')['title']}</title>" in made
