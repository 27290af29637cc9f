# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a probe finds wrong, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Finding", "State"]


class State(Enum):
    """Of one step of a probe. What could not be tried or told is unknown, and never held for failed."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One cause.

    :ivar cause: a sentence without a full stop
    :ivar evidence: what was seen that says so, each a clause
    :ivar remedy: what to do about it; a clause, or empty
    """

    cause: str
    evidence: tuple[str, ...] = ()
    remedy: str = ""
