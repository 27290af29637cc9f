# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of the role siptls.vos.audit, one JSON object a line: TLS handshakes that failed at a softswitch."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .json_text import read_json

__all__ = ["NO_CAUSE", "NO_SOURCE", "Failure", "parse_record"]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_EVENT = "tls_handshake_failure"
#: A record says null where its log did not tell.
NO_SOURCE = "unknown"
NO_CAUSE = "not in the log of the softswitch"


@dataclass(frozen=True)
class Failure:
    """One record.

    :ivar time: UTC, as in the record
    :ivar source: the address of the peer
    :ivar is_outbound: whether the softswitch began the connection
    """

    time: str
    cause: str
    source: str
    is_outbound: bool = False

    @property
    def day(self) -> str:
        """In UTC, such as 2026-11-26."""
        return self.time[:10]

    def __str__(self) -> str:
        return f"{self.time}: {self.cause}, {'to' if self.is_outbound else 'from'} {self.source}"


def parse_record(line: str) -> Failure | None:
    """A line of the records; None for what is no whole record, such as the rest of one that was cut."""
    try:
        record = read_json(line)
    except ValueError:
        return None
    if not isinstance(record, dict) or record.get("event") != _EVENT or not _TIME.match(str(record.get("time", ""))):
        return None
    # An outbound handshake goes from here to the peer
    outbound = record.get("direction") == "outbound"
    peer = record.get("destination_address" if outbound else "source_address")
    return Failure(str(record["time"]), str(record.get("cause") or NO_CAUSE), str(peer or NO_SOURCE), outbound)
