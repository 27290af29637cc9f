# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CRLs of a fleet in the report of a rotation, with all else that would expire before the schedule renews it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..durations import format_duration, parse_duration
from ..errors import SiptlsError
from ..tables import aligned
from ..timestamps import read_time, write_moment
from .expiry import CaUse, Expiring, Margin, Problem, Schedule

__all__ = ["OUTCOMES", "Kept", "Upkeep", "ca_use", "certificates_of", "read_kept"]

#: What can become of the CRLs of a host, what an operator has to see first in front.
OUTCOMES = {
    "failed": "they could not be renewed, pushed or loaded",
    "unreachable": "the host could not be reached",
    "due": "they are to be renewed or pushed; nothing was done",
    "pushed": "they were pushed and loaded",
    "current": "they are as the PKI directory has them",
}


@dataclass(frozen=True)
class Kept:
    """The CRLs of one host.

    :ivar kind: ``softswitch``, or ``revocation_host``, which has OCSP responses too
    :ivar outcome: a key of :data:`OUTCOMES`
    :ivar cause: what stood in the way
    :ivar found: what there is now, with its end
    """

    host: str
    kind: str
    outcome: str
    cause: str = ""
    found: tuple[Expiring, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether what was found is what there is after this run: not where it is only planned, or was not reached."""
        return self.outcome not in ("due", "unreachable")

    def as_dictionary(self) -> dict[str, Any]:
        """For programs."""
        return {
            "host": self.host,
            "kind": self.kind,
            "outcome": self.outcome,
            "cause": self.cause,
            "found": [
                {
                    "kind": one.kind,
                    "of": one.of,
                    "file": one.file,
                    "not_after": write_moment(one.ends) if one.ends else None,
                }
                for one in self.found
            ],
        }


@dataclass(frozen=True)
class Upkeep:
    """What was done about CRLs, and what expires too early.

    :ivar kept: each host in this run that has CRLs
    :ivar left_out: the hosts that have CRLs and are not in this run
    :ivar certificates: those in use after the run
    :ivar uses: the CAs that issue
    """

    schedule: Schedule
    kept: Sequence[Kept]
    left_out: Sequence[str]
    certificates: Sequence[Expiring]
    uses: Sequence[CaUse]

    @property
    def of_hosts(self) -> list[Problem]:
        """What fails the run, each about one host."""
        found = [one for host in self.kept if host.counts for one in host.found]
        failed = [self._failed(host) for host in self.kept if host.outcome == "failed"]
        return [*failed, *self.schedule.problems([*found, *self.certificates])]

    @property
    def of_cas(self) -> Margin:
        """What fails the run, or is to be known early, about CAs."""
        return self.schedule.authorities(self.uses)

    @staticmethod
    def _failed(host: Kept) -> Problem:
        return Problem(
            host=host.host,
            problem="its CRLs could not be kept current",
            expected="CRLs as the PKI directory has them, loaded by the service",
            found=host.cause or "no cause was told",
            remedy="remove the cause, and run siptls.vos.rotate again before the CRLs expire",
        )

    def as_dictionary(self) -> dict[str, Any]:
        """For programs."""
        of_cas = self.of_cas
        return {
            "interval_seconds": int(self.schedule.interval / timedelta(seconds=1)),
            "deadline": write_moment(self.schedule.deadline),
            "crls": [host.as_dictionary() for host in self.kept],
            "not_in_this_run": list(self.left_out),
            "problems": [one.as_dictionary() for one in (*self.of_hosts, *of_cas.problems)],
            "warnings": [one.as_dictionary() for one in of_cas.warnings],
        }

    def lines(self) -> list[str]:
        """For people: nothing where no host has CRLs and nothing expires too early."""
        of_cas = self.of_cas
        counted = Counter(host.outcome for host in self.kept)
        counts = ", ".join(f"{counted[one]} {one}" for one in OUTCOMES if counted[one])
        ends = [one.ends for host in self.kept for one in host.found if one.kind == "crl" and one.ends]
        until = f"; the first expires in {format_duration(min(ends) - self.schedule.began)}" if ends else ""
        said = [f"CRLs: {counts}{until}"] if counts else []
        if self.left_out:
            said.append(f"CRLs not renewed or checked, since not in this run: {', '.join(self.left_out)}")
        said += [f"Warning: {one}" for one in of_cas.warnings]
        said += [f"Expires too early: {one}" for one in (*self.of_hosts, *of_cas.problems)]
        return [line for one in said for line in aligned([(one,)])]

    def causes(self) -> dict[str, str]:
        """By host, what fails the run, in words."""
        found: dict[str, str] = {}
        for one in self.of_hosts:
            found[one.host] = " ".join(filter(None, (found.get(one.host), str(one))))
        return found

    def ca_cause(self) -> str:
        """What fails the run about CAs, in words; empty where nothing does."""
        return " ".join(map(str, self.of_cas.problems))


def read_kept(host: str, kind: str, noted: Mapping[str, Any] | None, lists: Mapping[str, Any] | None) -> Kept:
    """From what the roles recorded on a host; None where it was not reached.

    :param lists: what siptls.vos.crl_info returned, of a softswitch
    """
    if noted is None:
        return Kept(host, kind, "unreachable")
    file = str(noted.get("file", ""))
    found = [_expiring(host, file, "crl", one.get("next_update"), one.get("issuer")) for one in _items(lists, "lists")]
    if kind == "softswitch" and not found:
        found = [Expiring(host, "crl", file, None)]
    for one in _items(noted, "found"):
        of_kind = str(one.get("kind"))
        found.append(_expiring(host, str(one.get("file", file)), of_kind, one.get("not_after"), one.get("of")))
    outcome = str(noted.get("outcome", "failed"))
    outcome = outcome if outcome in OUTCOMES else "failed"
    return Kept(host, kind, outcome, str(noted.get("cause", "")) if outcome == "failed" else "", tuple(found))


def _items(noted: Mapping[str, Any] | None, name: str) -> list[Mapping[str, Any]]:
    entries = noted.get(name) if noted else None
    return [one for one in entries if isinstance(one, Mapping)] if isinstance(entries, list) else []


def _expiring(host: str, file: str, kind: str, ends: Any, of: Any) -> Expiring:
    return Expiring(host, kind, file, _read_end(ends), of=str(of or ""))  # type: ignore[arg-type]  # from our own roles


def _read_end(text: Any) -> datetime | None:
    """A time that a module of this collection returned; None for anything else."""
    try:
        return read_time(str(text))
    except ValueError:
        return None


def certificates_of(host: str, kind: str, noted: Mapping[str, Any]) -> list[Expiring]:
    """The certificates in use after a rotation, from what its role recorded; those that are only planned are left out.

    :param kind: ``softswitch`` or ``gateway``
    """
    if noted.get("outcome") == "due":
        return []
    in_use = [("certificate", _certificate(noted, "after", "before"))]
    in_use += [("second_certificate", _certificate(noted, "second_after", "second_before"))]
    return [
        Expiring(host, name, "", end, device=kind)  # type: ignore[arg-type]  # the names above
        for name, certificate in in_use
        if certificate and (end := _read_end(certificate.get("not_after")))
    ]


def _certificate(noted: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    found = (noted.get(name) for name in names)
    return next((one for one in found if isinstance(one, Mapping) and one), {})


def ca_use(noted: Mapping[str, Any]) -> CaUse | None:
    """The CA that issues for a device, from what its role recorded; None where nothing was."""
    issuer, end = noted.get("issuer"), None
    if isinstance(issuer, Mapping):
        end = _read_end(issuer.get("not_after"))
    if end is None or not isinstance(issuer, Mapping):
        return None
    try:
        valid_for = parse_duration(str(noted.get("valid_for", "")))
    except SiptlsError:
        return None
    return CaUse(str(issuer.get("authority", "")), end, valid_for)
