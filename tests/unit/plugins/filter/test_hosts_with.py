# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that selects the hosts of a play."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.filter.hosts_with import hosts_with

HOSTVARS: dict[str, dict[str, Any]] = {
    "a": {"state": {"due": True}, "told": {"causes": {"a": "expired"}}, "call_to": "sip:echo@example.com"},
    "b": {"state": {"due": False}, "told": {"causes": {"a": "expired"}}, "call_to": ""},
    "c": {"state": "no dictionary"},
    "d": {},
}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("state", "due", True), ["a"]),
        (("state", "due", False), ["b"]),
        (("state", "outcome", None), []),
        (("told", "causes"), ["a"]),
        (("state", "due"), []),
        (("call_to",), ["a"]),
        (("nothing",), []),
    ],
)
def test_selects_the_hosts_of_which_that_is_recorded(arguments: tuple[Any, ...], expected: list[str]) -> None:
    assert hosts_with(["a", "b", "c", "d"], HOSTVARS, *arguments) == expected
