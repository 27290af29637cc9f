# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.session_resumption: what a server makes of its settings for TLS sessions."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from ..module_utils.durations import parse_duration
from ..module_utils.errors import SiptlsError
from ..module_utils.tls.sessions import notes_on, resumption_of
from ..plugin_utils.device import Device
from ..plugin_utils.operation import Operation

_MOST_ATTEMPTS = 20
_SECONDS_FOR_EACH = 6


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "connect": {"type": "str", "default": "127.0.0.1:5061"},
        "server_name": {"type": "str", "default": ""},
        "certificate": {"type": "str", "default": ""},
        "private_key": {"type": "str", "default": "", "no_log": False},
        "cache": {"type": "str", "default": "shared:10m"},
        "timeout": {"type": "str", "default": "1h"},
        "attempts": {"type": "int", "default": 3},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Connects some times from the device, and compares."""
        attempts = arguments["attempts"]
        if not 1 <= attempts <= _MOST_ATTEMPTS:
            raise SiptlsError("attempts cannot be", expected=f"1 to {_MOST_ATTEMPTS}", found=str(attempts))
        timeout = parse_duration(arguments["timeout"], name="timeout")
        parameters = {name: arguments[name] for name in ("connect", "server_name", "certificate", "private_key")}
        answer = Device(self, self.device_name).run(
            "session_look.sh",
            {**parameters, "attempts": str(attempts), "token": secrets.token_hex(8)},
            seconds=2 * (1 + attempts) * _SECONDS_FOR_EACH,
        )
        seen = resumption_of(answer.each("connection"))
        return {
            "changed": False,
            "versions": [one.as_dictionary() for one in seen],
            "notes": notes_on(seen, cache=arguments["cache"], timeout=timeout),
        }
