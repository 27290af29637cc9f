# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses as ``/proc/net/tcp`` and ``/proc/net/tcp6`` write them (proc(5))."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

__all__ = ["peer_address"]

_IPV4, _IPV6 = re.compile("[0-9A-Fa-f]{8}"), re.compile("[0-9A-Fa-f]{32}")
_WORD = 8


def peer_address(digits: str) -> str:
    """The address as text, without loopback; an IPv4 address for one that is mapped into IPv6; empty for anything else.

    :param digits: 8 or 32 hexadecimal digits, words of 32 bits of a little-endian host, as softswitches are
    """
    if not (_IPV4.fullmatch(digits) or _IPV6.fullmatch(digits)):
        return ""
    words = [bytes.fromhex(digits[at : at + _WORD]) for at in range(0, len(digits), _WORD)]
    octets = b"".join(word[::-1] for word in words)
    address = IPv4Address(octets) if len(octets) == 4 else IPv6Address(octets)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return "" if address.is_loopback or address.is_unspecified else str(address)
