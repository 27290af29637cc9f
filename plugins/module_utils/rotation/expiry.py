# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What expires before a schedule has had two more runs to renew it. No input or output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ..durations import format_duration
from ..errors import SiptlsError

__all__ = ["CaUse", "Expiring", "Margin", "Problem", "Schedule"]

Kind = Literal["certificate", "second_certificate", "crl", "ocsp_responses", "ocsp_responder"]
_WHAT: Mapping[str, str] = {
    "certificate": "the certificate in use",
    "second_certificate": "the second certificate in use",
    "crl": "the CRL",
    "ocsp_responses": "the set of OCSP responses",
    "ocsp_responder": "the certificate of the OCSP responder",
}
#: What to do about each kind, where the run itself did not fail to renew it.
_REMEDY: Mapping[str, str] = {
    "certificate": "remove what keeps this device from being renewed, and run siptls.vos.rotate again",
    "second_certificate": "remove what keeps this softswitch from being renewed, and run siptls.vos.rotate again",
    "crl": "run siptls.vos.rotate; where it cannot renew this CRL, as one in vos_crl_others, get a new one from its CA",
    "ocsp_responses": "run siptls.vos.rotate without --limit",
    "ocsp_responder": "run siptls.vos.rotate without --limit",
}
_VARIABLES: Mapping[str, str] = {
    "certificate": "{kind}_certificate_renew_before",
    "second_certificate": "vos_certificate_renew_before",
    "crl": "pki_crl_valid_for and pki_root_crl_valid_for",
    "ocsp_responses": "revocation_responses_valid_for",
    "ocsp_responder": "revocation_certificate_renew_before",
}


@dataclass(frozen=True)
class Expiring:
    """Something on a host that expires.

    :ivar of: whose it is, such as the issuer of a CRL; empty where that says nothing
    :ivar ends: when, UTC; None where it is not there or cannot be read
    :ivar device: ``gateway`` or ``softswitch``, of a certificate
    """

    host: str
    kind: Kind
    file: str
    ends: datetime | None
    of: str = ""
    device: str = ""


@dataclass(frozen=True)
class CaUse:
    """A CA, and how long the certificates are to be valid that it issues.

    :ivar ends: when it, or a CA above it, expires; UTC
    """

    name: str
    ends: datetime
    valid_for: timedelta


@dataclass(frozen=True)
class Problem:
    """What an operator has to know, in the parts that every error of this collection has.

    :ivar host: the host that it is about, or the CA
    :ivar file: the file on the host; empty where it is about none
    """

    host: str
    problem: str
    expected: str
    found: str
    remedy: str
    file: str = ""

    def as_dictionary(self) -> dict[str, str]:
        """For programs."""
        return {name: getattr(self, name) for name in ("host", "file", "problem", "expected", "found", "remedy")}

    def __str__(self) -> str:
        where = f"{self.host}, {self.file}" if self.file else self.host
        return str(SiptlsError(self.problem, where=where, expected=self.expected, found=self.found, remedy=self.remedy))


@dataclass(frozen=True)
class Schedule:
    """When a run began, and how long it takes until the next one begins."""

    began: datetime
    interval: timedelta

    @property
    def deadline(self) -> datetime:
        """Until when everything has to last: the next run may fail, and the one after it is still in time."""
        return self.began + 2 * self.interval

    def problems(self, found: Iterable[Expiring]) -> list[Problem]:
        """Of these, what expires too early or is not there."""
        return [self._problem(one) for one in found if one.ends is None or one.ends < self.deadline]

    def _problem(self, one: Expiring) -> Problem:
        what = _WHAT[one.kind] + (f" of {one.of}" if one.of else "")
        variables = _VARIABLES[one.kind].format(kind="vos" if one.device == "softswitch" else "gateway")
        hint = f"if it is reported again, raise {variables}; or set rotate_interval, if this playbook is run more often than that"
        every = format_duration(self.interval)
        if one.ends is None:
            found = "none that can be read"
        elif one.ends <= self.began:
            found = f"expired at {_at(one.ends)}"
        else:
            found = f"{_at(one.ends)}, {format_duration(one.ends - self.began)} after this run began"
        return Problem(
            host=one.host,
            file=one.file,
            problem=f"{what} expires before this schedule has had two more runs",
            expected=f"{_at(self.deadline)} or later: two runs, one every {every} (rotate_interval)",
            found=found,
            remedy=f"{_REMEDY[one.kind]}; {hint}",
        )

    def authorities(self, uses: Iterable[CaUse]) -> Margin:
        """The CAs that cannot issue for the full period any more, and those that soon cannot."""
        longest: dict[str, CaUse] = {}
        for use in uses:
            known = longest.get(use.name)
            if known is None or use.valid_for > known.valid_for:
                longest[use.name] = use
        problems, warnings = [], []
        for use in sorted(longest.values(), key=lambda one: one.name):
            left = use.ends - self.began
            if left < use.valid_for + 2 * self.interval:
                problems.append(self._ca(use, "cannot issue certificates for their full period any more"))
            elif left < 2 * use.valid_for + 2 * self.interval:
                last = use.ends - use.valid_for - 2 * self.interval
                problem = f"can issue certificates for their full period until {_at(last)} only"
                warnings.append(self._ca(use, problem))
        return Margin(tuple(problems), tuple(warnings))

    def _ca(self, use: CaUse, problem: str) -> Problem:
        return Problem(
            host=use.name,
            problem=f"this CA {problem}",
            expected=f"a CA that lasts for {format_duration(use.valid_for)} or longer, as the certificates are to",
            found=f"it or a CA above it expires at {_at(use.ends)}, in {format_duration(use.ends - self.began)}",
            remedy="replace it by a CA rollover: siptls.vos.rollover",
        )


@dataclass(frozen=True)
class Margin:
    """What fails a run, and what is only to be known early."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def _at(time: datetime) -> str:
    return f"{time:%F %T} UTC"
