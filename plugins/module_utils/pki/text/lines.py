# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plain text of the PKI directory: ``name: value`` on a line."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["read_lines", "write_lines"]


def write_lines(lines: Mapping[str, str]) -> bytes:
    """``name: value`` lines; a line break in a value becomes a blank."""
    return "".join(f"{name}: {' '.join(value.splitlines())}\n" for name, value in lines.items()).encode()


def read_lines(text: bytes) -> dict[str, str]:
    """The lines that :func:`write_lines` wrote, by their names; the first of each name counts."""
    found: dict[str, str] = {}
    for line in text.decode(errors="replace").splitlines():
        name, _colon, value = line.partition(": ")
        found.setdefault(name, value)
    return found
