# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches and failure limits that ansible-playbook itself would end in a traceback for, after the first hosts were changed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.policy.kinds_batches import BATCHES, PERCENTAGE
from ansible_collections.siptls.vos.plugins.module_utils.policy.playbook_variables import KINDS


@pytest.mark.parametrize("value", [1, "5", "10%", "2.5%", [1, 5, "25%"], ["1", 150]])
def test_batches_that_are_right(value: Any) -> None:
    assert not list(BATCHES.problems("gateway_serial", value))


@pytest.mark.parametrize("value", [0, "0", "5x", "abc", "0%", "101%", -1, True, None, [], [1, 0], [[1]], {"a": 1}, 1.5])
def test_batches_that_are_wrong(value: Any) -> None:
    assert list(BATCHES.problems("gateway_serial", value))


@pytest.mark.parametrize("value", [0, 5, "5", "5%", 12.5, "100", "100%"])
def test_percentages_that_are_right(value: Any) -> None:
    assert not list(PERCENTAGE.problems("rotate_failure_limit", value))


@pytest.mark.parametrize("value", ["abc", -5, 101, "", True, None, [5], "nan", "100.5"])
def test_percentages_that_are_wrong(value: Any) -> None:
    assert list(PERCENTAGE.problems("rotate_failure_limit", value))


@pytest.mark.parametrize("playbook", ["gateway", "rotate", "remove"])
def test_every_playbook_in_batches_has_its_limits_checked(playbook: str) -> None:
    batches = "gateway_serial" if playbook == "gateway" else f"{playbook}_batches"
    assert KINDS[batches] is BATCHES
    assert KINDS[f"{playbook}_failure_limit"] is PERCENTAGE
