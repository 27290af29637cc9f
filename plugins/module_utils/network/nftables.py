# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of nftables that is one's own: its file, the unit that loads it at boot, and how the kernel gets it and gives it up.

Source: nft(8). What one call of ``nft -f`` reads is one transaction: all of it counts from one moment on, or none of it.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Any

from ..errors import SiptlsError

__all__ = ["Loaded", "Table"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}")
_UNIT_NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")
# A word of a unit file
_DIRECTORY = re.compile(r"(?:/[\w.+@:,=~-]+)+")
_UNITS = "/etc/systemd/system"
# What pulls it in: the boot, and the host's own rules, which begin with "flush ruleset" on Debian
_WANTED_BY = ("sysinit.target", "nftables.service")

_FILE = """\
# Written by siptls.vos.nftables_table. All of it is one transaction: no packet ever meets a part of it.
table inet {name}
delete table inet {name}
table inet {name} {{
{rules}
}}
"""

_UNIT = """\
# Written by siptls.vos.nftables_table
[Unit]
Description=The nftables table inet {name}
Documentation=man:nft(8)
# Before there is a network; and again whenever the host's own rules are loaded, for these may take all others away
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target
After=local-fs.target nftables.service
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service

[Service]
Type=oneshot
RemainAfterExit=yes
StandardInput=null
ProtectSystem=full
ProtectHome=yes
# Nothing on stop: a host that shuts down, and one whose own rules are loaded anew, stays closed
ExecStart=/usr/sbin/nft -f {path}
ExecReload=/usr/sbin/nft -f {path}

[Install]
WantedBy={wanted_by}
"""


@dataclass(frozen=True)
class Loaded:
    """What a device says of a table, besides its files.

    :ivar listing: the table as the kernel has it now, None where it has none
    :ivar recorded: the same right after it was loaded last, None where that is not on record
    :ivar starts: whether all links are there that have systemd start the unit
    """

    listing: str | None
    recorded: str | None
    starts: bool


@dataclass(frozen=True)
class Table:
    """A table of the family inet, as it is to be.

    :ivar name: of the table
    :ivar rules: what stands between its braces
    :ivar directory: absolute, on the device, of its file
    :ivar service: the systemd unit that loads it, without ``.service``
    """

    name: str
    rules: str
    directory: str
    service: str
    present: bool = True

    @classmethod
    def checked(cls, options: dict[str, Any]) -> Table:
        """A table by the options of the module, checked.

        :raises SiptlsError: an option has no sense
        """
        name, service, rules = options["name"], options["service"], (options["rules"] or "").strip("\n")
        present = options["state"] == "present"
        if not _NAME.fullmatch(name):
            expected = "letters, digits and '_', a letter first, 31 at most"
            raise SiptlsError("name cannot be that of a table", expected=expected, found=repr(name))
        if not _UNIT_NAME.fullmatch(service):
            expected = "the name of a systemd service without '.service'"
            raise SiptlsError("service cannot be the name of a unit", expected=expected, found=repr(service))
        if not _DIRECTORY.fullmatch(options["directory"]):
            expected = "an absolute path of letters, digits and . _ + @ : , = ~ -"
            raise SiptlsError(
                "directory cannot be a folder on the device", expected=expected, found=repr(options["directory"])
            )
        if present and not rules.strip():
            raise SiptlsError("rules are missing", expected="sets and chains", remedy="give rules, or state: absent")
        return cls(name, rules, options["directory"], service, present)

    @property
    def path(self) -> str:
        """Of the file that is loaded."""
        return f"{self.directory}/{self.name}.nft"

    @property
    def record(self) -> str:
        """Of the file that holds what the kernel had right after it was loaded last."""
        return f"{self.directory}/.{self.name}.nft.siptls-listed"

    @property
    def state_file(self) -> str:
        """Of the file that holds the digests of what was loaded last."""
        return f"{self.directory}/.{self.name}.nft.siptls-loaded"

    @property
    def unit(self) -> str:
        """The name of the unit."""
        return f"{self.service}.service"

    @property
    def links(self) -> list[str]:
        """The symlinks of the unit where it is enabled."""
        return [f"{_UNITS}/{each}.wants/{self.unit}" for each in _WANTED_BY]

    @property
    def files(self) -> list[dict[str, Any]]:
        """Its files, as the entries of ``siptls.vos.device_files``."""
        unit = f"{_UNITS}/{self.unit}"
        if not self.present:
            return [_absent(self.path), _absent(unit)]
        return [
            _file(
                self.path,
                _FILE.format(name=self.name, rules=self.rules),
                # Who is let in is nobody else's business
                mode="0600",
                validate="nft -c -f %s",
            ),
            _file(unit, _UNIT.format(name=self.name, path=self.path, wanted_by=" ".join(_WANTED_BY))),
        ]

    @property
    def traces(self) -> list[dict[str, Any]]:
        """What else it leaves on the device, to be absent."""
        return [_absent(self.record), _absent(self.state_file)]

    @property
    def load(self) -> str:
        """The shell command that brings kernel and systemd to what the files say; where there is no file, to no table."""
        path, record = shlex.quote(self.path), shlex.quote(self.record)
        return (
            f"if [ -f {path} ]; then nft -f {path} && systemctl daemon-reload && systemctl enable -q {self.unit} "
            f"&& systemctl start {self.unit} && (umask 077 && nft -s list table inet {self.name} >{record}); "
            f"else systemctl stop {self.unit} 2>/dev/null; rm -f {record} {' '.join(self.links)} && systemctl daemon-reload "
            f"&& {{ ! nft list table inet {self.name} >/dev/null 2>&1 || nft delete table inet {self.name}; }}; fi"
        )

    @property
    def load_in_words(self) -> str:
        """What ``load`` does, for errors."""
        return (
            f"nft -f {self.path} and a unit for the next boot" if self.present else f"nft delete table inet {self.name}"
        )

    def drift(self, loaded: Loaded) -> tuple[str, ...]:
        """Why the table is to be loaded or taken away though its files are as they are to be, in words."""
        what = f"the table inet {self.name}"
        if not self.present:
            return () if loaded.listing is None else (f"{what} is in the kernel, to be absent",)
        words = []
        if loaded.listing is None:
            words.append(f"{what} is not in the kernel: somebody flushed the rules, or they were never loaded")
        elif loaded.listing != loaded.recorded:
            words.append(f"{what} is not in the kernel as it was loaded: somebody changed it")
        if not loaded.starts:
            words.append(f"{self.unit} is not enabled, so the next boot would not load it")
        return tuple(words)

    def difference(self, loaded: Loaded) -> list[dict[str, str]]:
        """The parts of a diff between what is in the kernel and what was loaded."""
        wanted = loaded.recorded if self.present else None
        if loaded.listing == wanted:
            return []
        header = f"nft list table inet {self.name}"
        return [
            {
                "before": loaded.listing or "",
                "after": wanted or "",
                "before_header": header if loaded.listing else f"{header} (absent)",
                "after_header": header if self.present else f"{header} (absent)",
            }
        ]


def _file(path: str, content: str, mode: str = "0644", validate: str = "") -> dict[str, Any]:
    return {**_absent(path), "content": content, "mode": mode, "validate": validate, "state": "present"}


def _absent(path: str) -> dict[str, Any]:
    rest = {"content": None, "owner": "", "group": "", "mode": "0644", "validate": "", "sensitive": False}
    return {"path": path, **rest, "state": "absent"}
