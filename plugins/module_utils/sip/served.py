# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate that a server presents: on disk, on a new connection, on established ones."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .registrations import Connection

__all__ = ["Served", "find_certificate", "why_no_certificate"]

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_NOBODY = ("Connection refused", "connect:errno", "No route to host", "Network is unreachable")
_SHOWN = 300


@dataclass(frozen=True)
class Served:
    """Serial numbers, in lower-case digits.

    :ivar disk: of the certificate in the file
    :ivar new: of the one that a new connection got; empty where it got none
    """

    disk: str
    new: str
    connections: tuple[Connection, ...]

    @property
    def behind(self) -> tuple[Connection, ...]:
        """The established connections that got another certificate than the one on disk, the oldest first."""
        others = [one for one in self.connections if one.serial and one.serial != self.disk]
        return tuple(sorted(others, key=lambda one: -(one.seconds or 0)))


def find_certificate(said: str) -> str:
    """The server's own certificate, PEM, in what ``openssl s_client`` says; empty where there is none."""
    _before, begin, rest = said.partition(_BEGIN)
    block, end, _after = rest.partition(_END)
    return f"{begin}{block}{end}\n" if end else ""


def why_no_certificate(said: str, connect: str) -> str:
    """The cause, in words, by what ``openssl s_client`` says without a certificate."""
    if not said.strip():
        return f"{connect} does not answer"
    if any(words in said for words in _NOBODY):
        return f"nothing listens at {connect}"
    lines = [
        line.strip() for line in said.splitlines() if re.search(r"error|alert|unexpected eof", line, re.IGNORECASE)
    ]
    return f"what listens at {connect} does not speak TLS: {' / '.join(lines)[:_SHOWN] or 'it presents no certificate'}"
