# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.device_certificate: one device's certificate, whole, in one task."""

from __future__ import annotations

from typing import Any, ClassVar

from ..plugin_utils.certificate_return import CertificateReturn
from ..plugin_utils.certificate_task import CERTIFICATE, CertificateTask
from ..plugin_utils.device import Device
from ..plugin_utils.operation import OPTIONS, VARIABLES, Operation


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "options": OPTIONS,
        **CERTIFICATE,
        "state": {"type": "str", "default": "present", "choices": ["present", "previous"]},
        "variables": VARIABLES,
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Looks at the device and, where its certificate is not as wanted, makes it so."""
        task = CertificateTask.of(self, arguments, Device(self, self.device_name))
        if arguments["state"] == "previous":
            return CertificateReturn(task).run(check_mode=self.check_mode, diff_mode=self.diff_mode)
        return task.run(check_mode=self.check_mode, diff_mode=self.diff_mode)
