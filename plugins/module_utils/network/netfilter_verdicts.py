# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What statements of nftables do with a packet: verdicts, and those that have no say (libnftables-json(5))."""

from __future__ import annotations

from typing import Any

__all__ = [
    "ACCEPT",
    "ADDRESSING",
    "ANYTHING",
    "DROP",
    "EITHER",
    "ELSEWHERE",
    "GO_ON",
    "NEXT",
    "RETURN",
    "SILENT",
    "SOMETIMES",
    "VERDICTS",
    "of_iptables",
    "statement",
]

ACCEPT, DROP, NEXT, RETURN = "accept", "drop", "next", "return"
# The packet is sent, changed or handed over to where this ruleset does not tell what becomes of it
ELSEWHERE = "elsewhere"
ANYTHING = frozenset({ACCEPT, DROP, NEXT, ELSEWHERE})
EITHER = frozenset({ACCEPT, DROP})
GO_ON = frozenset({NEXT})
VERDICTS = {
    "accept": frozenset({ACCEPT}),
    "drop": frozenset({DROP}),
    "reject": frozenset({DROP}),
    "return": frozenset({RETURN}),
    "continue": GO_ON,
    # In a chain of type nat these end the chain
    "snat": frozenset({ACCEPT}),
    "masquerade": frozenset({ACCEPT}),
    "queue": EITHER,
    **dict.fromkeys(("dnat", "redirect", "fwd", "synproxy", "tproxy"), frozenset({ELSEWHERE})),
}
# No effect on whether a packet is admitted
SILENT = (
    *("counter", "log", "comment", "dup", "notrack", "ct helper", "ct timeout", "ct expectation", "last"),
    *("secmark", "flow", "reset"),
)
# These hold for some packets and not for others, by what came before
SOMETIMES = ("limit", "quota", "ct count", "meter", "set", "map")
ADDRESSING = ("saddr", "daddr", "sport", "dport", "protocol", "nexthdr")
# Targets of iptables that let the packet go on
_XT_SILENT = (
    *("LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "TCPMSS", "TOS", "DSCP", "TTL", "HL", "SET", "AUDIT", "TRACE", "LED"),
    *("CLASSIFY", "CHECKSUM", "RATEEST", "SECMARK", "CONNSECMARK", "NOTRACK", "CT", "TCPOPTSTRIP"),
)


def statement(expression: Any) -> tuple[str, Any]:
    """Name and value; no name for what JSON has no form for, which nft writes as text."""
    if isinstance(expression, dict) and len(expression) == 1:
        name, value = next(iter(expression.items()))
        if isinstance(value, dict) or name in VERDICTS or name in SILENT or name in ("xt", *SOMETIMES):
            return str(name), value
    return "", None


def of_iptables(value: Any) -> tuple[bool | None, frozenset[str] | None]:
    """What nft tells of a match or target of iptables is its name (older versions: nothing)."""
    kind, name = (value.get("type"), value.get("name")) if isinstance(value, dict) else (None, None)
    if kind == "match":
        return (True if name == "comment" else None), None
    if kind == "target" and name == "REJECT":
        return True, VERDICTS["reject"]
    if kind == "target" and name in _XT_SILENT:
        return True, None
    return None, ANYTHING
