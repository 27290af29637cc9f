# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action behind siptls.vos.handshake_failures: what failed at a softswitch, by cause, source and day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar

from ..module_utils.audit_records import Failure, parse_record
from ..module_utils.errors import SiptlsError
from ..module_utils.fleet.handshake_failures import aggregate, unknown
from ..module_utils.timestamps import utc_now, write_moment
from ..plugin_utils.answer import Answer
from ..plugin_utils.device import Device
from ..plugin_utils.operation import Operation

_RECORDS = "/var/log/siptls-audit/tls_failures.json"
_LONGEST = 3660
_MOST_OCTETS = 64 * 1024 * 1024


class ActionModule(Operation):
    """See the documentation of the module."""

    ARGUMENTS: ClassVar[dict[str, Any]] = {
        "path": {"type": "str", "default": _RECORDS},
        "days": {"type": "int", "default": 30},
        "octets": {"type": "int", "default": 8 * 1024 * 1024},
    }

    def operate(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Reads the records, and counts them."""
        _check(arguments)
        until = utc_now()
        first = (until - timedelta(days=arguments["days"])).replace(hour=0, minute=0, second=0, microsecond=0)
        span = {"since": write_moment(first), "until": write_moment(until)}
        device = Device(self, self.device_name)
        parameters = {
            "records": arguments["path"],
            "since": f"{first:%Y-%m-%d}",
            "octets": str(arguments["octets"]),
        }
        answer = device.run("failures_look.sh", parameters, octets=2 * arguments["octets"])
        if answer.value("absent") is not None:
            cause = f"there are no records at {arguments['path']}; the role siptls.vos.audit makes them"
            return {"changed": False, "failures": unknown(device.name, cause, **span)}
        records = list(_records(answer, first))
        cut = any(value == "cut" for value, _body in answer.each("records"))
        return {"changed": False, "failures": aggregate(device.name, records, truncated=cut, **span)}


def _records(answer: Answer, first: datetime) -> Iterator[Failure]:
    """The records of all files; what is none, such as one that is being written, is left out."""
    since = write_moment(first)[:19]
    for _value, body in answer.each("records"):
        for line in body.splitlines():
            record = parse_record(line)
            if record is not None and record.time[:19] >= since:
                yield record


def _check(arguments: dict[str, Any]) -> None:
    """Refuses what would read without bounds.

    :raises SiptlsError: a number is out of its range
    """
    for name, least, most in (("days", 1, _LONGEST), ("octets", 4096, _MOST_OCTETS)):
        if not least <= arguments[name] <= most:
            raise SiptlsError(f"{name} is out of its range", expected=f"{least} to {most}", found=str(arguments[name]))
