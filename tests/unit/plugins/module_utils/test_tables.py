# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table on a terminal stays a table, whatever a device says."""

from __future__ import annotations

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.tables import aligned
from hypothesis import given
from hypothesis import strategies as st

HOSTILE = ("\x1b[2J\x1b[31m", "line\nnew", "\r\x08back", "gw\u202egnp", "\u2028", "\udcff", "\x9b31m", "\x00", "a\tb")


@pytest.mark.parametrize("text", HOSTILE)
def test_cell_does_nothing_to_the_terminal(text: str) -> None:
    lines = aligned([("device", "why"), (text, "first"), ("gw1", text)])
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)
    "\n".join(lines).encode()


@given(st.lists(st.tuples(st.text(), st.text(), st.text()), min_size=1, max_size=5))
def test_each_row_is_one_line_and_columns_begin_below_each_other(rows: list[tuple[str, str, str]]) -> None:
    lines = aligned(rows)
    assert len(lines) == len(rows)
    assert all(line.isprintable() for line in lines)
