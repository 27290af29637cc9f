# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session description that a probe offers, and whether what came of it is what was wanted (RFC 4568, 5763, 3264)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from .dtls import Fingerprint
from .offer_answer import Keying, MediaVerdict
from .sdp import Attribute, Connection, Media, Origin, SessionDescription
from .srtp import CryptoAttribute, Suite

__all__ = ["Expected", "make_offer", "why_unexpected"]

_FORMATS = ("0", "8", "101")
_MAPS = ("0 PCMU/8000", "8 PCMA/8000", "101 telephone-event/8000")
_PROFILES = {Keying.SDES: "RTP/SAVP", Keying.DTLS: "UDP/TLS/RTP/SAVP", Keying.NONE: "RTP/AVP"}


@dataclass(frozen=True)
class Expected:
    """What a call is to agree on at least.

    :ivar keying: None for any
    :ivar suites: one of these; none of them for any
    """

    keying: Keying | None = None
    suites: tuple[Suite, ...] = ()


def make_offer(
    keying: Keying, *, suites: Sequence[Suite], fingerprint: Fingerprint | None, address: str, port: int
) -> SessionDescription:
    """An offer of one audio stream. Its keys were never used, and never will be.

    :param suites: in the order of preference, for SDES
    :param fingerprint: of the device's certificate, for DTLS-SRTP
    :param address: where media is to go; IPv6 without brackets
    """
    where = Connection("IN", "IP6" if ":" in address else "IP4", address)
    number = str(secrets.randbelow(2**62))
    attributes = [Attribute("rtpmap", one) for one in _MAPS]
    if keying is Keying.SDES:
        attributes += [
            Attribute("crypto", CryptoAttribute.fresh(tag, suite).render()) for tag, suite in enumerate(suites, 1)
        ]
    elif keying is Keying.DTLS and fingerprint:
        # Whoever answers chooses who begins (RFC 8842, section 5.2).
        attributes += [Attribute("setup", "actpass"), Attribute("fingerprint", fingerprint.render())]
    return SessionDescription(
        origin=Origin("-", number, "1", where),
        connection=where,
        media=(Media("audio", port, _PROFILES[keying], _FORMATS, attributes=(*attributes, Attribute("sendrecv"))),),
    )


def why_unexpected(media: MediaVerdict, expected: Expected) -> str | None:
    """Why what was agreed is less than what is expected, as a clause; None if it is not."""
    if expected.keying and media.keying is not expected.keying:
        return f"keying by {expected.keying.value} is expected, and {media.keying.value} was agreed"
    names = [one.name for one in expected.suites]
    if names and media.keying is not Keying.DTLS and media.suite not in names:
        return f"{' or '.join(names)} is expected, and {media.suite or 'no suite'} was agreed"
    return None
