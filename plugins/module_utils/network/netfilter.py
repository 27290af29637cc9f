# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a packet filter admits a packet, by what ``nft -j list ruleset`` says of it (libnftables-json(5)).

Evaluation is three-valued. A match that cannot be decided (a rate limit, a match of iptables) may hold or not, and a statement that is
not understood may do anything. Where the ways end differently, the answer is unknown, and the rule that leaves it open is quoted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .netfilter_matching import ChainKey, Matcher, Packet, SetKey
from .netfilter_verdicts import (
    ACCEPT,
    ADDRESSING,
    ANYTHING,
    DROP,
    EITHER,
    ELSEWHERE,
    GO_ON,
    NEXT,
    RETURN,
    SILENT,
    SOMETIMES,
    VERDICTS,
    of_iptables,
    statement,
)
from .netfilter_words import RulePlace, rule_place, rule_words

__all__ = ["Decision", "Packet", "RulePlace", "Ruleset", "read_ruleset"]

UNREADABLE = "the ruleset cannot be read: it is larger than the size limit, or not in the format of nft -j"
LEGACY = "the host also has rules of iptables-legacy, which nft does not list"

_DEEPEST = 16
_HOOKS = ("ingress", "prerouting", "input")
_SHOWN = 3


@dataclass(frozen=True)
class Decision:
    """What becomes of a packet.

    :ivar admitted: None where that cannot be told
    :ivar rule: that dropped it, or that leaves it open, as nft writes it; empty where it is admitted
    :ivar by_source: a rule that looks at the source had a part in it
    :ivar place: where the rule is that dropped it, or the chain whose policy did
    """

    admitted: bool | None
    rule: str = ""
    by_source: bool = False
    place: RulePlace | None = None


@dataclass(frozen=True)
class Ruleset:
    """Chains, rules and sets of all tables, by table.

    :ivar dormant: tables, by family and name, that are not in effect (``flags dormant``)
    :ivar doubtful: tables with flags that are not understood: they may be dormant
    :ivar terse: the elements of named sets and maps were left out
    :ivar legacy: the kernel has rules of iptables-legacy besides, which nft does not list
    """

    chains: tuple[Mapping[str, Any], ...] = ()
    rules: Mapping[ChainKey, list[Mapping[str, Any]]] = field(default_factory=dict)
    sets: Mapping[SetKey, Mapping[str, Any]] = field(default_factory=dict)
    dormant: frozenset[tuple[str, str]] = frozenset()
    doubtful: frozenset[tuple[str, str]] = frozenset()
    terse: bool = False
    legacy: bool = False

    def decide(self, packet: Packet) -> Decision:
        """What becomes of a packet that comes from outside to a local address; unknown where the ruleset is not as nft writes it."""
        try:
            return self._decide(packet)
        except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError):
            return Decision(None, UNREADABLE)

    def _decide(self, packet: Packet) -> Decision:
        usual, all_ways = _Walk(self, packet, every_way=False), _Walk(self, packet, every_way=True)
        expected, possible = usual.outcomes(), all_ways.outcomes()
        if possible == {DROP}:
            return Decision(False, usual.rule or all_ways.rule, usual.by_source, usual.place or all_ways.place)
        if possible == {ACCEPT}:
            return Decision(None, LEGACY, usual.by_source) if self.legacy else Decision(True, "", usual.by_source)
        wanted = ACCEPT if expected == {DROP} else DROP
        open_rules = all_ways.undecided
        quoted = [words for words, found in open_rules.items() if wanted in found] or list(open_rules)
        return Decision(None, "; ".join(quoted[:_SHOWN]) or UNREADABLE, usual.by_source or all_ways.by_source)


def read_ruleset(text: str) -> Ruleset | None:
    """The ruleset; None where the text is none.

    :param text: the JSON of nft, and in further lines what the JSON of some versions does not tell: ``flags`` (the flags of tables
        were looked at), ``dormant FAMILY TABLE``, ``terse`` (elements of named sets are left out), ``legacy``
    """
    try:
        document, end = json.JSONDecoder().raw_decode(text.lstrip())
        more = [line.split() for line in text.lstrip()[end:].splitlines() if line.strip()]
        chains: list[Mapping[str, Any]] = []
        rules: dict[ChainKey, list[Mapping[str, Any]]] = {}
        sets: dict[SetKey, Mapping[str, Any]] = {}
        flags: dict[tuple[str, str], set[str]] = {}
        for entry in document["nftables"]:
            if table := entry.get("table"):
                flags[(str(table["family"]), str(table["name"]))] = set(_texts(table.get("flags") or ()))
            elif chain := entry.get("chain"):
                chains.append(chain)
            elif rule := entry.get("rule"):
                rules.setdefault((str(rule["family"]), str(rule["table"]), str(rule["chain"])), []).append(rule)
            elif named := entry.get("set") or entry.get("map"):
                sets[(str(named["family"]), str(named["table"]), str(named["name"]))] = named
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    if ["flags"] in more:
        dormant, doubtful = {(line[1], line[2]) for line in more if line[0] == "dormant" and len(line) == 3}, set()
    else:
        dormant = {one for one, of_it in flags.items() if "dormant" in of_it}
        # nft 1.0.6 writes the name of the table in place of the flag
        doubtful = {one for one, of_it in flags.items() if of_it - {"dormant", "owner", "persist"}}
    return Ruleset(
        tuple(chains),
        rules,
        sets,
        dormant=frozenset(dormant),
        doubtful=frozenset(doubtful),
        terse=["terse"] in more,
        legacy=["legacy"] in more,
    )


def _texts(value: Any) -> Iterable[str]:
    return [value] if isinstance(value, str) else map(str, value)


class _Walk:
    """A packet on its way through all base chains.

    :param every_way: both ways are followed where a match cannot be decided; otherwise it counts as not matching
    """

    def __init__(self, ruleset: Ruleset, packet: Packet, *, every_way: bool) -> None:
        self.ruleset = ruleset
        self.packet = packet
        self.matcher = Matcher(packet, ruleset.sets, frozenset(_written_by_rules(ruleset)), terse=ruleset.terse)
        self.every_way = every_way
        self.rule = ""
        self.place: RulePlace | None = None
        self.by_source = False
        self.undecided: dict[str, frozenset[str]] = {}
        self._known: dict[tuple[ChainKey, bool], frozenset[str]] = {}
        self._open: set[ChainKey] = set()

    def outcomes(self) -> set[str]:
        """The verdicts that are possible: a packet that one base chain accepts still has to pass the next ones."""
        found: set[str] = set()
        for chain in self._base_chains():
            verdicts = self._base_chain(chain)
            found |= EITHER if ELSEWHERE in verdicts else verdicts & {DROP}
            if ACCEPT not in verdicts:
                return found
        return found | {ACCEPT}

    def _base_chains(self) -> list[Mapping[str, Any]]:
        families = ("inet", "netdev", "bridge", "ip" if self.packet.is_ipv4 else "ip6")
        found = [
            one
            for one in self.ruleset.chains
            if one.get("hook") in _HOOKS
            and one.get("family") in families
            and (str(one["family"]), str(one["table"])) not in self.ruleset.dormant
            and one.get("dev") not in ("lo", ["lo"])
        ]
        return sorted(found, key=lambda one: (_HOOKS.index(one["hook"]), int(one.get("prio") or 0)))

    def _base_chain(self, chain: Mapping[str, Any]) -> frozenset[str]:
        key = (str(chain["family"]), str(chain["table"]), str(chain["name"]))
        policy = str(chain.get("policy") or ACCEPT)
        inner = self._chain(key, 0)
        found = inner - {RETURN}
        if RETURN in inner:
            found |= VERDICTS.get(policy, EITHER)
            if policy == DROP and not self.rule:
                self.rule = f"table {' '.join(key[:2])}, chain {key[2]}: policy drop"
                self.place = RulePlace(*key)
        doubt = ""
        if key[:2] in self.ruleset.doubtful:
            doubt = "it may be dormant"
        elif chain["hook"] == "ingress" or key[0] == "bridge":
            doubt = "it is for packets of some interfaces only"
        if doubt and found != {ACCEPT}:
            self.undecided[f"table {' '.join(key[:2])}, chain {key[2]}: {doubt}"] = EITHER
            return found | {ACCEPT} if self.every_way else frozenset({ACCEPT})
        return frozenset(found)

    def _chain(self, key: ChainKey, depth: int) -> frozenset[str]:
        """The possible verdicts of a chain; ``return`` where its end is reached."""
        state = (key, self.matcher.untracked)
        if state in self._known:
            return self._known[state]
        if depth > _DEEPEST or key in self._open:
            self.undecided[f"table {' '.join(key[:2])}, chain {key[2]}: chains that call each other"] = EITHER
            return EITHER | {RETURN}
        self._open.add(key)
        found: set[str] = set()
        for rule in self.ruleset.rules.get(key, ()):
            outcome = self._rule(rule, key, depth)
            found |= outcome - GO_ON
            if NEXT not in outcome:
                break
        else:
            found.add(RETURN)
        self._open.discard(key)
        self._known[state] = frozenset(found)
        return self._known[state]

    def _rule(self, rule: Mapping[str, Any], key: ChainKey, depth: int) -> frozenset[str]:
        sources: list[bool | None] = []
        others: list[bool | None] = []
        verdict: frozenset[str] | None = None
        for expression in rule.get("expr", ()):
            name, value = statement(expression)
            if name == "match":
                by_source = self.matcher.looks_at_source(value.get("left"))
                (sources if by_source else others).append(self.matcher.matches(value, key))
            elif name == "vmap":
                by_source = self.matcher.looks_at_source(value.get("key"))
                holds, verdict = self._verdict_map(value, key, depth, _every([*sources, *others]))
                (sources if by_source else others).append(holds)
            elif name == "xt":
                holds, verdict = of_iptables(value)
                others.append(holds)
            elif name in SOMETIMES:
                others.append(self.matcher.updates(value))
            elif name in ("jump", "goto"):
                matched = _every([*sources, *others])
                verdict = self._call(name, value, key, depth) if self._reaches(matched) else GO_ON
            else:
                verdict = self._plain(name, value, _every([*sources, *others]))
            if verdict:
                break
        if verdict and sources and _every(others):
            self.by_source = True
        return self._outcome(rule, _every([*sources, *others]), verdict or GO_ON)

    def _reaches(self, matched: bool | None) -> bool:
        return matched is True or (matched is None and self.every_way)

    def _outcome(self, rule: Mapping[str, Any], matched: bool | None, verdict: frozenset[str]) -> frozenset[str]:
        if matched is False or verdict == GO_ON:
            return GO_ON
        found = verdict if matched else verdict | GO_ON
        # What a chain leaves open that this rule calls, it has told itself
        calls = any(name in ("jump", "goto") for name, _value in map(statement, rule.get("expr", ())))
        if (len(found) > 1 and (matched is None or not calls)) or found == {ELSEWHERE}:
            self.undecided.setdefault(rule_words(rule), found)
            if not self.every_way:
                return GO_ON
        if found == {DROP} and not self.rule:
            self.rule, self.place = rule_words(rule), rule_place(rule)
        return found

    def _plain(self, name: str, value: Any, matched: bool | None) -> frozenset[str] | None:
        """The verdict of a statement without a chain to call; None where the rule goes on."""
        if name == "notrack":
            # From here on the packet has the state "untracked"
            self.matcher.untracked = self.matcher.untracked or matched is not False
        if name in SILENT:
            return None
        if name == "mangle":
            changed = value.get("key", {}).get("payload")
            kept = changed is None or changed.get("field", ADDRESSING[0]) not in ADDRESSING
            return None if kept else frozenset({ELSEWHERE})
        return VERDICTS.get(name, ANYTHING)

    def _call(self, name: str, value: Mapping[str, Any], key: ChainKey, depth: int) -> frozenset[str]:
        inner = self._chain((key[0], key[1], str(value.get("target"))), depth + 1)
        if RETURN not in inner:
            return inner
        # goto leaves no way back: its end is the end of the chain that it stands in
        return inner if name == "goto" else (inner - {RETURN}) | GO_ON

    def _verdict_map(
        self, value: Mapping[str, Any], key: ChainKey, depth: int, matched: bool | None
    ) -> tuple[bool | None, frozenset[str]]:
        """Whether a verdict map has an entry for the packet, and the verdicts that are possible."""
        holds, found = self.matcher.entries(value, key)
        if not self._reaches(matched) or holds is False:
            return holds, GO_ON
        verdicts: set[str] = set()
        for one in found:
            name, inner = statement(one)
            verdicts |= (
                self._call(name, inner, key, depth) if name in ("jump", "goto") else VERDICTS.get(name, ANYTHING)
            )
        return holds, frozenset(verdicts) or ANYTHING


def _every(conditions: list[bool | None]) -> bool | None:
    return False if False in conditions else None if None in conditions else True


def _written_by_rules(ruleset: Ruleset) -> Iterable[SetKey]:
    """Sets that rules add elements to: a packet may find itself in there, though it is not listed."""
    for key, rules in ruleset.rules.items():
        for rule in rules:
            for name, value in map(statement, rule.get("expr", ())):
                if name in ("set", "map") and isinstance(value, dict):
                    yield (key[0], key[1], str(value.get(name) or value.get("set") or "").removeprefix("@"))
