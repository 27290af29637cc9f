# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which commands of the documentation something else runs: coverage.yml, held to what it says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.siptls.vos.tests.documentation.blocks import Command

__all__ = ["Entry", "World", "covering", "entries", "false_evidence", "unused", "world_of", "worlds"]

_FILE = Path(__file__).resolve().parent / "coverage.yml"


@dataclass(frozen=True)
class Entry:
    """Commands that something else runs.

    :ivar command: a regular expression that matches all of a command
    :ivar documents: a regular expression that matches the beginning of a document's path
    :ivar by: the file that runs it, from the root of the repository
    :ivar contains: what stands in that file
    """

    command: str
    documents: str
    by: str
    contains: str

    def covers(self, document: str, command: str) -> bool:
        """Whether this entry is about a command of a document."""
        return bool(re.match(self.documents, document) and re.fullmatch(self.command, command))


@dataclass(frozen=True)
class World:
    """What a document begins with.

    :ivar begins: as for world.made
    :ivar before: what has happened before the reader comes, in shell
    """

    begins: str = "fleet"
    before: str = ""


def entries(text: str | None = None) -> list[Entry]:
    """Those of coverage.yml."""
    found = []
    for raw in _load(text)["covered"]:
        command, by = raw["commands"], raw["by"]
        for each in [command] if isinstance(command, str) else command:
            found.append(Entry(each, raw.get("documents", ""), by, raw["contains"]))
    return found


def worlds() -> Mapping[str, World]:
    """By a regular expression for the path of documents, those that do not begin with the usual fleet."""
    return {name: World(**raw) for name, raw in _load(None)["worlds"].items()}


def world_of(document: str) -> World:
    """What a document begins with."""
    return next((world for name, world in worlds().items() if re.fullmatch(name, document)), World())


def covering(table: Iterable[Entry], root: Path, command: Command) -> Entry | None:
    """The first entry about a command."""
    document = str(command.block.path.relative_to(root))
    return next((entry for entry in table if entry.covers(document, command.text)), None)


def unused(table: Iterable[Entry], root: Path, commands: Iterable[Command]) -> list[Entry]:
    """Entries about no command of any document."""
    all_of_them = [(str(command.block.path.relative_to(root)), command.text) for command in commands]
    return [entry for entry in table if not any(entry.covers(document, text) for document, text in all_of_them)]


def false_evidence(table: Iterable[Entry], root: Path) -> list[str]:
    """What entries say that is not so."""
    found = []
    for entry in table:
        path = root / entry.by
        if not path.is_file():
            found.append(f"{entry.command}: said to be run by {entry.by}, which does not exist")
        elif entry.contains not in path.read_text(encoding="utf-8"):
            found.append(f"{entry.command}: {entry.by} does not contain {entry.contains!r}")
    return found


def _load(text: str | None) -> Any:
    return yaml.safe_load(_FILE.read_text(encoding="utf-8") if text is None else text)
