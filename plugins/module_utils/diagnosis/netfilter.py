# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a packet filter admits a packet, by what ``nft -j list ruleset`` says of it (libnftables-json(5)).

A rule that holds a condition unknown here may apply or not: where the answer hangs on it, the answer is unknown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

__all__ = ["Decision", "Packet", "Ruleset", "read_ruleset"]

_DEEPEST = 16
_ACTIONS = ("accept", "drop", "reject", "return", "jump", "goto")
_SILENT = ("counter", "log", "comment", "limit", "quota")


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


@dataclass(frozen=True)
class Decision:
    """What becomes of a packet.

    :ivar admitted: None where that cannot be told
    :ivar rule: that dropped it, in words; empty where none did
    :ivar by_source: a rule that looks at the source had a part in it
    """

    admitted: bool | None
    rule: str = ""
    by_source: bool = False


@dataclass(frozen=True)
class Ruleset:
    """Chains, rules and sets of all tables, by table."""

    chains: tuple[Mapping[str, Any], ...] = ()
    rules: Mapping[tuple[str, str, str], tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    sets: Mapping[tuple[str, str, str], Mapping[str, Any]] = field(default_factory=dict)

    def decide(self, packet: Packet) -> Decision:
        """What becomes of the packet at the hook ``input``; unknown where the ruleset is not as nft writes it."""
        try:
            return self._decide(packet)
        except (ValueError, TypeError, AttributeError, KeyError, StopIteration, RecursionError):
            return Decision(None, "a ruleset that cannot be read")

    def _decide(self, packet: Packet) -> Decision:
        walk = _Walk(self, packet)
        for chain in sorted(
            (one for one in self.chains if one.get("hook") == "input" and walk.is_ours(str(one["family"]))),
            key=lambda one: int(one.get("prio") or 0),
        ):
            key = (str(chain["family"]), str(chain["table"]), str(chain["name"]))
            verdict = walk.chain(key, 0) or str(chain.get("policy") or "accept")
            if verdict in ("drop", "reject"):
                if walk.maybe_accepted:
                    return Decision(None, walk.maybe_accepted, walk.by_source)
                return Decision(False, walk.rule or f"{' '.join(key[:2])}, chain {key[2]}: policy drop", walk.by_source)
            if verdict == "maybe":
                return Decision(None, walk.rule, walk.by_source)
        return Decision(None if walk.maybe_dropped else True, walk.maybe_dropped, walk.by_source)


def read_ruleset(text: str) -> Ruleset | None:
    """The ruleset; None where the text is none."""
    try:
        entries = json.loads(text)["nftables"]
        chains: list[Mapping[str, Any]] = []
        rules: dict[tuple[str, str, str], tuple[Mapping[str, Any], ...]] = {}
        sets: dict[tuple[str, str, str], Mapping[str, Any]] = {}
        for entry in entries:
            if chain := entry.get("chain"):
                chains.append(chain)
            elif rule := entry.get("rule"):
                key = (str(rule["family"]), str(rule["table"]), str(rule["chain"]))
                rules[key] = (*rules.get(key, ()), rule)
            elif named := entry.get("set") or entry.get("map"):
                sets[(str(named["family"]), str(named["table"]), str(named["name"]))] = named
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return Ruleset(tuple(chains), rules, sets)


class _Walk:
    """One packet on its way through the chains."""

    def __init__(self, rules: Ruleset, packet: Packet) -> None:
        self.ruleset = rules
        self.packet = packet
        self.source = ip_address(packet.source)
        self.rule = ""
        self.by_source = False
        self.maybe_dropped = ""
        self.maybe_accepted = ""

    def is_ours(self, family: str) -> bool:
        return family == "inet" or family == ("ip" if self.source.version == 4 else "ip6")

    def chain(self, key: tuple[str, str, str], depth: int) -> str:
        """The verdict of a chain; empty where it has none."""
        if depth > _DEEPEST:
            self.rule = f"chains that call each other, up to {key[2]}"
            return "maybe"
        for rule in self.ruleset.rules.get(key, ()):
            applies, action = self._read(rule, key)
            if applies is False or action is None:
                continue
            verdict = self._verdict(*action, key, rule, applies, depth)
            if verdict:
                return "" if verdict == "return" else verdict
        return ""

    def _read(self, rule: Mapping[str, Any], key: tuple[str, str, str]) -> tuple[bool | None, tuple[str, Any] | None]:
        """Whether a rule applies, and what it does; None where it only counts."""
        sources: list[bool | None] = []
        others: list[bool | None] = []
        action = None
        for expression in rule.get("expr", ()):
            name, value = next(iter(expression.items()))
            if name == "match":
                (sources if _field(value.get("left")) == "saddr" else others).append(self._matches(value, key))
            elif name in _ACTIONS:
                action = (name, value)
            elif name not in _SILENT:
                others.append(None)
        if action and sources and _all(others):
            self.by_source = True
        return _all([*sources, *others]), action

    def _verdict(
        self,
        name: str,
        value: Any,
        key: tuple[str, str, str],
        rule: Mapping[str, Any],
        applies: bool | None,
        depth: int,
    ) -> str:
        words = _words(rule)
        if applies is None:
            if name in ("drop", "reject"):
                self.maybe_dropped = self.maybe_dropped or words
            elif name in ("accept", "jump", "goto"):
                self.maybe_accepted = self.maybe_accepted or words
            return ""
        if name in ("jump", "goto"):
            inner = self.chain((key[0], key[1], str(value.get("target"))), depth + 1)
            return inner or ("return" if name == "goto" else "")
        if name in ("drop", "reject"):
            self.rule = words
        return name

    def _matches(self, match: Mapping[str, Any], key: tuple[str, str, str]) -> bool | None:
        left, right, operator = match.get("left"), match.get("right"), match.get("op", "==")
        found = self._compare(left, right, key)
        return found if found is None or operator in ("==", "in") else not found if operator == "!=" else None

    def _compare(self, left: Any, right: Any, key: tuple[str, str, str]) -> bool | None:
        if not isinstance(left, dict):
            return None
        if payload := left.get("payload"):
            return self._payload(str(payload.get("protocol")), str(payload.get("field")), right, key)
        if meta := left.get("meta"):
            name = meta.get("key")
            if name in ("iifname", "iif"):
                return False if right == "lo" else None
            if name == "l4proto":
                return self._holds(right, self.packet.protocol, key)
            if name == "nfproto":
                return self._holds(right, "ipv4" if self.source.version == 4 else "ipv6", key)
        if ct := left.get("ct"):
            return "new" in right if ct.get("key") == "state" and isinstance(right, str | list) else None
        return None

    def _payload(self, protocol: str, name: str, right: Any, key: tuple[str, str, str]) -> bool | None:
        if name == "dport" and protocol in ("tcp", "udp", "th"):
            if protocol not in ("th", self.packet.protocol):
                return False
            return self._holds(right, self.packet.port, key)
        if protocol in ("tcp", "udp", "icmp", "icmpv6") and protocol != self.packet.protocol:
            return False
        if name == "saddr" and protocol in ("ip", "ip6"):
            if (protocol == "ip") != (self.source.version == 4):
                return False
            return self._holds(right, self.source, key)
        if name == "protocol" and protocol == "ip":
            return self._holds(right, self.packet.protocol, key)
        return None

    def _holds(self, right: Any, value: Any, key: tuple[str, str, str]) -> bool | None:
        """Whether ``right``, a value or many, holds ``value``; None where that is not understood."""
        if isinstance(right, str) and right.startswith("@"):
            named = self.ruleset.sets.get((key[0], key[1], right[1:]))
            return None if named is None else self._any(named.get("elem", ()), value, key)
        if isinstance(right, list):
            return self._any(right, value, key)
        if isinstance(right, dict):
            if "set" in right:
                return self._any(right["set"], value, key)
            if "elem" in right:
                inner = right["elem"]
                return self._holds(inner.get("val") if isinstance(inner, dict) else inner, value, key)
            return _within(right, value)
        return _equal(right, value)

    def _any(self, elements: Any, value: Any, key: tuple[str, str, str]) -> bool | None:
        found = [
            self._holds(one, value, key) for one in (elements if isinstance(elements, list | tuple) else [elements])
        ]
        return True if True in found else None if None in found else False


def _all(conditions: Sequence[bool | None]) -> bool | None:
    return False if False in conditions else None if None in conditions else True


def _field(left: Any) -> str:
    return str(left.get("payload", {}).get("field", "")) if isinstance(left, dict) else ""


def _equal(right: Any, value: Any) -> bool | None:
    if isinstance(value, int):
        return int(right) == value if str(right).isdecimal() else None
    if isinstance(value, str):
        return str(right) == value
    try:
        return bool(ip_address(str(right)) == value)
    except ValueError:
        return None


def _within(right: Mapping[str, Any], value: Any) -> bool | None:
    try:
        if "prefix" in right:
            prefix = right["prefix"]
            return value in ip_network(f"{prefix['addr']}/{prefix['len']}", strict=False)
        if "range" in right:
            first, last = right["range"]
            if isinstance(value, int):
                return int(first) <= value <= int(last)
            return bool(ip_address(first) <= value <= ip_address(last))
    except (ValueError, TypeError, KeyError):
        return None
    return None


def _words(rule: Mapping[str, Any]) -> str:
    """A rule as nft would write it, more or less."""
    parts = []
    for expression in rule.get("expr", ()):
        name, value = next(iter(expression.items()))
        if name == "match":
            left = value.get("left", {})
            inner = left.get("payload") or left.get("meta") or left.get("ct") or {} if isinstance(left, dict) else {}
            label = " ".join(str(inner[one]) for one in ("protocol", "field", "key") if one in inner)
            operator = "" if value.get("op") in ("==", "in") else f"{value.get('op')} "
            parts.append(f"{label} {operator}{_right(value.get('right'))}")
        elif name in ("jump", "goto"):
            parts.append(f"{name} {value.get('target')}")
        elif name not in _SILENT:
            parts.append(name)
    comment = f' ("{rule["comment"]}")' if rule.get("comment") else ""
    return f"table {rule.get('family')} {rule.get('table')}, chain {rule.get('chain')}: {' '.join(parts)}{comment}"


def _right(value: Any) -> str:
    if isinstance(value, dict):
        if "range" in value:
            return "-".join(map(str, value["range"]))
        if "prefix" in value:
            return f"{value['prefix'].get('addr')}/{value['prefix'].get('len')}"
        if "set" in value:
            return _right(value["set"])
        return "..."
    if isinstance(value, list):
        return "{ " + ", ".join(_right(one) for one in value[:8]) + (", ..." if len(value) > 8 else "") + " }"
    return str(value)
