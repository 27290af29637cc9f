# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two softswitches: each gateway is proven at the one that it registers at, or the run ends before anything is touched."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.registered_fleet import RegisteredFleet


class TwoSoftswitches(RegisteredFleet):
    """gw1 registers at vos, gw2 at vos2, and each softswitch knows of its own gateway alone."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.second_port = free.getsockname()[1]
        etc = self.device("vos2") / "etc"
        self.more_softswitches = {
            "vos2": {
                **self._softswitch(),
                "ansible_host": "localhost",
                "vos_hostname": "vos2.example.com",
                "vos_conf_directory": str(etc),
                "vos_reload_command": f"sh {folder}/serve.sh {etc} {self.second_port}",
                "vos_tls_connect": f"127.0.0.1:{self.second_port}",
                "vos_registrations_command": self._told_of("gw2"),
            }
        }

    def end(self) -> None:
        super().end()
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((self.device("vos2") / "etc/pid").read_text()), signal.SIGTERM)

    def changed(self, **gw2: Any) -> dict[str, dict[str, Any]]:
        """What makes the gateways those of different softswitches."""
        device = self.device("gw2")
        return {
            "vos": {"vos_registrations_command": self._told_of("gw1")},
            "gw1": {"gateway_softswitch": "vos"},
            # That this is vos2 follows from its address
            "gw2": {
                "gateway_register": f"sip:localhost:{self.second_port}",
                "gateway_reload_command": f"sh {self.folder}/register.sh {device} {self.second_port}",
                **gw2,
            },
        }

    def _told_of(self, gateway: str) -> str:
        file = self.folder / "devices" / gateway / "registered"
        return f'f={file}; [ ! -f "$f" ] || echo "sip:{gateway}@example.com $(cat "$f") 5"'


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[TwoSoftswitches]:
    made = TwoSoftswitches(tmp_path)
    try:
        yield made
    finally:
        made.end()


def test_each_gateway_is_proven_at_its_own_softswitch(fleet: TwoSoftswitches) -> None:
    done = fleet.site(changed=fleet.changed())
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(fleet.registered()) == {"gw1", "gw2"}
    verified = fleet.play("siptls.vos.verify", changed=fleet.changed())
    assert "not registered" not in verified.stdout, verified.stdout
    # Asked at the first softswitch, it would not be registered
    wrong = fleet.changed(gateway_softswitch="vos", gateway_keepalive_interval="60s")
    refused = fleet.site("--limit", "gw2", changed=wrong)
    assert refused.returncode == 2
    assert "registrations are not as expected" in refused.stdout + refused.stderr


def test_what_is_ambiguous_or_shared_is_refused_before_anything_is_touched(fleet: TwoSoftswitches) -> None:
    changed = fleet.changed(gateway_register="sip:example.com:5061", gateway_user="gw1")
    for playbook, words in (
        ("siptls.vos.site", "gateway_softswitch: expected the inventory's name of the softswitch"),
        ("siptls.vos.rotate", "gateway_softswitch: expected the inventory's name of the softswitch"),
    ):
        done = fleet.play(playbook, changed=changed)
        assert done.returncode == 2
        assert words in done.stdout + done.stderr
    shared = fleet.site(changed=fleet.changed(gateway_user="gw1"))
    assert shared.returncode == 2
    assert (
        "gw2: gateway_user: expected another user than gw1's; found 'gw1@example.com'" in shared.stdout + shared.stderr
    )
    elsewhere = fleet.site(
        changed=fleet.changed(gateway_register="sip:sip.example.net:5061", gateway_softswitch="vos2")
    )
    assert "a name in the certificate of vos2: example.com, vos2.example.com" in elsewhere.stdout + elsewhere.stderr
    assert not fleet.touched
