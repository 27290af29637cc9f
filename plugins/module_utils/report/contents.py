# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report holds: the document of the verification of a fleet, and what else is known beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import SiptlsError
from ..handshake_failures import merged

__all__ = ["FORMAT", "STATES", "as_json", "contents", "read_document"]

FORMAT = 1
#: Of a device, what an operator has to see first in front.
STATES = ("failed", "unreachable", "due", "unknown", "ok")
_REMEDY = "give the file that the playbook siptls.vos.verify wrote, or the same as a dictionary"


def read_document(text: bytes, *, where: str) -> dict[str, Any]:
    """The document of a verification.

    :raises SiptlsError: it is none, or of another format
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise SiptlsError(
            "the document of the fleet is not JSON", where=where, found=str(error), remedy=_REMEDY
        ) from None
    return checked(document, where=where)


def checked(document: object, *, where: str) -> dict[str, Any]:
    """The document, once it is known to be one.

    :raises SiptlsError: it is none, or of another format
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        found = f"format {document.get('format')!r}" if isinstance(document, dict) else type(document).__name__
        raise SiptlsError(
            "this is no document of a fleet that can be read here",
            where=where,
            expected=f"a dictionary with format {FORMAT}",
            found=found,
            remedy=_REMEDY,
        )
    devices = document.get("devices")
    if not isinstance(devices, list) or not all(isinstance(one, dict) and "device" in one for one in devices):
        raise SiptlsError(
            "the document of the fleet has no devices",
            where=where,
            expected="devices: a list of dictionaries, each with the name of its device",
            found=type(devices).__name__ if not isinstance(devices, list) else "an entry without a name",
            remedy=_REMEDY,
        )
    return document


def contents(
    document: Mapping[str, Any],
    *,
    authorities: Sequence[Mapping[str, Any]] | None = None,
    failures: Sequence[Mapping[str, Any]] | None = None,
    compliance: Sequence[Mapping[str, Any]] | None = None,
    where: str = "document",
) -> dict[str, Any]:
    """The report as programs read it. What is not given stays as the document has it, and is None, unknown, where it has it not.

    :param authorities: as siptls.vos.certificate_info returns them
    :param failures: the handshakes that failed, of each softswitch
    :param compliance: the controls, and how it stands with each
    :raises SiptlsError: the document is none
    """
    report = dict(checked(document, where=where))
    given = {
        "authorities": None if authorities is None else [dict(one) for one in authorities],
        "handshake_failures": None if failures is None else merged(failures),
        "compliance": None if compliance is None else [dict(one) for one in compliance],
    }
    for name, value in given.items():
        report[name] = report.get(name) if value is None else value
    return report


def as_json(report: Mapping[str, Any]) -> bytes:
    """The report as a file. Bytes of a device that were no text are in it as they are in JSON, by their escape sequences."""
    return (json.dumps(report, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
