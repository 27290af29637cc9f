# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.rotation_outcome: what became of a device in a rotation, and what is to be done next."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from ..module_utils.rotation.record import EVENTS, Results, recorded
from ..plugin_utils.failure import said_by_failure
from ..plugin_utils.operation import Operation

_LEFT_BY_A_TASK = ("failed", "unreachable", "msg", "exception", "changed", "skipped")


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "event": {"type": "str", "required": True, "choices": list(EVENTS)},
        "certificate": {"type": "str", "default": ""},
        "second_certificate": {"type": "str", "default": ""},
        "load": {"type": "str", "default": ""},
        "proof": {"type": "str", "default": ""},
        "served": {"type": "str", "default": ""},
        "not_proven": {"type": "str", "default": ""},
        "was_registered": {"type": "bool", "default": True},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Returns the fact after the event. Results are read by their names, since a device may have written what is in them."""
        before = {name: value for name, value in self._result("rotation").items() if name not in _LEFT_BY_A_TASK}
        results = Results(
            certificate=self._result(arguments["certificate"]),
            second=self._result(arguments["second_certificate"]) if arguments["second_certificate"] else None,
            load=self._result(arguments["load"]),
            proof=self._result(arguments["proof"]),
            served=self._result(arguments["served"]) if arguments["served"] else None,
            not_proven=arguments["not_proven"],
            was_registered=arguments["was_registered"],
            failure=said_by_failure(self.variables, with_task=True),
        )
        return {**recorded(before, arguments["event"], results, now=time.time()), "changed": False}

    def _result(self, name: str) -> Mapping[str, Any]:
        found = self.variables.get(name) if name else None
        return found if isinstance(found, Mapping) else {}
