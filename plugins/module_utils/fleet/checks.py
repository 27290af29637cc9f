# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One check of one device, and what all of them make of the device."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from ..findings import Finding

__all__ = [
    "CHECKS",
    "DEVICE_STATES",
    "WORST_FIRST",
    "Check",
    "CheckName",
    "CheckState",
    "DeviceState",
    "WrittenCheck",
    "complete",
    "is_unknown",
    "worst",
]

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
#: The same, with what an operator has to see first in front.
WORST_FIRST: tuple[DeviceState, ...] = ("failed", "unreachable", "due", "unknown", "ok")
#: What is good to know of a device, and says nothing about whether it is in order.
_INFORMATIVE = ("accelerated",)


@dataclass(frozen=True)
class WrittenCheck:
    """A check as documents have it.

    :ivar cause: of all findings as one text; so for evidence and remedy
    :ivar findings: each by itself; documents of versions up to 0.3.0 have none
    """

    check: CheckName
    state: CheckState = "unknown"
    cause: str = ""
    evidence: tuple[str, ...] = ()
    remedy: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Check:
    """What became of one check.

    :ivar state: ``due`` where something is to be done in time and nothing is wrong yet; ``unknown`` where it could not be told
    :ivar findings: why it is not ok, each cause by itself
    :ivar besides: what was seen besides the evidence of the findings, each a clause
    """

    #: What a document has of it, and is read as
    WRITTEN: ClassVar[type] = WrittenCheck

    check: CheckName
    state: CheckState
    findings: tuple[Finding, ...] = ()
    besides: tuple[str, ...] = ()

    @classmethod
    def because(
        cls, check: CheckName, state: CheckState, cause: str, evidence: tuple[str, ...] = (), remedy: str = ""
    ) -> Check:
        """A check with one cause."""
        return cls(check, state, (Finding(cause, evidence, remedy),))

    @classmethod
    def by_all(
        cls, check: CheckName, state: CheckState, findings: Sequence[Finding], *, besides: tuple[str, ...] = ()
    ) -> Check:
        """A check with all these causes; ok where there is none."""
        return cls(check, state if findings else "ok", tuple(findings), besides)

    @property
    def cause(self) -> str:
        """All causes as one text; empty where there is none."""
        return "; ".join(one.cause for one in self.findings if one.cause)

    @property
    def evidence(self) -> tuple[str, ...]:
        """All that was seen, each a clause; that of the findings first."""
        return (*(clause for one in self.findings for clause in one.evidence), *self.besides)

    @property
    def remedy(self) -> str:
        """All remedies as one text, each once; empty where there is none."""
        return "; ".join(dict.fromkeys(one.remedy for one in self.findings if one.remedy))

    def written(self) -> WrittenCheck:
        """As documents have it."""
        return WrittenCheck(self.check, self.state, self.cause, self.evidence, self.remedy, self.findings)

    @classmethod
    def of_written(cls, found: WrittenCheck) -> Check:
        """From what :meth:`written` gave, now or before the findings were in it."""
        if found.findings:
            told = sum(len(one.evidence) for one in found.findings)
            return cls(found.check, found.state, found.findings, found.evidence[told:])
        if found.cause or found.remedy:
            return cls.because(found.check, found.state, found.cause, found.evidence, found.remedy)
        return cls(found.check, found.state, (), found.evidence)


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
    return tuple(by_name.get(name) or _missing(name, otherwise, cause) for name in CHECKS)


def _missing(name: CheckName, state: CheckState, cause: str) -> Check:
    return Check.because(name, state, cause) if cause else Check(name, state)
