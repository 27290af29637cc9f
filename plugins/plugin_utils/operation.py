# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins of this collection have in common."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..module_utils.errors import SiptlsError

__all__ = ["IDENTITY", "ISSUER", "REPORT", "Operation"]

#: The authority that signs, as options of a task.
ISSUER: dict[str, Any] = {
    "type": "dict",
    "required": True,
    "options": {
        "pki": {"type": "path", "required": True},
        "authority": {"type": "str", "required": True},
        "passphrase": {"type": "str", "required": True, "no_log": True},
        "pkcs11_module": {"type": "path"},
    },
}

#: The names that a certificate carries, as options of a task.
IDENTITY: dict[str, Any] = {
    "type": "dict",
    "required": True,
    "options": {
        "common_name": {"type": "str", "required": True},
        "sip_uris": {"type": "list", "elements": "str", "default": []},
        "dns": {"type": "list", "elements": "str", "default": []},
    },
}

#: The options of every report about hosts.
REPORT: dict[str, Any] = {
    "hosts": {"type": "list", "elements": "str", "required": True},
    "began": {"type": "float", "required": True},
    "path": {"type": "str", "default": ""},
    "shown": {"type": "bool", "default": True},
}


class Operation(ActionBase):  # type: ignore[misc]  # ansible-core ships no type information
    """An action that thinks on the controller. Its subclass is a table of arguments and one method.

    :cvar ARGUMENTS: the argument specification, as the documentation of the module of the same name has it
    :cvar RULES: which arguments exclude or need each other, by ansible-core's names for that
    """

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {}
    RULES: ClassVar[dict[str, Any]] = {}

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Checks the arguments, does the work, and turns what went wrong into a failed task that says so."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        self.variables = task_vars or {}
        _validation, arguments = self.validate_argument_spec(self.ARGUMENTS, **self.RULES)
        try:
            result.update(self.operate(arguments))
        except SiptlsError as error:
            raise AnsibleActionFail(str(error)) from None
        return result

    @abstractmethod
    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Does the work and returns what the task returns.

        :raises SiptlsError: what an operator has to know
        """

    @property
    def host(self) -> str:
        """What the inventory calls the host of this task."""
        return str(self.variables.get("inventory_hostname", ""))

    @property
    def check_mode(self) -> bool:
        """Whether to predict only."""
        return bool(self._task.check_mode)

    @property
    def diff_mode(self) -> bool:
        """Whether to show what changes."""
        return bool(self._task.diff)

    def controller_path(self, path: str) -> Path:
        """``path`` on the controller; a relative one begins at the folder of the playbook."""
        return Path(self._loader.path_dwim(path))
