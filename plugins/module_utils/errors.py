# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one kind of error that a user is meant to read."""

from __future__ import annotations

__all__ = ["SiptlsError"]


class SiptlsError(Exception):
    """Something that an operator has to know about or put right.

    The text reads: where, what failed, what was expected, what was found, what to do. Empty parts are left out.

    :param problem: what failed, as a clause without a full stop
    :param where: the host, file or authority that it is about
    :param expected: what would have been right
    :param found: what was there instead; never a secret
    :param remedy: what to do about it
    """

    def __init__(self, problem: str, *, where: str = "", expected: str = "", found: str = "", remedy: str = "") -> None:
        self.problem = problem
        self.where = where
        self.expected = expected
        self.found = found
        self.remedy = remedy
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        head = f"{self.where}: {self.problem}" if self.where else self.problem
        parts = [head]
        if self.expected:
            parts.append(f"Expected: {self.expected}")
        if self.found:
            parts.append(f"Found: {self.found}")
        if self.remedy:
            parts.append(f"Remedy: {self.remedy}")
        return ". ".join(part.rstrip(".") for part in parts) + "."
