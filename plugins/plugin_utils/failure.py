# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a failed task said, from the variables that Ansible leaves to a rescue. No template sees it, for it may be text of a device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils.text import printable

__all__ = ["NO_MESSAGE", "failed_task", "said_at", "said_by_failure"]

NO_MESSAGE = "no message"
_LONGEST = 20_000


def said_at(value: Any, keys: list[str]) -> str:
    """What is found at these keys, one below the other; empty where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return "" if value is None else printable(str(value), lines=True, longest=_LONGEST)


def failed_task(variables: Mapping[str, Any]) -> str:
    """The name of the task that a rescue is for; empty where that is unknown."""
    return said_at(variables.get("ansible_failed_task"), ["name"])


def said_by_failure(variables: Mapping[str, Any], *, with_task: bool) -> str:
    """The message of the task that a rescue is for.

    :param with_task: whether its name is in front
    """
    message = said_at(variables.get("ansible_failed_result"), ["msg"]) or NO_MESSAGE
    task = failed_task(variables)
    return f"{task}: {message}" if with_task and task else message
