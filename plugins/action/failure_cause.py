# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.failure_cause: what a device said about a failure, passed on without a template ever seeing it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..plugin_utils.failure import NO_MESSAGE, said_at, said_by_failure
from ..plugin_utils.operation import Operation


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "state": {"type": "str", "default": "recorded", "choices": ["recorded", "shown", "failed"]},
        "fact": {"type": "str", "default": ""},
        "keys": {"type": "list", "elements": "str", "default": ["cause"], "no_log": False},
        "entries": {"type": "dict", "default": {}},
        "results": {"type": "list", "elements": "str"},
        "with_task": {"type": "bool", "default": False},
        "introduction": {"type": "str", "default": ""},
        "keep": {"type": "bool", "default": False},
        "conclusion": {"type": "str", "default": ""},
    }
    RULES: ClassVar[dict[str, Any]] = {
        "required_if": [("state", "failed", ["fact"])],
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Records the cause of a failure, or shows or fails with one that is recorded."""
        recorded = self.variables.get(arguments["fact"]) if arguments["fact"] else None
        if arguments["state"] == "recorded":
            record = dict(recorded) if isinstance(recorded, Mapping) else {}
            before = str(record.get("cause") or "") if arguments["keep"] else ""
            cause = _joined(before, arguments["introduction"], self._happened(arguments), arguments["conclusion"])
            for left_by_a_task in ("failed", "unreachable", "msg", "exception"):
                record.pop(left_by_a_task, None)
            return {**record, **arguments["entries"], "changed": False, "cause": cause}
        cause = said_at(recorded, arguments["keys"]) if arguments["fact"] else self._happened(arguments)
        shown = _joined(arguments["introduction"], cause, arguments["conclusion"])
        result: dict[str, Any] = {"changed": False, "msg": shown, "_ansible_verbose_always": True}
        return {**result, "failed": True} if arguments["state"] == "failed" else result

    def _happened(self, arguments: Mapping[str, Any]) -> str:
        """What a registered result says, or the task that a rescue is for; empty where neither is asked for."""
        if arguments["results"] is not None:
            found = (self.variables.get(name) for name in arguments["results"])
            said = (said_at(each, [key]) for each in found for key in ("cause", "msg"))
            return next((each for each in said if each), NO_MESSAGE) if arguments["results"] else ""
        return said_by_failure(self.variables, with_task=arguments["with_task"])


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
