# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS handshakes that failed, by cause, by source and by day: of one softswitch from its records, and of several together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..audit_records import Failure

__all__ = ["aggregate", "merged", "unknown"]


def aggregate(
    softswitch: str, records: Iterable[Failure], *, since: str, until: str, truncated: bool
) -> dict[str, Any]:
    """What failed at one softswitch.

    :param since: the first moment that was asked for, UTC ISO; so is ``until``
    :param truncated: whether there are more records in this time than were read
    """
    causes: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    days: Counter[tuple[str, str]] = Counter()
    total = 0
    for one in records:
        total += 1
        causes[one.cause] += 1
        sources[one.source] += 1
        days[one.day, one.cause] += 1
    return {
        "since": since,
        "until": until,
        "total": total,
        "records_read": total,
        "truncated": truncated,
        "by_cause": _listed("cause", causes),
        "by_source": _listed("source", sources),
        "by_day": [{"day": day, "cause": cause, "count": days[day, cause]} for day, cause in sorted(days)],
        "by_softswitch": [{"softswitch": softswitch, "count": total, "cause": ""}],
    }


def unknown(softswitch: str, cause: str, *, since: str, until: str) -> dict[str, Any]:
    """Nobody can tell what failed at a softswitch, and why that is so."""
    found = aggregate(softswitch, (), since=since, until=until, truncated=False)
    return {**found, "total": None, "by_softswitch": [{"softswitch": softswitch, "count": None, "cause": cause}]}


def merged(found: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """What failed at all softswitches together. ``total`` is of those that could tell, None where none could; None for no softswitch."""
    if not found:
        return None
    if len(found) == 1:
        return dict(found[0])
    known = [one["total"] for one in found if one.get("total") is not None]
    days: Counter[tuple[str, str]] = Counter()
    for one in found:
        for entry in one.get("by_day", ()):
            days[entry["day"], entry["cause"]] += entry["count"]
    return {
        "since": min((one["since"] for one in found if one.get("since")), default=None),
        "until": max((one["until"] for one in found if one.get("until")), default=None),
        "total": sum(known) if known else None,
        "records_read": sum(one.get("records_read") or 0 for one in found),
        "truncated": any(one.get("truncated") for one in found),
        "by_cause": _listed("cause", _summed(found, "by_cause", "cause")),
        "by_source": _listed("source", _summed(found, "by_source", "source")),
        "by_day": [{"day": day, "cause": cause, "count": days[day, cause]} for day, cause in sorted(days)],
        "by_softswitch": [entry for one in found for entry in one.get("by_softswitch", ())],
    }


def _summed(found: Sequence[Mapping[str, Any]], part: str, name: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    for one in found:
        for entry in one.get(part, ()):
            counted[entry[name]] += entry["count"]
    return counted


def _listed(name: str, counted: Counter[str]) -> list[dict[str, Any]]:
    """The most frequent first; what is as frequent, by name."""
    return [
        {name: value, "count": count} for value, count in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    ]
