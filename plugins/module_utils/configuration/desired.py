# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a device's configuration is to be: files, what the service loads besides them, and how it is reloaded."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from ..durations import parse_duration
from ..errors import SiptlsError
from ..ini import parse_ini
from .calls import Calls
from .our_files import state_file_beside

__all__ = ["Configuration", "ConfigurationFile"]

# openssl escapes a backslash in the names that it prints, and an answer is read line by line.
_UNFIT_IN_PATH = re.compile("[\x00-\x1f\x7f\\\\]")
_LONGEST_INTERVAL = timedelta(minutes=5)
_MODE = re.compile(r"0[0-7]{3}")
_PLACEHOLDER = re.compile(r"%(?P<escaped>%?)(?P<what>s|\{(?P<path>/[^{}]*)\})")


@dataclass(frozen=True)
class ConfigurationFile:
    """One file, as it is to be.

    :ivar path: absolute, on the device
    :ivar content: the whole of it, or with ``merges`` the INI settings to put into what is there; ends with a line end
    :ivar owner: a name or number; empty to leave it alone; so for the group
    :ivar mode: permission bits
    :ivar keeps_mode: whether a file that is there keeps its own; ``mode`` is then for a new one
    :ivar validate: a shell command with ``%s`` for the file and ``%{PATH}`` for another; empty for none
    :ivar sensitive: whether the content must not be seen
    :ivar present: whether it is to be there
    :ivar summarized: whether a diff has its digest alone
    :ivar keeps: whether the device keeps what it was before its first change
    :ivar goes_back: whether it is to be what it was before that; ``content`` then holds the INI settings that are not the operator's
    :ivar forgets: whether what was kept of it is to go; the file stays as it is
    :ivar replacement: with ``goes_back``: INI settings to set besides; or the content where nobody knows what it was, empty for no file
    """

    path: str
    content: str = ""
    merges: bool = False
    owner: str = ""
    group: str = ""
    mode: int = 0o644
    keeps_mode: bool = False
    validate: str = ""
    sensitive: bool = False
    present: bool = True
    summarized: bool = False
    keeps: bool = False
    goes_back: bool = False
    forgets: bool = False
    replacement: str | None = None

    @classmethod
    def checked(cls, options: Mapping[str, Any]) -> ConfigurationFile:
        """A file by the options of the module, checked.

        :raises SiptlsError: an option has no sense, or makes none beside another
        """
        path, content = options["path"], options.get("content")
        _check_path(path, "path")
        mode = str(options["mode"])
        if not _MODE.fullmatch(mode):
            raise SiptlsError(
                "mode cannot be read",
                where=path,
                expected="four octal digits in quotes, such as '0644'",
                found=repr(mode),
            )
        owner, group = options["owner"], options["group"]
        if owner and group and owner.isdecimal() != group.isdecimal():
            raise SiptlsError(
                "owner and group are to be two names or two numbers", where=path, found=f"{owner!r} and {group!r}"
            )
        state = options["state"]
        present = state == "present"
        if present and content is None:
            raise SiptlsError("content is missing", where=path, remedy="give content, or state: absent")
        file = cls(
            path=path,
            content=_ended(content or ""),
            merges=options.get("merge") == "ini",
            owner=owner,
            group=group,
            mode=int(mode, 8),
            keeps_mode=bool(options.get("keep_mode")),
            validate=options["validate"] or "",
            sensitive=bool(options["sensitive"]),
            present=present,
            summarized=options.get("diff") == "digest",
            keeps=bool(options.get("keep_original")),
            goes_back=state == "original",
            forgets=state == "forgotten",
            replacement=options.get("replacement"),
        )
        if present or file.goes_back:
            file._check_content()
        if present:
            file._check_validate()
        file._check_original()
        return file

    @cached_property
    def settings(self) -> dict[str, dict[str, str]]:
        """With ``merges``: the settings in the content, by section and key."""
        return parse_ini(self.content)

    @property
    def refers_to(self) -> list[str]:
        """The paths of the other files that ``validate`` names."""
        found = _PLACEHOLDER.finditer(self.validate)
        return [match["path"] for match in found if match["path"] and not match["escaped"]]

    def command(self, places: Mapping[str, str]) -> str:
        """The shell command that validates this file.

        :param places: by path, where a file is for now; those that are not in it are at their path
        """

        def filled(match: re.Match[str]) -> str:
            if match["escaped"]:
                return f"%{match['what']}"
            path = match["path"] or self.path
            return shlex.quote(places.get(path, path))

        return _PLACEHOLDER.sub(filled, self.validate)

    def _check_content(self) -> None:
        try:
            fits = b"\0" not in self.content.encode(errors="surrogateescape")
        except UnicodeEncodeError:
            fits = False
        if not fits:
            raise SiptlsError("content is no text", where=self.path, expected="UTF-8 without a NUL character")
        if self.merges and self.sensitive:
            raise SiptlsError(
                "a sensitive file cannot be merged: what is in it would have to leave the device",
                where=self.path,
                remedy="leave out merge and give the whole content, or leave out sensitive",
            )
        if self.merges:
            try:
                _parsed = self.settings
            except SiptlsError as error:
                raise SiptlsError(
                    f"content cannot be merged: {error.problem}",
                    where=self.path,
                    expected=error.expected,
                    found=error.found,
                ) from None

    def _check_original(self) -> None:
        if self.sensitive and (self.keeps or self.goes_back):
            raise SiptlsError(
                "nothing is kept of a sensitive file, and so it cannot go back",
                where=self.path,
                remedy="leave out sensitive, or keep_original and state: original",
            )
        if self.replacement is None:
            return
        if not self.goes_back:
            raise SiptlsError("replacement is for state: original alone", where=self.path)
        if self.merges:
            parse_ini(self.replacement)

    def _check_validate(self) -> None:
        places = [match for match in _PLACEHOLDER.finditer(self.validate) if not match["escaped"]]
        if self.validate and not any(match["what"] == "s" for match in places):
            raise SiptlsError(
                "validate does not look at the file", where=self.path, expected="a command with %s for its path"
            )


@dataclass(frozen=True)
class Configuration:
    """All of it.

    :ivar loads: paths of other files that the service loads
    :ivar reload: a shell command; empty for none
    :ivar state_file: absolute, on the device; empty where nothing is ever reloaded
    :ivar reload_interval: how many seconds are to pass from one reload to the next
    :ivar calls: what to do about calls that a reload would cut; None where it cuts none
    :ivar keeps_previous: whether what there was stays on the device until the new files are accepted
    """

    files: tuple[ConfigurationFile, ...]
    loads: tuple[str, ...] = ()
    reload: str = ""
    state_file: str = ""
    reload_interval: int = 0
    calls: Calls | None = None
    keeps_previous: bool = False

    @classmethod
    def checked(cls, options: Mapping[str, Any]) -> Configuration:
        """A configuration by the options of the module, checked.

        :raises SiptlsError: an option has no sense, or makes none beside another
        """
        files = tuple(ConfigurationFile.checked(entry) for entry in options["files"])
        loads, reload = options["loads"], options["reload"].strip()
        for path in loads:
            _check_path(path, "loads")
        if not files and not (loads and reload):
            raise SiptlsError("there is nothing to see to", expected="files, or loads and reload")
        state_file = options["state_file"] or (state_file_beside(files[0].path) if files and reload else "")
        if reload and not state_file:
            raise SiptlsError("state_file is missing", expected="an absolute path on the device, where files is empty")
        if state_file:
            _check_path(state_file, "state_file")
        _check_agreement(files, state_file)
        of_files = {file.path for file in files}
        return cls(
            files=files,
            loads=tuple(path for path in dict.fromkeys(loads) if path not in of_files) if reload else (),
            reload=reload,
            state_file=state_file if reload else "",
            reload_interval=_seconds(options["reload_interval"]) if options.get("reload_interval") else 0,
            calls=Calls.checked(options["calls"]) if options.get("calls") else None,
            keeps_previous=bool(options.get("keep_previous")),
        )


def _seconds(text: str) -> int:
    interval = parse_duration(text, name="reload_interval")
    if interval > _LONGEST_INTERVAL:
        raise SiptlsError("reload_interval is too long to wait for", expected="5m at most", found=repr(text))
    return int(interval.total_seconds())


def _ended(content: str) -> str:
    return content if not content or content.endswith("\n") else f"{content}\n"


def _check_path(path: str, option: str) -> None:
    if not path.startswith("/") or path == "/" or posixpath.normpath(path) != path or _UNFIT_IN_PATH.search(path):
        raise SiptlsError(
            f"{option} cannot be the path of a file on the device",
            expected="an absolute path without '.', '..', '//', a '/' at its end, backslashes and control characters",
            found=repr(path),
        )


def _check_agreement(files: Iterable[ConfigurationFile], state_file: str) -> None:
    by_path: dict[str, ConfigurationFile] = {}
    for file in files:
        if file.path in by_path or file.path == state_file:
            raise SiptlsError("two things are to be in one file", where=file.path)
        by_path[file.path] = file
    for file in by_path.values():
        for path in file.refers_to if file.present else ():
            if path not in by_path or not by_path[path].present:
                raise SiptlsError(
                    f"validate names a file that is not among those to be published: %{{{path}}}",
                    where=file.path,
                    expected="the path of another entry of files",
                )
