# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All rules over the evidence, and their causes in the order in which an operator should take them up.

What follows from another cause comes after it, however sure it is. Among the others the surer ones come first, and of equally
sure ones the one that others follow from (the order of :class:`CauseId`).
"""

from __future__ import annotations

from collections.abc import Sequence

from ..findings import State
from . import (
    doubts,
    rules_certificate,
    rules_chain,
    rules_clock,
    rules_configuration,
    rules_identity,
    rules_media,
    rules_network,
    rules_revocation,
    rules_served,
    rules_service,
    rules_tls,
)
from .cause import Cause, CauseId, Certainty
from .evidence import Evidence

__all__ = ["EXPLAINS", "RULES", "diagnose", "ranked", "verdict_of"]

RULES = tuple(
    rule
    for table in (
        rules_configuration, rules_clock, rules_certificate, rules_chain, rules_revocation, rules_identity, rules_network,
        rules_tls, rules_served, rules_media, rules_service, doubts,
    )
    for rule in table.RULES
)  # fmt: skip

_ORDER = {kind: at for at, kind in enumerate(CauseId)}
_SURE = {Certainty.CERTAIN: 0, Certainty.LIKELY: 1, Certainty.POSSIBLE: 2}

# What is only ever seen because of something else, if there is something else at all
_SYMPTOMS = frozenset({CauseId.NOT_REGISTERED, CauseId.REFUSED, CauseId.MEDIA_NOT_AGREED})
_FILES = (
    CauseId.CONFIGURATION_UNREADABLE,
    CauseId.PLAIN_SIP,
    CauseId.FILE_MISSING,
    CauseId.FILE_FORBIDDEN,
    CauseId.PEM_UNREADABLE,
    CauseId.KEY_ENCRYPTED,
    CauseId.PAIR_MISMATCH,
    CauseId.IDENTITY_MISMATCH,
    CauseId.SRTP_OFF,
    CauseId.SRTP_KEYING_MISMATCH,
)
_OF_CERTIFICATES = frozenset(
    {
        CauseId.IDENTITY_MISMATCH,
        CauseId.INTERMEDIATE_MISSING,
        CauseId.AUTHORITY_UNKNOWN_TO_SOFTSWITCH,
        CauseId.AUTHORITY_UNKNOWN_TO_DEVICE,
        CauseId.ANCHOR_REPLACED,
        CauseId.DEVICE_BEHIND_DISK,
        CauseId.SERVED_BEHIND_DISK,
    }
)
_BEFORE_TLS = frozenset({CauseId.NOTHING_LISTENS, CauseId.NO_TLS_SPOKEN, CauseId.NO_ROUTE, CauseId.PORT_BLOCKED})
_BEHIND = frozenset({CauseId.DEVICE_BEHIND_DISK, CauseId.SERVED_BEHIND_DISK})
# A service that cannot read what it needs does not start, and one that cannot read it anew serves what it has
_OF_FILES = frozenset({CauseId.DEVICE_SERVICE_DOWN, CauseId.SOFTSWITCH_SERVICE_DOWN}) | _BEHIND | _BEFORE_TLS

#: What a cause has for consequences, symptoms aside: these come after it.
EXPLAINS: dict[CauseId, frozenset[CauseId]] = {
    CauseId.CLOCK_OFF: frozenset(
        {
            CauseId.CERTIFICATE_EXPIRED,
            CauseId.CERTIFICATE_NOT_YET_VALID,
            CauseId.ANCHOR_EXPIRED,
            CauseId.CRL_STALE,
            CauseId.DEVICE_SERVICE_DOWN,
        }
    ),
    **dict.fromkeys(_FILES, _OF_FILES),
    CauseId.NAME_UNRESOLVED: _BEFORE_TLS | {CauseId.DOMAIN_DIALLED_WRONG},
    CauseId.CERTIFICATE_SELF_SIGNED: _OF_CERTIFICATES,
    CauseId.CERTIFICATE_EXPIRED: _BEHIND,
    CauseId.AUTHORITY_UNKNOWN_TO_SOFTSWITCH: frozenset({CauseId.CRL_INCOMPLETE, CauseId.SERVED_BEHIND_DISK}),
    CauseId.SOFTSWITCH_SERVICE_DOWN: _BEFORE_TLS,
    CauseId.SOURCE_NOT_ADMITTED: frozenset({CauseId.PORT_BLOCKED, CauseId.MEDIA_PORTS_CLOSED}),
    CauseId.PORT_BLOCKED: frozenset({CauseId.MEDIA_PORTS_CLOSED}),
}


def diagnose(evidence: Evidence) -> tuple[Cause, ...]:
    """The causes, ranked; none where nothing is wrong that can be known."""
    found = [cause for rule in RULES for cause in rule(evidence)]
    return ranked(doubts.weighed(found, evidence))


def ranked(causes: Sequence[Cause]) -> tuple[Cause, ...]:
    """In their order, each once."""
    unique: dict[tuple[CauseId, str, str], Cause] = {}
    for cause in causes:
        key = (cause.id, cause.where.value, cause.host)
        if key not in unique or _SURE[cause.certainty] < _SURE[unique[key].certainty]:
            unique[key] = cause
    found = list(unique.values())
    return tuple(sorted(found, key=lambda one: (_follows(one, found), _SURE[one.certainty], _ORDER[one.id])))


def _follows(cause: Cause, causes: Sequence[Cause]) -> bool:
    """Whether it follows from another of them."""
    if cause.id in _SYMPTOMS:
        return any(other.id not in _SYMPTOMS and other.certainty is not Certainty.POSSIBLE for other in causes)
    return any(
        cause.id in EXPLAINS.get(other.id, frozenset()) and other.certainty is not Certainty.POSSIBLE
        for other in causes
    )


def verdict_of(causes: Sequence[Cause], evidence: Evidence) -> str:
    """``failed`` where there is a cause; else ``ok`` where the gateway could register, and ``unknown`` where nobody could tell."""
    if causes:
        return State.FAILED.value
    states = evidence.probed.states if evidence.probed else {}
    return State.OK.value if states and set(states.values()) == {State.OK} else State.UNKNOWN.value
