# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom an allowlist would cut off that is connected to a softswitch, or registered at it, at this moment. No input or output."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from typing import Any

from ..errors import SiptlsError
from ..sip.registrations import Registration
from .addresses import Network
from .netfilter import Packet, Ruleset

__all__ = ["Allowlist", "CutOff", "Present", "cut_off", "flow_peers", "refusal"]

_MOST_SHOWN = 20
_TRACKED = re.compile(r"\b(src|dst|sport|dport)=([0-9A-Fa-f.:]+)")


@dataclass(frozen=True)
class Allowlist:
    """What a list closes, and to whom it does not.

    :ivar networks: that reach the TLS port
    :ivar tls_port: that is closed to others
    :ivar plain_port: that is closed to all; 0 where it stays open
    """

    networks: tuple[Network, ...]
    tls_port: int
    plain_port: int

    def admits(self, address: str, port: int) -> bool:
        """Whether packets from there to this port are let in."""
        return port != self.plain_port and any(ip_address(address) in one for one in self.networks)


@dataclass(frozen=True)
class Present:
    """Who is there.

    :ivar connections: by port, the addresses that have established TCP connections, one for each connection
    :ivar flows: the addresses that exchange UDP with the port for plain SIP
    :ivar registrations: what the softswitch tells of them; none where it has no command
    """

    connections: dict[int, tuple[str, ...]]
    flows: tuple[str, ...] = ()
    registrations: tuple[Registration, ...] = ()


@dataclass(frozen=True)
class CutOff:
    """Somebody who would be cut off.

    :ivar protocol: tcp or udp; empty for a registration of which nobody knows the connection
    :ivar aor: of a registration
    """

    protocol: str = ""
    address: str = ""
    port: int = 0
    aor: str = ""

    def __str__(self) -> str:
        if self.aor:
            return f"{self.aor}, registered without a certificate that is known, and so over plain SIP"
        return f"{self.address}, {self.protocol.upper()} port {self.port}"

    def facts(self) -> dict[str, Any]:
        """As values of JSON."""
        return asdict(self)


def cut_off(present: Present, wanted: Allowlist, loaded: Ruleset | None) -> tuple[CutOff, ...]:
    """Who would be cut off by the list, and is not already by the one that is loaded.

    :param loaded: the table that is in force; None where there is none
    """
    seen = [("tcp", address, port) for port, addresses in present.connections.items() for address in addresses]
    seen += [("udp", address, wanted.plain_port) for address in present.flows if wanted.plain_port]
    found = [
        CutOff(*one)
        for one in dict.fromkeys(seen)
        if not wanted.admits(one[1], one[2]) and not _is_dropped(loaded, *one)
    ]
    return (*found, *_in_plain(present, wanted, loaded))


def _is_dropped(loaded: Ruleset | None, protocol: str, address: str, port: int) -> bool:
    return loaded is not None and loaded.decide(Packet(protocol, address, port)).admitted is False


def _in_plain(present: Present, wanted: Allowlist, loaded: Ruleset | None) -> Iterable[CutOff]:
    """Registrations without a certificate, where there are more registrations than TLS connections that could carry them."""
    if not wanted.plain_port or _is_dropped(loaded, "udp", "192.0.2.1", wanted.plain_port):
        return
    if len(present.registrations) <= len(present.connections.get(wanted.tls_port, ())):
        return
    for one in present.registrations:
        if not one.serial:
            yield CutOff(aor=one.aor)


def flow_peers(lines: Iterable[str], own: Sequence[str]) -> tuple[str, ...]:
    """The other ends of flows as conntrack(8) and ``/proc/net/nf_conntrack`` write them.

    :param own: the addresses of the softswitch
    """
    found = []
    for line in lines:
        ends = [value for name, value in _TRACKED.findall(line)[:4] if name in ("src", "dst")]
        for text in ends:
            try:
                address = ip_address(text)
            except ValueError:
                continue
            if str(address) not in own and not address.is_loopback:
                found.append(str(address))
                break
    return tuple(dict.fromkeys(found))


def refusal(cut: Sequence[CutOff], where: str) -> SiptlsError:
    """The error that names them."""
    shown = [str(one) for one in cut[:_MOST_SHOWN]]
    if len(cut) > len(shown):
        shown.append(f"and {len(cut) - len(shown)} more")
    return SiptlsError(
        f"the allowlist would cut off {len(cut)} who are connected or registered now; nothing has been changed",
        where=where,
        found="; ".join(shown),
        remedy="move them to TLS, add their addresses (gateway_address, allowlist_addresses) or leave plain SIP open "
        "(allowlist_close_plain_sip: false); to cut them off, run once with -e allowlist_cut_off_registered=true",
    )
