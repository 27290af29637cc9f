# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as a reader uses it, in Chromium."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.report.contents import contents
from ansible_collections.siptls.vos.plugins.module_utils.report.page import render, texts
from ansible_collections.siptls.vos.tests.browser import documents
from ansible_collections.siptls.vos.tests.browser.conftest import Open

Pages = Callable[[str, int], Path]
#: Every text of the page, but for what others say and what names a language by itself.
OWN_WORDS = """() => {
  const found = [];
  const others = "script, style, noscript, .canvas, .said, [lang=en]:not(html), [lang=zh-Hans]:not(html)";
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (!walk.currentNode.parentElement.closest(others)) found.push(walk.currentNode.data.trim());
  return found;
}"""
STATES = ["failed", "unreachable", "due", "unknown", "ok"]


def test_it_opens_and_shows_what_the_document_says(opened: Open, pages: Pages) -> None:
    report = documents.report(40)
    page = opened(pages("plain", 40))
    assert page.page.locator("#found").inner_text() == "40 of 40 devices"
    assert len(page.devices()) == 40
    for state in STATES:
        count = sum(one["state"] == state for one in report["devices"])
        assert page.page.locator(f".b-{state} .count").inner_text() == str(count)
    gateways = [one for one in report["devices"] if one["kind"] == "gateway"]
    registered = sum(one["registered"] is True for one in gateways)
    assert page.page.locator(".tile .value").first.inner_text() == f"{registered} / {len(gateways)}"
    for section in ("expiry", "checks", "authorities", "failures", "readiness", "drift", "compliance", "about"):
        assert page.page.locator(f"#{section} .draw").inner_text().strip()


def test_charts_are_drawn_and_say_the_same_as_tables(opened: Open, pages: Pages) -> None:
    page = opened(pages("plain", 40))
    page.draw_all()
    charts = page.page.locator(".canvas")
    assert charts.count() == 4
    for at in range(4):
        assert charts.nth(at).locator("svg path").count() > 3
        assert charts.nth(at).get_attribute("role") == "img"
        assert len(charts.nth(at).get_attribute("aria-label") or "") > 40
    rows = page.page.locator("#expiry .as-table tbody tr")
    page.page.locator("#expiry .as-table summary").click()
    cells = [row.locator("td").all_inner_texts() for row in rows.all()]
    ends = [one["certificate"]["not_after"] for one in documents.report(40)["devices"] if one["certificate"]]
    within = sum(documents.iso(documents.WRITTEN) < end < "2027-12-01" for end in ends)
    assert sum(int(one[0]) for one in cells) == within


def test_devices_are_sorted(opened: Open, pages: Pages) -> None:
    page = opened(pages("plain", 40))
    assert page.column("state") == sorted(page.column("state"), key=lambda text: STATES.index(text.split("\n")[-1]))
    page.page.click("[data-sort=not_after]")
    ends = [text.split("\n")[0] for text in page.column("not_after")]
    known = [end for end in ends if end != "unknown"]
    assert known == sorted(known)
    assert ends[len(known) :] == ["unknown"] * (40 - len(known))
    assert page.page.locator("th.c-not_after").first.get_attribute("aria-sort") == "ascending"
    page.page.click("[data-sort=not_after]")
    ends = [text.split("\n")[0] for text in page.column("not_after")]
    assert ends[: len(known)] == sorted(known, reverse=True)
    assert ends[-1] == "unknown"
    page.page.click("[data-sort=device]")
    assert page.devices() == sorted(page.devices())


def test_devices_are_filtered_and_searched(opened: Open, pages: Pages) -> None:
    devices = documents.report(40)["devices"]
    page = opened(pages("plain", 40))
    page.choose("state", "due")
    due = {one["device"] for one in devices if one["state"] == "due"}
    assert set(page.devices()) == due
    page.choose("key_type", "rsa-3072")
    small = {one["device"] for one in devices if one["state"] == "due" and one["certificate"]["key_type"] == "rsa-3072"}
    assert small
    assert set(page.devices()) == small
    page.page.click("#clear")
    assert len(page.devices()) == 40
    serial = next(one["certificate"]["serial_number"] for one in devices if one["certificate"])
    page.search(serial.upper()[5:30])
    assert page.page.locator("#found").inner_text() == "1 of 40 devices"
    page.search("no such device")
    assert page.page.locator("#rows .empty").inner_text() == "No device is like this."
    page.search("")
    page.page.click(".b-unreachable")
    assert set(page.devices()) == {one["device"] for one in devices if one["state"] == "unreachable"}


def test_a_device_is_told_in_full(opened: Open, pages: Pages) -> None:
    device = next(one for one in documents.report(450)["devices"] if one["state"] == "failed" and "04" in one["device"])
    page = opened(pages("plain", 450))
    page.search(device["device"])
    said = page.open_device(device["device"])
    for check in device["checks"]:
        assert texts("en")[f"check.{check['check']}"] in said
        assert check["cause"] in said
        assert all(line in said for line in check["evidence"])
    assert device["certificate"]["fingerprint_sha256"] in said
    page.page.keyboard.press("Escape")
    assert not page.page.locator("#device").is_visible()
    assert page.page.evaluate("document.activeElement.textContent") == device["device"]


def test_pages_columns_and_the_keyboard(opened: Open, pages: Pages) -> None:
    page = opened(pages("plain", 450))
    first = page.devices()
    assert len(first) == 50
    page.page.focus("#next")
    page.page.keyboard.press("Enter")
    assert page.page.locator("#range").inner_text() == "51 \u2013 100 of 450"
    assert not set(first) & set(page.devices())
    page.page.locator("summary", has_text="Columns").click()
    page.page.get_by_label("Post-quantum", exact=True).check()
    assert page.page.locator("th.c-readiness").count() == 1
    page.page.focus("[data-sort=device]")
    page.page.keyboard.press("Enter")
    assert page.page.evaluate("document.activeElement.dataset.sort") == "device"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_word_is_in_the_language(opened: Open, pages: Pages, language: str) -> None:
    page = opened(pages("plain", 40))
    page.page.select_option("#language", language)
    assert page.page.locator("html").get_attribute("lang") == {"en": "en", "zh": "zh-Hans"}[language]
    other = texts("zh" if language == "en" else "en")
    own = set(texts(language).values())
    said = page.page.evaluate(OWN_WORDS)
    foreign = {text for text in other.values() if text not in own and "{" not in text}
    assert not foreign & set(said)
    page.open_device("gw0008")
    title = page.page.locator("#device h3").first.inner_text()
    assert title == texts(language)["checks"]


def test_hostile_names_are_inert_and_seen(opened: Open, pages: Pages) -> None:
    names = documents.HOSTILE
    page = opened(pages("hostile", len(names)))
    title = page.page.title()
    shown = page.devices()
    assert len(shown) == len(names)
    seen = "\n".join(shown)
    for part in ("<script>document.title='ran'</script>", "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>",
                 "gwU+202Egnp.exeU+202C", "nullU+0000bellU+0007escapeU+001B[31mred", "lineU+2028separatorU+2029", "&lt;b&gt;entity&amp;",
                 "bytesU+DCFFU+DC80that", "{{ data }} ${alert(1)} {title}", "__proto__", "constructor"):  # fmt: skip
        assert part in seen
    for button in page.page.locator("#rows tbody th button").all():
        button.click()
        page.page.wait_for_selector("dialog[open] section")
        page.page.keyboard.press("Escape")
    page.page.select_option("#language", "zh")
    page.search("U+202E")
    assert len(page.devices()) == 1
    page.search("")
    for element in ("#rows img", "#rows svg", "main script", "#device script"):
        assert page.page.locator(element).count() == 0
    assert page.page.title() != "ran"
    assert title == "Report of the SIP-TLS fleet"


def test_the_policy_stops_what_would_get_in(opened: Open, pages: Pages) -> None:
    """Even if something got into the page, it would not run and could not fetch anything."""
    page = opened(pages("plain", 40))
    page.page.evaluate(
        """() => { const one = document.createElement("script"); one.textContent = "document.title = 'ran'"; document.body.append(one);
        const image = new Image(); image.src = "https://192.0.2.1/seen.png"; document.body.append(image);
        document.body.insertAdjacentHTML("beforeend", "<button id=handler onclick=\\"document.title='ran'\\">x</button>"); }"""
    )
    page.page.evaluate("document.getElementById('handler').click()")
    assert page.page.evaluate("fetch('https://192.0.2.1/').then(() => 'fetched', () => 'refused')") == "refused"
    assert page.page.title() != "ran"
    assert len([line for line in page.said if "Content Security Policy" in line]) >= 4
    page.said.clear()
    # What was refused is told as a request as well
    assert (
        page.context.pages[0].evaluate(
            "performance.getEntriesByType('resource').filter((one) => one.transferSize).length"
        )
        == 0
    )
    page.asked_for[1:] = []


def test_what_is_not_known_is_unknown(opened: Open, tmp_path: Path) -> None:
    bare = {
        "format": 1,
        "devices": [{"device": "gw1"}, {"device": "gw2", "kind": "gateway", "state": "of another version"}],
    }
    path = tmp_path / "bare.html"
    path.write_text(render(contents(json.loads(json.dumps(bare))), language="en"))
    page = opened(path)
    page.draw_all()
    assert page.column("state") == ["?\nunknown", "?\nunknown"] or {
        one.split("\n")[-1] for one in page.column("state")
    } == {"unknown"}
    assert page.page.locator(".tile .value").first.inner_text() == "0 / 2"
    assert page.page.locator(".tile .more").first.inner_text() == "2 unknown"
    assert "unknown" in page.page.locator("#failures").inner_text()
    assert "nothing is known of the authorities" in page.page.locator("#authorities").inner_text()
    assert "certificate is known" in page.open_device("gw1")
