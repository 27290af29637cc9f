# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of record in one normal form (RFC 3261, sections 10.3 and 19.1.4), and which of several is the one that is meant.

Every comparison of AoRs and of SIP domains in this collection goes through this file.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from contextlib import suppress

__all__ = ["AorIndex", "comparable_host", "find_aor", "known_aors", "normal_aor", "normal_host"]

_SCHEME = re.compile(r"sips?:", re.IGNORECASE)
_PART = re.compile(r"[^\s@<>\x00-\x1f\x7f]{1,256}")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()")
_LONGEST_HOST = 253


def normal_aor(text: str) -> str:
    """An AoR as ``sip:user@host``, so that two that are the same address are the same text.

    ``sips:`` becomes ``sip:``, for both name the same user. Password, port, parameters and headers are dropped. Escapes in the
    user are decoded where that changes nothing; its case is kept. The host is as :func:`normal_host` has it.

    :raises ValueError: the text is not the AoR of a user
    """
    scheme = _SCHEME.match(text)
    if scheme is None:
        raise ValueError(text)
    who, at, place = text[scheme.end() :].partition("@")
    user = who.partition(":")[0]
    host = _without_port(re.split("[;?]", place, maxsplit=1)[0])
    if not (at and _PART.fullmatch(user) and _PART.fullmatch(host)):
        raise ValueError(text)
    return f"sip:{_normal_user(user)}@{normal_host(host)}"


def normal_host(text: str) -> str:
    """A host or SIP domain: in lower case, without a final dot, international names as ``xn--``, IPv6 compressed and in brackets.

    :raises ValueError: the text cannot be a host
    """
    name = text.removesuffix(".")
    if not name or len(name) > _LONGEST_HOST:
        raise ValueError(text)
    if name.startswith("[") or name.count(":") > 1:
        return f"[{ipaddress.IPv6Address(name.removeprefix('[').removesuffix(']')).compressed}]"
    # UnicodeError is a ValueError
    return name.lower() if name.isascii() else name.encode("idna").decode("ascii").lower()


def known_aors(uris: Iterable[str]) -> frozenset[str]:
    """Of the URIs in a certificate those of SIP users, as :func:`normal_aor` has them."""
    found = set()
    for uri in uris:
        with suppress(ValueError):
            found.add(normal_aor(uri))
    return frozenset(found)


def comparable_host(text: str) -> str:
    """As :func:`normal_host`; what cannot be a host is returned in lower case, so that any two values can be compared."""
    try:
        return normal_host(text)
    except ValueError:
        return text.lower()


class AorIndex:
    """The AoRs that are present, each as :func:`normal_aor` has it, to be looked up many times."""

    def __init__(self, present: Iterable[str]) -> None:
        self._exact = frozenset(present)
        self._folded: dict[str, str | None] = {}
        for one in self._exact:
            # None: several differ by case alone, so neither is meant by a third spelling
            self._folded[one.lower()] = one if one.lower() not in self._folded else None

    def find(self, wanted: str) -> str | None:
        """Which of them is the one that is wanted, as :func:`normal_aor` has it; None where none is.

        Users differ by case (RFC 3261, section 19.1.4), and some registrars keep them in lower case all the same. So the exact AoR
        is preferred; without it, one that differs by the case of its user alone counts if it is the only one.
        """
        return wanted if wanted in self._exact else self._folded.get(wanted.lower())


def find_aor(wanted: str, present: Iterable[str]) -> str | None:
    """Which of the AoRs that are present is the one that is wanted, see :meth:`AorIndex.find`."""
    return AorIndex(present).find(wanted)


def _without_port(place: str) -> str:
    if place.startswith("["):
        return place.partition("]")[0] + "]"
    return place.partition(":")[0]


def _normal_user(user: str) -> str:
    octets = _ESCAPE.sub(lambda escape: _escaped(int(escape[1], 16)), user.encode("utf-8", "surrogatepass"))
    return "".join(chr(octet) if 0x20 < octet < 0x7F else f"%{octet:02X}" for octet in octets)


def _escaped(octet: int) -> bytes:
    """The character itself where it needs no escape."""
    return bytes((octet,)) if octet in _UNRESERVED else b"%%%02X" % octet
