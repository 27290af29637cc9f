# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy knows every variable of the playbooks, so that what it does not know is a typo."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.siptls.vos.plugins.module_utils.policy.playbook_variables import KNOWN, PREFIXES
from ansible_collections.siptls.vos.plugins.module_utils.policy.variables import PLAYBOOK_VARIABLES

ROOT = Path(__file__).resolve().parents[3]
# But for files of tasks
_NAMES = re.compile(r"(?<!tasks_from: )(?<![\w./-])(?:{})[a-z_]+\b(?!\.yml)".format("|".join(PREFIXES)))
#: Groups of group_by, a module, a key of a VOS, and options of openssl
_NO_VARIABLES = re.compile(
    r"(rotate|remove)_(gateway|softswitch|told)(_checked)?|post_quantum_report|verify_(modes?|.*cert.*)"
)


def named_in(files: list[Path]) -> dict[str, str]:
    """By name, a file that it is in."""
    return {name: str(file.relative_to(ROOT)) for file in files for name in _NAMES.findall(file.read_text())}


def test_every_variable_of_playbooks_and_roles_is_known() -> None:
    files = [*ROOT.glob("playbooks/**/*.yml"), *ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("roles/*/vars/*.yml")]
    known = {*KNOWN, *PLAYBOOK_VARIABLES}
    unknown = {name: file for name, file in named_in(files).items() if name not in known}
    assert {name: file for name, file in unknown.items() if not _NO_VARIABLES.fullmatch(name)} == {}


def test_so_is_every_one_that_the_documentation_names() -> None:
    files = [*ROOT.glob("docs/**/*.rst"), *ROOT.glob("README*.md"), *ROOT.glob("examples/**/*.md")]
    known = {*KNOWN, *PLAYBOOK_VARIABLES}
    unknown = {name: file for name, file in named_in(files).items() if name not in known}
    assert {name: file for name, file in unknown.items() if not _NO_VARIABLES.fullmatch(name)} == {}
