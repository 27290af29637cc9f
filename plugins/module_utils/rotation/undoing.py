# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What siptls.vos.site takes back after a failure, and how it says so. No input or output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Undone", "goes_back"]


def goes_back(result: Any) -> bool:
    """Whether the certificate of before comes back: there was one, and there is another now.

    :param result: what siptls.vos.device_certificate returned; of a task that failed, it has no serial number
    """
    if not isinstance(result, Mapping):
        return False
    before = result.get("before")
    was = before.get("serial_number") if isinstance(before, Mapping) else None
    return bool(was) and (result.get("serial_number") or was) != was


@dataclass(frozen=True)
class Undone:
    """What was taken back.

    :ivar task: the name of the task that failed
    :ivar cause: what it said
    :ivar certificate: whether the certificate of before is back in use
    :ivar configuration: whether the files of before are back
    :ivar file: the path of the only one; empty for several
    :ivar is_lost: whether the device does not register with that either
    """

    task: str
    cause: str
    certificate: bool
    configuration: bool
    file: str = ""
    is_lost: bool = False

    def words(self) -> str:
        """For an operator: the cause again where more was done since it was shown, and what was taken back."""
        back = [
            "The certificate of before is back in use." if self.certificate else "",
            self._files() if self.configuration else "",
            "It does not register with that either." if self.is_lost else "",
        ]
        said = " ".join(filter(None, back))
        if said:
            return " ".join(filter(None, (self.cause, said)))
        task = f"the task {self.task!r}" if self.task else "a task"
        return f"{task} failed, with the error above. Nothing had to be undone"

    def _files(self) -> str:
        if self.file:
            return f"{self.file} is as it was before, and loaded."
        return "The configuration files are as they were before, and reloaded."
