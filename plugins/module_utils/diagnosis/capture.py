# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The TCP streams of a capture file, as tcpdump writes it: classic pcap (draft-ietf-opsawg-pcap), Ethernet and what Linux has beside it.

Small on purpose, so that the words are the same wherever a diagnosis runs, with tshark or without.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from ..errors import SiptlsError
from .capture_frames import carried, packet_in

__all__ = ["Capture", "MalformedCaptureError", "Segment", "Stream", "read_capture", "streams"]

_MAGICS = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\x3c\x4d": ">"}
_PCAPNG = b"\x0a\x0d\x0d\x0a"
_MOST_PACKETS = 200_000
_LONGEST = 262_144
_MOST_OF_A_STREAM = 65_536
_SYN = 2
_CUT = "cut short by the snapshot length of the capture (tcpdump -s 0 keeps them whole)"
_FRAGMENTED = "fragmented"
_GAP = "packets are missing in the capture"


class MalformedCaptureError(SiptlsError, ValueError):
    """Octets that are no capture file."""


@dataclass(frozen=True)
class Segment:
    """One TCP segment.

    :ivar source: address and port
    :ivar doubt: why some of its payload is not here, as a clause; empty if all is
    """

    source: tuple[str, int]
    destination: tuple[str, int]
    sequence: int
    starts: bool
    payload: bytes
    doubt: str = ""


@dataclass(frozen=True)
class Stream:
    """What one side of a connection said, up to the first gap.

    :ivar doubt: why more of it may have been said, as a clause
    """

    source: tuple[str, int]
    destination: tuple[str, int]
    octets: bytes
    doubt: str = ""


@dataclass(frozen=True)
class Capture:
    """The streams of a capture file, in the order in which they began.

    :ivar doubts: why streams may be missing, each a clause
    """

    streams: tuple[Stream, ...]
    doubts: tuple[str, ...] = ()


def _packets(octets: bytes, doubts: Counter[str]) -> Iterator[tuple[bytes, int, bool]]:
    """Each frame, the type of its link, and whether it was cut."""
    order = _MAGICS.get(octets[:4])
    if order is None or len(octets) < 24:
        is_new = octets[:4] == _PCAPNG
        raise MalformedCaptureError(
            "this is a capture file of the format pcapng" if is_new else "this is no capture file",
            expected="classic pcap, as tcpdump -w writes it",
            remedy="convert it: editcap -F pcap IN OUT",
        )
    link = int(struct.unpack(f"{order}I", octets[20:24])[0]) & 0xFFFF
    at = 24
    for _each in range(_MOST_PACKETS):
        if at == len(octets):
            return
        if at + 16 > len(octets):
            break
        length, original = struct.unpack(f"{order}II", octets[at + 8 : at + 16])
        frame = octets[at + 16 : at + 16 + length]
        if length > _LONGEST or len(frame) < length:
            break
        at += 16 + length
        yield frame, link, length < original
    doubts["the file ends in the middle of a packet, is damaged, or has too many packets"] += 1


def _segments(octets: bytes, doubts: Counter[str]) -> Iterator[Segment]:
    for frame, link, is_cut in _packets(octets, doubts):
        packet = packet_in(frame, link)
        if packet is None:
            doubts[f"packets are of the link type {link}, which is not read here"] += 1
        elif segment := _segment(packet, is_cut=is_cut):
            yield segment
        elif is_cut:
            doubts[f"packets were {_CUT}"] += 1
        elif packet and _is_fragment(packet):
            doubts["packets are fragmented"] += 1


def _is_fragment(packet: bytes) -> bool:
    return packet[0] >> 4 == 4 and len(packet) >= 20 and packet[9] == 6 and bool(packet[6] & 0x1F or packet[7])


def _segment(packet: bytes, *, is_cut: bool) -> Segment | None:
    found = carried(packet)
    if found is None or len(found.octets) < 20:
        return None
    tcp = found.octets
    first, last, sequence = struct.unpack("!HHI", tcp[:8])
    offset = (tcp[12] >> 4) * 4
    if not 20 <= offset <= len(tcp):
        return None
    # A frame may be cut behind the packet, in padding: what counts is the length that the packet says, where it says one
    short = len(tcp) < found.length or (is_cut and not found.says_length)
    return Segment(
        (str(ip_address(found.source)), first),
        (str(ip_address(found.destination)), last),
        sequence,
        bool(tcp[13] & _SYN),
        tcp[offset:],
        _CUT if short else _FRAGMENTED if found.fragmented else "",
    )


def streams(octets: bytes) -> tuple[Stream, ...]:
    """What each side of each connection said, in the order in which they began; its first octets alone.

    :raises MalformedCaptureError: it is no capture file
    """
    return read_capture(octets).streams


def read_capture(octets: bytes) -> Capture:
    """The streams of a capture file, and why some may be missing. What is no TCP is passed over.

    :raises MalformedCaptureError: it is no classic pcap file
    """
    doubts: Counter[str] = Counter()
    flows: list[list[Segment]] = []
    current: dict[tuple[tuple[str, int], tuple[str, int]], list[Segment]] = {}
    for segment in _segments(octets, doubts):
        key = (segment.source, segment.destination)
        # A port that is used again begins with another SYN
        if key not in current or (segment.starts and any(not one.starts for one in current[key])):
            current[key] = []
            flows.append(current[key])
        current[key].append(segment)
    return Capture(tuple(map(_stream, flows)), tuple(doubts))


def _stream(flow: list[Segment]) -> Stream:
    opening = next((one.sequence + 1 for one in flow if one.starts), None)
    held = [one for one in flow if one.payload]
    begin = opening if opening is not None else min((one.sequence for one in held), default=0)
    said = bytearray()
    doubt = ""
    for one in sorted(held, key=lambda each: (each.sequence - begin) & 0xFFFFFFFF):
        at = (one.sequence - begin) & 0xFFFFFFFF
        if len(said) > _MOST_OF_A_STREAM:
            break
        if at > len(said):
            doubt = doubt or _GAP
            break
        said[at : at + len(one.payload)] = one.payload
        doubt = doubt or one.doubt
    doubt = doubt or next((one.doubt for one in flow if one.doubt), "")
    return Stream(flow[0].source, flow[0].destination, bytes(said[:_MOST_OF_A_STREAM]), doubt)
