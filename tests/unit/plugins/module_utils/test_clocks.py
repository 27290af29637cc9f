# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a device's clock is off."""

from __future__ import annotations

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.clocks import clock_words, seconds_ahead


@pytest.mark.parametrize(
    ("first", "last", "ahead"),
    [
        (1000, 1004, 0),
        (1002, 1002, 0),
        (999, 1003, -1),
        (900, 904, -100),
        (1001, 1005, 1),
        (2000, 2004, 1000),
    ],
)
def test_a_clock_is_off_by_no_more_than_is_certain(first: int, last: int, ahead: int) -> None:
    assert seconds_ahead(first, last, before=1000.9, after=1004.1) == ahead


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (301, "301 s ahead of the controller's"),
        (-301, "301 s behind the controller's"),
        (-259_200, "3.0 days (259200 s) behind the controller's"),
    ],
)
def test_how_far_is_said_in_words(seconds: int, words: str) -> None:
    assert clock_words(seconds) == words
