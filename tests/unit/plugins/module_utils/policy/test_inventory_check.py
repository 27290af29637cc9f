# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory that lacks what a playbook works on is refused, whatever --limit leaves of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.policy.inventory_check import Inventory, check_hosts

EXPECTED = ("softswitches", "gateways")


def checked(groups: Mapping[str, Sequence[str]], limit: str = "", chosen: Sequence[str] | None = None) -> list[str]:
    everybody = tuple(dict.fromkeys(host for hosts in groups.values() for host in hosts))
    inventory = Inventory(
        sources=("hosts.yml",),
        missing=(),
        groups={"all": everybody, **groups},
        limit=limit,
        chosen=everybody if chosen is None else chosen,
    )
    return check_hosts({name: groups.get(name, ()) for name in EXPECTED}, inventory)


def test_hosts_of_this_run_are_those_of_the_limit() -> None:
    groups = {"softswitches": ["vos"], "gateways": ["gw1", "gw2"]}
    assert checked(groups) == ["vos", "gw1", "gw2"]
    assert checked(groups, "gw1", ["gw1"]) == ["gw1"]


@pytest.mark.parametrize(("limit", "chosen"), [("", None), ("gw1", ["gw1"]), ("gateways", ["gw1"])])
def test_a_misspelled_group_is_named_with_a_limit_and_without(limit: str, chosen: Sequence[str] | None) -> None:
    with pytest.raises(SiptlsError) as refused:
        checked({"softswitchs": ["vos"], "gateways": ["gw1"]}, limit, chosen)
    said = str(refused.value)
    assert "the group softswitchs would be left out" in said
    assert "rename softswitchs to softswitches" in said


@pytest.mark.parametrize(
    "groups",
    [
        {"gateways": ["gw1"], "printers": ["p1"]},
        {"softswitches": ["vos"], "softswitchs": ["other"], "gateways": ["gw1"]},
        {"gateways": ["gw1"], "softswitchs": ["gw1"]},
    ],
)
def test_groups_of_the_operators_own_are_none_of_its_business(groups: Mapping[str, Sequence[str]]) -> None:
    assert "gw1" in checked(groups, "gw1", ["gw1"])
