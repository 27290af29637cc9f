# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rulesets as nft and iptables load them, judged by what nft lists, and compared with what became of real packets.

A packet that was admitted is never said to be dropped, and the other way round. Where the answer depends on more than the packet, it
is unknown, and the rule is quoted. samples/rulesets.json has what nft 1.0.6 listed; as root the kernel is asked again.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.network.netfilter import Decision, Packet, read_ruleset
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.network.netfilter_lab import PACKETS

SAMPLES = Path(__file__).parent / "samples" / "rulesets.json"
LAB = Path(__file__).parent / "netfilter_lab.py"
OPEN, SHUT, UNKNOWN = True, False, None
TCP_GATEWAY, TCP_STRANGER, SSH, MEDIA, TCP_6 = range(len(PACKETS))
EVERYTHING, NOTHING = (OPEN,) * 5, (SHUT,) * 5
ONLY_GATEWAY = (OPEN, SHUT, SHUT, SHUT, SHUT)


def chain(
    *rules: str, policy: str = "accept", hook: str = "input", priority: str = "0", more: str = "", family: str = "inet"
) -> str:
    inner = "\n".join(f"  {one}" for one in rules)
    return f"table {family} t {{\n{more}\n chain c {{\n  type filter hook {hook} priority {priority}; policy {policy};\n{inner}\n }}\n}}\n"


def nft(*tables: str) -> str:
    return "nft -f - <<'END'\n" + "".join(tables) + "END\n"


def iptables(*rules: str) -> str:
    return "".join(f"iptables {one}\n" for one in rules)


OTHER_CHAIN = " chain gw {\n  ip saddr 10.9.0.2 accept\n  drop\n }"
US = " set us {\n  type ipv4_addr\n  flags interval\n  elements = { 10.9.0.2, 10.20.0.0/16, 10.30.0.1-10.30.0.9 }\n }"
PAIRS = " set us {\n  type ipv4_addr . inet_service\n  flags interval\n  elements = { 10.9.0.2 . 5061, 10.0.0.0/16 . 5060-5070 }\n }"
SEEN = " set seen {\n  type ipv4_addr\n  flags dynamic,timeout\n  timeout 1m\n  size 100\n }"
PORT_MAP = " map ports {\n  type inet_service : verdict\n  elements = { 22 : accept, 5061 : jump gw }\n }"
RETURNING = " chain inner {\n  ip saddr 10.9.0.2 return\n  drop\n }"
THE_FIRST_ONLY = (UNKNOWN, UNKNOWN, OPEN, OPEN, UNKNOWN)

# Name, commands, what is said of each packet, a word that the quoted rule has
RULESETS: list[tuple[str, str, tuple[bool | None, ...], str]] = [
    ("empty", "true\n", EVERYTHING, ""),
    ("policy drop", nft(chain(policy="drop")), NOTHING, "policy drop"),
    ("dormant table", nft(chain(policy="drop", more=" flags dormant")), EVERYTHING, ""),
    ("vmap on the port", nft(chain("tcp dport vmap { 22 : accept, 5061 : drop }")), (SHUT, SHUT, OPEN, OPEN, SHUT), "vmap"),
    ("vmap that jumps",
     nft(chain("tcp dport vmap @ports", policy="drop", more=f"{OTHER_CHAIN}\n{PORT_MAP}")),
     (OPEN, SHUT, OPEN, SHUT, SHUT), ""),
    ("vmap on the state",
     nft(chain("ct state vmap { established : accept, related : accept, invalid : drop }", "tcp dport 5061 accept", policy="drop")),
     (OPEN, OPEN, SHUT, SHUT, OPEN), ""),
    ("vmap on source and port",
     nft(chain("ip saddr . tcp dport vmap { 10.9.0.2 . 5061 : drop }")),
     (SHUT, OPEN, OPEN, OPEN, OPEN), "10.9.0.2 . 5061 : drop"),
    ("vmap with a default", nft(chain("ip saddr vmap { 10.9.0.2 : accept, * : drop }")), (OPEN, SHUT, OPEN, OPEN, OPEN), ""),
    ("rate limit over, drop",
     nft(chain("tcp dport 5061 limit rate over 10/second drop")),
     THE_FIRST_ONLY, "limit rate over 10/second drop"),
    ("rate limit, accept",
     nft(chain("tcp dport 5061 limit rate 10/second accept", "tcp dport 5061 drop")),
     THE_FIRST_ONLY, "limit rate 10/second accept"),
    ("quota over, drop", nft(chain("tcp dport 5061 quota over 10 mbytes drop")), THE_FIRST_ONLY, "quota over 10 mbytes"),
    ("connection count, reject", nft(chain("tcp dport 5061 ct count over 20 reject")), THE_FIRST_ONLY, "ct count over 20"),
    ("meter",
     nft(chain("tcp dport 5061 update @seen { ip saddr limit rate over 5/second } drop", more=SEEN)),
     (UNKNOWN, UNKNOWN, OPEN, OPEN, OPEN), "update @seen"),
    ("set that rules write to",
     nft(chain("tcp dport 22 add @seen { ip saddr }", "ip saddr @seen tcp dport 5061 drop", more=SEEN)),
     (UNKNOWN, UNKNOWN, OPEN, OPEN, OPEN), "@seen"),
    ("set with intervals", nft(chain("ip saddr @us accept", policy="drop", more=US)), (OPEN, SHUT, OPEN, OPEN, SHUT), ""),
    ("not in a set with intervals", nft(chain("ip saddr != @us tcp dport 5061 drop", more=US)), (OPEN, SHUT, OPEN, OPEN, OPEN), "!= @us"),
    ("concatenations with intervals", nft(chain("ip saddr . tcp dport @us accept", policy="drop", more=PAIRS)), ONLY_GATEWAY, ""),
    ("other protocols do not match", nft(chain("udp dport != 5060 drop")), (OPEN, OPEN, OPEN, SHUT, OPEN), ""),
    ("other families do not match", nft(chain("ip saddr != 10.9.0.2 drop")), (OPEN, SHUT, OPEN, OPEN, OPEN), ""),
    ("comparisons", nft(chain("tcp dport >= 5000 drop", "tcp dport < 100 accept", policy="drop")), (SHUT, SHUT, OPEN, SHUT, SHUT), ""),
    ("flags of a first packet",
     nft(chain("tcp flags & (fin|syn|rst|ack) != syn ct state new drop",
               "tcp flags & (fin|syn) == (fin|syn) drop", "tcp flags syn tcp dport 5061 accept", policy="drop")),
     (OPEN, OPEN, SHUT, SHUT, OPEN), ""),
    ("no flags", nft(chain("tcp flags & (fin|syn|rst|psh|ack|urg) == 0 drop")), EVERYTHING, ""),
    ("another interface",
     nft(chain("iifname lo accept", "iifname != lo tcp dport 5061 drop")),
     (SHUT, SHUT, OPEN, OPEN, SHUT), "iifname != lo"),
    ("an interface that may be it", nft(chain('iifname "sw0" tcp dport 5061 drop')), THE_FIRST_ONLY, "iifname sw0"),
    ("wildcard of interfaces", nft(chain('iifname "eth*" accept', "tcp dport 5061 drop")), THE_FIRST_ONLY, "eth*"),
    ("goto", nft(chain("tcp dport 5061 goto inner", "drop", more=RETURNING)), ONLY_GATEWAY, ""),
    ("jump and return", nft(chain("tcp dport 5061 jump inner", "drop", more=RETURNING)), NOTHING, ""),
    ("jump to an unnamed chain", nft(chain("tcp dport 5061 jump { drop; }")), THE_FIRST_ONLY, "jump"),
    ("fib", nft(chain("fib daddr type local tcp dport 5061 accept", policy="drop")), (OPEN, OPEN, SHUT, SHUT, OPEN), ""),
    ("reverse path", nft(chain("fib saddr . iif oif missing drop")), (UNKNOWN,) * 5, "fib oif"),
    ("socket", nft(chain("socket transparent 1 drop")), (UNKNOWN,) * 5, "socket transparent"),
    ("unknown before what is decisive", nft(chain("meta mark 7 drop", "tcp dport 5061 drop")), (SHUT, SHUT, UNKNOWN, UNKNOWN, SHUT), ""),
    ("decisive before what is unknown", nft(chain("tcp dport 5061 accept", "meta mark 7 drop")), (OPEN, OPEN, UNKNOWN, UNKNOWN, OPEN), ""),
    ("two base chains",
     nft("table inet a {\n chain c {\n  type filter hook input priority 10; policy drop;\n }\n}\n", chain("tcp dport 5061 accept")),
     NOTHING, "table inet a, chain c: policy drop"),
    ("before input",
     nft(chain("tcp dport 5061 drop", hook="prerouting", priority="-300")),
     (SHUT, SHUT, OPEN, OPEN, SHUT), "tcp dport 5061 drop"),
    ("untracked",
     nft(chain("tcp dport 5061 notrack", hook="prerouting", priority="-300"),
         "table inet u {\n chain c {\n  type filter hook input priority 0; policy drop;\n  ct state new accept\n }\n}\n"),
     (UNKNOWN, UNKNOWN, OPEN, OPEN, UNKNOWN), "ct state new accept"),
    ("redirected",
     nft("table ip n {\n chain c {\n  type nat hook prerouting priority dstnat;\n  tcp dport 5061 redirect to :7\n }\n}\n"),
     (UNKNOWN, UNKNOWN, OPEN, OPEN, OPEN), "redirect"),
    ("changed on the way", nft(chain("tcp dport 5061 tcp dport set 7")), THE_FIRST_ONLY, "tcp dport set 7"),
    ("marked only",
     nft(chain("tcp dport 5061 meta mark set 7 log", "tcp dport 5061 accept", policy="drop")),
     (OPEN, OPEN, SHUT, SHUT, OPEN), ""),
    ("ingress",
     nft("table netdev n {\n chain c {\n  type filter hook ingress device sw0 priority 0; policy accept;\n  tcp dport 5061 drop\n }\n}\n"),
     THE_FIRST_ONLY, "some interfaces"),
    ("masked source", nft(chain("ip saddr & 255.255.0.0 == 10.9.0.0 tcp dport 5061 drop")), (SHUT, SHUT, OPEN, OPEN, OPEN), ""),
    ("iptables, REJECT", iptables("-A INPUT -p tcp -m tcp --dport 5061 -j REJECT"), (SHUT, SHUT, OPEN, OPEN, OPEN), "xt target REJECT"),
    ("iptables, comment and LOG",
     iptables("-A INPUT -p tcp --dport 5061 -m comment --comment gateways -j LOG",
              "-A INPUT -p tcp --dport 5061 -m comment --comment gateways -j DROP"),
     (SHUT, SHUT, OPEN, OPEN, OPEN), ""),
    ("iptables, conntrack",
     iptables("-A INPUT -m conntrack --ctstate NEW -j ACCEPT", "-P INPUT DROP"),
     (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, OPEN), "xt match conntrack"),
    ("iptables, multiport",
     iptables("-A INPUT -p tcp -m multiport --dports 5061,5062 -j DROP"),
     (UNKNOWN, UNKNOWN, UNKNOWN, OPEN, OPEN), "xt match multiport"),
    ("iptables, source",
     iptables("-A INPUT -s 10.9.0.2/32 -p tcp --dport 5061 -j ACCEPT", "-A INPUT -j DROP"),
     (OPEN, SHUT, SHUT, SHUT, OPEN), ""),
]  # fmt: skip
NAMES = [one[0] for one in RULESETS]


def decisions(look: str) -> list[Decision]:
    ruleset = read_ruleset(look)
    assert ruleset is not None
    return [ruleset.decide(Packet(*packet)) for packet in PACKETS]


def check(name: str, look: str, seen: list[bool]) -> None:
    _name, _commands, expected, word = RULESETS[NAMES.index(name)]
    found = decisions(look)
    assert tuple(one.admitted for one in found) == expected
    assert all(one.admitted in (None, admitted) for one, admitted in zip(found, seen, strict=True))
    assert not word or any(word in one.rule for one in found)
    assert all(one.rule for one in found if one.admitted is not True)


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_ruleset_is_judged_as_its_packets_fared(name: str) -> None:
    recorded = {one["name"]: one for one in json.loads(SAMPLES.read_text())}[name]
    check(name, recorded["look"], recorded["seen"])


@pytest.fixture(scope="module")
def live() -> dict[str, dict[str, Any]]:
    """All rulesets, loaded into the kernel of this machine, in a network namespace."""
    if os.geteuid() or not all(map(shutil.which, ("nft", "iptables", "unshare", "nsenter", "ip"))):
        pytest.skip("network namespaces and nft need root")
    return load(RULESETS)


def load(rulesets: list[Any]) -> dict[str, dict[str, Any]]:
    given = json.dumps([{"name": one[0], "commands": one[1]} for one in rulesets])
    done = subprocess.run(
        ["unshare", "-n", sys.executable, str(LAB)], input=given, capture_output=True, text=True, check=False, timeout=240
    )  # fmt: skip
    if done.returncode and any(word in done.stderr for word in ("Operation not", "Permission denied", "not permitted")):
        pytest.skip(f"no network namespaces here: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr
    return {one["name"]: one for one in json.loads(done.stdout)}


@pytest.mark.parametrize("name", NAMES)
def test_a_ruleset_in_the_kernel_is_judged_as_its_packets_fare(name: str, live: dict[str, dict[str, Any]]) -> None:
    check(name, live[name]["look"], live[name]["seen"])


if __name__ == "__main__":
    SAMPLES.parent.mkdir(exist_ok=True)
    SAMPLES.write_text(json.dumps(list(load(RULESETS).values()), indent=1) + "\n")
