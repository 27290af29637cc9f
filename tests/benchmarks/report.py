#!/usr/bin/env python
# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report costs: how long it takes to make, how large it is, and how soon a reader can use it in headless Chromium.

    tests/benchmarks/report.py                    # 100, 1000 and 5000 devices
    tests/benchmarks/report.py --devices 5000 --runs 5

Usable is when the table of devices is there with its search, its filters and its headings, and what is on the screen is drawn: the mark
report-ready of the page, from the beginning of the navigation. Then a heading is chosen and a word searched for. The middle of the runs
counts, each with a new browser. The processor's time is that of the page's own thread until it is usable, which does not depend on what
else the machine does. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
SORT = """() => {
  const begin = performance.now();
  document.querySelector("[data-sort=serial_number]").click();
  document.body.getBoundingClientRect();
  return performance.now() - begin;
}"""
READY = "performance.getEntriesByName('report-ready')[0].startTime"


def main() -> int:
    arguments = _arguments()
    sys.path.insert(0, str(PROJECT / ".cache"))
    with tempfile.TemporaryDirectory() as folder:
        print(
            f"{'devices':>8} {'octets':>10} {'made s':>8} {'usable ms':>10} {'of processor':>12} {'sorted ms':>10} {'load':>6}"
        )
        for count in arguments.devices:
            path = Path(folder) / f"{count}.html"
            made = _make(path, count)
            ready, busy, ordered = zip(*(_open(path) for _run in range(arguments.runs)), strict=True)
            print(
                f"{count:8} {path.stat().st_size:10} {made:8.2f} {statistics.median(ready):10.0f} "
                f"{statistics.median(busy):12.0f} {statistics.median(ordered):10.0f} {os.getloadavg()[0]:6.1f}",
                flush=True,
            )
    return 0


def _arguments() -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_args()


def _make(path: Path, count: int) -> float:
    from ansible_collections.siptls.vos.plugins.module_utils.report.page import render
    from ansible_collections.siptls.vos.tests.browser import documents

    report = documents.report(count)
    begin = time.monotonic()
    path.write_text(render(report, language="en"))
    return time.monotonic() - begin


def _open(path: Path) -> tuple[float, float, float]:
    """Milliseconds: until it is usable, of the processor for that, and for sorting."""
    from ansible_collections.siptls.vos.tests.browser.opened import FLAGS
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=shutil.which("chromium"), headless=True, args=list(FLAGS)
        )
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]", timeout=120_000)
        spent = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        measured = float(page.evaluate(READY)), 1000 * spent["TaskDuration"], float(page.evaluate(SORT))
        context.close()
    return measured


if __name__ == "__main__":
    sys.exit(main())
