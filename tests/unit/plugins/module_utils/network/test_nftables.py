# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of nftables: what is written, and when it is to be loaded though its files are as they are to be."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.network.nftables import Loaded, Table


def options(**changed: Any) -> dict[str, Any]:
    return {
        "name": "siptls", "rules": "  chain input {\n  }\n", "directory": "/etc/siptls", "service": "siptls", "state": "present", **changed,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("state", "loaded", "words"),
    [
        ("present", Loaded("a", "a", starts=True), []),
        ("present", Loaded(None, "a", starts=True), ["somebody flushed the rules"]),
        ("present", Loaded("b", "a", starts=True), ["somebody changed it"]),
        ("present", Loaded("a", None, starts=True), ["somebody changed it"]),
        ("present", Loaded("a", "a", starts=False), ["siptls.service is not enabled"]),
        ("present", Loaded(None, None, starts=False), ["somebody flushed the rules", "siptls.service is not enabled"]),
        ("absent", Loaded(None, None, starts=False), []),
        ("absent", Loaded("a", "a", starts=True), ["the table inet siptls is in the kernel, to be absent"]),
    ],
)
def test_when_a_table_is_to_be_loaded(state: str, loaded: Loaded, words: list[str]) -> None:
    found = Table.checked(options(state=state)).drift(loaded)
    assert len(found) == len(words)
    for said, word in zip(found, words, strict=True):
        assert word in said


def test_what_changed_in_the_kernel_is_shown() -> None:
    table = Table.checked(options())
    assert table.difference(Loaded("a", "a", starts=False)) == []
    (part,) = table.difference(Loaded("b", "a", starts=True))
    assert (part["before"], part["after"]) == ("b", "a")
    (part,) = Table.checked(options(state="absent")).difference(Loaded("b", "a", starts=True))
    assert (part["before"], part["after"]) == ("b", "")


def test_the_old_table_goes_in_the_transaction_in_which_the_new_one_comes() -> None:
    file = Table.checked(options()).files[0]
    assert [line for line in file["content"].splitlines() if not line.startswith("#")] == [
        "table inet siptls", "delete table inet siptls", "table inet siptls {", "  chain input {", "  }", "}",
    ]  # fmt: skip
    assert file["path"] == "/etc/siptls/siptls.nft"
    assert file["mode"] == "0600"


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "a b"},
        {"name": ""},
        {"name": "7"},
        {"service": "a b"},
        {"service": "../a"},
        {"rules": " \n"},
        {"rules": None},
    ],
)
def test_options_without_sense_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(SiptlsError):
        Table.checked(options(**changed))


def test_a_table_that_is_to_be_absent_needs_no_rules() -> None:
    assert [file["state"] for file in Table.checked(options(rules=None, state="absent")).files] == ["absent", "absent"]
