# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second certificate of a softswitch, which it serves to those who ask for another name: looked at like the first, in one check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..findings import Finding
from ..fleet.checks import Check, CheckState
from ..pki.survey.survey import RecordedCertificate
from .certificates import certificate_checks
from .service import served_check, tls_check
from .settings import Observed, OwnConnection, VerificationTarget

__all__ = ["Second", "checks_of_second", "second_check"]

#: The worst in front.
_BEHIND: tuple[CheckState, ...] = ("failed", "due", "unknown")


@dataclass(frozen=True)
class Second:
    """A second certificate: what it is to be, what was seen of it, and what the PKI directory says.

    :ivar wanted: its ``device`` is the name that it is on record for
    :ivar found: None where the certificate cannot be read
    """

    wanted: VerificationTarget
    seen: Observed
    probed: OwnConnection
    found: RecordedCertificate | None


def checks_of_second(second: Second, revoked: frozenset[int]) -> tuple[Check, ...]:
    """What is asked of the first certificate, asked of the second.

    :param revoked: the serial numbers in the revocation lists on the softswitch
    """
    wanted, seen = second.wanted, second.seen
    return (
        *certificate_checks(wanted, seen, second.found, revoked),
        served_check(wanted, seen, second.probed),
        tls_check(wanted, second.probed),
    )


def second_check(checks: Sequence[Check]) -> Check:
    """All of them as one, the worst in front.

    :param checks: empty where there is no second certificate
    """
    counted = [one for one in checks if one.state != "not_applicable"]
    if not counted:
        return Check.because("second_certificate", "not_applicable", "there is no second certificate")
    behind = [one for state in _BEHIND for one in counted if one.state == state]
    if not behind:
        return Check("second_certificate", "ok", besides=_evidence(*counted))
    findings = [finding for one in behind for finding in _named(one)]
    return Check("second_certificate", behind[0].state, tuple(findings))


def _named(check: Check) -> list[Finding]:
    """Its findings, with the name of the check in front; what was seen besides is with the last of them."""
    found = list(check.findings) or [Finding("")]
    found[-1] = replace(found[-1], evidence=(*found[-1].evidence, *check.besides))
    return [
        Finding(f"{check.check}: {one.cause}", tuple(f"{check.check}: {clause}" for clause in one.evidence), one.remedy)
        for one in found
    ]


def _evidence(*checks: Check) -> tuple[str, ...]:
    return tuple(f"{one.check}: {clause}" for one in checks for clause in one.evidence)
