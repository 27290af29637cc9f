# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of a report: a fleet at a glance, and what is counted in its sections. Unknown is counted as unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ..fleet.checks import WORST_FIRST
from ..timestamps import parse_moment, write_moment
from .columns import FINDINGS

__all__ = ["drift", "findings", "glance", "spread", "timeline"]

WEEKS = 53
_WEEK = timedelta(weeks=1)
#: The weeks after it are within the years of datetime
_LATEST = datetime.max.replace(tzinfo=UTC) - (WEEKS + 1) * _WEEK
_Device = Mapping[str, Any]
_Facts = Mapping[str, Any]


def glance(report: Mapping[str, Any]) -> dict[str, Any]:
    """The fleet in a few figures.

    ``registered``, ``encrypted`` and ``accelerated`` are counts of yes, no and unknown; ``next_expiry`` names what ends first of all
    that has not ended yet, ``expired`` counts what has.
    """
    devices = report["devices"]
    gateways = [device for device in devices if device.get("kind") != "softswitch"]
    ends = _ends(devices, report.get("authorities") or ())
    written = _time(report.get("written"))
    ahead = [end for end in ends if written is None or end[0] > written]
    first = min(ahead, default=None, key=lambda end: (end[0], end[2]))
    return {
        "devices": len(devices),
        "gateways": len(gateways),
        "states": _states(devices),
        "registered": _yes_no(device.get("registered") for device in gateways),
        "encrypted": _yes_no((device.get("srtp") or {}).get("required") for device in gateways),
        "seen": sum(1 for device in gateways if (device.get("srtp") or {}).get("seen") is True),
        "suites": spread((device.get("srtp") or {}).get("suite") for device in gateways),
        "expired": len(ends) - len(ahead),
        "next_expiry": first
        and {
            "name": first[2],
            "kind": first[1],
            "not_after": write_moment(first[0]),
            "days": (first[0] - written).days if written else None,
        },
        "drifted": sum(1 for device in devices if device.get("drift")),
    }


def timeline(report: Mapping[str, Any]) -> dict[str, Any]:
    """How many certificates end in each week of the year after the report, and how many before and after that year.

    :returns: ``weeks``: ``begin`` (the day), ``devices`` and ``authorities``
    """
    written = _time(report.get("written"))
    if written is None or written > _LATEST:
        written = datetime.fromtimestamp(0, UTC)
    begin = written.replace(hour=0, minute=0, second=0, microsecond=0)
    weeks: list[dict[str, Any]] = [
        {"begin": (begin + at * _WEEK).date().isoformat(), "devices": 0, "authorities": 0} for at in range(WEEKS)
    ]
    counted = {"expired": 0, "later": 0}
    names: list[dict[str, Any]] = []
    for end, kind, name in _ends(report["devices"], report.get("authorities") or ()):
        at = (end - begin) // _WEEK
        if end <= written:
            counted["expired"] += 1
        elif at >= WEEKS:
            counted["later"] += 1
        else:
            weeks[at]["authorities" if kind == "authority" else "devices"] += 1
        if kind == "authority":
            names.append({"name": name, "not_after": write_moment(end)})
    unknown = sum(1 for device in report["devices"] if not _not_after(device.get("certificate")))
    return {"weeks": weeks, **counted, "unknown": unknown, "authorities": names}


def findings(devices: Sequence[_Device]) -> list[dict[str, Any]]:
    """The checks by their status on the devices, and the most frequent causes of what is not as it should be."""
    states: dict[str, Counter[str]] = {}
    causes: dict[str, Counter[tuple[str, str]]] = {}
    for device in devices:
        for check in device.get("checks") or ():
            name, state = str(check.get("check", "")), str(check.get("state", "unknown"))
            states.setdefault(name, Counter())[state] += 1
            if state in FINDINGS:
                causes.setdefault(name, Counter()).update(
                    (str(one.get("cause", "")), str(one.get("remedy", ""))) for one in check.get("findings") or [check]
                )
    return [
        {
            "check": name,
            **{state: counted[state] for state in ("ok", *FINDINGS, "not_applicable")},
            "causes": [
                {"cause": cause, "remedy": remedy, "count": count}
                for (cause, remedy), count in causes.get(name, Counter()).most_common(5)
            ],
            "more_causes": max(0, len(causes.get(name, ())) - 5),
        }
        for name, counted in states.items()
    ]


def drift(devices: Sequence[_Device]) -> list[dict[str, Any]]:
    """What would be changed, and on which devices, by their places in ``devices``; what most of them have in front."""
    found: dict[str, list[int]] = {}
    for at, device in enumerate(devices):
        for line in device.get("drift") or ():
            found.setdefault(str(line), []).append(at)
    return [
        {"line": line, "devices": at}
        for line, at in sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    ]


def post_quantum(devices: Sequence[_Device]) -> dict[str, Any]:
    """How ready the devices are for the time after quantum computers, and what stands in the way, most frequent first."""
    told = [device.get("post_quantum") or {} for device in devices]
    reasons = Counter(str(reason) for one in told for reason in one.get("reasons") or ())
    octets = [one["client_hello_octets"] for one in told if isinstance(one.get("client_hello_octets"), int)]
    return {
        "readiness": {
            name: sum(1 for one in told if (one.get("readiness") or "unknown") == name)
            for name in ("ready", "partly", "not", "unknown")
        },
        **{name: _yes_no(one.get(name) for one in told) for name in ("tls_1_3", "hybrid_group", "signatures")},
        "over_one_mtu": _yes_no(one.get("over_one_mtu") for one in told),
        "largest_client_hello": max(octets, default=None),
        "groups": spread((device.get("tls") or {}).get("group") for device in devices),
        "reasons": [{"reason": reason, "count": count} for reason, count in reasons.most_common(20)],
    }


def acceleration(devices: Sequence[_Device]) -> dict[str, Any]:
    """On how many devices the processor does AES, and by which of its extensions."""
    told = [device.get("aes") or {} for device in devices]
    return {
        **_yes_no(one.get("accelerated") for one in told),
        "by": spread(one.get("by") or None for one in told if one.get("accelerated")),
    }


def spread(values: Iterable[Any]) -> list[dict[str, Any]]:
    """How often each value occurs, most frequent first; ``value`` is None for what is unknown."""
    counted = Counter(values)
    listed = sorted(counted.items(), key=lambda one: (-one[1], str(one[0])))
    return [{"value": value, "count": count} for value, count in listed]


def _states(devices: Sequence[_Device]) -> dict[str, int]:
    counted = Counter(device.get("state") if device.get("state") in WORST_FIRST else "unknown" for device in devices)
    return {state: counted[state] for state in WORST_FIRST}


def _yes_no(values: Iterable[Any]) -> dict[str, int]:
    counted = Counter(value if isinstance(value, bool) else None for value in values)
    return {"yes": counted[True], "no": counted[False], "unknown": counted[None]}


def _ends(devices: Sequence[_Device], authorities: Sequence[_Facts]) -> list[tuple[datetime, str, str]]:
    """When the certificates of devices and authorities end, of what kind and whose they are."""
    ends = [(_not_after(found), "device", name) for device in devices for name, found in _certificates(device)]
    ends += [(_not_after(one), "authority", str(one.get("name", ""))) for one in authorities]
    return [(end, kind, name) for end, kind, name in ends if end is not None]


def _certificates(device: _Device) -> Iterator[tuple[str, _Facts]]:
    """Its certificates, each under the name that it is on record for."""
    yield str(device["device"]), device.get("certificate") or {}
    second = device.get("second_certificate") or {}
    if second.get("name"):
        yield str(second["name"]), second


def _not_after(certificate: _Facts | None) -> datetime | None:
    return _time((certificate or {}).get("not_after"))


def _time(text: object) -> datetime | None:
    """A time as documents have it, in UTC; None for what is none."""
    try:
        return parse_moment(text)
    except ValueError:
        return None
