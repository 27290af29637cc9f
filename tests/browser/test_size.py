# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report of five thousand devices. How fast it opens is said, and told for a quiet machine by make bench-report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ansible_collections.siptls.vos.tests.browser.conftest import Open

SORT = """() => {
  const begin = performance.now();
  document.querySelector("[data-sort=serial_number]").click();
  return performance.now() - begin;
}"""


def test_five_thousand_devices(opened: Open, pages: Callable[[str, int], Path]) -> None:
    path = pages("plain", 5000)
    assert path.stat().st_size < 5_000_000
    page = opened(path)
    assert page.page.locator("#found").inner_text() == "5,000 of 5,000 devices"
    ready = page.page.evaluate("performance.getEntriesByName('report-ready')[0].startTime")
    sorted_in = page.page.evaluate(SORT)
    first, *_between, last = page.column("serial_number")
    assert first < last
    page.search("gw4999")
    assert page.devices() == ["gw4999.branch04"]
    assert "Reachable" in page.open_device("gw4999")
    print(f"\n5000 devices: {path.stat().st_size} octets, ready after {ready:.0f} ms, sorted in {sorted_in:.0f} ms")
