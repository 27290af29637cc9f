# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a frame to its IP packet, and from that to what TCP carries.

Ethernet with VLAN tags (IEEE 802.1Q and 802.1ad), PPPoE (RFC 2516), MPLS, Linux cooked, raw IP; extension headers of IPv6 (RFC 8200).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Carried", "carried", "packet_in"]

_IPV4, _IPV6, _PPPOE, _MPLS = 0x0800, 0x86DD, 0x8864, (0x8847, 0x8848)
_TAGS = (0x8100, 0x88A8, 0x9100)
_MOST_TAGS = 8
_PPP = {0x0021: _IPV4, 0x0057: _IPV6}
_RAW = (12, 14, 101, 228, 229)
_LOOPBACK = (0, 108)
# Of Ethernet, Linux cooked and Linux cooked v2: where the type is, and where the payload
_LINKS = {1: (12, 14), 113: (14, 16), 276: (0, 20)}
_TCP, _FRAGMENT, _AUTHENTICATION = 6, 44, 51
_EXTENSION_HEADERS = (0, 43, 60, 135, _FRAGMENT, _AUTHENTICATION)


@dataclass(frozen=True)
class Carried:
    """What an IP packet carries of TCP.

    :ivar source: the address, its octets
    :ivar length: of what TCP has here by the length of the packet, its header included; ``octets`` may have less
    :ivar says_length: False where the packet has no length, as one that the network card takes apart
    :ivar fragmented: more of it is in other packets
    """

    source: bytes
    destination: bytes
    octets: bytes
    length: int
    says_length: bool
    fragmented: bool


def packet_in(frame: bytes, link: int) -> bytes | None:
    """The IP packet in a frame; nothing where there is none, and None where the type of the link is not known.

    :param link: as https://www.tcpdump.org/linktypes.html has it
    """
    if link in _RAW:
        return frame
    if link in _LOOPBACK:
        return frame[4:]
    if link not in _LINKS:
        return None
    at, start = _LINKS[link]
    kind = _number(frame, at)
    for _each in range(_MOST_TAGS):
        if kind not in _TAGS:
            break
        kind, start = _number(frame, start + 2), start + 4
    if kind == _PPPOE:
        kind, start = _PPP.get(_number(frame, start + 6), 0), start + 8
    elif kind in _MPLS:
        while start + 4 <= len(frame) and not frame[start + 2] & 1:
            start += 4
        return frame[start + 4 :]
    return frame[start:] if kind in (_IPV4, _IPV6) else b""


def carried(packet: bytes) -> Carried | None:
    """What a packet carries of TCP; None for other protocols and for the later ones of several fragments."""
    if len(packet) < 20:
        return None
    if packet[0] >> 4 == 4:
        return _ipv4(packet)
    return _ipv6(packet) if packet[0] >> 4 == 6 and len(packet) >= 40 else None


def _ipv4(packet: bytes) -> Carried | None:
    begin, end, fragment = (packet[0] & 15) * 4, _number(packet, 2), _number(packet, 6)
    if begin < 20 or packet[9] != _TCP or fragment & 0x1FFF:
        return None
    says_length, end = bool(end), end or len(packet)
    return Carried(packet[12:16], packet[16:20], packet[begin:end], end - begin, says_length, bool(fragment & 0x2000))


def _ipv6(packet: bytes) -> Carried | None:
    begin, protocol, fragmented = 40, packet[6], False
    says_length = bool(_number(packet, 4))
    end = 40 + _number(packet, 4) if says_length else len(packet)
    while protocol in _EXTENSION_HEADERS and begin + 8 <= len(packet):
        length = 8 + packet[begin + 1] * 8
        if protocol == _FRAGMENT:
            if _number(packet, begin + 2) & 0xFFF8:
                return None
            length, fragmented = 8, bool(_number(packet, begin + 2) & 1)
        elif protocol == _AUTHENTICATION:
            length = 8 + packet[begin + 1] * 4
        protocol, begin = packet[begin], begin + length
    if protocol != _TCP:
        return None
    return Carried(packet[8:24], packet[24:40], packet[begin:end], end - begin, says_length, fragmented)


def _number(octets: bytes, at: int) -> int:
    return int.from_bytes(octets[at : at + 2], "big")
