# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What reads the documentation finds all of it, and what is wrong in it is told with the line."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.siptls.vos.tests.documentation import blocks, coverage, world

MARKDOWN = """\
Run `make test`, not `vos_port` nor `systemctl reload {{ vos_service }}`.

```console
cd /tmp
# a remark
ansible-playbook -i a \\
  site.yml
```

1. In a list:

   ```yaml
   # inventory/hosts.yml; the least
   all:
     hosts:
   ```
"""
RST = """\
Run ``openssl version``.

.. code-block:: console
   :caption: not a command

   first

   second

Text.

.. code-block:: yaml+jinja

   # Added to group_vars/all.yml
   a: 1
"""


def read(folder: Path, name: str, text: str) -> list[blocks.Block]:
    (folder / name).write_text(text)
    return blocks.read(folder / name)


def test_blocks_and_commands_of_markdown(tmp_path: Path) -> None:
    inline, console, yaml = read(tmp_path, "a.md", MARKDOWN)
    assert (inline.line, inline.text, inline.inline) == (1, "make test\n", True)
    assert [(c.line, c.text) for c in blocks.commands(console)] == [
        (4, "cd /tmp"),
        (6, "ansible-playbook -i a site.yml"),
    ]
    assert (yaml.line, yaml.file, yaml.text.splitlines()[1:]) == (
        13,
        ("inventory/hosts.yml", False),
        ["all:", "  hosts:"],
    )


def test_blocks_and_commands_of_restructuredtext(tmp_path: Path) -> None:
    inline, console, yaml = read(tmp_path, "a.rst", RST)
    assert inline.text == "openssl version\n"
    assert [(c.line, c.text) for c in blocks.commands(console)] == [(6, "first"), (8, "second")]
    assert (yaml.line, yaml.file) == (14, ("group_vars/all.yml", True))


def test_what_the_table_says_is_held_against_it(tmp_path: Path) -> None:
    (tmp_path / "gate").write_text("make test\n")
    table = coverage.entries(
        """
        covered:
          - {commands: make (test|lint), by: gate, contains: make test}
          - {commands: [make bench], documents: b, by: gate, contains: make bench}
          - {commands: make fuzz, by: nowhere, contains: make}
        """
    )
    (block,) = (b for b in read(tmp_path, "a.md", MARKDOWN) if b.inline)
    (command,) = blocks.commands(block)
    found = coverage.covering(table, tmp_path, command)
    assert found is not None
    assert found.command == "make (test|lint)"
    assert [entry.command for entry in coverage.unused(table, tmp_path, [command])] == ["make bench", "make fuzz"]
    first, second = coverage.false_evidence(table, tmp_path)
    assert "does not contain 'make bench'" in first
    assert "nowhere, which does not exist" in second


def test_a_story_ends_at_the_first_command_that_fails(tmp_path: Path) -> None:
    text = "```sh\ncd /\n```\n\n```yaml\n# a/b.yml\na: 1\n```\n\n```sh\ncat a/b.yml\nfalse | cat\ntrue\n```\n"
    with world.made("mechanism", "empty") as made:
        story = read(tmp_path, "a.md", text.replace("cd /", "cd ~"))
        told = made.tell(story)
        assert (told.rc, told.line) == (1, 12)
        assert "a: 1" in told.output
        left_out = made.tell(story, frozenset({(12, "false | cat")}))
        assert left_out.rc == 0
