# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of nftables in the words of nft(8), from its JSON (libnftables-json(5))."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["RulePlace", "rule_place", "rule_words"]

_LONGEST = 300
_MOST_ELEMENTS = 8
_DEEPEST = 6
_LEFT_OUT = ("counter", "log", "comment")


@dataclass(frozen=True)
class RulePlace:
    """Where a rule is.

    :ivar handle: of the rule (``nft -a``); None for a chain's policy, or where it was not told
    """

    family: str
    table: str
    chain: str
    handle: int | None = None


def rule_place(rule: Mapping[str, Any]) -> RulePlace:
    """Of a rule of ``nft -j``."""
    handle = rule.get("handle")
    return RulePlace(
        str(rule.get("family")),
        str(rule.get("table")),
        str(rule.get("chain")),
        handle if isinstance(handle, int) and not isinstance(handle, bool) and handle > 0 else None,
    )


def rule_words(rule: Mapping[str, Any]) -> str:
    """The rule with its table and chain, nearly as nft writes it; printable, and bounded in length."""
    expressions = rule.get("expr")
    parts = [_statement(one) for one in expressions] if isinstance(expressions, list) else []
    comment = f' ("{rule["comment"]}")' if rule.get("comment") else ""
    place = f"table {rule.get('family')} {rule.get('table')}, chain {rule.get('chain')}"
    text = f"{place}: {' '.join(filter(None, parts))}{comment}"
    printable = "".join(one if one.isprintable() else "?" for one in " ".join(text.split()))
    return printable if len(printable) <= _LONGEST else f"{printable[:_LONGEST]}..."


def _statement(expression: Any) -> str:
    if not isinstance(expression, dict) or len(expression) != 1:
        return str(expression)
    name, value = next(iter(expression.items()))
    if name in _LEFT_OUT:
        return ""
    if not isinstance(value, dict):
        return f"{name} name {value}" if isinstance(value, str) else str(name)
    return _STATEMENTS[name](value) if name in _STATEMENTS else str(name)


def _match(value: Mapping[str, Any]) -> str:
    sign = value.get("op")
    return f"{_of(value.get('left'))} {'' if sign in ('==', 'in') else f'{sign} '}{_of(value.get('right'))}"


def _update(value: Mapping[str, Any]) -> str:
    inner = " ".join(map(_statement, value["stmt"])) if isinstance(value.get("stmt"), list) else ""
    return (
        f"{value.get('op')} {value.get('set') or value.get('map')} {{ {_of(value.get('elem'))} {inner}".rstrip() + " }"
    )


def _over(value: Mapping[str, Any]) -> str:
    return "over " if value.get("inv") else ""


_STATEMENTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "match": _match,
    "vmap": lambda value: f"{_of(value.get('key'))} vmap {_of(value.get('data'))}",
    "jump": lambda value: f"jump {value.get('target')}",
    "goto": lambda value: f"goto {value.get('target')}",
    "xt": lambda value: f"xt {value.get('type')} {value.get('name')}",
    "limit": lambda value: f"limit rate {_over(value)}{value.get('rate')}/{value.get('per')}",
    "quota": lambda value: f"quota {_over(value)}{value.get('val')} {value.get('val_unit')}",
    "ct count": lambda value: f"ct count {_over(value)}{value.get('val')}",
    "set": _update,
    "map": _update,
    "meter": lambda value: f"meter {value.get('name')} {{ {_of(value.get('key'))} {_statement(value.get('stmt'))} }}",
    "mangle": lambda value: f"{_of(value.get('key'))} set {_of(value.get('value'))}",
}


def _of(value: Any, depth: int = 0) -> str:
    """An expression."""
    if depth > _DEEPEST:
        return "..."
    if isinstance(value, list):
        return _elements([_of(one, depth + 1) for one in value[:_MOST_ELEMENTS]], len(value))
    if not isinstance(value, dict):
        return str(value)
    name, inner = next(iter(value.items())) if len(value) == 1 else ("...", None)
    if isinstance(inner, list):
        return _of_many(name, inner, depth)
    if not isinstance(inner, dict):
        return _of(inner, depth + 1) if name == "set" else str(name)
    if name == "prefix":
        return f"{inner.get('addr')}/{inner.get('len')}"
    if name == "elem":
        return _of(inner.get("val"), depth + 1)
    words = [str(inner[one]) for one in ("protocol", "field", "key", "result") if one in inner]
    return " ".join(words if name in ("payload", "meta") else [name, *words])


def _of_many(name: str, inner: list[Any], depth: int) -> str:
    separator = {"range": "-", "concat": " . ", "&": " & ", "|": " | "}.get(name)
    if separator is not None:
        return separator.join(_of(one, depth + 1) for one in inner)
    if name != "set":
        return name
    if inner and all(isinstance(one, list) and len(one) == 2 for one in inner):
        shown = [f"{_of(one[0], depth + 1)} : {_statement(one[1])}" for one in inner[:_MOST_ELEMENTS]]
        return _elements(shown, len(inner))
    return _of(inner, depth)


def _elements(shown: list[str], count: int) -> str:
    return "{ " + ", ".join(shown) + (", ..." if count > len(shown) else "") + " }"
