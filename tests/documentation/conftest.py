# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the documentation have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from ansible_collections.siptls.vos.tests.documentation import blocks, coverage, world
from ansible_collections.siptls.vos.tests.documentation.world import World
from ansible_collections.siptls.vos.tests.integration.playground import ROOT

_REMEDY = """\
{document} is run from its top by {folder}/story.sh, and its world is left in that folder to look at.
- Correct the document, or say in tests/documentation/coverage.yml, under worlds, what it needs to begin with.
- If a test or a gate runs this command, and it can be run there only: name that in the same file, under covered."""


@pytest.fixture
def tell() -> Iterator[Callable[[str], World]]:
    """Runs a document from its first command to its last, and gives the world in which it ended; fails where a command did."""
    table = coverage.entries()
    with ExitStack() as stack:

        def tell_document(name: str) -> World:
            story = blocks.read(ROOT / name)
            shown = [
                command for block in story if block.language in blocks.COMMANDS for command in blocks.commands(block)
            ]
            elsewhere = frozenset((c.line, c.text) for c in shown if coverage.covering(table, ROOT, c))
            begins = coverage.world_of(name)
            made = stack.enter_context(world.made(name.replace("/", "-"), begins.begins))
            told = made.tell([begins.before, *story], elsewhere)
            if told.rc:
                end = "\n".join(told.output.splitlines()[-60:])
                remedy = _REMEDY.format(document=name, folder=made.folder)
                made.keep = True
                pytest.fail(f"{name}:{told.line}: failed with exit status {told.rc}:\n{end}\n\n{remedy}", pytrace=False)
            return made

        yield tell_document
