# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the registrar of the lab holds, as it says itself."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime

SOFTSWITCH = "siptls-vos"


@dataclass(frozen=True)
class Registration:
    """One gateway in the location table, with what the registrar saw of its connection.

    :ivar serial: of the client certificate, in hexadecimal digits
    :ivar since: when this connection registered first
    """

    aor: str
    contact: str
    tls_version: str
    cipher: str
    serial: str
    not_after: datetime
    since: datetime

    @property
    def gateway(self) -> str:
        """The user of the AoR."""
        return self.aor.removeprefix("sip:").partition("@")[0]


def kamcmd(*command: str) -> str:
    """What the registrar answers to a command of its control interface."""
    return podman_exec(SOFTSWITCH, "kamcmd", "-s", "unix:/run/vos/ctl", *command)


def podman_exec(container: str, *command: str) -> str:
    """The output of a command in a container of the lab."""
    return subprocess.run(["podman", "exec", container, *command], check=True, capture_output=True, text=True).stdout


def registrations() -> list[Registration]:
    """Every gateway that is registered now, by AoR."""
    located = re.findall(r"AoR: (\S+)\s.*?Address: (\S+)", kamcmd("ul.dump"), re.DOTALL)
    seen = dict(re.findall(r"name: (\S+)\s+value: (.+)", kamcmd("htable.dump", "seen")))
    return sorted(
        (_registration(f"sip:{aor}", contact, seen[f"sip:{aor}"]) for aor, contact in located), key=lambda one: one.aor
    )


def _registration(aor: str, contact: str, seen: str) -> Registration:
    _connection, since, tls_version, cipher, serial, not_after = seen.split("|")
    return Registration(
        aor=aor,
        contact=contact,
        tls_version=tls_version,
        cipher=cipher,
        serial=_hexadecimal(serial),
        not_after=datetime.strptime(not_after, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC),
        since=datetime.fromtimestamp(int(since), UTC),
    )


def _hexadecimal(serial: str) -> str:
    digits = f"{int(serial):x}"
    return digits.zfill(len(digits) + len(digits) % 2)
