# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task is told of certificates and authorities."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ...durations import format_duration
from ...errors import SiptlsError
from ...timestamps import write_time
from ..issuing.revocation_lists import RevocationLists
from ..register import Register
from ..revocation.validity import Freshness
from ..store.certificate_record import FORCED
from ..x509.certificates import fingerprint, serial_hex
from ..x509.identity import identity_of
from ..x509.keys import describe_public_key
from .authorities import FoundAuthority
from .chain import Chain
from .status import DUE, EXPIRED, OK, UNKNOWN, Revoked, Standing, days_left
from .survey import RecordedCertificate, Survey

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["authority_facts", "certificate_facts"]

#: How long before its next update a list is made anew is its maker's to say: here it counts until its last moment.
_TO_THE_END = Freshness(valid_for=timedelta(days=36525), renew_before=timedelta(0))

#: What :func:`_described` tells.
_DESCRIBED = (
    "serial_number",
    "subject",
    "names",
    "key_type",
    "not_before",
    "not_after",
    "days_left",
    "fingerprint_sha256",
)


def certificate_facts(found: RecordedCertificate, now: datetime, chain: Chain | None = None) -> dict[str, Any]:
    """What there is to tell of a certificate; None for what cannot be told.

    :param chain: of a certificate that no authority here has issued
    """
    record = found.record
    facts: dict[str, Any] = {
        "device": found.device,
        "authority": found.authority,
        "profile": record.profile if record else "",
        "issued": write_time(record.issued) if record and found.path else None,
        "forced": record.reason == FORCED if record and found.path else None,
        "path": str(found.path) if found.path else None,
        **_standing_facts(found.standing, found.revoked),
    }
    if record is None:
        return facts | dict.fromkeys((*_DESCRIBED, "chain"))
    certificate = record.certificate
    if found.issuer:
        chain = Chain((certificate, *found.issuer.authority.path))
    return {**facts, **_described(certificate, now), "chain": _chain_facts(chain or Chain((certificate,)), now)}


def authority_facts(survey: Survey, register: Register, now: datetime) -> list[dict[str, Any]]:
    """What there is to tell of all authorities, by their names; None for what cannot be told."""
    found = [
        {
            "name": one.name,
            **_standing_facts(one.standing, one.revoked),
            **_described(one.authority.certificate, now),
            "chain": _chain_facts(Chain(one.authority.path), now),
            "revocation_list": _list_facts(one, register, now),
        }
        for one in survey.authorities
    ]
    found += [
        {
            "name": name,
            **_standing_facts(standing, None),
            **dict.fromkeys((*_DESCRIBED, "chain", "revocation_list")),
        }
        for name, standing in survey.unreadable.items()
    ]
    return sorted(found, key=lambda facts: str(facts["name"]))


def _described(certificate: x509.Certificate, now: datetime) -> dict[str, Any]:
    identity = identity_of(certificate)
    return {
        "serial_number": serial_hex(certificate),
        "subject": certificate.subject.rfc4514_string(),
        "names": [*(f"URI:{uri}" for uri in identity.sip_uris), *(f"DNS:{name}" for name in identity.dns)],
        "key_type": describe_public_key(certificate.public_key()),
        "not_before": write_time(certificate.not_valid_before_utc),
        "not_after": write_time(certificate.not_valid_after_utc),
        "days_left": days_left(certificate.not_valid_after_utc, now),
        "fingerprint_sha256": fingerprint(certificate),
    }


def _standing_facts(standing: Standing, revoked: Revoked | None) -> dict[str, Any]:
    record = revoked.record if revoked else None
    return {
        "state": standing.state,
        "reason": standing.reason,
        "revocation": {"reason": record.reason, "revoked": write_time(record.revoked)} if record else None,
    }


def _chain_facts(chain: Chain, now: datetime) -> dict[str, Any]:
    problem = chain.problem(now)
    return {
        "verified": not problem,
        "problem": problem,
        "certificates": [
            {
                "subject": certificate.subject.rfc4514_string(),
                "not_after": write_time(certificate.not_valid_after_utc),
                "fingerprint_sha256": fingerprint(certificate),
            }
            for certificate in chain.path
        ],
    }


def _list_facts(found: FoundAuthority, register: Register, now: datetime) -> dict[str, Any] | None:
    """The current revocation list: due where somebody was revoked since, expired where nobody may rely on it any more."""
    lists = RevocationLists(register, found.authority)
    try:
        current = lists.current()
        if current is None:
            return None
        end, number = current.next_update, str(current.number)
        reason = lists.reason(current, _TO_THE_END, now)
    except SiptlsError as error:
        return {"state": UNKNOWN, "reason": str(error), "crl_number": None, "next_update": None}
    if end <= now:
        standing = Standing(EXPIRED, f"next update was due {format_duration(now - end)} ago")
    elif reason:
        standing = Standing(DUE, reason)
    else:
        standing = Standing(OK, f"{format_duration(end - now)} until the next update")
    return {
        "state": standing.state,
        "reason": standing.reason,
        "crl_number": number,
        "next_update": write_time(end),
    }
