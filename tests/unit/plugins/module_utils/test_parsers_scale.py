# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of every parser of what a device, a peer or a file says is in proportion to how much that is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.siptls.vos.tests.fuzz.scaling import grows_too_fast, inputs_for
from ansible_collections.siptls.vos.tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_twice_the_input_is_about_twice_the_work(name: str) -> None:
    target = TARGETS[name]
    slow = [f"{words}: {why}" for words, make in inputs_for(name) if (why := grows_too_fast(target, make))]
    assert slow == []


def quadratic(octets: bytes) -> None:
    """Looks at all bytes for each of them."""
    for _one in octets:
        octets.find(b"ab")


@pytest.mark.parametrize(
    ("parse", "is_fast"), [(quadratic, False), (lambda octets: octets.find(b"ab"), True)], ids=["quadratic", "linear"]
)
def test_quadratic_work_is_noticed(parse: Callable[[bytes], object], is_fast: bool) -> None:
    assert (grows_too_fast(parse, lambda size: b"a" * size) == "") is is_fast
