# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A call has two legs, from each gateway to the relay of the softswitch: what each agreed on, and what was sent and heard on it."""

from __future__ import annotations

from dataclasses import dataclass

import pylibsrtp
from ansible_collections.siptls.vos.plugins.module_utils.sip.offer_answer import Keying, MediaVerdict, compare_media
from ansible_collections.siptls.vos.plugins.module_utils.sip.sdp import SessionDescription
from ansible_collections.siptls.vos.plugins.module_utils.sip.srtp import parse_crypto

from lab.evidence import Evidence, address
from lab.heard import Message
from lab.streams import Rtp, audio, decrypted, handshake_suite


class UnreadableError(Exception):
    """None of the keys that were negotiated decrypts the media."""


@dataclass(frozen=True)
class Leg:
    """One leg.

    :ivar verdict: of its offer and answer, by RFC 3264, 4568 and 5764
    :ivar suite: by its name; None for plain RTP
    :ivar sent: from the gateway to the relay, as it is on the wire
    :ivar heard: from the relay to the gateway, as it is on the wire
    :ivar sent_clear: the same decrypted
    :ivar heard_clear: the same decrypted
    :ivar keys: that decrypted them, of the gateway and of the relay
    """

    gateway: str
    verdict: MediaVerdict
    suite: str | None
    sent: list[Rtp]
    heard: list[Rtp]
    sent_clear: list[Rtp]
    heard_clear: list[Rtp]
    keys: tuple[bytes, ...]


def legs(evidence: Evidence) -> tuple[Leg, Leg]:
    """The leg of the caller and that of the callee."""
    return _leg(evidence, evidence.caller, "caller"), _leg(evidence, evidence.callee, "callee")


def _leg(evidence: Evidence, gateway: str, side: str) -> Leg:
    here, relay = address(gateway), address("vos")
    offer, answer = _descriptions(evidence.messages, here, side)
    verdict = compare_media(offer, answer).media[0]
    sent, heard = audio(evidence.packets, here, relay), audio(evidence.packets, relay, here)
    if verdict.keying is Keying.NONE:
        return Leg(gateway, verdict, None, sent, heard, sent, heard, ())
    suite = verdict.suite or handshake_suite(evidence.packets, here, relay) or ""
    candidates = _sdes_keys(offer, answer) if verdict.keying is Keying.SDES else _handshake_keys(evidence, side)
    (sent_clear, sent_key), (heard_clear, heard_key) = (_decrypt(one, suite, candidates) for one in (sent, heard))
    return Leg(gateway, verdict, suite, sent, heard, sent_clear, heard_clear, (sent_key, heard_key))


def _descriptions(messages: list[Message], here: str, side: str) -> tuple[SessionDescription, SessionDescription]:
    """The offer and the answer of a leg, as its gateway sent or got them."""
    of_leg = [one for one in messages if one.peer[0] == here and one.method == "INVITE" and one.description]
    offer = next(one for one in of_leg if one.status is None and one.received is (side == "caller"))
    answer = next(one for one in of_leg if one.status == 200 and one.received is (side == "callee"))
    if offer.description is None or answer.description is None:
        raise UnreadableError("a leg without offer or answer")
    return offer.description, answer.description


def _sdes_keys(offer: SessionDescription, answer: SessionDescription) -> list[bytes]:
    """The keys of both ends, that of the offer by the tag of the answer (RFC 4568, section 5.1.3)."""
    (chosen,) = [parse_crypto(value) for value in answer.values("crypto", answer.media[0])]
    offered = [parse_crypto(value) for value in offer.values("crypto", offer.media[0])]
    return [key.material for one in (*offered, chosen) if one.tag == chosen.tag for key in one.keys]


def _handshake_keys(evidence: Evidence, side: str) -> list[bytes]:
    return list(dict.fromkeys(key.material for key in evidence.keys if key.leg == side))


def _decrypt(stream: list[Rtp], suite: str, candidates: list[bytes]) -> tuple[list[Rtp], bytes]:
    """The stream and the key that decrypts it: each packet carries a tag that no other key makes."""
    for key in candidates:
        try:
            return decrypted(stream, suite, key), key
        except pylibsrtp.Error:
            continue
    raise UnreadableError(f"none of {len(candidates)} keys decrypts {len(stream)} packets of {suite}")
