# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the remedy that a diagnosis names, step by step, as an operator would paste it; and what it may not touch."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .material import GATEWAY, SOFTSWITCH, shell

__all__ = ["HOSTS", "hosts_of", "is_by_hand", "state_of", "take"]

#: What the inventory calls the devices of the lab, and where each keeps its files
HOSTS = {"vos": (SOFTSWITCH, "/etc/vos"), "gw1": (GATEWAY, "/etc/gateway"), "gw2": ("siptls-gw2", "/etc/gateway")}


def is_by_hand(steps: Sequence[Mapping[str, Any]]) -> bool:
    """Whether there is a step that no command takes."""
    return any(not step["arguments"] and not step["inventory"] for step in steps)


def hosts_of(steps: Sequence[Mapping[str, Any]]) -> set[str]:
    """The hosts that the steps are about."""
    return {str(step["host"]) for step in steps if step["arguments"]}


def take(steps: Sequence[Mapping[str, Any]], folder: Path, *, root: Path) -> None:
    """Sets in the inventory what the steps want there, and runs their commands in the folder of the collection.

    :param folder: for what is written meanwhile
    :raises AssertionError: a command failed
    """
    folder.mkdir(parents=True, exist_ok=True)
    sources: list[str] = []
    for at, step in enumerate(steps):
        if step["inventory"]:
            source = folder / f"operator-{at}.json"
            source.write_text(json.dumps({"all": {"hosts": {step["host"]: step["inventory"]}}}))
            sources += ["-i", str(source)]
        if not step["arguments"]:
            continue
        # After the inventories of the lab: what the operator has set there comes last
        words = [*step["arguments"], *sources]
        if step["playbook"] == "siptls.vos.rotate":
            # The lab's inventory is part of the sources
            words += ["-e", f"rotate_report={folder}/rotation-report.json"]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300, cwd=root)
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}{done.stderr}"


def state_of(hosts: Sequence[str]) -> dict[str, str]:
    """By host, the digests of its files; and of the softswitch the rules that its kernel has."""
    found = {}
    for name in hosts:
        container, files = HOSTS[name]
        found[name] = shell(container, f"find {files} -type f ! -name '.*siptls*' -exec sha256sum {{}} + | sort -k2")
        if container == SOFTSWITCH:
            found[name] += shell(container, "nft -s list ruleset")
    return found
