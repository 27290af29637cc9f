# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a playbook has a host to work on, and if not, what an inventory lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import SiptlsError
from .violations import nearest

__all__ = ["Inventory", "check_hosts"]

_OF_ANSIBLE = ("all", "ungrouped")
_SHOWN = 20
_LONGEST_NAME = 60
# A group name this near to an expected one is a typo; what is farther off is the operator's own name
_TYPO = 0.85


@dataclass(frozen=True)
class Inventory:
    """What a run was given.

    :ivar sources: where it was read from
    :ivar missing: those of the sources that do not exist
    :ivar groups: the hosts of each group
    :ivar limit: the option ``--limit``; empty without one
    :ivar chosen: the hosts that the limit leaves
    """

    sources: Sequence[str]
    missing: Sequence[str]
    groups: Mapping[str, Sequence[str]]
    limit: str
    chosen: Sequence[str]

    @property
    def hosts(self) -> Sequence[str]:
        """All of them."""
        return self.groups.get("all", ())


def check_hosts(expected: Mapping[str, Sequence[str]], inventory: Inventory) -> list[str]:
    """The hosts of this run that were expected.

    :param expected: by group, host or pattern, the hosts of the inventory that it matches
    :raises SiptlsError: there is none, or the hosts of a misspelled group would be left out
    """
    matched = {host for hosts in expected.values() for host in hosts}
    found = [host for host in inventory.chosen if host in matched]
    if not inventory.hosts:
        raise _empty(expected, inventory)
    if not matched:
        raise _other_groups(expected, inventory)
    if not found:
        raise _limited_out(expected, matched, inventory)
    _refuse_typos(expected, matched, inventory)
    return found


def _empty(expected: Iterable[str], inventory: Inventory) -> SiptlsError:
    return SiptlsError(
        "the inventory has no host, so there is nothing to do",
        expected=_wanted(expected),
        found=_read_from(inventory),
        remedy="name the inventory: ansible-playbook -i INVENTORY ...",
    )


def _other_groups(expected: Iterable[str], inventory: Inventory) -> SiptlsError:
    own = _own_groups(inventory.groups, expected)
    typos = _typos(expected, own)
    remedy = (
        "; ".join(f"rename {typo} to {name}, or make it a child: {_child(name, typo)}" for name, typo in typos.items())
        or f"put the hosts into these groups, or map your own group names in the inventory, such as"
        f" {_child(next(iter(expected), 'gateways'), _shown(next(iter(own), 'YOUR_GROUP')))}"
    )
    return SiptlsError(
        "no host of the inventory is expected here, so there is nothing to do",
        expected=_wanted(expected),
        found=f"{_groups(own) or f'{len(inventory.hosts)} hosts and no group'}; {_read_from(inventory)}",
        remedy=remedy,
    )


def _limited_out(expected: Iterable[str], matched: Iterable[str], inventory: Inventory) -> SiptlsError:
    return SiptlsError(
        "--limit leaves no host to work on",
        expected=f"{_wanted(expected)}, such as {_names(sorted(matched))}",
        found=f"--limit {_shown(inventory.limit)}, which is {_names(inventory.chosen)}",
        remedy="correct --limit, or leave it out",
    )


def _refuse_typos(expected: Mapping[str, Sequence[str]], matched: set[str], inventory: Inventory) -> None:
    """A playbook that finds its softswitches alone would end well without the gateways of a group ``gateway``.

    Whatever ``--limit`` leaves: a gateway alone needs its softswitch in the inventory, and without one it would fail later for another
    reason than the true one.
    """
    left_out = {
        name: hosts
        for name, hosts in _own_groups(inventory.groups, expected).items()
        if not matched.intersection(hosts)
    }
    for name, typo in _typos([name for name, hosts in expected.items() if not hosts], left_out).items():
        raise SiptlsError(
            f"the group {_shown(typo)} would be left out",
            expected=f"hosts in the group {name}",
            found=f"none there, and {_names(left_out[typo])} in {_shown(typo)}; {_read_from(inventory)}",
            remedy=f"rename {_shown(typo)} to {name}, or make it a child: {_child(name, _shown(typo))}",
        )


def _typos(expected: Iterable[str], own: Iterable[str]) -> dict[str, str]:
    """By expected name, the group that was probably meant to be it."""
    groups = list(own)
    return {name: near for name in expected if (near := nearest(name, groups, cutoff=_TYPO))}


def _own_groups(groups: Mapping[str, Sequence[str]], expected: Iterable[str]) -> dict[str, Sequence[str]]:
    """The groups with hosts, but for those that are expected and those that every inventory has."""
    left_out = {*_OF_ANSIBLE, *expected}
    return {name: hosts for name, hosts in groups.items() if hosts and name not in left_out}


def _wanted(expected: Iterable[str]) -> str:
    return f"at least one host of {' or '.join(_shown(name) for name in expected)}"


def _groups(groups: Mapping[str, Sequence[str]]) -> str:
    parts = [f"{_shown(name)} ({len(hosts)} host{'s' if len(hosts) > 1 else ''})" for name, hosts in groups.items()]
    return f"the groups {_listed(parts)}" if parts else ""


def _names(hosts: Sequence[str]) -> str:
    return _listed([_shown(host) for host in hosts])


def _listed(parts: Sequence[str]) -> str:
    more = f" and {len(parts) - _SHOWN} more" if len(parts) > _SHOWN else ""
    return ", ".join(parts[:_SHOWN]) + more


def _read_from(inventory: Inventory) -> str:
    sources = [
        f"{_shown(source)}{' (does not exist)' if source in inventory.missing else ''}" for source in inventory.sources
    ]
    return f"read from {_listed(sources)}" if sources else "no inventory was named"


def _child(name: str, group: str) -> str:
    return f"{name}: {{children: {{{group}: {{}}}}}}"


def _shown(name: str) -> str:
    """A name for a message; of a path its end counts."""
    return name if len(name) <= _LONGEST_NAME * 2 else f"...{name[-_LONGEST_NAME * 2 :]}"
