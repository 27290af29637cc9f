# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.undo_outcome: what is taken back after a failure of siptls.vos.site, and the failure that remains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..module_utils.rotation.undoing import Undone, goes_back
from ..plugin_utils.failure import failed_task, said_at, said_by_failure
from ..plugin_utils.operation import Operation


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "state": {"type": "str", "default": "begun", "choices": ["begun", "lost", "failed"]},
        "fact": {"type": "str", "default": ""},
        "certificate": {"type": "str", "default": ""},
        "second_certificate": {"type": "str", "default": ""},
        "taken_back": {"type": "str", "default": ""},
        "file": {"type": "str", "default": ""},
    }
    RULES: ClassVar[dict[str, Any]] = {
        "required_if": [("state", "lost", ["fact"]), ("state", "failed", ["fact", "taken_back"])],
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Decides what goes back, notes that the device is lost, or fails."""
        if arguments["state"] == "begun":
            return self._begun(arguments["certificate"], arguments["second_certificate"])
        begun = self._result(arguments["fact"])
        kept = {name: begun.get(name) for name in ("task", "cause", "first_goes_back", "second_goes_back")}
        if arguments["state"] == "lost":
            return {**kept, "changed": False, "is_lost": True}
        undone = Undone(
            task=said_at(begun, ["task"]),
            cause=said_at(begun, ["cause"]),
            certificate=bool(kept["first_goes_back"] or kept["second_goes_back"]),
            configuration="reason" in self._result(arguments["taken_back"]),
            file=arguments["file"],
            is_lost=bool(begun.get("is_lost")),
        )
        return {"changed": False, "failed": True, "msg": f"{self.host}: {undone.words()}"}

    def _begun(self, certificate: str, second: str) -> dict[str, Any]:
        """In check mode nothing was installed, so nothing goes back."""
        return {
            "changed": False,
            "task": failed_task(self.variables),
            "cause": said_by_failure(self.variables, with_task=False),
            "first_goes_back": not self.check_mode and goes_back(self._result(certificate)),
            "second_goes_back": not self.check_mode and goes_back(self._result(second)),
        }

    def _result(self, name: str) -> Mapping[str, Any]:
        found = self.variables.get(name) if name else None
        return found if isinstance(found, Mapping) else {}
