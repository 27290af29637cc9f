# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings whose value depends on who reads the file: what rests on one of them is possible, and never certain.

A key that is given twice, quotes, a comment behind a value: services read these in different ways, and a diagnosis cannot know
which of them the service at hand is. Where that end evidently works, its service reads them well, and they cause nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .cause import Cause, CauseId, Certainty, Unknown, Where
from .evidence import Evidence, Side
from .renewing import reset

__all__ = ["RULES", "is_at_work", "settings_unknowns", "weighed"]

_PAIR = ("tls_client_cert", "tls_client_key", "cert_file", "key_file")
_ANCHORS = ("tls_ca_cert", "ca_file")
_ADDRESS = ("register", "port")
_LIST = ("crl_file",)
_FILES = (*_PAIR, *_ANCHORS, *_LIST)

#: Causes that are about the pair of the end that they are at, and of no other.
_OF_ONE_END = (
    CauseId.PAIR_MISMATCH,
    CauseId.CERTIFICATE_SELF_SIGNED,
    CauseId.CERTIFICATE_EXPIRED,
    CauseId.CERTIFICATE_NOT_YET_VALID,
    CauseId.CLIENT_AUTH_MISSING,
    CauseId.SERVER_AUTH_MISSING,
    CauseId.KEY_WEAK,
    CauseId.SERVED_BEHIND_DISK,
    CauseId.DEVICE_BEHIND_DISK,
)
#: What a cause is concluded from, by the keys of either end. Causes that were seen on the wire alone are not in here.
_RESTS_ON: dict[CauseId, tuple[str, ...]] = {
    **dict.fromkeys(_OF_ONE_END, _PAIR),
    CauseId.PLAIN_SIP: ("transport", "register"),
    CauseId.NAME_UNRESOLVED: ("register",),
    CauseId.IDENTITY_MISMATCH: _PAIR,
    **dict.fromkeys(
        (
            CauseId.ANCHOR_EXPIRED,
            CauseId.ANCHOR_REPLACED,
            CauseId.INTERMEDIATE_MISSING,
            CauseId.AUTHORITY_UNKNOWN_TO_SOFTSWITCH,
            CauseId.AUTHORITY_UNKNOWN_TO_DEVICE,
        ),
        (*_PAIR, *_ANCHORS, "verify_mode"),
    ),
    **dict.fromkeys((CauseId.CERTIFICATE_REVOKED, CauseId.CRL_STALE, CauseId.CRL_INCOMPLETE), (*_PAIR, *_LIST)),
    **dict.fromkeys((CauseId.DOMAIN_DIALLED_WRONG, CauseId.SERVER_NAME_WRONG), ("register", *_PAIR)),
    **dict.fromkeys(
        (CauseId.SOURCE_NOT_ADMITTED, CauseId.PORT_BLOCKED, CauseId.NOTHING_LISTENS, CauseId.NO_ROUTE), _ADDRESS
    ),
    CauseId.NO_TLS_SPOKEN: _ADDRESS,
    CauseId.NO_CLIENT_CERTIFICATE: (*_PAIR, "verify_mode"),
    **dict.fromkeys(
        (CauseId.SRTP_OFF, CauseId.SRTP_KEYING_MISMATCH, CauseId.SRTP_SUITE_MISMATCH), ("srtp_encryption", "srtp_auth")
    ),
    CauseId.KEEPALIVE_TOO_SLOW: ("keepalive_interval", "connection_lifetime", "register_expires"),
}
#: Causes that name one file, by its path.
_OF_ONE_FILE = (CauseId.FILE_MISSING, CauseId.FILE_FORBIDDEN, CauseId.PEM_UNREADABLE, CauseId.KEY_ENCRYPTED)


def _sides(evidence: Evidence) -> Iterator[tuple[Side, Where]]:
    yield evidence.device, Where.DEVICE
    if evidence.softswitch:
        yield evidence.softswitch, Where.SOFTSWITCH


def is_at_work(where: Where, evidence: Evidence) -> bool:
    """Whether this end evidently does with its configuration what it is to do.

    A gateway does while it is registered, or where nobody knows that, if a probe with its files and addresses was accepted; a
    softswitch does if it accepted that probe.
    """
    softswitch = evidence.softswitch
    if where is Where.DEVICE and softswitch is not None and softswitch.registrations is not None:
        return evidence.is_registered
    return evidence.is_accepted


def weighed(causes: Sequence[Cause], evidence: Evidence) -> list[Cause]:
    """The causes, those that rest on a doubtful setting as possible; without them where the end with that setting works."""
    found: list[Cause] = []
    for cause in causes:
        doubtful = list(_doubts_behind(cause, evidence))
        if not doubtful:
            found.append(cause)
        elif not all(is_at_work(where, evidence) for _words, where in doubtful):
            words = tuple(words for words, _where in doubtful)
            found.append(replace(cause, certainty=Certainty.POSSIBLE, evidence=(*cause.evidence, *words)))
    return found


def _doubts_behind(cause: Cause, evidence: Evidence) -> Iterator[tuple[str, Where]]:
    for side, where in _sides(evidence):
        for key, why in side.settings_doubts.items():
            if _rests_on(cause, key, side, where):
                yield f"{side.settings_path}, {key}: {why}", where


def _rests_on(cause: Cause, key: str, side: Side, where: Where) -> bool:
    if cause.id in _OF_ONE_FILE:
        value = side.settings.get(key, "")
        return (
            key in _FILES and cause.where is where and bool(value) and value in " ".join((cause.cause, *cause.evidence))
        )
    if cause.id in _OF_ONE_END and cause.where is not where:
        return False
    return key in _RESTS_ON.get(cause.id, ())


def ambiguous(evidence: Evidence) -> Iterator[Cause]:
    """What in a configuration depends on who reads it, at an end that does not work."""
    for side, where in _sides(evidence):
        if side.settings_doubts and not is_at_work(where, evidence):
            words = tuple(f"{side.settings_path}, {key}: {why}" for key, why in side.settings_doubts.items())
            yield Cause(
                CauseId.CONFIGURATION_AMBIGUOUS,
                f"the service of {side.name} may read {side.settings_path} in another way than it is meant",
                Certainty.POSSIBLE,
                where,
                side.name,
                words[:4],
                "have the role write these keys again, each once and without quotes or a comment behind it",
                reset(side, where),
            )


def settings_unknowns(evidence: Evidence) -> Iterator[Unknown]:
    """What nobody can tell of either configuration."""
    for side, _where in _sides(evidence):
        if side.settings_unknown:
            yield Unknown(f"what {side.name} is configured to do, in {side.settings_path}", side.settings_unknown)
        for key, why in side.settings_doubts.items():
            yield Unknown(f"how {side.name} reads {key} in {side.settings_path}", why)


RULES = (ambiguous,)
