# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports, opened in Chromium: Debian's, without a head, with an empty profile, and without anything that calls home."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.report.page import render
from ansible_collections.siptls.vos.tests.browser import documents
from ansible_collections.siptls.vos.tests.browser.opened import FLAGS, Opened
from playwright.sync_api import BrowserType, Playwright, sync_playwright

SCREENSHOTS = Path(__file__).resolve().parents[2] / ".cache" / "browser"

Open = Callable[..., Opened]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where it is."""
    found = os.environ.get("SIPTLS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "there is no Chromium here; tools/bootstrap browser installs it"
    return found


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Path]:
    """A report of so many devices, in a file; of hostile names where it is so called."""
    folder = tmp_path_factory.mktemp("reports")

    def made(kind: str, count: int) -> Path:
        path = folder / f"{kind}-{count}.html"
        if not path.exists():
            name = documents.HOSTILE.__getitem__ if kind == "hostile" else None
            path.write_text(render(documents.report(count, name=name), language="en"), "utf-8", "backslashreplace")
        return path

    return made


@pytest.fixture
def opened(playwright: Playwright, chromium: str, tmp_path: Path) -> Iterator[Open]:
    """Opens a file in a browser of its own, and holds against it what no report may do."""
    browser: BrowserType = playwright.chromium
    running: list[Opened] = []

    def at(path: Path, **options: object) -> Opened:
        context = browser.launch_persistent_context(
            str(tmp_path / f"profile-{len(running)}"),
            executable_path=chromium,
            headless=True,
            args=list(FLAGS),
            viewport={"width": int(str(options.pop("width", 1440))), "height": int(str(options.pop("height", 900)))},
            **options,
        )
        one = Opened(context, path)
        running.append(one)
        return one

    yield at
    for one in running:
        one.context.close()
        one.held()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures of the report are kept, for people to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return SCREENSHOTS
