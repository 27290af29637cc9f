# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.inventory_check: whether there is a host to work on, before a play finds none and ends well."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from ansible.plugins.loader import lookup_loader

from ..module_utils.policy.inventory_check import Inventory, check_hosts
from ..plugin_utils.operation import Operation

# What makes a pattern of a name, as Ansible reads the hosts of a play
_PATTERN = re.compile(r"[][:,!&*?~]")


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "expected": {"type": "list", "elements": "str", "required": True},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The hosts of this run that match what is expected."""
        groups = self.variables["groups"]
        expected = {pattern: self._matching(pattern, groups) for pattern in arguments["expected"]}
        sources = [str(source) for source in self.variables.get("ansible_inventory_sources") or ()]
        inventory = Inventory(
            sources=sources,
            missing=[source for source in sources if "," not in source and not Path(source).exists()],
            groups=groups,
            limit=str(self.variables.get("ansible_limit") or ""),
            chosen=self.variables["ansible_play_hosts_all"],
        )
        return {"changed": False, "hosts": check_hosts(expected, inventory)}

    def _matching(self, pattern: str, groups: Mapping[str, Sequence[str]]) -> list[str]:
        """The hosts of a group, a host, or the hosts of a pattern, whatever the limit is."""
        if pattern in groups:
            return list(groups[pattern])
        if pattern in groups["all"] or not _PATTERN.search(pattern):
            return [pattern] if pattern in groups["all"] else []
        lookup = lookup_loader.get("ansible.builtin.inventory_hostnames", loader=self._loader, templar=self._templar)
        return list(lookup.run([pattern], variables=self.variables))
