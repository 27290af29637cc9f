# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fleet document (format 1) says, member by member. What it does not say is None, and never stands for no."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ..errors import SiptlsError
from ..json_text import shown_value
from ..timestamps import parse_moment
from .shape import DOCUMENT, shaped

__all__ = ["FORMAT", "authorities_in_use", "certificates", "checks", "devices", "moment", "opened", "part", "parts"]

FORMAT = 1
_MAKER = "a document that siptls.vos.verify or siptls.vos.report wrote"
_PLACES_SHOWN = 5


def opened(found: Any, *, where: str, notice: Callable[[str], None] | None = None) -> Mapping[str, Any]:
    """The document, where it is one. What is of another kind in it than it has to be is unknown, see :mod:`.fleet_shape`.

    :param where: the file or variable, for an error
    :param notice: is told what became unknown for that reason, in one sentence
    :raises SiptlsError: it is something else, of another format, or names a device or an authority twice
    """
    if not isinstance(found, Mapping):
        raise _wrong("this is no fleet document", found, where)
    if found.get("format") != FORMAT:
        raise SiptlsError(
            "the document is of a format that this version does not read",
            where=where,
            expected=f"format {FORMAT}",
            found=f"format {shown_value(found.get('format'))}",
            remedy="run siptls.vos.verify and this task from the same version of the collection",
        )
    _distinct([device["device"] for device in devices(found, where=where)], "device", where)
    problems: list[str] = []
    document: Mapping[str, Any] = shaped(found, DOCUMENT, problems)
    _distinct([str(one.get("name")) for one in parts(document, "authorities")], "authority", where)
    if problems and notice:
        shown = ", ".join(problems[:_PLACES_SHOWN]) + (", ..." if len(problems) > _PLACES_SHOWN else "")
        notice(f"{where}: {len(problems)} values are invalid and count as unknown: {shown}")
    return document


def devices(document: Mapping[str, Any], *, where: str = "the fleet document") -> list[Mapping[str, Any]]:
    """Its devices.

    :raises SiptlsError: there is no list of them, or one has no name
    """
    found = document.get("devices")
    if not isinstance(found, list | tuple):
        raise _wrong("devices is no list", found, where)
    for number, one in enumerate(found):
        if not isinstance(one, Mapping) or not isinstance(one.get("device"), str) or not one["device"]:
            raise _wrong(f"devices[{number}] has no name", one, where)
    return list(found)


def checks(device: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The checks of a device, by name, in the order of the document."""
    return {str(one["check"]): one for one in parts(device, "checks") if "check" in one}


def part(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A member that has members itself; empty where it is not known."""
    member = found.get(name)
    return member if isinstance(member, Mapping) else {}


def parts(found: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A member that is a list of such; empty where it is not known."""
    member = found.get(name)
    return [one for one in member if isinstance(one, Mapping)] if isinstance(member, list | tuple) else []


def certificates(device: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The certificates of a device, each under the name that it is on record for: its own, and the second one of a softswitch."""
    yield str(device.get("device")), part(device, "certificate")
    second = part(device, "second_certificate")
    if second.get("name"):
        yield str(second["name"]), second


def moment(text: Any) -> datetime | None:
    """A moment such as 2026-11-27T01:00:00Z, in UTC; None where it is not known.

    :raises SiptlsError: it is something else
    """
    if text is None or text == "":
        return None
    try:
        return parse_moment(text)
    except ValueError:
        raise SiptlsError(
            "a moment cannot be read", expected="a moment in UTC such as 2026-11-27T01:00:00Z", found=shown_value(text)
        ) from None


def authorities_in_use(document: Mapping[str, Any]) -> frozenset[str]:
    """The names of the authorities that issued a certificate that a device has, and of those above them.

    An authority that a rollover left behind is in none of these chains.
    """
    found = (certificate for device in devices(document) for _name, certificate in certificates(device))
    issuing = {str(certificate.get("authority") or "") for certificate in found} - {""}
    by_fingerprint = {one.get("fingerprint_sha256"): str(one.get("name")) for one in parts(document, "authorities")}
    above = {
        name
        for one in parts(document, "authorities")
        if one.get("name") in issuing
        for fingerprint in _chain(one)
        if (name := by_fingerprint.get(fingerprint))
    }
    return frozenset(issuing | above)


def _chain(authority: Mapping[str, Any]) -> Iterator[Any]:
    for one in parts(part(authority, "chain"), "certificates"):
        yield one.get("fingerprint_sha256")


def _distinct(names: list[str], kind: str, where: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise SiptlsError(f"two entries are for the {kind} {name}", where=where, expected=_MAKER)
        seen.add(name)


def _wrong(problem: str, found: Any, where: str) -> SiptlsError:
    return SiptlsError(problem, where=where, expected=_MAKER, found=shown_value(found))
