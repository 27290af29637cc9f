# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Media in a capture: the RTP of one direction, as it was sent and as its keys decrypt it."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

import pylibsrtp

from lab import tone
from lab.wire import UDP, Packet

#: The suites that libsrtp can be asked for, by their names in RFC 4568 and 7714
PROFILES = {
    "AES_CM_128_HMAC_SHA1_80": pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    "AEAD_AES_128_GCM": pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    "AEAD_AES_256_GCM": pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
}
#: The same by the numbers that a DTLS handshake has for them (RFC 5764, section 4.1.2; RFC 7714, section 14.2)
DTLS_PROFILES = {
    0x0001: "AES_CM_128_HMAC_SHA1_80",
    0x0002: "AES_CM_128_HMAC_SHA1_32",
    0x0007: "AEAD_AES_128_GCM",
    0x0008: "AEAD_AES_256_GCM",
}
_HEADER = 12
_HANDSHAKE, _SERVER_HELLO, _USE_SRTP = 22, 2, 14


@dataclass(frozen=True)
class Rtp:
    """One RTP packet, encrypted or not (RFC 3550, section 5.1).

    :ivar sequence: its number
    :ivar octets: all of it
    """

    payload_type: int
    sequence: int
    octets: bytes

    @property
    def payload(self) -> bytes:
        """What follows the header: of an encrypted packet with the tag at its end."""
        sources, extension = self.octets[0] & 15, self.octets[0] & 16
        at = _HEADER + 4 * sources
        if extension:
            at += 4 + 4 * int(struct.unpack_from("!H", self.octets, at + 2)[0])
        return self.octets[at:]


def audio(packets: Iterable[Packet], source: str, destination: str) -> list[Rtp]:
    """The G.711 packets from one address to another, in the order that they were seen in."""
    found = []
    for packet in packets:
        octets = packet.payload
        if (packet.protocol, packet.source[0], packet.destination[0]) != (UDP, source, destination):
            continue
        if len(octets) > _HEADER and octets[0] >> 6 == 2 and octets[1] & 127 in (tone.PCMU, tone.PCMA):
            found.append(Rtp(octets[1] & 127, struct.unpack_from("!H", octets, 2)[0], octets))
    return found


def decrypted(stream: Iterable[Rtp], suite: str, key: bytes) -> list[Rtp]:
    """The stream as libsrtp decrypts it.

    :param key: key and salt, as they follow ``inline:`` (RFC 4568, section 6.1)
    :raises pylibsrtp.Error: a packet was not made with this key
    """
    policy = pylibsrtp.Policy(key=key, ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND, srtp_profile=PROFILES[suite])
    session = pylibsrtp.Session(policy=policy)
    return [Rtp(one.payload_type, one.sequence, session.unprotect(one.octets)) for one in stream]


def tone_share(stream: list[Rtp], frequency: int) -> float:
    """How much of the last second of the stream, read as G.711, is a tone of ``frequency`` Hz; 0 to 1."""
    return tone.share([sample for one in stream for sample in tone.linear(one.payload, one.payload_type)], frequency)


def handshake_suite(packets: Iterable[Packet], one: str, other: str) -> str | None:
    """What a DTLS handshake between two addresses agreed on, as its ServerHello says; None where there is none.

    A ServerHello of DTLS 1.2 is not encrypted (RFC 6347, section 4.2; RFC 5764, section 4.1.1).
    """
    for packet in packets:
        if packet.protocol == UDP and {packet.source[0], packet.destination[0]} == {one, other}:
            agreed = _use_srtp(packet.payload)
            if agreed is not None:
                return DTLS_PROFILES[agreed]
    return None


def _use_srtp(octets: bytes) -> int | None:
    """The SRTP profile in a ServerHello that is whole in one record."""
    if len(octets) < 26 or octets[0] != _HANDSHAKE or octets[13] != _SERVER_HELLO:
        return None
    hello = octets[25:]
    at = 2 + 32
    at += 1 + hello[at]  # session
    at += 2 + 1  # cipher suite, compression
    end = at + 2 + int.from_bytes(hello[at : at + 2])
    at += 2
    while at < end:
        kind, length = struct.unpack_from("!HH", hello, at)
        if kind == _USE_SRTP:
            return int(struct.unpack_from("!H", hello, at + 6)[0])
        at += 4 + length
    return None
