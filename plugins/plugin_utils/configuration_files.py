# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration files of a device: what is wanted, what is there, and the conversation that makes one the other."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..module_utils.errors import SiptlsError
from ..module_utils.ini import merge_ini, parse_ini
from .device import Device
from .listing import Listed, parse_listing

__all__ = ["ConfigurationFile", "Found", "Service", "look", "publish"]

_PATH = re.compile(r"(/[^\s/\0]+)+")
_MODE = re.compile(r"0[0-7]{3}")
_DIGEST = re.compile(r"([0-9a-f]{64}) [ *](.+)")


@dataclass(frozen=True)
class ConfigurationFile:
    """One file as it is to be.

    :ivar content: what it is to hold, or, with ``merge``, the INI settings to set in what it holds; None: it is to be absent
    :ivar mode: four octal digits
    :ivar owner: a name or a number; empty to leave it to whoever writes; so for the group
    :ivar validate: a shell command with %s for the file and %{PATH} for another of the files; empty for none
    :ivar sensitive: its content is never shown
    """

    path: str
    content: str | None
    merge: bool
    mode: str
    owner: str
    group: str
    validate: str
    sensitive: bool

    def __post_init__(self) -> None:
        check_path(self.path)
        if not _MODE.fullmatch(self.mode):
            raise SiptlsError(
                f"mode of {self.path} is no mode",
                expected="four octal digits in quotes, such as '0644'",
                found=self.mode,
            )
        if self.merge and self.sensitive:
            raise SiptlsError(
                f"{self.path} cannot be both merged and sensitive",
                remedy="a merged file has to be read first; keep the secret in a file of its own",
            )

    def content_from(self, present: str) -> str:
        """What it is to hold, given what it holds; ends with a line end.

        :raises SiptlsError: the settings, or what is there, are not INI
        """
        wanted = self.content or ""
        if self.merge:
            try:
                wanted = merge_ini(present, parse_ini(wanted))
            except SiptlsError as error:
                raise SiptlsError(str(error), where=self.path) from None
        return wanted if wanted.endswith("\n") or not wanted else f"{wanted}\n"

    def drift(self, found: Listed) -> list[str]:
        """What its owner and mode are otherwise than wanted, in words."""
        return found.drift(int(self.mode, 8), self.owner, self.group)


@dataclass(frozen=True)
class Service:
    """What reads the files.

    :ivar reload: the shell command that has it read them; empty for none
    :ivar loads: other files that it reads, by path
    :ivar state_file: where the device keeps what it has read last
    """

    reload: str
    loads: tuple[str, ...]
    state_file: str

    def __post_init__(self) -> None:
        for path in (*self.loads, self.state_file):
            check_path(path)


@dataclass(frozen=True)
class Found:
    """What a look at a device found.

    :ivar files: those that are there, by path
    :ivar contents: by path, those that were asked for
    :ivar digests: SHA-256 by path, of all that are there, those that the service loads too
    :ivar stamp: the same when the service last read them; None where that is not known
    :ivar leftovers: paths beside which an interrupted run left something
    """

    files: Mapping[str, Listed]
    contents: Mapping[str, str]
    digests: Mapping[str, str]
    stamp: Mapping[str, str] | None
    leftovers: tuple[str, ...]


def check_path(path: str) -> None:
    """Makes sure that ``path`` is one that the scripts can handle.

    :raises SiptlsError: it is not absolute, or has blanks
    """
    if not _PATH.fullmatch(path):
        raise SiptlsError(
            "not a path of a file on the device", expected="an absolute path without blanks", found=repr(path)
        )


def digest_of(content: str) -> str:
    """The SHA-256 of ``content``, in hexadecimal digits."""
    return hashlib.sha256(content.encode(errors="surrogateescape")).hexdigest()


def look(device: Device, files: tuple[ConfigurationFile, ...], service: Service, *, contents: bool) -> Found:
    """What the device has now, in one round trip that changes nothing.

    :param contents: whether the contents of all files that are not sensitive are wanted, for a diff
    :raises SiptlsError: the device cannot be looked at
    """
    shown = [file.path for file in files if file.merge or (contents and not file.sensitive)]
    answer = device.run(
        "files_look.sh",
        {
            "paths": "\n".join(file.path for file in files),
            "contents": "\n".join(shown),
            "loads": "\n".join(service.loads),
            "state_file": service.state_file if service.reload else "",
            "numeric": "n" if _by_number(files) else "",
        },
    )
    stamp = answer.body("stamp")
    return Found(
        files=parse_listing(answer.body("files") or ""),
        contents=dict(answer.each("content")),
        digests=_digests(answer.body("digests") or ""),
        stamp=None if stamp is None else _digests(stamp),
        leftovers=tuple(path for path, _body in answer.each("leftover")),
    )


def _by_number(files: Iterable[ConfigurationFile]) -> bool:
    """Whether owners are numbers.

    :raises SiptlsError: some are and some are not, which one listing cannot tell apart
    """
    kinds = {name.isdecimal() for file in files for name in (file.owner, file.group) if name}
    if len(kinds) > 1:
        raise SiptlsError("owners and groups are to be all names or all numbers")
    return kinds == {True}


def _digests(text: str) -> dict[str, str]:
    return {match[2]: match[1] for line in text.splitlines() if (match := _DIGEST.fullmatch(line))}


def publish(
    device: Device, files: tuple[ConfigurationFile, ...], contents: Mapping[str, str | None], service: Service
) -> None:
    """Has the device put ``contents`` in place, all validated first, and the service read them.

    :param contents: by path, what changes: the new content, or None to remove the file
    :raises SiptlsError: something failed, and the files from before are back
    """
    by_path = {file.path: file for file in files}
    staged = {path: content for path, content in contents.items() if content is not None}
    parameters = {
        "staging": _calls(
            ("stage", path, by_path[path].mode, by_path[path].owner, by_path[path].group, content)
            for path, content in staged.items()
        ),
        "validation": _calls(
            ("validate", file.path, _command(file, staged))
            for file in files
            if file.validate and file.content is not None
        ),
        "switching": _calls(("remove" if content is None else "switch", path) for path, content in contents.items()),
        "cleaning": _calls(("clean", file.path) for file in files),
        "reload": service.reload,
        "stamped": "\n".join((*by_path, *service.loads)),
        "state_file": service.state_file,
    }
    device.run("files_publish.sh", parameters, secret=any(file.sensitive for file in files))


def _calls(calls: Iterable[tuple[str, ...]]) -> str:
    return "".join(f"{shlex.join(call)}\n" for call in calls)


def _command(file: ConfigurationFile, staged: Mapping[str, str]) -> str:
    """The validation command, with the paths that hold the new contents at that time."""

    def now(path: str) -> str:
        folder, _slash, name = path.rpartition("/")
        return shlex.quote(f"{folder}/.{name}.siptls-new" if path in staged else path)

    return re.sub(r"%s|%\{([^}]*)\}", lambda match: now(match[1] or file.path), file.validate)
