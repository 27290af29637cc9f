# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a packet filter does with a packet, by what nft says of it. Where that is not understood, nobody knows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.network.netfilter import Decision, Packet, read_ruleset
from hypothesis import given
from hypothesis import strategies as st

PACKET = Packet("tcp", "192.0.2.21", 5061)
DROP: dict[str, Any] = {"drop": None}
ACCEPT: dict[str, Any] = {"accept": None}


def match(left: dict[str, Any], right: Any, operator: str = "==") -> dict[str, Any]:
    return {"match": {"op": operator, "left": left, "right": right}}


def payload(protocol: str, field: str, right: Any, operator: str = "==") -> dict[str, Any]:
    return match({"payload": {"protocol": protocol, "field": field}}, right, operator)


PORT = payload("tcp", "dport", 5061)
FROM_US = payload("ip", "saddr", "192.0.2.21")
UNKNOWN = match({"socket": {"key": "mark"}}, 7)


def chain(name: str = "input", policy: str = "accept", priority: int | None = 0) -> dict[str, Any]:
    base = {"hook": "input", "prio": priority, "policy": policy, "type": "filter"} if priority is not None else {}
    return {"chain": {"family": "inet", "table": "t", "name": name, **base}}


def rule(*expressions: dict[str, Any], at: str = "input") -> dict[str, Any]:
    return {"rule": {"family": "inet", "table": "t", "chain": at, "expr": list(expressions)}}


def named(*elements: Any) -> dict[str, Any]:
    return {"set": {"family": "inet", "table": "t", "name": "us", "elem": list(elements)}}


MORE = chain("more", priority=None)
IN_SET = payload("ip", "saddr", "@us")


@pytest.mark.parametrize(
    ("entries", "admitted", "by_source"),
    [
        ([chain()], True, False),
        ([chain(policy="drop")], False, False),
        ([chain(), rule(PORT, DROP)], False, False),
        ([chain(), rule(PORT, {"counter": {}}, {"reject": {"type": "tcp reset"}})], False, False),
        ([chain(), rule(payload("udp", "dport", 5061), DROP)], True, False),
        ([chain(), rule(payload("th", "dport", {"range": [5000, 6000]}), DROP)], False, False),
        ([chain(), rule(payload("tcp", "dport", {"set": [5060, {"range": [5061, 5062]}]}), DROP)], False, False),
        ([chain(policy="drop"), rule(PORT, ACCEPT)], True, False),
        ([chain(policy="drop"), rule(match({"meta": {"key": "iifname"}}, "lo"), ACCEPT)], False, False),
        ([chain(policy="drop"), rule(match({"ct": {"key": "state"}}, ["established", "related"], "in"), ACCEPT)], False, False),
        ([chain(), rule(match({"meta": {"key": "l4proto"}}, "tcp"), PORT, DROP)], False, False),
        ([chain(), rule(match({"meta": {"key": "nfproto"}}, "ipv6"), PORT, DROP)], True, False),
        # By the source
        ([chain(), rule(PORT, FROM_US, DROP)], False, True),
        ([chain(policy="drop"), rule(FROM_US, PORT, ACCEPT)], True, True),
        ([chain(policy="drop"), rule(payload("ip", "saddr", "198.51.100.1"), PORT, ACCEPT)], False, True),
        ([chain(), rule(PORT, payload("ip", "saddr", {"prefix": {"addr": "192.0.2.0", "len": 24}}, "!="), DROP)], True, True),
        ([chain(), rule(payload("ip", "saddr", "192.0.2.21"), payload("tcp", "dport", 22), DROP)], True, False),
        ([chain(policy="drop"), named("192.0.2.21"), rule(PORT, IN_SET, ACCEPT)], True, True),
        ([chain(policy="drop"), named({"prefix": {"addr": "192.0.2.0", "len": 24}}), rule(PORT, IN_SET, ACCEPT)], True, True),
        ([chain(policy="drop"), named({"elem": {"val": "192.0.2.21", "timeout": 9}}), rule(PORT, IN_SET, ACCEPT)], True, True),
        ([chain(policy="drop"), named({"range": ["192.0.2.1", "192.0.2.9"]}), rule(PORT, IN_SET, ACCEPT)], False, True),
        # Other chains
        ([chain(), MORE, rule(PORT, {"jump": {"target": "more"}}), rule(DROP, at="more")], False, False),
        ([chain(), MORE, rule(PORT, {"goto": {"target": "more"}}), rule(DROP), rule(FROM_US, ACCEPT, at="more")], True, True),
        ([chain(), MORE, rule(PORT, {"jump": {"target": "more"}}), rule(DROP), rule({"return": None}, at="more")], False, False),
        ([chain("later", "drop", 5), chain(), rule(PORT, ACCEPT)], False, False),
        # What is not understood
        ([chain(), rule(PORT, UNKNOWN, DROP)], None, False),
        ([chain(policy="drop"), rule(UNKNOWN, ACCEPT)], None, False),
        ([chain(policy="drop"), rule(PORT, payload("ip", "saddr", "@elsewhere"), ACCEPT)], None, True),
        ([chain(), rule(PORT, {"jump": {"target": "input"}})], None, False),
    ],
)  # fmt: skip
def test_what_becomes_of_the_first_packet(
    entries: list[dict[str, Any]], admitted: bool | None, by_source: bool
) -> None:
    ruleset = read_ruleset(json.dumps({"nftables": [{"metainfo": {}}, *entries]}))
    assert ruleset is not None
    found = ruleset.decide(PACKET)
    assert (found.admitted, found.by_source) == (admitted, by_source)
    assert found.rule or admitted is True


def test_the_rule_that_dropped_it_is_told_as_nft_would() -> None:
    ruleset = read_ruleset(
        json.dumps(
            {"nftables": [chain(), rule(PORT, payload("ip", "saddr", "@us", "!="), {"counter": {}}, DROP), named()]}
        )
    )
    assert ruleset is not None
    assert ruleset.decide(PACKET).rule == "table inet t, chain input: tcp dport 5061 ip saddr != @us drop"


def test_ipv6_is_judged_by_its_own_rules() -> None:
    ruleset = read_ruleset(
        json.dumps(
            {"nftables": [chain(), rule(PORT, FROM_US, DROP), rule(PORT, payload("ip6", "saddr", "2001:db8::7"), DROP)]}
        )
    )
    assert ruleset is not None
    assert ruleset.decide(Packet("tcp", "2001:db8::7", 5061)).admitted is False
    assert ruleset.decide(Packet("tcp", "2001:db8::8", 5061)).admitted is True


def told(*entries: dict[str, Any], more: str = "") -> Decision:
    ruleset = read_ruleset(json.dumps({"nftables": list(entries)}) + more)
    assert ruleset is not None
    return ruleset.decide(PACKET)


@pytest.mark.parametrize(
    ("flags", "more", "admitted"),
    [
        (None, "", False),
        ("dormant", "", True),
        (["owner", "dormant"], "", True),
        ("owner", "", False),
        ("t", "", None),  # nft 1.0.6 writes the table's name there
        ("t", "\n\nflags\ndormant inet t\n", True),
        ("t", "\n\nflags\n", False),
        (None, "\n\nflags\ndormant inet other\n", False),
    ],
)
def test_a_dormant_table_drops_nothing(flags: Any, more: str, admitted: bool | None) -> None:
    table = {"table": {"family": "inet", "name": "t", **({"flags": flags} if flags else {})}}
    assert told(table, chain(policy="drop"), more=more).admitted is admitted


def test_elements_that_were_left_out_are_unknown() -> None:
    entries = (chain(policy="drop"), named(), rule(PORT, IN_SET, ACCEPT))
    assert told(*entries).admitted is False
    assert told(*entries, more="\nterse").admitted is None


def test_with_rules_of_iptables_legacy_nothing_is_surely_admitted() -> None:
    found = told(chain(), more="\nlegacy")
    assert found.admitted is None
    assert "iptables-legacy" in found.rule
    assert told(chain(policy="drop"), more="\nlegacy").admitted is False


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ({"xt": None}, None),  # what nft before 1.0.6 writes
        ({"xt": {"type": "target", "name": "TARPIT"}}, None),
        ({"xt": {"type": "target", "name": "REJECT"}}, False),
        ({"xt": {"type": "target", "name": "MARK"}}, True),
        ({"queue": {"num": 1}}, None),
        ({"queue": None}, None),
        ({"made up": {}}, None),
        ("words that have no form in JSON", None),
        ({"continue": None}, True),
        ({"mangle": {"key": {"meta": {"key": "mark"}}, "value": 1}}, True),
        ({"mangle": {"key": {"payload": {"protocol": "ip", "field": "daddr"}}, "value": "192.0.2.1"}}, None),
        ({"tproxy": {"port": 7}}, None),
    ],
)
def test_what_a_statement_does_is_unknown_unless_it_is_understood(statement: Any, verdict: bool | None) -> None:
    assert told(chain(), rule(PORT, statement)).admitted is verdict
    assert told(chain(), rule(payload("tcp", "dport", 22), statement)).admitted is True


def test_the_rule_that_is_not_understood_is_quoted() -> None:
    limit = {"limit": {"rate": 10, "per": "second", "inv": True}}
    silent = rule(UNKNOWN, {"log": None})
    found = told(chain(policy="drop"), silent, rule(UNKNOWN, DROP), rule(PORT, limit, ACCEPT))
    assert found == Decision(None, "table inet t, chain input: tcp dport 5061 limit rate over 10/second accept")
    found = told(chain(), rule(UNKNOWN, ACCEPT), rule(PORT, limit, DROP))
    assert found.rule == "table inet t, chain input: tcp dport 5061 limit rate over 10/second drop"


def test_a_quoted_rule_is_printable_and_bounded() -> None:
    comment = {"rule": {**rule(PORT, DROP)["rule"], "comment": "\x1b[2J\u202e" + "x" * 1000}}
    found = told(chain(), comment)
    assert found.rule.isprintable()
    assert len(found.rule) < 400


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", '{"nftables": 1}', "[" * 100_000, '{"nftables": [{"chain": {"prio": 1' + "0" * 9999 + "}}]}",
        json.dumps({"nftables": [chain()]})[:-9],
    ],
)  # fmt: skip
def test_a_ruleset_that_was_cut_or_is_none_is_not_read(text: str) -> None:
    assert read_ruleset(text) is None


@pytest.mark.parametrize("priority", ["Infinity", "NaN", '"x"', "[]"])
def test_a_priority_that_is_no_number_makes_the_answer_unknown(priority: str) -> None:
    text = json.dumps({"nftables": [chain(priority=7, policy="drop")]}).replace("7", priority)
    ruleset = read_ruleset(text)
    assert ruleset is not None
    assert ruleset.decide(PACKET).admitted in (None, False)


def test_chains_that_fan_out_are_walked_once() -> None:
    entries = [chain()]
    for number in range(16):
        entries.append(chain(f"c{number}", priority=None))
        jump = {"jump": {"target": f"c{number}"}}
        entries += [rule(UNKNOWN, jump, at=f"c{number - 1}" if number else "input")] * 8
    assert told(*entries).admitted is True


KEYS = ("nftables", "chain", "rule", "expr", "match", "left", "right", "family", "table", "name", "hook", "set", "elem")


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda each: st.lists(each, max_size=3) | st.dictionaries(st.sampled_from(KEYS), each, max_size=4),
        max_leaves=20,
    )
)
def test_what_is_no_ruleset_is_unknown(value: Any) -> None:
    ruleset = read_ruleset(json.dumps(value))
    assert ruleset is None or ruleset.decide(PACKET).admitted in (True, False, None)
