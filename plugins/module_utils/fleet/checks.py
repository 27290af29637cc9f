# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One check of one device, and what all of them make of the device."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ..findings import Finding

__all__ = ["CHECKS", "DEVICE_STATES", "Check", "CheckState", "DeviceState", "complete", "is_unknown", "worst"]

CheckName = Literal[
    "reachable",
    "files",
    "modes",
    "pair",
    "chain",
    "lifetime",
    "revocation",
    "record",
    "identity",
    "anchors",
    "clock",
    "crl",
    "served",
    "connections",
    "second_certificate",
    "tls",
    "registration",
    "configuration",
    "media",
    "accelerated",
]
#: The checks, in the order in which a document has them.
CHECKS: tuple[CheckName, ...] = get_args(CheckName)
CheckState = Literal["ok", "due", "failed", "unknown", "not_applicable"]
DeviceState = Literal["ok", "due", "failed", "unknown", "unreachable"]
#: The states of a device, in the order of the counts.
DEVICE_STATES: tuple[DeviceState, ...] = get_args(DeviceState)
#: What is good to know of a device, and says nothing about whether it is in order.
_INFORMATIVE = ("accelerated",)


@dataclass(frozen=True)
class Check:
    """What became of one check.

    :ivar state: ``due`` where something is to be done in time and nothing is wrong yet; ``unknown`` where it could not be told
    :ivar cause: why it is not ok; a clause, or empty
    :ivar evidence: what was seen, each a clause
    :ivar remedy: what to do about it; a clause, or empty
    """

    check: CheckName
    state: CheckState
    cause: str = ""
    evidence: tuple[str, ...] = ()
    remedy: str = ""

    @classmethod
    def by(cls, check: CheckName, state: CheckState, finding: Finding) -> Check:
        """A check with the cause that somebody found."""
        return cls(check, state, finding.cause, finding.evidence, finding.remedy)

    @classmethod
    def by_all(
        cls, check: CheckName, state: CheckState, findings: Sequence[Finding], *, evidence: tuple[str, ...] = ()
    ) -> Check:
        """A check with all these causes; ok where there is none.

        :param evidence: what was seen besides
        """
        if not findings:
            return cls(check, "ok", evidence=evidence)
        return cls(
            check,
            state,
            "; ".join(one.cause for one in findings),
            (*(clause for one in findings for clause in one.evidence), *evidence),
            "; ".join(dict.fromkeys(one.remedy for one in findings if one.remedy)),
        )


def worst(checks: Iterable[Check]) -> DeviceState:
    """What the checks make of a device: what is wrong counts more than what is due, and that more than what nobody knows.

    A check that does not apply says nothing, and ``accelerated`` does not count: it is good to know. Nothing at all is unknown.
    """
    counted = [one for one in checks if one.check not in _INFORMATIVE and one.state != "not_applicable"]
    if any(one.check == "reachable" and one.state == "failed" for one in counted):
        return "unreachable"
    states = {one.state for one in counted}
    for state in ("failed", "due", "unknown"):
        if state in states:
            return state
    return "ok" if states else "unknown"


def is_unknown(checks: Iterable[Check]) -> bool:
    """Whether one that counts could not be told, whatever the others say."""
    return any(one.state == "unknown" and one.check not in _INFORMATIVE for one in checks)


def complete(checks: Iterable[Check], *, otherwise: CheckState = "unknown", cause: str = "") -> tuple[Check, ...]:
    """Each check once, in its order; those that are missing as ``otherwise``.

    :param cause: why they are missing
    """
    by_name = {one.check: one for one in checks}
    return tuple(by_name.get(name, Check(name, otherwise, cause)) for name in CHECKS)
