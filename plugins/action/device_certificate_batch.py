# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.device_certificate_batch: keys and certificates of many devices, made on the controller."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, ClassVar

from ansible.utils.display import Display

from ..module_utils.pki.issuing.batch import OUTPUTS, BatchDevice, checked_devices
from ..module_utils.pki.issuing.batch_folder import DeviceFolder
from ..module_utils.pki.issuing.batch_work import Batch, Todo, batch_of
from ..module_utils.pki.x509.keys import KEY_TYPES
from ..module_utils.pki.x509.profiles import PROFILES
from ..module_utils.timestamps import utc_now
from ..module_utils.workers import in_processes, processors
from ..plugin_utils.operation import ISSUER, Operation

_SECONDS_BETWEEN_WORDS = 5
_SHOWN = 20


class ActionModule(Operation):
    """See the documentation of the module."""

    _requires_connection = False
    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "issuer": ISSUER,
        # Their elements are checked by checked_devices: a thousand times faster, and it names the device
        "devices": {"type": "list", "elements": "raw", "required": True},
        "profile": {"type": "str", "default": "gateway", "choices": list(PROFILES)},
        "key": {
            "type": "dict",
            "no_log": False,
            "default": {},
            "options": {
                "type": {"type": "str", "default": "ecdsa-p256", "choices": list(KEY_TYPES)},
                "rekey": {"type": "str", "default": "always", "choices": ["always", "never"]},
            },
        },
        "valid_for": {"type": "str", "default": "90d"},
        "renew_before": {"type": "str", "default": "30d"},
        "directory": {"type": "path", "required": True},
        "outputs": {"type": "list", "elements": "str", "default": ["pair"], "choices": list(OUTPUTS)},
        "pkcs12_passphrase": {"type": "str", "default": "", "no_log": True},
        "after_revocation": {"type": "str", "default": "refuse", "choices": ["refuse", "issue"]},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Finds out what is to be done for each device, and does it."""
        devices = checked_devices(
            arguments["devices"],
            outputs=arguments["outputs"],
            pkcs12_passphrase=arguments["pkcs12_passphrase"],
            profile=arguments["profile"],
            key_type=arguments["key"]["type"],
            valid_for=arguments["valid_for"],
            renew_before=arguments["renew_before"],
        )
        issuer = arguments["issuer"]
        given = self.opened(issuer)
        if self.check_mode and given.register.find_authority(issuer["authority"]) is None:
            return {"changed": True, "reason": "certificates of an authority that will itself be made first"}
        by = given.issuer
        self._processes = 1 if by.signer.is_bound_to_process else processors()
        batch = batch_of(
            by,
            self.controller_path(arguments["directory"]),
            arguments["outputs"],
            rekey=arguments["key"]["rekey"] == "always",
            readmits=arguments["after_revocation"] == "issue",
            now=utc_now(),
        )
        todos = self._plan(batch, devices)
        if todos:
            by.unlock()
        if todos and not self.check_mode:
            return self._result(devices, todos, self._work(batch, todos))
        return self._result(devices, todos, {})

    def _plan(self, batch: Batch, devices: list[BatchDevice]) -> list[Todo]:
        todos = []
        numbered = list(enumerate(devices))
        for number, reason, issues, keeps_key in in_processes(numbered, batch.plan, self._processes):
            if reason:
                todos.append((number, Todo(devices[number], reason, issues, keeps_key)))
        return [todo for _number, todo in sorted(todos, key=lambda item: item[0])]

    def _work(self, batch: Batch, todos: list[Todo]) -> dict[str, tuple[str, str]]:
        """By device: serial number and end of its new certificate."""
        DeviceFolder.prepare(batch.base)
        made: dict[str, tuple[str, str]] = {}
        said = time.monotonic()
        for count, (name, serial, end) in enumerate(in_processes(todos, batch.work, self._processes), 1):
            if serial:
                made[name] = (serial, end)
            if time.monotonic() - said > _SECONDS_BETWEEN_WORDS:
                said = time.monotonic()
                Display().display(f"siptls.vos.device_certificate_batch: {count} of {len(todos)} devices")
        return made

    def _result(
        self, devices: list[BatchDevice], todos: list[Todo], made: dict[str, tuple[str, str]]
    ) -> dict[str, Any]:
        issued = [todo for todo in todos if todo.issues]
        result: dict[str, Any] = {
            "changed": bool(todos),
            "issued": len(issued),
            "completed": len(todos) - len(issued),
            "unchanged": len(devices) - len(todos),
            "devices": [_facts(todo, made) for todo in todos],
        }
        if todos:
            result["reason"] = _summary(todos)
        if todos and self.diff_mode:
            result["diff"] = {"prepared": _listed(f"{todo.device.name}: {todo.reason}" for todo in todos)}
        return result


def _facts(todo: Todo, made: dict[str, tuple[str, str]]) -> dict[str, str]:
    facts = {"name": todo.device.name, "reason": todo.reason}
    if todo.device.name in made:
        facts["serial_number"], facts["not_after"] = made[todo.device.name]
    return facts


def _summary(todos: list[Todo]) -> str:
    """Each reason with the number of devices that it holds for, the commonest first."""
    counted = Counter(todo.reason.partition(":")[0] for todo in todos)
    return "; ".join(f"{reason} ({count})" for reason, count in counted.most_common(_SHOWN))


def _listed(lines: Iterable[str]) -> str:
    every = list(lines)
    more = [f"and {len(every) - _SHOWN} more"] if len(every) > _SHOWN else []
    return "".join(f"{line}\n" for line in [*every[:_SHOWN], *more])
