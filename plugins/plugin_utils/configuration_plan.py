# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done about the configuration files of a device, and why. No input or output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .configuration_files import ConfigurationFile, Found, Service, digest_of

__all__ = ["Change", "Plan", "plan_for"]


@dataclass(frozen=True)
class Change:
    """What becomes of one file.

    :ivar action: created, changed, removed, owner_or_mode or unchanged
    :ivar content: what it is to hold; None where it is to be absent
    :ivar reason: in words; empty where it stays as it is
    """

    file: ConfigurationFile
    action: str
    content: str | None
    reason: str


@dataclass(frozen=True)
class Plan:
    """What becomes of all files, and whether the service has to read them.

    :ivar reload: why, in words; empty where it has read what is there
    :ivar leftovers: why there is something to clean up, in words; empty where there is not
    """

    changes: tuple[Change, ...]
    reload: str
    leftovers: str

    @property
    def contents(self) -> dict[str, str | None]:
        """By path, the new content of what changes; None for what is removed."""
        return {change.file.path: change.content for change in self.changes if change.action != "unchanged"}

    @property
    def reason(self) -> str:
        """All of it, in words; empty where there is nothing to do."""
        reasons = (*(change.reason for change in self.changes), self.leftovers, self.reload)
        return "; ".join(reason for reason in reasons if reason)


def plan_for(files: tuple[ConfigurationFile, ...], service: Service, found: Found) -> Plan:
    """What it takes to bring a device from what was found to what is wanted.

    :raises SiptlsError: a file cannot be merged
    """
    changes = tuple(_change(file, found) for file in files)
    leftovers = "an interrupted run left files behind" if found.leftovers else ""
    changed = any(change.action != "unchanged" for change in changes)
    return Plan(changes, "" if changed or not service.reload else _stale(found), leftovers)


def _change(file: ConfigurationFile, found: Found) -> Change:
    listed = found.files.get(file.path)
    if file.content is None:
        return (
            Change(file, "removed", None, f"{file.path} is to be absent")
            if listed
            else Change(file, "unchanged", None, "")
        )
    content = file.content_from(found.contents.get(file.path, ""))
    if listed is None:
        return Change(file, "created", content, f"{file.path} is missing")
    if listed.kind == "l":
        return Change(file, "changed", content, f"{file.path} is a symlink, to be a file")
    if found.digests.get(file.path) != digest_of(content):
        return Change(file, "changed", content, f"{file.path} differs")
    drift = file.drift(listed)
    if drift:
        return Change(file, "owner_or_mode", content, ", ".join(f"{file.path}: {words}" for words in drift))
    return Change(file, "unchanged", content, "")


def _stale(found: Found) -> str:
    """Why the service has to read its files though none of them is about to change."""
    if found.stamp is None:
        return "the service has not been seen to read these files"
    changed = _differing(found.digests, found.stamp)
    return f"changed since the service last read them: {', '.join(changed)}" if changed else ""


def _differing(now: Mapping[str, str], then: Mapping[str, str]) -> list[str]:
    return sorted(path for path in {*now, *then} if now.get(path) != then.get(path))
