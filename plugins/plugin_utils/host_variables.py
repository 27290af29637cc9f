# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of other hosts, as a task for them would see them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.vars.hostvars import HostVarsVars

__all__ = ["HostVariables"]


class HostVariables:
    """By the names of hosts, their variables, each templated when it is asked for.

    ``hostvars`` leaves out those of the play and of the task. A task that speaks for all hosts of a play has to see them, so the source
    of ``hostvars`` is asked with both, as ansible-core itself does for each task; where it is kept otherwise, ``hostvars`` has to do.

    :param action: the action plugin
    :param variables: of its task
    """

    def __init__(self, action: ActionBase, variables: Mapping[str, Any]) -> None:
        self._action = action
        self._hostvars = variables["hostvars"]
        self._manager = getattr(self._hostvars, "_variable_manager", None)
        self._inventory = getattr(self._hostvars, "_inventory", None)
        self._of = cache(self._find)

    def __getitem__(self, host: str) -> Mapping[str, Any]:
        return self._of(host)

    def _find(self, host: str) -> Mapping[str, Any]:
        if self._manager is None or self._inventory is None:
            found: Mapping[str, Any] = self._hostvars[host]
            return found
        task = self._action._task
        raw = self._manager.get_vars(play=task.get_play(), host=self._inventory.get_host(host), task=task)
        seen: Mapping[str, Any] = HostVarsVars(raw, loader=self._action._loader, host=host)
        return seen
