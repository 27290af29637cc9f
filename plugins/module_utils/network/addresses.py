# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses and networks that packets come from: read, checked, and merged into the fewest networks that hold them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import TypeAlias

from ..errors import SiptlsError

__all__ = ["EXPECTED", "Network", "Networks", "merged", "network"]

EXPECTED = "an IPv4 or IPv6 address or network that packets can come from, such as 192.0.2.7 or 2001:db8:7::/64"

Network: TypeAlias = "IPv4Network | IPv6Network"


@dataclass(frozen=True)
class Networks:
    """The fewest networks that hold all of some addresses, in ascending order."""

    ipv4: tuple[IPv4Network, ...]
    ipv6: tuple[IPv6Network, ...]

    def __iter__(self) -> Iterator[Network]:
        yield from self.ipv4
        yield from self.ipv6

    @property
    def are_everyone(self) -> bool:
        """Whether all addresses of a family are among them."""
        return any(each.prefixlen == 0 for each in self)


def network(text: object) -> Network:
    """The network that ``text`` is; of an address, the one that holds it alone.

    :raises SiptlsError: it is none, or nothing ever comes from there
    """
    found = _parsed(text)
    if isinstance(found, IPv6Network) and found.network_address.ipv4_mapped is not None:
        raise _unfit(text, "write the IPv4 address itself, as packets carry it")
    if found.prefixlen > 0 and (found.is_loopback or found.is_multicast or found.is_unspecified):
        raise _unfit(text, "no packet from outside has such a source")
    return found


def merged(networks: Iterable[Network]) -> Networks:
    """The fewest networks that hold the same addresses."""
    given = set(networks)
    return Networks(
        tuple(collapse_addresses(each for each in given if isinstance(each, IPv4Network))),
        tuple(collapse_addresses(each for each in given if isinstance(each, IPv6Network))),
    )


def _parsed(text: object) -> Network:
    # A number would be read as an address, and a zone belongs to one host alone
    if not isinstance(text, str) or "%" in text:
        raise _unfit(text, "")
    try:
        return ip_network(text)
    except ValueError:
        pass
    try:
        wider = ip_network(text, strict=False)
    except ValueError:
        raise _unfit(text, "") from None
    raise _unfit(text, f"for the network write {wider}")


def _unfit(text: object, remedy: str) -> SiptlsError:
    return SiptlsError("no address", expected=EXPECTED, found=repr(text), remedy=remedy)
