# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``ls -ld`` tells of a file, in the form that POSIX lays down (XCU, ls, STDOUT)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Listed", "parse_listing"]

_BITS = "rwxrwxrwx"


@dataclass(frozen=True)
class Listed:
    """One line of ``ls -ld``.

    :ivar kind: ``-`` a regular file, ``d`` a directory, ``l`` a symlink
    :ivar permissions: as ls shows them, such as ``rw-------``
    :ivar target: where a symlink leads; empty for all else
    """

    kind: str
    permissions: str
    owner: str
    group: str
    target: str

    @property
    def mode(self) -> int:
        """The permission bits."""
        return sum(1 << (8 - place) for place, letter in enumerate(self.permissions[:9]) if letter in "rwxst")

    def drift(self, mode: int, owner: str, group: str) -> list[str]:
        """What is otherwise than wanted, in words.

        :param mode: the permission bits wanted
        :param owner: empty for any, or in the form that ls was asked for, by name or by number; so for the group
        """
        wanted = "".join(letter if mode >> (8 - place) & 1 else "-" for place, letter in enumerate(_BITS))
        words = []
        if self.permissions != wanted:
            words.append(f"mode is {self.permissions}, to be {wanted}")
        if owner and self.owner != owner:
            words.append(f"owner is {self.owner}, to be {owner}")
        if group and self.group != group:
            words.append(f"group is {self.group}, to be {group}")
        return words


def parse_listing(text: str) -> dict[str, Listed]:
    """The files of a listing by their names, which have no blanks; lines of another form are left out."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) < 9 or len(words[0]) < 10:
            continue
        name, target = (words[-3], words[-1]) if words[-2] == "->" else (words[-1], "")
        found[name] = Listed(words[0][0], words[0][1:10], words[2], words[3], target)
    return found
