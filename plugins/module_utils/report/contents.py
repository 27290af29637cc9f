# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report holds: the document of the verification of a fleet, and what else is known beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..fleet.beside import BySoftswitch, HandshakeFailures
from ..fleet.document import FleetDocument, told
from ..fleet.handshake_failures import merged
from ..fleet.reading import Problem, read_known, write
from ..json_text import dump_json

__all__ = ["as_json", "combined", "contents", "facts_of"]

_Facts = Mapping[str, Any]


def combined(
    document: Any,
    *,
    authorities: Sequence[_Facts] | None = None,
    failures: Sequence[_Facts] | None = None,
    compliance: Sequence[_Facts] | None = None,
    where: str = "document",
    notice: Callable[[str], None] | None = None,
) -> FleetDocument:
    """The document with what else is known. What is not given stays as the document has it.

    :param authorities: as siptls.vos.certificate_info returns them
    :param failures: the handshakes that failed, of each softswitch
    :param compliance: the controls, and the status of each
    :param notice: is told what is invalid and so unknown
    :raises SiptlsError: the document is none
    """
    given = {
        "authorities": authorities,
        "handshake_failures": None if failures is None else _merged(failures, notice),
        "compliance": compliance,
    }
    if isinstance(document, Mapping):
        document = {**document, **{name: value for name, value in given.items() if value is not None}}
    report = FleetDocument.read(document, where=where, notice=notice)
    if failures is None or report.handshake_failures is None:
        return report
    return replace(report, handshake_failures=_with_all(report, report.handshake_failures))


def contents(document: Any, **beside: Any) -> dict[str, Any]:
    """The report as programs read it: :func:`combined`, by :func:`facts_of`."""
    return facts_of(combined(document, **beside))


def facts_of(report: FleetDocument) -> dict[str, Any]:
    """The report as programs and the page read it; what is not known beside the devices is None."""
    return {**dict.fromkeys(("authorities", "handshake_failures", "compliance")), **report.as_dict()}


def _merged(failures: Sequence[_Facts], notice: Callable[[str], None] | None) -> _Facts | None:
    """All of them as one, without what is invalid in them; None where no softswitch told anything."""
    problems: list[Problem] = []
    at = "handshake_failures"
    read = (read_known(HandshakeFailures, one, problems, ((None, at), number)) for number, one in enumerate(failures))
    known: list[_Facts] = [write(one) for one in read if one]
    if notice and (words := told(problems)):
        notice(words)
    return merged(known)


def _with_all(report: FleetDocument, found: HandshakeFailures) -> HandshakeFailures:
    """What failed, with each softswitch of the document in it: one that has not told is unknown there."""
    have_told = {one.softswitch for one in found.by_softswitch}
    missing = sorted(one.device for one in report.devices if one.kind == "softswitch" and one.device not in have_told)
    unknown = (BySoftswitch(name, None, "its records were not read") for name in missing)
    return replace(found, by_softswitch=(*found.by_softswitch, *unknown))


def as_json(report: Mapping[str, Any]) -> bytes:
    """The report as a file. Bytes of a device that were no text are in it as they are in JSON, by their escape sequences."""
    return dump_json(report)
