# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last step of a probe: what media a call agreed on, and whether that is what was wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..findings import Finding, State
from ..sip.calling import Called
from ..sip.offer import Expected, why_unexpected
from ..sip.offer_answer import Keying, MediaVerdict, compare_media
from ..sip.sdp import SessionDescription
from ..sip.sdp_reading import parse_sdp
from ..sip.status import status_line
from ..sip.syntax import MalformedError
from .steps import ProbeStep, refused

__all__ = ["Agreement", "agree", "media_facts"]

# What refuses the media, and not the call: RFC 3261, sections 21.4.13, 21.4.26, 21.6.4.
_REFUSES_MEDIA = (415, 488, 606)


@dataclass(frozen=True)
class Agreement:
    """What came of a call.

    :ivar media: None where no answer was there to compare
    :ivar notes: how the session description of the answer deviates from RFC 8866 without harm
    """

    step: ProbeStep
    media: MediaVerdict | None = None
    notes: tuple[str, ...] = ()


def agree(offer: SessionDescription, keying: Keying, called: Called, expected: Expected) -> Agreement:
    """The verdict on a call. Plain media was offered to see it refused: to take it is a fault."""
    if called.answer:
        return _compare(offer, keying, called, expected)
    final = called.final
    if final is None or called.given_up:
        return Agreement(_no_answer(called))
    if final.status < 300:
        cause = "the call was taken, and the answer has no session description"
        return Agreement(ProbeStep(State.FAILED, (Finding(cause, (f"it answered {status_line(final)}",)),)))
    finding = refused(final, "INVITE", called.unanswered)
    if keying is Keying.NONE:
        if final.status in _REFUSES_MEDIA:
            return Agreement(ProbeStep(State.OK))
        return Agreement(
            ProbeStep(
                State.UNKNOWN,
                (
                    Finding(
                        f"whether plain media is refused is not known: {finding.cause}",
                        finding.evidence,
                        finding.remedy,
                    ),
                ),
            )
        )
    return Agreement(ProbeStep(State.FAILED, (finding,)))


def _no_answer(called: Called) -> ProbeStep:
    if called.fault:
        return ProbeStep(
            State.FAILED, (Finding("what the server answers to INVITE is no SIP that can be read", (called.fault,)),)
        )
    if called.over:
        return ProbeStep(State.FAILED, (Finding("the server closed the connection without an answer to INVITE"),))
    if not called.provisional:
        return ProbeStep(
            State.FAILED,
            (Finding("the server does not answer to INVITE", (), "see in its log what became of the request"),),
        )
    finding = Finding(
        "nobody took the call in time, so nothing is known of the media",
        (f"it answered {', '.join(map(str, called.provisional))}",),
        "call a number that answers by itself, or give it more time (ring)",
    )
    return ProbeStep(State.UNKNOWN, (finding,))


def _compare(offer: SessionDescription, keying: Keying, called: Called, expected: Expected) -> Agreement:
    try:
        answer = parse_sdp(called.answer)
    except MalformedError as error:
        finding = Finding(
            "the session description of the answer cannot be read", (str(error),), "see to the called device"
        )
        return Agreement(ProbeStep(State.FAILED, (finding,)))
    verdict, notes = compare_media(offer, answer), tuple(f"the answer: {one}" for one in answer.notes)
    if not verdict.media:
        return Agreement(ProbeStep(State.FAILED, (Finding(f"no media was agreed on: {verdict.cause}"),)), notes=notes)
    media = verdict.media[0]
    found = _judge(media, keying, expected)
    return Agreement(ProbeStep(State.FAILED, (found,)) if found else ProbeStep(State.OK), media, notes)


def _judge(media: MediaVerdict, keying: Keying, expected: Expected) -> Finding | None:
    compare = "compare srtp_policy of the domain, the relay's settings, and keying and suites of the called device"
    if not media.agreed:
        return Finding(f"no media was agreed on: {media.cause}", (), compare)
    if keying is Keying.NONE:
        return Finding(
            "plain media was taken: this call would not have been encrypted",
            (media.cause,) if media.cause else (),
            "require SRTP in the domain (srtp_require of vos_sip_domains)",
        )
    if not media.encrypted:
        return Finding(f"the media would not be encrypted: {media.cause}", (), compare)
    if media.cause:
        return Finding(f"the media would be weakly protected: {media.cause}", (), compare)
    if why := why_unexpected(media, expected):
        return Finding(f"the media is keyed weaker than expected: {why}", (), compare)
    return None


def media_facts(agreement: Agreement, called: Called, offered: dict[str, Any]) -> dict[str, Any]:
    """What came of the call, without any key."""
    media, final = agreement.media, called.final
    return {
        "state": agreement.step.state.value,
        "offered": offered,
        "status": final.status if final else None,
        "reason": status_line(final) if final else "",
        "provisional": list(called.provisional),
        "agreed": media.agreed if media else None,
        "encrypted": media.encrypted if media else None,
        "keying": _NAMES[media.keying] if media and media.agreed else "",
        "suite": (media.suite or "") if media and media.agreed else "",
        "early": called.early,
        "hung_up": called.hung_up,
    }


_NAMES = {Keying.NONE: "none", Keying.SDES: "sdes", Keying.DTLS: "dtls"}
