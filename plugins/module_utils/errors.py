# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one kind of error that a user is meant to read."""

from __future__ import annotations

from collections.abc import Mapping

from .text import printable

__all__ = ["SiptlsError"]

# What was found may be the words of a device; a problem may list what concerns each device of a fleet.
_LONGEST_FOUND = 2_000
_LONGEST_PART = 100_000


class SiptlsError(Exception):
    """Something that an operator has to know about or put right.

    The text reads: where, what failed, what was expected, what was found, what to do. Empty parts are left out. Each part is
    printable and bounded, whatever it is made of: see :func:`.text.printable`.

    :param problem: what failed, as a clause without a full stop
    :param where: the host, file or authority that it is about
    :param expected: what would have been right
    :param found: what was there instead; never a secret. Its first 2,000 characters are shown
    :param remedy: what to do about it. ``{NAME}`` in it stands for an option of the task with the value that ``options`` has for it
    :param options: the options that the remedy names, each with the value that it is to have; see :meth:`said`
    """

    def __init__(
        self,
        problem: str,
        *,
        where: str = "",
        expected: str = "",
        found: str = "",
        remedy: str = "",
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.problem = printable(problem, lines=True, longest=_LONGEST_PART)
        self.where = printable(where, longest=_LONGEST_FOUND)
        self.expected = printable(expected, lines=True, longest=_LONGEST_PART)
        self.found = printable(found, lines=True, longest=_LONGEST_FOUND)
        self.remedy = printable(remedy, lines=True, longest=_LONGEST_PART)
        self._options = dict(options or {})
        super().__init__(self.said())

    def said(self, variables: Mapping[str, str] | None = None) -> str:
        """The whole text.

        :param variables: by the name of an option, the variable by which the reader sets it: who runs a playbook writes no task
        """
        head = f"{self.where}: {self.problem}" if self.where else self.problem
        parts = [head]
        if self.expected:
            parts.append(f"Expected: {self.expected}")
        if self.found:
            parts.append(f"Found: {self.found}")
        remedy = self.remedy
        for name, value in self._options.items():
            variable = (variables or {}).get(name)
            said = f"{variable}: {value}" if variable else f"{name}: {value}"
            remedy = remedy.replace(f"{{{name}}}", said.removesuffix(": "))
        if remedy:
            parts.append(f"Remedy: {remedy}")
        return ". ".join(part.rstrip(".") for part in parts) + "."
