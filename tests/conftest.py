# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests have in common."""

from __future__ import annotations

import os
from collections import defaultdict

import pytest
from hypothesis import settings

# No test asserts a time, and a machine under load is no defect.
settings.register_profile("siptls", deadline=None, database=None)
settings.load_profile("siptls")

SHORT = bool(os.environ.get("SIPTLS_SHORT"))


def pytest_configure(config: pytest.Config) -> None:
    """Explains the marker to pytest."""
    config.addinivalue_line(
        "markers",
        "nightly(*begins): takes long, so make test leaves it to make nightly; with arguments, only the cases whose identifier begins so",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is marked as nightly. A marker that fits no case of its test is an error, and not silently of no use."""
    if not SHORT:
        return
    _refuse_stale(items)
    left_out = {item for item in items if _is_nightly(item)}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def _is_nightly(item: pytest.Item) -> bool:
    return any(not mark.args or _case(item).startswith(mark.args) for mark in item.iter_markers("nightly"))


def _case(item: pytest.Item) -> str:
    """The identifier of one case of a parametrised test."""
    return item.name.partition("[")[2].removesuffix("]")


def _refuse_stale(items: list[pytest.Item]) -> None:
    cases: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        cases[item.nodeid.partition("[")[0]].append(item)
    for test, those in cases.items():
        wanted = {begin for item in those for mark in item.iter_markers("nightly") for begin in mark.args}
        stale = [begin for begin in wanted if not any(_case(item).startswith(begin) for item in those)]
        if stale:
            raise pytest.UsageError(f"{test}: no case begins with {', '.join(sorted(stale))}")
