# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls that a reload would cut: how a device tells of them, and how long a reload waits for their end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..durations import parse_duration
from ..errors import SiptlsError
from ..text import number

__all__ = ["Calls", "InCalls"]

_MOST = 1_000_000


@dataclass(frozen=True)
class Calls:
    """What to do about calls.

    :ivar command: a shell command on the device that prints how many calls are up
    :ivar wait: how long to wait for their end
    :ivar forces: whether the service is reloaded after that all the same
    :ivar sleeps: whether the task waits itself; otherwise it tries once, and whoever calls it tries again
    :ivar since: when calls were first found up, in seconds since 1970; None where they were not
    """

    command: str
    wait: timedelta
    forces: bool
    sleeps: bool = True
    since: float | None = None

    @classmethod
    def checked(cls, options: Mapping[str, Any]) -> Calls:
        """By the option of the module, checked.

        :raises SiptlsError: an option has no sense
        """
        command = options["command"].strip()
        if not command:
            raise SiptlsError("calls.command is empty", expected="a command that prints how many calls are up")
        return cls(
            command,
            parse_duration(options["wait"], name="calls.wait"),
            options["otherwise"] == "force",
            sleeps=options.get("sleep", True),
            since=options.get("since"),
        )

    def found_up(self, up: int, now: float) -> InCalls:
        """That calls are up, of a task that does not wait itself.

        :param up: how many
        :param now: in seconds since 1970
        """
        since = now if self.since is None else self.since
        until = since + self.wait.total_seconds()
        return InCalls(up, since, until, is_over=now >= until)

    def number(self, status: str, said: str, *, where: str) -> int:
        """How many calls are up, by what the command said.

        :param status: its exit status
        :param where: the device, for an error
        :raises SiptlsError: it said no number
        """
        text = said.strip()
        found = number(text, _MOST) if status == "0" else None
        if found is not None:
            return found
        raise SiptlsError(
            "the device does not tell how many calls are up, so its service was not reloaded",
            where=where,
            expected=f"exit status 0 and one number from: {self.command}",
            found=f"exit status {status}: {text or 'it said nothing'}",
            remedy="correct the command",
        )


@dataclass(frozen=True)
class InCalls:
    """A service that was not reloaded, since calls are up.

    :ivar up: how many
    :ivar since: when they were first found up, in seconds since 1970; 0 of a task that waited itself
    :ivar until: how long their end is waited for, likewise
    :ivar is_over: whether that time is over
    """

    up: int
    since: float = 0
    until: float = 0
    is_over: bool = True
