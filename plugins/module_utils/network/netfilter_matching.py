# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a match of an nftables rule holds for a packet: yes, no, or unknown (libnftables-json(5), nft(8))."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from .netfilter_values import Absent, FlagsOfSyn, Named, Unknown, compare_flags, equal, flag_bits, number, within

__all__ = ["ChainKey", "Matcher", "Packet", "SetKey"]

ChainKey = tuple[str, str, str]
SetKey = tuple[str, str, str]

_TRANSPORTS = {"tcp": 6, "udp": 17}
# Header fields that a packet of another protocol does not have
_OTHER_HEADERS = ("tcp", "udp", "icmp", "icmpv6", "igmp", "sctp", "dccp", "udplite", "ah", "esp", "comp", "gre", "arp")
_ORDER = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}


@dataclass(frozen=True)
class Packet:
    """The first packet of something new, from outside.

    :ivar protocol: ``tcp`` or ``udp``
    :ivar source: its address
    :ivar port: where it goes
    """

    protocol: str
    source: str
    port: int

    @property
    def is_ipv4(self) -> bool:
        """Whether it is a packet of IPv4."""
        return ip_address(self.source).version == 4


_UNKNOWN, _ABSENT = Unknown(), Absent()


class Matcher:
    """Compares what rules look at with one packet.

    :param sets: named sets and maps
    :param written: those of them that rules add elements to
    :param terse: the elements of named sets were not listed
    :ivar untracked: a rule may have exempted the packet from connection tracking
    """

    def __init__(
        self, packet: Packet, sets: Mapping[SetKey, Mapping[str, Any]], written: frozenset[SetKey], *, terse: bool
    ) -> None:
        self.packet = packet
        self.source = ip_address(packet.source)
        self.sets = sets
        self.written = written
        self.terse = terse
        self.untracked = False

    def looks_at_source(self, left: Any) -> bool:
        """Whether an expression reads the source address."""
        if not isinstance(left, dict):
            return False
        if isinstance(parts := left.get("concat") or left.get("&"), list):
            return any(map(self.looks_at_source, parts))
        payload = left.get("payload")
        return isinstance(payload, dict) and payload.get("field") == "saddr"

    def matches(self, match: Mapping[str, Any], key: ChainKey) -> bool | None:
        """Whether a match holds; None where that is not known."""
        value, right, sign = self._value(match.get("left")), match.get("right"), str(match.get("op") or "==")
        if isinstance(value, Absent):
            return False
        if isinstance(value, Unknown):
            return None
        if isinstance(value, FlagsOfSyn):
            return compare_flags(value, right, sign)
        if sign in _ORDER:
            limit = number(right)
            return None if not isinstance(value, int) or limit is None else bool(_ORDER[sign](value, limit))
        if sign not in ("==", "in", "!="):
            return None
        found = self._holds(right, value, key)
        return found if found is None or sign != "!=" else not found

    def updates(self, value: Any) -> bool | None:
        """Whether a rule goes on behind a limit, a quota or an update of a set: that depends on what came before, or on its room."""
        if not isinstance(value, dict):
            return None
        looked_at = self._value(value.get("elem") or value.get("key"))
        return False if isinstance(looked_at, Absent) else True if value.get("op") == "delete" else None

    def entries(self, value: Mapping[str, Any], key: ChainKey) -> tuple[bool | None, list[Any]]:
        """Whether a verdict map has an entry for the packet, and the verdicts of those that may be it."""
        looked_up, data = self._value(value.get("key")), value.get("data")
        if isinstance(looked_up, Absent):
            return False, []
        entries, complete = self._elements(data, key)
        default = [one[1] for one in entries if one[0] == "*"]
        found: list[Any] = []
        for one in entries:
            if one[0] == "*":
                continue
            unknown = isinstance(looked_up, Unknown | FlagsOfSyn)
            holds = None if unknown else self._holds(one[0], looked_up, key)
            if holds is not False:
                found.append(one[1])
            if holds:
                # An element of its own: the keys of a map do not overlap
                return (True, [one[1]]) if complete else (None, found)
        if not complete:
            return None, []
        if found:
            return (True if default else None), [*found, *default]
        return bool(default), default

    def _elements(self, data: Any, key: ChainKey) -> tuple[list[Any], bool]:
        """The pairs of a map, and whether these are all."""
        complete = True
        if isinstance(data, str) and data.startswith("@"):
            name = (key[0], key[1], data[1:])
            named = self.sets.get(name)
            if named is None or self.terse:
                return [], False
            complete = name not in self.written
            data = {"set": named.get("elem", ())}
        pairs = data["set"]
        if not all(isinstance(one, list) and len(one) == 2 for one in pairs):
            return [], False
        return list(pairs), complete

    def _value(self, left: Any) -> Any:
        if not isinstance(left, dict) or len(left) != 1:
            return _UNKNOWN
        name, inner = next(iter(left.items()))
        if name == "concat":
            return self._concatenation(inner)
        if name == "&":
            return self._masked(inner)
        if not isinstance(inner, dict):
            return _UNKNOWN
        if name == "payload":
            return self._payload(str(inner.get("protocol")), str(inner.get("field")))
        if name == "meta":
            return self._meta(inner.get("key"))
        if name == "ct":
            return self._tracked(inner.get("key"))
        if name == "fib" and inner.get("result") == "type" and inner.get("flags") in ("daddr", ["daddr"]):
            return Named(("local",))
        return _UNKNOWN

    def _concatenation(self, parts: Any) -> Any:
        values = tuple(map(self._value, parts))
        return _ABSENT if any(isinstance(one, Absent) for one in values) else values

    def _masked(self, parts: Any) -> Any:
        value, mask = self._value(parts[0]), parts[1]
        if isinstance(value, FlagsOfSyn):
            bits = flag_bits(mask)
            return _UNKNOWN if bits is None else FlagsOfSyn(value.mask & bits)
        if isinstance(value, int) and (bits := number(mask)) is not None:
            return value & bits
        return value if isinstance(value, Absent) else _UNKNOWN

    def _payload(self, protocol: str, name: str) -> Any:
        ours = self.packet.protocol
        if protocol in _OTHER_HEADERS and protocol != ours:
            return _ABSENT
        if (protocol == "ip" and not self.packet.is_ipv4) or (protocol == "ip6" and self.packet.is_ipv4):
            return _ABSENT
        if protocol in ("th", ours):
            if name == "dport":
                return self.packet.port
            return FlagsOfSyn() if name == "flags" and ours == "tcp" else _UNKNOWN
        if protocol in ("ip", "ip6"):
            if name == "saddr":
                return self.source
            if name == "protocol":
                return self._protocol()
            if name == "version":
                return self.source.version
            if name == "nexthdr":
                # An extension header may come first
                return Named((), never=("icmpv6", "ipv6-icmp", "sctp", *(one for one in _TRANSPORTS if one != ours)))
        return _UNKNOWN

    def _protocol(self) -> Named:
        return Named((self.packet.protocol, str(_TRANSPORTS.get(self.packet.protocol, ""))))

    def _meta(self, name: Any) -> Any:
        if name in ("iifname", "iif"):
            return Named((), never=("lo", "1") if name == "iif" else ("lo",))
        if name == "iiftype":
            return Named((), never=("loopback",))
        if name == "l4proto":
            return self._protocol()
        if name == "nfproto":
            return Named(("ipv4", "2") if self.packet.is_ipv4 else ("ipv6", "10"))
        if name == "protocol":
            return Named(("ip", "2048", "0x0800") if self.packet.is_ipv4 else ("ip6", "34525", "0x86dd"))
        if name == "pkttype":
            return Named(("host", "unicast"))
        return _UNKNOWN

    def _tracked(self, name: Any) -> Any:
        if name == "state":
            return Named((), never=("established", "related")) if self.untracked else Named(("new",))
        if name == "status":
            # A packet that was sent elsewhere (dnat) does not come here
            return Named((), never=("dnat",))
        if name == "direction" and not self.untracked:
            return Named(("original", "0"))
        return _UNKNOWN

    def _holds(self, right: Any, value: Any, key: ChainKey) -> bool | None:
        """Whether ``right``, a value or many, holds ``value``; None where that is not known."""
        if isinstance(value, Unknown | FlagsOfSyn):
            return True if right == "*" else None
        if isinstance(right, str) and right.startswith("@"):
            return self._in_named_set((key[0], key[1], right[1:]), value, key)
        if right == "*":
            return True
        if isinstance(right, list):
            return self._any(right, value, key)
        if not isinstance(right, dict):
            return equal(right, value)
        if "set" in right:
            return self._any(right["set"], value, key)
        if "elem" in right:
            inner = right["elem"]
            return self._holds(inner.get("val") if isinstance(inner, dict) else inner, value, key)
        if "concat" in right:
            return self._each(right["concat"], value, key)
        return within(right, value)

    def _in_named_set(self, name: SetKey, value: Any, key: ChainKey) -> bool | None:
        named = self.sets.get(name)
        if named is None or self.terse:
            return None
        found = self._any(named.get("elem", ()), value, key)
        return None if found is False and name in self.written else found

    def _any(self, elements: Any, value: Any, key: ChainKey) -> bool | None:
        found = [
            self._holds(one, value, key) for one in (elements if isinstance(elements, list | tuple) else [elements])
        ]
        return True if True in found else None if None in found else False

    def _each(self, parts: Any, values: Any, key: ChainKey) -> bool | None:
        if not isinstance(values, tuple) or len(values) != len(parts):
            return None
        found = [self._holds(part, value, key) for part, value in zip(parts, values, strict=True)]
        return False if False in found else None if None in found else True
