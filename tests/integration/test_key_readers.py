# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account of a service can read its private key, and preflight says so before there is one."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration import tasks
from ansible_collections.siptls.vos.tests.integration.playground import Play

pytestmark = pytest.mark.nightly

KEY = "{{ device }}/etc/certs/vos_server.key"


def checked(play: Play, *, fails: bool = False, key: str = KEY, **reader: Any) -> str:
    entry = {"private_key": key, "owner": "root", "group": "root", "variables": "vos", **reader}
    return play([{"name": "Preflight", "siptls.vos.preflight": {"readers": [entry]}}], fails=fails).message("gw1")


@pytest.fixture
def somebody() -> tuple[str, str]:
    """An account that is not root, and its group."""
    return "nobody", grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name


def test_an_account_reads_the_key_as_its_owner_or_by_its_group(play: Play, somebody: tuple[str, str]) -> None:
    user, group = somebody
    here = "/tmp/certs/vos_server.key"  # a folder that everybody may enter, and nothing is written
    for reader in ({"owner": user}, {"group": group}, {"owner": "0", "group": str(grp.getgrnam(group).gr_gid)}):
        checked(play, key=here, user=user, **reader)
    checked(play, key=here, user="root")
    checked(play, key=here)
    said = checked(play, fails=True, key=here, user=user)
    assert (
        f"for the account {user}: expected an owner or group by which it can read the private key; found owner root"
        in said
    )
    assert f"set vos_certificate_owner: {user}" in said
    assert "no-such-user" in checked(play, fails=True, key=here, user="no-such-user")


def test_a_folder_above_the_key_that_shuts_the_account_out_is_named(play: Play, somebody: tuple[str, str]) -> None:
    closed = play.device("gw1") / "etc"
    closed.mkdir(parents=True)
    closed.chmod(0o700)
    said = checked(play, fails=True, user=somebody[0], owner=somebody[0])
    assert f"expected permission to enter {closed}" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another group")
def test_a_group_that_was_named_may_read_the_key(play: Play, pki: Path) -> None:
    key = play.device("gw1") / "certs/gateway.key"
    for group, mode in (("root", 0o600), ("daemon", 0o640), ("root", 0o600)):
        play([tasks.gateway(owner="root", group=group)])
        assert stat.S_IMODE(key.stat().st_mode) == mode
        assert grp.getgrgid(key.stat().st_gid).gr_name == group
        assert play([tasks.gateway(owner="root", group=group)]).nothing_changed
