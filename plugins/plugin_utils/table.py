# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables for whoever watches a run."""

from __future__ import annotations

from ansible import constants
from ansible.utils.display import Display

__all__ = ["show_table"]

#: Callbacks whose whole standard output is JSON; a table in between would make it none
_JSON = ("json", "jsonl")


def show_table(table: str) -> None:
    """Shows a table, unless the output is for a program, which gets it in the result of the task."""
    callback = str(constants.DEFAULT_STDOUT_CALLBACK)
    if callback.rpartition(".")[2] not in _JSON:
        Display().display(table)
