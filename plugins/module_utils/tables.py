# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of text in columns, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["aligned"]


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """A line for each row, all of the same number of cells; the last column is as wide as it likes.

    Some cells were written by others: what would change the line or the terminal is a question mark.
    """
    if not rows:
        return []
    rows = [tuple(_on_one_line(cell) for cell in row) for row in rows]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    return [
        "  ".join([*(f"{cell:{width}}" for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    ]


def _on_one_line(text: str) -> str:
    """Without line ends, terminal escapes and characters that change the direction of the text."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
