# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemctl COMMAND [OPTION...] [UNIT]: runs the services of /etc/systemd/system as their units say, where no systemd may run.

As systemd does it: as the account of the unit, with nothing of the caller's environment, in its folder, with a file system that is
read-only but for the state directory, and with a /tmp of its own. Where a service fails, OnFailure= is started.
"""

from __future__ import annotations

import os
import pwd
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

UNITS = Path("/etc/systemd/system")
STATES = Path("/run/units")
JOURNAL = STATES / "journal"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SHUT_IN = """
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount --bind "$STATE" "$STATE"
for at in $READ_ONLY; do mount -o remount,bind,ro "$at"; done
cd "$FOLDER" || exit 200
exec setpriv --reuid "$ACCOUNT" --regid "$ACCOUNT" --init-groups --inh-caps=-all --no-new-privs env -i "$@"
"""


def main() -> int:
    """Exit status as systemctl has it."""
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    options = [word for word in sys.argv[1:] if word.startswith("-")]
    STATES.mkdir(exist_ok=True)
    command, *units = words
    if command == "show":
        name = next(word.partition("=")[2] for word in options if word.startswith("--property="))
        print((STATES / f"{units[0]}.{name}").read_text())
    elif command == "start":
        return start(units[0])
    return 0


def start(unit: str, environment: Mapping[str, str] | None = None) -> int:
    """Runs a service to its end."""
    keys = read(UNITS / unit)
    status = 0
    for key in ("ExecStart", "ExecStartPost"):
        for line in keys.get(key, []):
            status = status or execute(keys, line, environment or {})
    result = "exit-code" if status else "success"
    (STATES / f"{unit}.ActiveState").write_text("failed" if status else "inactive")
    (STATES / f"{unit}.Result").write_text(result)
    if status:
        for other in keys.get("OnFailure", []):
            start(other, {"MONITOR_SERVICE_RESULT": result, "MONITOR_EXIT_STATUS": str(status)})
    return 1 if status and "--no-block" not in sys.argv else 0


def read(path: Path) -> dict[str, list[str]]:
    """The keys of a unit, whatever section they are in."""
    keys: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith(("#", "[")):
            keys.setdefault(key, []).append(value.replace("%%", "%"))
    return keys


def execute(keys: Mapping[str, list[str]], line: str, more: Mapping[str, str]) -> int:
    """Runs one command of a unit, and returns its exit status."""
    account = pwd.getpwnam(keys["User"][0])
    environment = {"PATH": PATH, "HOME": account.pw_dir, "USER": account.pw_name, "LANG": "C.UTF-8", **more}
    for text in keys.get("Environment", []):
        environment.update(word.split("=", 1) for word in shlex.split(text))
    for name in keys.get("EnvironmentFile", []):
        words = shlex.split(Path(name).read_text(), comments=True)
        environment.update(word.split("=", 1) for word in words)
    state = Path("/var/lib") / keys["StateDirectory"][0]
    state.mkdir(exist_ok=True)
    os.chown(state, account.pw_uid, account.pw_gid)
    given = {
        "PATH": PATH,
        "STATE": str(state),
        "FOLDER": keys.get("WorkingDirectory", ["/"])[0],
        "ACCOUNT": account.pw_name,
        "READ_ONLY": "/ /home /srv" if keys["ProtectSystem"] == ["strict"] else "",
    }
    command = [*(f"{name}={value}" for name, value in environment.items()), *shlex.split(line)]
    with JOURNAL.open("ab") as journal:
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", _SHUT_IN, "sh", *command],
            env=given, stdin=subprocess.DEVNULL, stdout=journal, stderr=journal, check=False,
        ).returncode  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
