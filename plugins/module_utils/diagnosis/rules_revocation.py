# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Revocation: what is on a list of the softswitch, and lists that are old or not there, by which everybody is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..pki.x509.certificates import serial_hex
from ..timestamps import read_time
from .cause import Cause, CauseId, Certainty, Where
from .evidence import Evidence, RevocationList
from .remedy import Means, RemedyStep, site

__all__ = ["RULES"]

_EXPIRED, _REVOKED = 45, 44


def revoked(evidence: Evidence) -> Iterator[Cause]:
    """The gateway's certificate is on a list, or the softswitch says so by its alert; likewise the softswitch's own."""
    device, softswitch = evidence.device, evidence.softswitch
    leaf = device.own.leaf
    alert = evidence.probed.seen.refusal if evidence.probed else None
    told = f"the softswitch sent {alert}: {alert.words}" if alert and alert.number == _REVOKED else ""
    listed = bool(
        leaf
        and softswitch
        and any(_lists(one, leaf.issuer.rfc4514_string(), serial_hex(leaf)) for one in softswitch.crls)
    )
    # A softswitch that has the lists and none with this certificate goes by what it loaded before: see rules_served
    by_disk = softswitch is not None and softswitch.file("crl").state == "there"
    if listed or (told and not by_disk):
        serial = serial_hex(leaf) if leaf else "unknown"
        where = (
            f"serial number {serial} is on a revocation list of {softswitch.name if softswitch else 'the softswitch'}"
        )
        yield Cause(
            CauseId.CERTIFICATE_REVOKED,
            f"the certificate of {device.name} is revoked (serial number {serial})",
            Certainty.CERTAIN,
            Where.DEVICE,
            device.name,
            tuple(one for one in (where if listed else "", told) if one),
            "the record in the PKI directory says why; a device that is to come back gets another certificate, told once"
            if evidence.revoked_in_pki is not False
            else "the PKI directory has not revoked it: have the softswitch check the PKI's own lists",
            site(softswitch.name, "revocation")
            if softswitch and evidence.revoked_in_pki is False
            else site(device.name, extra={"gateway_after_revocation": "issue"}),
        )
    server = softswitch.own.leaf if softswitch else None
    if (
        softswitch
        and server
        and any(_lists(one, server.issuer.rfc4514_string(), serial_hex(server)) for one in softswitch.crls)
    ):
        yield Cause(
            CauseId.CERTIFICATE_REVOKED,
            f"the certificate of {softswitch.name} is revoked (serial number {serial_hex(server)})",
            Certainty.CERTAIN,
            Where.SOFTSWITCH,
            softswitch.name,
            ("its serial number is on its own revocation list",),
            "the record in the PKI directory says why",
            site(softswitch.name, extra={"vos_after_revocation": "issue"}),
        )


def _lists(one: RevocationList, issuer: str, serial: str) -> bool:
    return one.issuer == issuer and serial in one.revoked


def stale(evidence: Evidence) -> Iterator[Cause]:
    """A list after its nextUpdate: nobody can be checked any more, and all are refused as if they had expired."""
    softswitch = evidence.softswitch
    alert = evidence.probed.seen.refusal if evidence.probed else None
    told = (f"the softswitch sent {alert}: {alert.words}",) if alert else ()
    if softswitch is None:
        leaf = evidence.device.own.leaf
        if alert and alert.number == _EXPIRED and leaf and leaf.not_valid_after_utc > evidence.now:
            yield Cause(
                CauseId.CRL_STALE,
                "the softswitch holds something expired, and it is not the certificate of the gateway: mostly a revocation list",
                Certainty.LIKELY,
                Where.SOFTSWITCH,
                "",
                told,
                "renew the lists; then see to its clock and its authorities",
                (RemedyStep(Means.PLAYBOOK, playbook="siptls.vos.site", tags=("revocation",)),),
            )
        return
    path = softswitch.file("crl").path
    for one in softswitch.crls:
        end = _time(one.next_update)
        if end and end < evidence.now:
            yield Cause(
                CauseId.CRL_STALE,
                f"a revocation list at {softswitch.name} ran out at {end:%F %T} UTC ({path}, of {one.issuer}): "
                "it refuses everybody as expired",
                Certainty.CERTAIN,
                Where.SOFTSWITCH,
                softswitch.name,
                (f"nextUpdate {end:%F %T} UTC, now {evidence.now:%F %T} UTC", *told),
                "renew the lists, and let the playbook run on a schedule; vos_crl_alarm warns before",
                site(softswitch.name, "revocation"),
            )


def incomplete(evidence: Evidence) -> Iterator[Cause]:
    """Lists are checked, and there is none of an authority that the gateway's chain goes through."""
    softswitch = evidence.softswitch
    if softswitch is None or softswitch.file("crl").state != "there" or evidence.is_accepted:
        return
    held = {one.issuer for one in softswitch.crls}
    lacking = [
        name for name in dict.fromkeys(one.subject.rfc4514_string() for one in softswitch.bundle) if name not in held
    ]
    if lacking:
        yield Cause(
            CauseId.CRL_INCOMPLETE,
            f"{softswitch.name} checks revocation and has no list of {'; '.join(lacking)}: it refuses who comes by it",
            Certainty.CERTAIN,
            Where.SOFTSWITCH,
            softswitch.name,
            (f"{softswitch.file('crl').path} holds lists of {'; '.join(sorted(held)) or 'nobody'}",),
            "the file needs a list of every authority, the root included",
            site(softswitch.name, "revocation"),
        )


def _time(text: str) -> datetime | None:
    try:
        return read_time(text)
    except ValueError:
        return None


RULES = (revoked, stale, incomplete)
