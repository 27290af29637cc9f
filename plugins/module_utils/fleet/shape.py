# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of a fleet document (format 1): what is read of it, and of which kind it is.

A document comes from a file that others can write, and much in it was said by devices. A member of another kind becomes unknown and is
named; the rest of the document stands. Members that are not read stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..timestamps import parse_moment, write_moment

__all__ = ["COMPLIANCE", "DOCUMENT", "FAILURES", "LONGEST_TEXT", "ListOf", "Part", "Shape", "shaped"]

#: Characters of one text
LONGEST_TEXT = 100_000
_LARGEST = 2**63

Leaf: TypeAlias = Callable[[Any], Any]
Shape: TypeAlias = "Leaf | Part | ListOf"


@dataclass(frozen=True)
class Part:
    """An object.

    :ivar members: by name, those that are read
    :ivar needs: the members without which it says nothing
    :ivar lists: the members that readers take for lists even where they are missing
    """

    members: Mapping[str, Shape]
    needs: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListOf:
    """A list; what is in it and of another kind is left out."""

    item: Shape


def shaped(found: Any, shape: Shape, problems: list[str], at: str = "") -> Any:
    """``found`` with None for what is of another kind than ``shape`` says.

    :param problems: takes the places of what was replaced, such as ``devices[3].clock_ahead``
    :param at: the place of ``found``
    """
    if found is None:
        return None
    if isinstance(shape, Part):
        return _part(found, shape, problems, at)
    if isinstance(shape, ListOf):
        return _list(found, shape, problems, at)
    try:
        return shape(found)
    except (ValueError, TypeError, OverflowError):
        problems.append(at)
        return None


def _part(found: Any, shape: Part, problems: list[str], at: str) -> Any:
    if not isinstance(found, Mapping):
        problems.append(at)
        return None
    changed: dict[str, Any] = {}
    for name, inner in shape.members.items():
        before = found.get(name)
        if before is None or (inner is _text and isinstance(before, str) and len(before) <= LONGEST_TEXT):
            continue
        after = shaped(before, inner, problems, f"{at}.{name}" if at else name)
        if after is not before:
            changed[name] = after
    whole = {**found, **changed} if changed else found
    lacking = [name for name in shape.needs if whole.get(name) is None]
    if lacking:
        place = f"{at}.{lacking[0]}"
        if place not in problems[-1:]:
            problems.append(place)
        return None
    missing = [name for name in shape.lists if whole.get(name) is None]
    return {**whole, **{name: [] for name in missing}} if missing else whole


def _list(found: Any, shape: ListOf, problems: list[str], at: str) -> Any:
    if not isinstance(found, list | tuple):
        problems.append(at)
        return None
    listed = []
    for number, one in enumerate(found):
        after = shaped(one, shape.item, problems, f"{at}[{number}]")
        if after is not None:
            listed.append(after)
        elif one is None:
            problems.append(f"{at}[{number}]")
    return listed


def _text(found: Any) -> str:
    # A serial number that YAML took for a number is meant as text
    if isinstance(found, int) and not isinstance(found, bool) and abs(found) < _LARGEST:
        return str(found)
    if not isinstance(found, str) or len(found) > LONGEST_TEXT:
        raise ValueError("not a text")
    return found


def _number(found: Any) -> Any:
    right = isinstance(found, int | float) and not isinstance(found, bool)
    if not right or not (abs(found) < _LARGEST) or not math.isfinite(found):
        raise ValueError("not a number")
    return found


def _flag(found: Any) -> Any:
    if not isinstance(found, bool):
        raise ValueError("neither true nor false")
    return found


def _moment(found: Any) -> Any:
    moment = parse_moment(found)
    return found if isinstance(found, str) else write_moment(moment)


def _texts(*names: str) -> dict[str, Shape]:
    return dict.fromkeys(names, _text)


_CERTIFICATE = Part(
    {
        **_texts("serial_number", "subject", "issuer", "key_type", "signature_algorithm", "fingerprint_sha256"),
        **_texts("authority", "name"),
        "names": ListOf(_text),
        "not_before": _moment,
        "not_after": _moment,
        "issued": _moment,
        "days_left": _number,
    }
)
_ANCHOR = Part({**_texts("subject", "fingerprint_sha256"), "not_after": _moment})
_DEVICE = Part(
    {
        **_texts("device", "kind", "softswitch", "state", "aor", "openssl", "verify_mode"),
        "verified": _moment,
        "last_rotation": _moment,
        "identity": Part({"common_name": _text, "sip_uris": ListOf(_text), "dns": ListOf(_text)}),
        "certificate": _CERTIFICATE,
        "second_certificate": _CERTIFICATE,
        "anchors": ListOf(_ANCHOR),
        "tls": Part({**_texts("protocol", "cipher", "group"), "client_hello_octets": _number, "milliseconds": _number}),
        "srtp": Part({**_texts("keying", "suite"), "required": _flag, "seen": _flag}),
        "registered": _flag,
        "registration": Part({"serial_number": _text, "seconds": _number}),
        "registrations": _number,
        "clock_ahead": _number,
        "aes": Part({"accelerated": _flag, "by": _text}),
        "post_quantum": Part(
            {
                **dict.fromkeys(("tls_1_3", "hybrid_group", "over_one_mtu", "signatures"), _flag),
                "client_hello_octets": _number,
                "readiness": _text,
                "reasons": ListOf(_text),
            }
        ),
        "checks": ListOf(
            Part({**_texts("check", "state", "cause", "remedy"), "evidence": ListOf(_text)}, needs=("check",))
        ),
        "drift": ListOf(_text),
    },
    needs=("device",),
)
_AUTHORITY = Part(
    {
        **_texts("name", "state", "reason", "serial_number", "subject", "key_type", "fingerprint_sha256"),
        "names": ListOf(_text),
        "not_before": _moment,
        "not_after": _moment,
        "days_left": _number,
        "chain": Part(
            {"verified": _flag, "problem": _text, "certificates": ListOf(_ANCHOR)},
            lists=("certificates",),
        ),
        "revocation_list": Part({**_texts("state", "reason", "crl_number"), "next_update": _moment}),
    },
    needs=("name",),
)
#: The handshakes that failed, of one softswitch or of several
FAILURES = Part(
    {
        "since": _moment,
        "until": _moment,
        "total": _number,
        "records_read": _number,
        "truncated": _flag,
        "by_cause": ListOf(Part({"cause": _text, "count": _number}, needs=("cause", "count"))),
        "by_source": ListOf(Part({"source": _text, "count": _number}, needs=("source", "count"))),
        "by_day": ListOf(Part({"day": _text, "cause": _text, "count": _number}, needs=("day", "cause", "count"))),
        "by_softswitch": ListOf(Part({"softswitch": _text, "count": _number, "cause": _text}, needs=("softswitch",))),
    },
    lists=("by_cause", "by_source", "by_day"),
)
COMPLIANCE = ListOf(
    Part(
        {
            **_texts("framework", "control", "title", "state", "source"),
            **dict.fromkeys(("verified", "evidence", "devices_failed", "devices_unknown"), ListOf(_text)),
            "devices_ok": _number,
            "when": _moment,
        },
        needs=("framework", "control"),
    )
)
#: Of the whole document; its devices are a list, and each has a name, or it is none
DOCUMENT = Part(
    {
        **_texts("began", "written", "collection"),
        "devices": ListOf(_DEVICE),
        "authorities": ListOf(_AUTHORITY),
        "handshake_failures": FAILURES,
        "compliance": COMPLIANCE,
    }
)
