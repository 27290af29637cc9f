# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The TCP streams of a capture file, as tcpdump writes it: classic pcap (draft-ietf-opsawg-pcap), Ethernet and what Linux has beside it.

Small on purpose, so that the words are the same wherever a diagnosis runs, with tshark or without.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from ..errors import SiptlsError

__all__ = ["MalformedCaptureError", "Segment", "Stream", "read_segments", "streams"]

_MAGICS = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\x3c\x4d": ">"}
_IPV4, _IPV6, _VLAN = 0x0800, 0x86DD, 0x8100
_TCP = 6
_MOST_PACKETS = 200_000
_LONGEST = 262_144
_MOST_OF_A_STREAM = 65_536
_EXTENSION_HEADERS = (0, 43, 60)
_SYN = 2


class MalformedCaptureError(SiptlsError, ValueError):
    """Octets that are no capture file."""


@dataclass(frozen=True)
class Segment:
    """One TCP segment.

    :ivar source: address and port
    """

    source: tuple[str, int]
    destination: tuple[str, int]
    sequence: int
    starts: bool
    payload: bytes


@dataclass(frozen=True)
class Stream:
    """What one side of a connection said, up to the first gap."""

    source: tuple[str, int]
    destination: tuple[str, int]
    octets: bytes


def read_segments(octets: bytes) -> Iterator[Segment]:
    """The TCP segments of a capture. What is cut short at its end, and what is no TCP, is passed over.

    :raises MalformedCaptureError: it is no classic pcap file
    """
    order = _MAGICS.get(octets[:4])
    if order is None or len(octets) < 24:
        raise MalformedCaptureError(
            "this is no capture file",
            expected="classic pcap, as tcpdump -w writes it",
            remedy="convert it: editcap -F pcap IN OUT",
        )
    link = int(struct.unpack(f"{order}I", octets[20:24])[0]) & 0xFFFF
    at = 24
    for _each in range(_MOST_PACKETS):
        if at + 16 > len(octets):
            return
        length = int(struct.unpack(f"{order}I", octets[at + 8 : at + 12])[0])
        frame = octets[at + 16 : at + 16 + length]
        if length > _LONGEST or len(frame) < length:
            return
        at += 16 + length
        if segment := _segment(_packet(frame, link)):
            yield segment


def _packet(frame: bytes, link: int) -> bytes:
    """The IP packet in a frame; nothing where there is none."""
    if link in (12, 14, 101):
        return frame
    if link == 0:
        return frame[4:]
    start = {1: 14, 113: 16, 276: 20}.get(link)
    if start is None:
        return b""
    at = {1: 12, 113: 14, 276: 0}[link]
    kind = int.from_bytes(frame[at : at + 2], "big")
    if link == 1 and kind == _VLAN:
        kind, start = int.from_bytes(frame[16:18], "big"), 18
    return frame[start:] if kind in (_IPV4, _IPV6) else b""


def _segment(packet: bytes) -> Segment | None:
    if len(packet) < 20:
        return None
    if packet[0] >> 4 == 4:
        begin, protocol = (packet[0] & 15) * 4, packet[9]
        source, destination = packet[12:16], packet[16:20]
        end = int.from_bytes(packet[2:4], "big") or len(packet)
        if begin < 20 or int.from_bytes(packet[6:8], "big") & 0x1FFF:
            return None  # a later fragment has no TCP header
    elif packet[0] >> 4 == 6 and len(packet) >= 40:
        begin, protocol = 40, packet[6]
        source, destination = packet[8:24], packet[24:40]
        end = 40 + int.from_bytes(packet[4:6], "big")
        while protocol in _EXTENSION_HEADERS and begin + 2 <= len(packet):
            protocol, begin = packet[begin], begin + 8 + packet[begin + 1] * 8
    else:
        return None
    tcp = packet[begin:end]
    if protocol != _TCP or len(tcp) < 20:
        return None
    first, last, sequence = struct.unpack("!HHI", tcp[:8])
    offset = (tcp[12] >> 4) * 4
    if not 20 <= offset <= len(tcp):
        return None
    return Segment(
        (str(ip_address(source)), first),
        (str(ip_address(destination)), last),
        sequence,
        bool(tcp[13] & _SYN),
        tcp[offset:],
    )


def streams(octets: bytes) -> tuple[Stream, ...]:
    """What each side of each connection said, in the order in which they began; its first octets alone.

    :raises MalformedCaptureError: it is no capture file
    """
    flows: list[list[Segment]] = []
    current: dict[tuple[tuple[str, int], tuple[str, int]], list[Segment]] = {}
    for segment in read_segments(octets):
        key = (segment.source, segment.destination)
        # A port that is used again begins with another SYN
        if key not in current or (segment.starts and any(not one.starts for one in current[key])):
            current[key] = []
            flows.append(current[key])
        current[key].append(segment)
    return tuple(_stream(flow) for flow in flows)


def _stream(flow: list[Segment]) -> Stream:
    opening = next((one.sequence + 1 for one in flow if one.starts), None)
    held = [one for one in flow if one.payload]
    begin = opening if opening is not None else min((one.sequence for one in held), default=0)
    said = bytearray()
    for one in sorted(held, key=lambda each: (each.sequence - begin) & 0xFFFFFFFF):
        at = (one.sequence - begin) & 0xFFFFFFFF
        if at > len(said) or len(said) > _MOST_OF_A_STREAM:
            break
        said[at : at + len(one.payload)] = one.payload
    return Stream(flow[0].source, flow[0].destination, bytes(said[:_MOST_OF_A_STREAM]))
