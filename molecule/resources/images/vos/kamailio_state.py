# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Part of the lab: what a running Kamailio holds, line by line, as siptls.vos asks a softswitch for it.

``registrations``: a line ``AOR SERIAL SECONDS`` for each registration. The serial number is that of the client certificate
of the connection that registered, the age that of its first registration over this connection.

``connections``: a line ``PEER SERIAL SECONDS`` for each established TLS connection. The serial number is that of the
certificate that was served on it; it is known from the first SIP message on.

What Kamailio does not tell is ``-``.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator

CONTROL = "unix:/run/vos/ctl"


class SilentError(Exception):
    """Kamailio gives no answer, and why."""


def main() -> int:
    """Exit status 0, or 1 with the reason where Kamailio does not answer: that is no empty list."""
    try:
        lines = sorted(registrations() if sys.argv[1:] == ["registrations"] else connections())
    except SilentError as silent:
        print(f"kamailio_state: {silent}", file=sys.stderr)
        return 1
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def registrations() -> Iterator[str]:
    """The location table, with what the registrar saw of the connection of each contact."""
    contacts = re.findall(r"AoR: (\S+)|Expires: (\S+)|Tcpconn-Id: (-?\d+)", kamcmd("ul.dump"))
    # Keyed by the sender as it wrote itself; the location table has it in lower case
    seen = {key.lower(): value for key, value in table("seen").items()}
    aor = expires = ""
    for new_aor, new_expires, connection in contacts:
        aor, expires = new_aor or aor, new_expires or expires
        if connection and expires not in ("expired", "deleted"):
            yield f"sip:{aor} {_seen_on(connection, seen.get(f'sip:{aor.lower()}', ''))}"


def _seen_on(connection: str, seen: str) -> str:
    """Serial number and age, unless the registrar saw them on a connection before this one."""
    if not seen.startswith(f"{connection}:"):
        return "- -"
    _connection, since, _version, _cipher, serial, _end = seen.split("|")
    return f"{hexadecimal(serial)} {age(int(since))}"


def connections() -> Iterator[str]:
    """The connections that are up now, with what was kept of their first message."""
    listed = kamcmd("tls.list")
    served = table("served")
    for block in re.findall(r"\{(.*?)\}", listed, re.DOTALL):
        one = dict(re.findall(r"(\w+): (.*)", block))
        if one["state"] == "established":
            since = time.mktime(time.strptime(one["timestamp"], "%Y-%m-%d %H:%M:%S"))
            host = f"[{one['src_ip']}]" if ":" in one["src_ip"] else one["src_ip"]
            yield f"{host}:{one['src_port']} {hexadecimal(served.get(one['id'], ''))} {age(since)}"


def table(name: str) -> dict[str, str]:
    """One of Kamailio's hash tables."""
    return dict(re.findall(r"name: (\S+)\s+value: (.+)", kamcmd("htable.dump", name)))


def kamcmd(*command: str) -> str:
    """What Kamailio answers to a command of its control interface.

    :raises SilentError: it does not run, or does not know the command
    """
    done = subprocess.run(["kamcmd", "-s", CONTROL, *command], capture_output=True, text=True, check=False, timeout=10)
    if done.returncode != 0 or done.stdout.startswith("error:"):
        raise SilentError(f"kamcmd {' '.join(command)}: {(done.stdout + done.stderr).strip()}")
    return done.stdout


def hexadecimal(serial: str) -> str:
    """Kamailio's decimal digits in the notation of certificates."""
    return f"{int(serial):X}" if serial.isdecimal() else "-"


def age(since: float) -> int:
    """Whole seconds, and none before the time itself."""
    return max(0, int(time.time() - since))


if __name__ == "__main__":
    sys.exit(main())
