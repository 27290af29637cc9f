# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.plugin_utils.listing import Listed, parse_listing
from hypothesis import given
from hypothesis import strategies as st

WORDS = st.from_regex(r"[A-Za-z0-9_.-]{1,12}", fullmatch=True)


@given(st.integers(0, 0o777), st.integers(0, 0o777))
def test_a_mode_is_told_from_another_and_from_no_other(found: int, wanted: int) -> None:
    listed = Listed("-", f"{mode_words(found)}", "root", "root", "")
    assert (listed.drift(wanted, "", "") == []) == (found == wanted)


def mode_words(mode: int) -> str:
    return "".join("rwxrwxrwx"[place] if mode >> (8 - place) & 1 else "-" for place in range(9))


@pytest.mark.parametrize(
    ("owner", "group", "words"),
    [
        ("", "", []),
        ("root", "kamailio", []),
        ("sip", "", ["owner is root, to be sip"]),
        ("", "sip", ["group is kamailio, to be sip"]),
        ("0", "", ["owner is root, to be 0"]),
    ],
)
def test_owner_and_group_count_where_they_are_told(owner: str, group: str, words: list[str]) -> None:
    assert Listed("-", "rw-------", "root", "kamailio", "").drift(0o600, owner, group) == words


@pytest.mark.parametrize("ls", [["ls", "-ld"], ["ls", "-ldn"], ["busybox", "ls", "-ld"]])
def test_what_ls_prints_is_read(ls: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "file").chmod(0o640)
    (tmp_path / "link").symlink_to("current/gateway.crt")
    (tmp_path / "nowhere").symlink_to("generations/00")
    (tmp_path / "folder").mkdir(0o755)
    (tmp_path / "folder").chmod(0o755)
    try:
        done = subprocess.run(
            [*ls, "file", "link", "nowhere", "folder"], cwd=tmp_path, capture_output=True, text=True, check=True
        )
    except FileNotFoundError:
        pytest.skip("busybox is not installed here; test_appliance.py runs it where it is")
    found = parse_listing(done.stdout)
    assert {name: (each.kind, each.target) for name, each in found.items()} == {
        "file": ("-", ""),
        "link": ("l", "current/gateway.crt"),
        "nowhere": ("l", "generations/00"),
        "folder": ("d", ""),
    }
    assert found["file"].drift(0o640, "", "") == []
    assert found["folder"].drift(0o755, "", "") == []


@pytest.mark.parametrize("suffix", [".", "+", "@"])
def test_a_mark_of_selinux_or_an_access_list_is_no_part_of_the_mode(suffix: str) -> None:
    found = parse_listing(f"-rw-------{suffix} 1 root root 241 Nov 23 10:00 gateway.key\n")
    assert found["gateway.key"].drift(0o600, "root", "root") == []


@given(st.text())
def test_any_text_is_a_listing_of_some_kind(text: str) -> None:
    for name, listed in parse_listing(text).items():
        assert name
        listed.drift(0o600, "root", "root")
