# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that would be lines of a unit or commands stop a role before the device is touched."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play

RIGHT = {
    "verification": {"verification_inventory": ["/srv/fleet/hosts.yml"]},
    "revocation": {
        "revocation_hostname": "crl.example.com",
        "pki_root_passphrase": "of the root",
        "pki_issuing_passphrase": "of the CA",
    },
    "audit": {},
    "allowlist": {},
}


@pytest.mark.parametrize(
    ("role", "variable", "value"),
    [
        ("verification", "verification_time_limit", "1h\nUser=root"),
        ("verification", "verification_project_directory", "/srv/fleet\nUser=root"),
        ("verification", "verification_inventory", ["/srv/hosts\nUser=root"]),
        ("revocation", "revocation_directory", "/x;touch /y;true"),
        ("audit", "audit_directory", "/x;touch /y;true"),
        ("allowlist", "allowlist_directory", "/x\nExecStartPre=/y"),
    ],
)
def test_value_that_would_be_more_than_a_value_stops_the_role(play: Play, role: str, variable: str, value: Any) -> None:
    shell = play.folder / "shell"
    shell.write_text(f'#!/bin/sh\ntouch {play.folder}/touched\nexec /bin/sh "$@"\n')
    shell.chmod(0o755)
    variables = {**RIGHT[role], variable: value}
    task = {"name": "The role", "ansible.builtin.import_role": {"name": f"siptls.vos.{role}"}}
    refused = play([task], fails=True, variables=variables, environment={"ANSIBLE_EXECUTABLE": str(shell)})
    assert f"{variable}" in refused.message("gw1")
    assert "nothing has been changed" in refused.message("gw1")
    assert not (play.folder / "touched").exists()
