# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that nftables compares: of a packet on one side, as libnftables-json(5) writes them on the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

__all__ = ["Absent", "FlagsOfSyn", "Named", "Unknown", "compare_flags", "equal", "flag_bits", "number", "within"]

_FLAGS = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ecn": 64, "cwr": 128}
_LONGEST_NUMBER = 10


class Unknown:
    """A value that the packet has, and that is not known here."""


class Absent:
    """A field that the packet does not have: whatever it is compared with, the rule does not match."""


@dataclass(frozen=True)
class Named:
    """A value that has names.

    :ivar never: names that it surely does not have; None for all others
    """

    names: tuple[str, ...]
    never: tuple[str, ...] | None = None

    def equals(self, name: str) -> bool | None:
        """Whether it has the name; None where that is not known."""
        if name in self.names:
            return True
        return False if self.never is None or name in self.never else None


@dataclass(frozen=True)
class FlagsOfSyn:
    """The flags of a packet that opens a connection, of those in ``mask``. Whether it negotiates ECN is not known."""

    mask: int = 255

    @property
    def certain(self) -> bool:
        """Whether all flags of the mask are known."""
        return not self.mask & (_FLAGS["ecn"] | _FLAGS["cwr"])

    @property
    def bits(self) -> int:
        """Those that are set, ECN left out."""
        return _FLAGS["syn"] & self.mask


def flag_bits(mask: Any) -> int | None:
    """The bits of names of flags; None where one is not known."""
    if isinstance(mask, dict) and "|" in mask:
        mask = mask["|"]
    if isinstance(mask, list | tuple):
        bits = [flag_bits(one) for one in mask]
        return None if None in bits else sum({one for one in bits if one})
    return _FLAGS.get(str(mask).lower(), number(mask))


def compare_flags(value: FlagsOfSyn, right: Any, sign: str) -> bool | None:
    """Whether the flags compare so with those of ``right``; None where that is not known."""
    bits = flag_bits(right)
    if bits is None or sign not in ("==", "!=", "in", "!"):
        return None
    if sign in ("in", "!"):
        looked_at = FlagsOfSyn(value.mask & bits)
        if looked_at.bits:
            return sign == "in"
        return None if not looked_at.certain else sign == "!"
    # Whatever ECN is, the other flags alone may tell them apart
    rest = value.mask & ~(_FLAGS["ecn"] | _FLAGS["cwr"])
    if value.bits != bits & rest:
        return sign == "!="
    return None if not value.certain else (value.bits == bits) == (sign == "==")


def number(value: Any) -> int | None:
    """A number of nft's JSON, bounded in length; None where it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    fits = isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _LONGEST_NUMBER
    return int(value) if fits else None


def equal(right: Any, value: Any) -> bool | None:
    """Whether ``right``, a single value, is ``value``; None where that is not known."""
    if isinstance(value, Named):
        # A wildcard, as eth*
        text = str(right)
        return value.equals(text) if not isinstance(right, bool) and "*" not in text else None
    if isinstance(value, int):
        found = number(right)
        return None if found is None else found == value
    try:
        return bool(ip_address(str(right)) == value)
    except ValueError:
        return None


def within(right: Mapping[str, Any], value: Any) -> bool | None:
    """Whether a prefix or a range contains ``value``; None where that is not known."""
    try:
        if "prefix" in right and isinstance(value, IPv4Address | IPv6Address):
            prefix = right["prefix"]
            return value in ip_network(f"{prefix['addr']}/{prefix['len']}", strict=False)
        if "range" in right:
            first, last = right["range"]
            if isinstance(value, int):
                low, high = number(first), number(last)
                return None if low is None or high is None else low <= value <= high
            return bool(ip_address(first) <= value <= ip_address(last))
    except (ValueError, TypeError, KeyError):
        return None
    return None
