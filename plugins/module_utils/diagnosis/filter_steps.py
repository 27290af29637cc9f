# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lets a gateway through a packet filter that drops it: our own allowlist made anew, or one rule in somebody else's table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from ipaddress import ip_address

from ..errors import SiptlsError
from ..network.addresses import Network, network
from ..network.netfilter import Decision, RulePlace
from .evidence import Evidence, Side
from .remedy import RemedyStep, allowlist, by_hand, on_device

__all__ = ["OURS", "admitted", "media_ports_asked", "place_words"]

#: The table of the role allowlist, as nft calls it
OURS = ("inet", "siptls")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_FAMILIES = ("inet", "ip", "ip6", "netdev", "bridge")


def admitted(
    evidence: Evidence, softswitch: Side, dropped: Sequence[tuple[str, int, Decision]], protocol: str, ports: str
) -> tuple[RemedyStep, ...]:
    """The least that lets packets of the gateway to these ports through.

    Nothing is deleted: somebody had a reason for a rule. One that accepts the gateway's addresses alone comes before it.

    :param dropped: addresses and ports with the decision that dropped them, the first one counts
    :param ports: as nft writes them
    """
    place = dropped[0][2].place if dropped else None
    if place is None:
        return by_hand(f"let {protocol.upper()} port {ports} through to {softswitch.name} for {evidence.device.name}")
    if (place.family, place.table) == OURS:
        address = dropped[0][0]
        if _is_listed(evidence, address):
            return allowlist(softswitch.name)
        return allowlist(softswitch.name, inventory_of=evidence.device.name, inventory={"gateway_address": address})
    return _inserted(softswitch, place, evidence.device.addresses or (), protocol, ports)


def media_ports_asked(first: int, last: int) -> tuple[int, ...]:
    """The ports of the media that stand for all of them."""
    return tuple(dict.fromkeys((first, (first + last) // 2, last)))


def _is_listed(evidence: Evidence, address: str) -> bool:
    """Whether the inventory gives the gateway this address for the allowlist; what is not told may be."""
    given = evidence.device.intended.get("gateway_address")
    return given is None or any(ip_address(address) in one for one in _networks(given))


def _networks(given: str) -> Iterator[Network]:
    for one in given.split():
        with suppress(SiptlsError):
            yield network(one)


def _inserted(
    softswitch: Side, place: RulePlace, addresses: Sequence[str], protocol: str, ports: str
) -> tuple[RemedyStep, ...]:
    """A rule before the one that drops."""
    fits = place.family in _FAMILIES and _NAME.fullmatch(place.table) and _NAME.fullmatch(place.chain)
    matches = list(_sources(addresses, place.family))
    if not fits or not matches:
        return by_hand(f"accept {protocol} port {ports} of the gateway before {place_words(place)}", softswitch.name)
    # Without a handle the policy dropped it, and the rule becomes the first of the chain
    at = f"{place.family} {place.table} {place.chain}" + (f" handle {place.handle}" if place.handle else "")
    rules = [f"nft 'insert rule {at} {source} {protocol} dport {ports} accept'" for source in matches]
    return on_device(softswitch.name, " && ".join(rules))


def _sources(addresses: Sequence[str], family: str) -> list[str]:
    found: dict[str, list[str]] = {"ip": [], "ip6": []}
    for one in addresses:
        address = ip_address(one)
        if family in ("inet", "netdev", "bridge", "ip" if address.version == 4 else "ip6"):
            found["ip" if address.version == 4 else "ip6"].append(str(address))
    return [f"{name} saddr {{ {', '.join(some)} }}" for name, some in found.items() if some]


def place_words(place: RulePlace) -> str:
    """Where a rule is, and how it would be deleted."""
    at = f"{place.family} {place.table} {place.chain}"
    if place.handle is None:
        return f"the policy of chain {place.chain} in table {place.family} {place.table}"
    return f"rule {place.handle} of {at} (nft delete rule {at} handle {place.handle} would delete it)"
