# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report that is open in a browser, and what it did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Dialog

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


class Opened:
    """A page.

    :ivar said: errors and warnings of its console, and errors that nobody caught
    :ivar asked_for: what it requested, itself included
    :ivar dialogs: what it put in front of the reader
    """

    def __init__(self, context: BrowserContext, path: Path) -> None:
        self.context = context
        self.path = path
        self.page = context.new_page()
        self.said: list[str] = []
        self.asked_for: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("console", lambda line: self.said.append(f"{line.type}: {line.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"uncaught: {error.message}"))
        self.context.on("request", lambda request: self.asked_for.append(request.url))
        self.page.on("dialog", self._dismiss)
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("html[data-ready]", timeout=60_000)

    def held(self) -> None:
        """It said nothing on the console, requested nothing but itself, and asked the reader nothing."""
        assert self.said == []
        assert self.asked_for == [self.path.as_uri()]
        assert self.dialogs == []

    def devices(self) -> list[str]:
        """The names in the table as it is, top down, as they read."""
        return self.page.locator("#rows tbody th").all_inner_texts()

    def column(self, name: str) -> list[str]:
        return [text.strip() for text in self.page.locator(f"#rows tbody .c-{name}").all_inner_texts()]

    def search(self, text: str) -> None:
        """Types into the search, and waits until the table has followed."""
        self.page.fill("#search", text)
        self.page.wait_for_timeout(400)

    def choose(self, column: str, label: str) -> None:
        """Chooses a value of a column to filter by; the label without its count."""
        if not self.page.locator("#filters").evaluate("element => element.open"):
            self.page.click("#filters > summary")
        select = self.page.locator(f"#choose-{column}")
        options = select.locator("option").all_inner_texts()
        select.select_option(label=next(one for one in options if one.rpartition(" (")[0] == label))

    def open_device(self, name: str) -> str:
        """All that the page says of a device."""
        self.page.locator("#rows tbody th button").filter(has_text=name).first.click()
        self.page.wait_for_selector("dialog[open] section")
        return self.page.locator("#device").inner_text()

    def draw_all(self) -> None:
        """Goes through the page once: charts are drawn when they come near."""
        height = self.page.evaluate("document.body.scrollHeight")
        for at in range(0, height, 700):
            self.page.evaluate("at => scrollTo(0, at)", at)
            self.page.wait_for_timeout(40)
        self.page.evaluate("scrollTo(0, 0)")
        self.page.wait_for_function(
            "[...document.querySelectorAll('.canvas')].every((one) => one.querySelector('svg'))"
        )

    def violations(self) -> list[dict[str, Any]]:
        """What axe-core finds serious or critical, and where."""
        found = Axe().run(self.page).response["violations"]
        return [
            {"rule": one["id"], "what": one["help"], "where": [node["html"][:200] for node in one["nodes"][:3]]}
            for one in found
            if one["impact"] in ("serious", "critical")
        ]

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()
