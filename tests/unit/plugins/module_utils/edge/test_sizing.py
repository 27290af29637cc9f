# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory, connections and files follow from the number of gateways."""

from __future__ import annotations

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.edge.sizing import sizes_for


@pytest.mark.parametrize(
    ("gateways", "connections", "least_memory"), [(50, 356, 49), (1000, 2256, 308), (4000, 8256, 1128)]
)
def test_every_connection_that_is_let_in_has_its_memory(gateways: int, connections: int, least_memory: int) -> None:
    sizes = sizes_for(gateways=gateways, calls=0, from_one_source=0)
    # 140 KiB each, measured; two for each gateway, as those of before may not have ended yet
    assert (sizes.connections, sizes.from_one_source) == (connections, connections)
    assert sizes.shared_memory - 256 >= least_memory
    assert sizes.open_files > 2 * connections


def test_calls_take_memory_too() -> None:
    without, with_calls = (sizes_for(gateways=100, calls=calls, from_one_source=0) for calls in (0, 1600))
    assert with_calls.shared_memory - without.shared_memory == 100


@pytest.mark.parametrize(("asked", "granted"), [(0, 456), (30, 30), (100000, 456)])
def test_one_source_holds_what_it_may_and_no_more_than_there_is(asked: int, granted: int) -> None:
    assert sizes_for(gateways=100, calls=0, from_one_source=asked).from_one_source == granted


@pytest.mark.parametrize(("gateways", "power"), [(1, 8), (4000, 12), (10**6, 14)])
def test_tables_grow_with_the_fleet_within_bounds(gateways: int, power: int) -> None:
    assert sizes_for(gateways=gateways, calls=0, from_one_source=0).table == power
