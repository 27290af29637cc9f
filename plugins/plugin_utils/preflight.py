# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a device has to have before anything is changed on it, asked in one script."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from typing import Any

from ..module_utils.errors import SiptlsError
from .answer import Answer
from .device import Call

__all__ = ["PREFLIGHT", "preflight_call", "refuse_lacking"]

_LISTS = {
    "folders": "check_folder",
    "commands": "check_command",
    "users": "check_user",
    "groups": "check_group",
    "services": "check_service",
}
_READER = ("user", "service", "private_key", "owner", "group", "variables")

#: What is asked of a device, as options of a task.
PREFLIGHT: dict[str, Any] = {
    "openssl_minimum": {"type": "str", "default": "1.1.1"},
    "clock_tolerance": {"type": "int", "default": 300},
    **{name: {"type": "list", "elements": "str", "default": []} for name in _LISTS},
    "readers": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "user": {"type": "str", "default": ""},
            "service": {"type": "str", "default": ""},
            "private_key": {"type": "str", "required": True, "no_log": False},
            "owner": {"type": "str", "required": True},
            "group": {"type": "str", "required": True},
            "variables": {"type": "str", "required": True},
        },
    },
}


def preflight_call(options: Mapping[str, Any]) -> Call:
    """What asks the device; what it says is for :func:`refuse_lacking`.

    :param options: as :data:`PREFLIGHT` has them
    """
    calls = [
        ("check_openssl", options["openssl_minimum"]),
        ("check_clock", str(int(time.time())), str(options["clock_tolerance"])),
        *(("check_reader", *(one[name] for name in _READER)) for one in options["readers"]),
        *((function, item) for name, function in _LISTS.items() for item in dict.fromkeys(options[name])),
    ]
    return Call("preflight.sh", {"checks": "".join(f"{shlex.join(call)}\n" for call in calls)})


def refuse_lacking(answer: Answer, where: str) -> None:
    """Ends with all that a device lacks, if it lacks anything.

    :param where: the device, for errors
    :raises SiptlsError: it does
    """
    problems = [problem for problem, _body in answer.each("problem")]
    if answer.value("finished") is None:
        problems.append("shell: expected one that runs a script to its end; found that it stopped half-way")
    if problems:
        heading = "the device lacks something, and nothing has been changed on it"
        raise SiptlsError("\n- ".join((heading, *problems)), where=where)
