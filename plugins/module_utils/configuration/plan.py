# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done about a device's configuration, and why. No input or output."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..errors import SiptlsError
from ..ini import LARGEST_FILE, IniError, merge_ini
from .desired import Configuration, ConfigurationFile
from .original import NOTHING_KEPT, UNKNOWN, KeptOriginal, restored

__all__ = [
    "CHANGED",
    "CREATED",
    "FORGOTTEN",
    "OWNER_OR_MODE",
    "REMOVED",
    "UNCHANGED",
    "ConfigurationPlan",
    "FileFound",
    "FileStep",
    "InstalledConfiguration",
    "plan_for",
    "reloading",
]

CREATED = "created"
CHANGED = "changed"
REMOVED = "removed"
OWNER_OR_MODE = "owner_or_mode"
FORGOTTEN = "forgotten"
UNCHANGED = "unchanged"


@dataclass(frozen=True)
class FileFound:
    """What there is at a path.

    :ivar kind: as ls shows it: ``-`` a regular file, ``d`` a directory, ``l`` a symlink; empty for nothing
    :ivar digest: SHA-256, hexadecimal; None where there is no regular file, behind a symlink neither
    :ivar text: its content, where it was asked for and arrived as it is
    :ivar drift: what is otherwise than wanted of owner and mode, in words
    :ivar too_large: its size in bytes, where it was not fetched because of it; else 0
    :ivar left_over: whether an interrupted run left files beside it
    :ivar target: where a symlink leads
    :ivar is_open: whether it was published, and is neither accepted nor taken back
    :ivar mode: its permission bits
    :ivar kept: what the device kept of it, for a file that is to go back
    """

    kind: str = ""
    digest: str | None = None
    text: str | None = None
    drift: tuple[str, ...] = ()
    left_over: bool = False
    is_open: bool = False
    target: str = ""
    too_large: int = 0
    mode: int = 0o644
    kept: KeptOriginal = NOTHING_KEPT


@dataclass(frozen=True)
class InstalledConfiguration:
    """What a look at a device found.

    :ivar files: by path
    :ivar digests: of everything that the service loads, by path; None for what is missing
    :ivar loaded: the same as it was at the last successful reload; None where no such reload is on record
    """

    files: Mapping[str, FileFound]
    digests: Mapping[str, str | None]
    loaded: Mapping[str, str | None] | None


@dataclass(frozen=True)
class FileStep:
    """What is to be done about one file.

    :ivar action: one of the words above
    :ivar content: what it is to hold; None where that stays
    :ivar copies: whether that is the copy that the device kept, byte for byte
    :ivar unknown: of a file that is to go back, whether nobody knows what it was
    :ivar missing: of a file that goes back, the keys that it will not have, ``section.key``
    """

    file: ConfigurationFile
    found: FileFound
    action: str
    content: str | None = None
    copies: bool = False
    unknown: bool = False
    missing: tuple[str, ...] = ()

    @property
    def is_needed(self) -> bool:
        """Whether there is something to do, if only to clean up."""
        return self.action != UNCHANGED or self.found.left_over

    @property
    def affects_service(self) -> bool:
        """Whether the service would read something else."""
        return self.action in (CREATED, CHANGED, REMOVED)

    @property
    def digest(self) -> str:
        """SHA-256 of the content, hexadecimal; empty where that stays."""
        return _digest(self.content) if self.content is not None else ""

    @property
    def reasons(self) -> list[str]:
        """Why, in words."""
        path = self.file.path
        words = {
            CREATED: [f"{path} does not exist"],
            CHANGED: [f"{path} differs from what it is to be"],
            REMOVED: [f"{path} exists, to be absent"],
            FORGOTTEN: [f"{path}: what was kept of it is of no use any more"],
        }.get(self.action, [])
        if self.action in (CHANGED, OWNER_OR_MODE):
            words += [f"{path}: {drift}" for drift in self.found.drift]
        if self.found.left_over:
            words.append(f"{path}: an interrupted run left files beside it")
        return words


@dataclass(frozen=True)
class ConfigurationPlan:
    """What is to be done, file by file, and why the service is to be reloaded.

    :ivar steps: one for each file, those with nothing to do too
    :ivar not_loaded: what the last reload did not load, with why in words, by path, apart from the files that now change; the path is
        empty where no reload is on record
    :ivar reloads: whether the service is to be reloaded
    :ivar more: further reasons to reload, in words
    """

    steps: tuple[FileStep, ...]
    not_loaded: Mapping[str, str]
    reloads: bool
    more: tuple[str, ...] = ()

    @property
    def never_loaded(self) -> bool:
        """Whether a reload is due because no successful one is on record."""
        return "" in self.not_loaded

    @property
    def needed(self) -> tuple[FileStep, ...]:
        """The steps with something to do."""
        return tuple(step for step in self.steps if step.is_needed)

    @property
    def validates(self) -> bool:
        """Whether the files are to be validated: before a service reads them, and so before every reload."""
        return self.reloads or any(step.affects_service for step in self.steps)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Each of it, in words; none where there is nothing to do."""
        return (*(reason for step in self.steps for reason in step.reasons), *self.reasons_to_reload)

    @property
    def reason(self) -> str:
        """All of it on one line."""
        return "; ".join(self.reasons)

    @property
    def reasons_to_reload(self) -> tuple[str, ...]:
        """Why the service is to be reloaded though its files stay, in words."""
        return (*self.not_loaded.values(), *self.more)


def plan_for(wanted: Configuration, found: InstalledConfiguration) -> ConfigurationPlan:
    """What it takes to bring a device from what was found to what is wanted.

    :raises SiptlsError: what was found cannot be changed to what is wanted
    """
    steps = tuple(_step(file, found.files[file.path]) for file in wanted.files)
    changing = {step.file.path for step in steps if step.affects_service}
    not_loaded = _not_loaded(found, changing) if wanted.reload else {}
    return ConfigurationPlan(steps, not_loaded, reloads=bool(wanted.reload and (changing or not_loaded)))


def reloading(plan: ConfigurationPlan, wanted: Configuration) -> ConfigurationPlan:
    """The plan with a reload, though a service may have loaded all that is there: it was told to."""
    if plan.reloads or not wanted.reload:
        return plan
    return replace(plan, more=(*plan.more, "a reload was asked for (reload_now)"), reloads=True)


def _step(file: ConfigurationFile, found: FileFound) -> FileStep:
    if file.forgets:
        return FileStep(file, found, UNCHANGED if found.kept.state == UNKNOWN else FORGOTTEN)
    _refuse_unfit(file, found)
    if file.goes_back:
        return _step_back(file, found)
    if not file.present:
        return FileStep(file, found, REMOVED if found.kind else UNCHANGED)
    content = _merged(file, found) if file.merges else file.content
    if not found.kind:
        return FileStep(file, found, CREATED, content)
    if file.keeps_mode:
        file = replace(file, mode=found.mode)
    if _digest(content) != found.digest:
        return FileStep(file, found, CHANGED, content)
    return FileStep(file, found, OWNER_OR_MODE if found.drift else UNCHANGED)


def _step_back(file: ConfigurationFile, found: FileFound) -> FileStep:
    back = restored(file, found.kept, there=bool(found.kind), text=found.text, mode=found.mode)
    step = FileStep(back.file, found, UNCHANGED, unknown=back.unknown, missing=back.missing)
    if not back.file.present:
        return replace(step, action=REMOVED if found.kind else UNCHANGED)
    digest = found.kept.digest if back.copies else None if back.content is None else _digest(back.content)
    if digest is None:
        return step
    if digest != found.digest:
        return replace(step, action=CHANGED if found.kind else CREATED, content=back.content, copies=back.copies)
    return replace(step, action=OWNER_OR_MODE if found.drift else UNCHANGED)


def _refuse_unfit(file: ConfigurationFile, found: FileFound) -> None:
    if not found.kind or found.kind == "-" or (found.kind == "l" and not file.present):
        return
    if found.kind == "l":
        raise SiptlsError(
            "there is a symlink where a file is to be",
            where=file.path,
            found=f"a link to {found.target}",
            remedy="give the path of the file itself, or remove the link",
        )
    what = "a directory" if found.kind == "d" else "no regular file"
    raise SiptlsError(
        f"there is {what} where a file is to be", where=file.path, remedy="remove it, or correct the path"
    )


def _merged(file: ConfigurationFile, found: FileFound) -> str:
    if found.too_large:
        raise SiptlsError(
            "the file cannot be merged: it is too large for an INI file",
            where=file.path,
            expected=f"{LARGEST_FILE} bytes at most",
            found=f"{found.too_large} bytes",
        )
    if found.kind and found.text is None:
        raise SiptlsError(
            "the file cannot be merged: its content does not arrive as it is",
            where=file.path,
            expected="text without NUL characters, and so neither UTF-16 nor UTF-32",
        )
    try:
        return merge_ini(found.text or "", file.settings)
    except IniError as error:
        raise error.about(file.path, "the file cannot be merged") from None


def _not_loaded(found: InstalledConfiguration, changing: set[str]) -> dict[str, str]:
    if found.loaded is None:
        return {} if changing else {"": "no successful reload is on record"}
    words = {}
    for path, digest in found.digests.items():
        before = found.loaded.get(path)
        if path in changing or digest == before:
            continue
        if digest is None:
            words[path] = f"{path} is gone since the last reload"
        elif path in found.loaded:
            words[path] = f"{path} changed since the last reload"
        else:
            words[path] = f"{path} was not part of the last reload"
    return words


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode(errors="surrogateescape")).hexdigest()
