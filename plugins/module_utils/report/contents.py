# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report holds: the document of the verification of a fleet, and what else is known beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..fleet.facts import opened
from ..fleet.handshake_failures import merged
from ..json_text import dump_json

__all__ = ["STATES", "as_json", "contents"]

#: Of a device, what an operator has to see first in front.
STATES = ("failed", "unreachable", "due", "unknown", "ok")

_Facts = Mapping[str, Any]


def contents(
    document: Any,
    *,
    authorities: Sequence[_Facts] | None = None,
    failures: Sequence[_Facts] | None = None,
    compliance: Sequence[_Facts] | None = None,
    where: str = "document",
    notice: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """The report as programs read it. What is not given stays as the document has it, and is None, unknown, where it has it not.

    :param authorities: as siptls.vos.certificate_info returns them
    :param failures: the handshakes that failed, of each softswitch
    :param compliance: the controls, and the status of each
    :param notice: is told what in the document is invalid and so unknown
    :raises SiptlsError: the document is none
    """
    report = dict(opened(document, where=where, notice=notice))
    given = {
        "authorities": None if authorities is None else [dict(one) for one in authorities],
        "handshake_failures": None if failures is None else _with_all(report["devices"], merged(failures)),
        "compliance": None if compliance is None else [dict(one) for one in compliance],
    }
    for name, value in given.items():
        report[name] = report.get(name) if value is None else value
    return report


def _with_all(devices: Sequence[_Facts], found: dict[str, Any] | None) -> dict[str, Any] | None:
    """What failed, with each softswitch of the document in it: one that has not told is unknown there."""
    if found is None:
        return None
    told = found.get("by_softswitch") or []
    missing = {str(one["device"]) for one in devices if one.get("kind") == "softswitch"} - {
        one["softswitch"] for one in told
    }
    unknown = [{"softswitch": name, "count": None, "cause": "its records were not read"} for name in sorted(missing)]
    return {**found, "by_softswitch": [*told, *unknown]}


def as_json(report: _Facts) -> bytes:
    """The report as a file. Bytes of a device that were no text are in it as they are in JSON, by their escape sequences."""
    return dump_json(report)
