# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report looks like: light, dark, on a phone and on paper, and what axe-core says of each. The pictures are kept for people."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.browser.conftest import Open

Pages = Callable[[str, int], Path]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_axe_finds_nothing_serious(opened: Open, pages: Pages, screenshots: Path, look: str, language: str) -> None:
    phone = look == "phone"
    page = opened(
        pages("plain", 40),
        width=390 if phone else 1440,
        height=844 if phone else 900,
        color_scheme="dark" if look == "dark" else "light",
    )
    page.page.select_option("#language", language)
    page.draw_all()
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen"
    page.page.screenshot(path=screenshots / f"{look}-{language}.png")
    page.page.locator("#devices").scroll_into_view_if_needed()
    page.page.screenshot(path=screenshots / f"{look}-{language}-devices.png")
    assert page.violations() == []
    page.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert page.violations() == []
    page.open_device("gw0008")
    page.page.screenshot(path=screenshots / f"{look}-{language}-device.png")
    assert page.violations() == []


def test_axe_finds_nothing_serious_about_hostile_names(opened: Open, pages: Pages, screenshots: Path) -> None:
    page = opened(pages("hostile", 18))
    page.draw_all()
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.page.locator("#devices").scroll_into_view_if_needed()
    page.page.screenshot(path=screenshots / "hostile.png")
    assert page.violations() == []


def test_the_theme_can_be_chosen(opened: Open, pages: Pages) -> None:
    page = opened(pages("plain", 40), color_scheme="light")
    light = page.page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.page.select_option("#theme", "dark")
    assert page.page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.page.emulate_media(color_scheme="dark")
    page.page.select_option("#theme", "light")
    assert page.page.evaluate("getComputedStyle(document.body).backgroundColor") == light


def test_paper_has_every_device(opened: Open, pages: Pages, screenshots: Path) -> None:
    page = opened(pages("plain", 450), color_scheme="dark")
    page.page.pdf(path=screenshots / "paper.pdf", prefer_css_page_size=True)
    assert len(page.devices()) == 50, "the screen is as it was"
    text = subprocess.run(
        ["pdftotext", "-layout", screenshots / "paper.pdf", "-"], check=True, capture_output=True, text=True
    ).stdout
    assert text.count("TLSv1.") >= 400 * 0.8
    joined = "".join(text.split())
    assert sum(f"gw{at:04d}.branch" in joined or f"gw{at:04d}." in joined for at in range(450) if at % 100) == 445
    assert "SRTPsuite" in joined
    subprocess.run(
        ["pdftoppm", "-r", "60", "-f", "1", "-l", "6", "-png", screenshots / "paper.pdf", screenshots / "paper"],
        check=True,
    )
