# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What went over a connection, from the lines of ``openssl s_client -msg``, openssl-s_client(1).

The lines are the same from OpenSSL 1.1.1 on, so what is told here does not hang on how a version words its summary:

    <<< TLS 1.3, Alert [length 0002], fatal certificate_required
        02 74
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

__all__ = ["Chunk", "Kind", "parse_transcript"]

_HEADING = re.compile(r"(?P<way><<<|>>>) (?P<what>.{0,200}?) \[length (?P<length>[0-9a-f]{4,8})\](?:, .*)?")
_OCTETS = re.compile(r" {1,8}[0-9a-f]{2}(?: [0-9a-f]{2}){0,63}(?: \.\.\.)?")
_RECORD_HEADER = 5


class Kind(Enum):
    """What a chunk is."""

    HANDSHAKE = "Handshake"
    ALERT = "Alert"
    HEADER = "RecordHeader"
    OTHER = ""


@dataclass(frozen=True)
class Chunk:
    """A message or a part of one.

    :ivar sent: whether our end sent it
    """

    sent: bool
    kind: Kind
    octets: bytes


def parse_transcript(text: str) -> tuple[Chunk, ...]:
    """The chunks, in their order. Never raises: one that is not whole, and what is no chunk at all, is left out."""
    found: list[Chunk] = []
    heading: re.Match[str] | None = None
    octets = bytearray()
    for line in [*text.splitlines(), ">>>"]:
        if heading and _OCTETS.fullmatch(line):
            octets += bytes.fromhex(line.removesuffix(" ..."))
            continue
        if heading and len(octets) == int(heading["length"], 16):
            found.append(_chunk(heading, bytes(octets)))
        heading = _HEADING.fullmatch(line)
        octets.clear()
    return tuple(found)


def _chunk(heading: re.Match[str], octets: bytes) -> Chunk:
    _version, _comma, content = heading["what"].rpartition(", ")
    kind = next((one for one in Kind if one.value == content), Kind.OTHER)
    # 1.1.1 has no name for the header of a record, and no version has one for what is no TLS.
    if kind is Kind.OTHER and len(octets) == _RECORD_HEADER:
        kind = Kind.HEADER
    return Chunk(heading["way"] == ">>>", kind, octets)
