# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.idle_wait: one pause for all devices in calls, on the controller."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from ..module_utils.rotation.turns import Wait, pause, wait_of
from ..plugin_utils.operation import Operation

_SHOWN = 10


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "hosts": {"type": "list", "elements": "str", "required": True},
        "result": {"type": "str", "required": True},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Sleeps until the devices in calls are to be asked again."""
        waits = {host: wait for host in arguments["hosts"] if (wait := self._wait(host, arguments["result"]))}
        seconds = 0.0 if self.check_mode else pause(waits.values(), time.time())
        time.sleep(seconds)
        return {
            "changed": False,
            "hosts": sorted(waits),
            "seconds": round(seconds, 1),
            "msg": _said(waits),
            "_ansible_verbose_always": True,
        }

    def _wait(self, host: str, result: str) -> Wait | None:
        known = self.variables["hostvars"]
        found = known[host].get(result) if host in known else None
        return wait_of(found.get("busy")) if isinstance(found, Mapping) else None


def _said(waits: Mapping[str, Wait]) -> str:
    if not waits:
        return "no device is in calls"
    names = sorted(waits)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    until = datetime.fromtimestamp(max(wait.until for wait in waits.values()), UTC)
    return f"in calls: {', '.join(names[:_SHOWN])}{more}; asked again until {until:%T} UTC"
