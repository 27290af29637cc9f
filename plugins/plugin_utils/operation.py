# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins of this collection have in common."""

from __future__ import annotations

import traceback
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible import constants
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils.errors import SiptlsError
from ..module_utils.pki.opened import Opened, opened
from ..module_utils.pki.register import Register
from ..module_utils.text import clean, printable
from .bao_options import BAO, with_place

__all__ = ["IDENTITY", "ISSUER", "REPORT", "ROOT_FINGERPRINTS", "VARIABLES", "Operation", "run_folder"]

#: The roots that are trusted, whatever the PKI directory says.
ROOT_FINGERPRINTS: dict[str, Any] = {"type": "list", "elements": "str", "default": []}

_LONGEST_ERROR = 4_000

#: The authority that signs, as options of a task.
ISSUER: dict[str, Any] = {
    "type": "dict",
    "required": True,
    "options": {
        "pki": {"type": "path"},
        "bao": BAO,
        "authority": {"type": "str", "required": True},
        "passphrase": {"type": "str", "no_log": True},
        "root_fingerprints": ROOT_FINGERPRINTS,
        "pkcs11_module": {"type": "path"},
        "publication_url": {"type": "str"},
    },
    "mutually_exclusive": [["pki", "bao"]],
    "required_one_of": [["pki", "bao"]],
    "required_by": {"pki": ["passphrase"]},
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

#: The variables by which those who read a message set options, by the names of these.
VARIABLES: dict[str, Any] = {"type": "dict", "default": {}}

#: The options of every report about hosts.
REPORT: dict[str, Any] = {
    "hosts": {"type": "list", "elements": "str", "required": True},
    "began": {"type": "float", "required": True},
    "path": {"type": "str", "default": ""},
    "shown": {"type": "bool", "default": True},
}


def run_folder() -> Path:
    """A folder of this run of Ansible and of its user alone (mode 0700), which Ansible removes at its end."""
    return Path(constants.DEFAULT_LOCAL_TMP)


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
        """Checks the arguments, does the work, and returns what went wrong as a failed or unreachable result.

        What a device said is part of a result and never of an exception: ansible-core shows the text of an exception as it is. All text
        of the result is printable, and none of it is a template (ansible-core 2.19 and later templates only what is marked for it).
        """
        result: dict[str, Any] = super().run(tmp, task_vars)
        self.variables = task_vars or {}
        try:
            self._task.args = with_place(self._task.args)
            _validation, arguments = self.validate_argument_spec(self.ARGUMENTS, **self.RULES)
            result.update(self.operate(arguments))
        except SiptlsError as error:
            result.update(failed=True, msg=error.said(self._variables_of_options()))
        except AnsibleConnectionFailure as error:
            result.update(unreachable=True, msg=self._about(error))
        except AnsibleError as error:
            result.update(failed=True, msg=self._about(error))
        except Exception as error:  # a fault of ours, met on one device, is told as all else is
            result.update(failed=True, msg=str(self._fault(error)))
        cleaned: dict[str, Any] = clean(result)
        return cleaned

    def _variables_of_options(self) -> dict[str, str]:
        """The variables by which the reader of a message sets options of the task, as :data:`VARIABLES` has them."""
        given = self._task.args.get("variables")
        return {str(name): str(value) for name, value in given.items()} if isinstance(given, Mapping) else {}

    def _about(self, error: AnsibleError) -> str:
        """The text of an error of ansible-core or a connection plugin; what the device or ssh said may be in it."""
        return printable(
            f"{self.host}: {error}" if self.host not in str(error) else str(error), lines=True, longest=_LONGEST_ERROR
        )

    def _fault(self, error: Exception) -> SiptlsError:
        """The error for what this collection did not expect; the traceback is for ``-vvv``."""
        Display().vvv(
            "".join(printable(line, lines=True) for line in traceback.format_exception(error)), host=self.host
        )
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return SiptlsError(
            f"{type(error).__name__} in siptls.vos, which is a fault of the collection",
            where=self.host,
            found=f"{str(error)[:500]} at {Path(frame.filename).name}, line {frame.lineno}",
            remedy="run again with -vvv and report it",
        )

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
    def device_name(self) -> str:
        """What the inventory calls the device that the connection leads to: of a delegated task, the host it is delegated to."""
        return str(self._task.delegate_to or self.host)

    @property
    def check_mode(self) -> bool:
        """Whether to predict only."""
        return bool(self._task.check_mode)

    @property
    def diff_mode(self) -> bool:
        """Whether to show what changes."""
        return bool(self._task.diff)

    def opened(self, options: Mapping[str, Any]) -> Opened:
        """The register, and the signer, that these options of a task name.

        :param options: as :data:`ISSUER` has them
        :raises SiptlsError: a fingerprint that is not one
        """
        return opened(options, Path(self._loader.get_basedir()), run_folder())

    def register(self, options: Mapping[str, Any]) -> Register:
        """The register that these options name, with the roots that they pin.

        :param options: ``pki`` or ``bao``, and ``root_fingerprints``, of a task or of its ``issuer``
        :raises SiptlsError: a fingerprint that is not one
        """
        return self.opened(options).register

    def controller_path(self, path: str) -> Path:
        """``path`` on the controller; a relative one begins at the folder of the playbook."""
        return Path(self._loader.path_dwim(path))
