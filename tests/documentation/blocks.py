# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation shows: code blocks, and commands in the running text, of Markdown and reStructuredText."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["COMMANDS", "DATA", "TEXT", "YAML", "Block", "Command", "commands", "documents", "read"]

COMMANDS = frozenset({"bash", "console", "sh", "shell"})
YAML = frozenset({"yaml", "yaml+jinja"})
DATA = frozenset({"json"})
TEXT = frozenset({"none", "text", "ini", "promql", "xml", "html"})

# A span of text that begins with one of these and goes on is a command
_PROGRAMS = re.compile(
    r"(?:make|ansible(?:-[a-z]+)?|openssl|git|systemctl|journalctl|nft|jq|podman|fail2ban-client|promtool|ci/\S+\.sh)\s+\S"
)
_FENCE = re.compile(r"^(?P<indent>\s*)```(?P<language>[\w+-]*)\s*$")
_DIRECTIVE = re.compile(r"^(?P<indent>\s*)\.\. code-block::\s*(?P<language>\S*)\s*$")
_MARKDOWN_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_RST_SPAN = re.compile(r"``([^`]+)``")


@dataclass(frozen=True)
class Block:
    """A code block, or a command in the running text.

    :ivar path: of the document
    :ivar line: where its first line of code is, from 1
    :ivar language: as the document has it, in lower case
    :ivar text: without the indentation that all its lines have
    :ivar inline: whether it stands in the running text
    """

    path: Path
    line: int
    language: str
    text: str
    inline: bool = False

    @property
    def file(self) -> tuple[str, bool] | None:
        """The name in its first line, ``# inventory/hosts.yml``, and whether it is ``added to`` what is there already."""
        found = re.match(r"# (?P<added>Added to )?(?P<name>[\w./-]+\.ya?ml)(?=[;\s]|$)", self.text)
        return (found["name"], bool(found["added"])) if found else None


@dataclass(frozen=True)
class Command:
    """One command of a block, its continued lines in one.

    :ivar line: of the document
    """

    block: Block
    line: int
    text: str


def documents(root: Path) -> list[Path]:
    """All that a user reads, in this order."""
    patterns = (
        "README.md",
        "CONTRIBUTING.md",
        "docs/docsite/rst/*.rst",
        "roles/*/README.md",
        "examples/*/README.md",
        "inventories/*/README.md",
    )
    return [path for pattern in patterns for path in sorted(root.glob(pattern))]


def read(path: Path) -> list[Block]:
    """The blocks of a document, in their order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = list(_rst(path, lines) if path.suffix == ".rst" else _markdown(path, lines))
    return sorted(found, key=lambda block: block.line)


def commands(block: Block) -> list[Command]:
    """The commands of a block. Lines that end in a backslash go on in the next one."""
    found: list[Command] = []
    begun = ""
    for number, line in enumerate(block.text.splitlines(), block.line):
        if not begun:
            first = number
        begun += line
        if begun.endswith("\\"):
            begun = begun[:-1].rstrip() + " "
            continue
        if begun.strip() and not begun.lstrip().startswith("#"):
            found.append(Command(block, first, " ".join(begun.split())))
        begun = ""
    return found


def _markdown(path: Path, lines: list[str]) -> Iterator[Block]:
    begun: tuple[int, str] | None = None
    code: list[str] = []
    for number, line in enumerate(lines, 1):
        fence = _FENCE.match(line)
        if begun is None and fence:
            begun, code = (number + 1, fence["language"].lower()), []
        elif begun is not None and line.strip() == "```":
            yield Block(path, begun[0], begun[1], _dedent(code))
            begun = None
        elif begun is not None:
            code.append(line)
        else:
            yield from _spans(path, number, line, _MARKDOWN_SPAN)


def _rst(path: Path, lines: list[str]) -> Iterator[Block]:
    number = 0
    while number < len(lines):
        directive = _DIRECTIVE.match(lines[number])
        if not directive:
            yield from _spans(path, number + 1, lines[number], _RST_SPAN)
            number += 1
            continue
        depth = len(directive["indent"])
        end = number + 1
        while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > depth):
            end += 1
        body = lines[number + 1 : end]
        # Options stand before the first empty line
        first = next((at for at, line in enumerate(body) if not line.strip()), -1) + 1
        while first < len(body) and not body[first].strip():
            first += 1
        yield Block(path, number + 2 + first, directive["language"].lower(), _dedent(body[first:]))
        number = end


def _spans(path: Path, number: int, line: str, pattern: re.Pattern[str]) -> Iterator[Block]:
    for span in pattern.findall(line):
        # A value with a variable in it is no command
        if _PROGRAMS.match(span) and "{{" not in span:
            yield Block(path, number, "sh", span + "\n", inline=True)


def _dedent(lines: list[str]) -> str:
    depth = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[depth:] for line in lines).rstrip() + "\n"
