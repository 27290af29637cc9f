# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DTLS in a session description: fingerprints and who begins (RFC 8122, RFC 5763, RFC 8842)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .syntax import MalformedError, shown

__all__ = ["SETUP_ROLES", "Fingerprint", "parse_fingerprint", "parse_setup", "setup_problem"]

# RFC 8122, section 5. An unknown function is read, and compares with nothing.
_OCTETS = {"md2": 16, "md5": 16, "sha-1": 20, "sha-224": 28, "sha-256": 32, "sha-384": 48, "sha-512": 64}
_FORBIDDEN = ("md2", "md5")
_FINGERPRINT = re.compile(r"([!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,32}) +([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){0,127})")
_NAME = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,32}")

SETUP_ROLES = ("active", "passive", "actpass", "holdconn")  # RFC 4145, section 4
# What may answer an offer of the first: RFC 4145, section 4.1; RFC 5763, section 5.
_FITTING = {
    "actpass": ("active", "passive"),
    "active": ("passive", "holdconn"),
    "passive": ("active", "holdconn"),
    "holdconn": ("holdconn",),
}


@dataclass(frozen=True)
class Fingerprint:
    """The hash of a certificate.

    :ivar function: its name in lower case: ``sha-256``
    """

    function: str
    octets: bytes

    def __post_init__(self) -> None:
        named = _NAME.fullmatch(self.function) and self.function == self.function.lower()
        if not named or not 1 <= len(self.octets) <= 128:
            raise MalformedError("no fingerprint", expected="sha-256 AB:CD:...", found=shown(self.function))

    def render(self) -> str:
        """What follows ``a=fingerprint:``."""
        return f"{self.function} {self.octets.hex(':').upper()}"

    def problem(self) -> str | None:
        """Why it proves nothing, in words; None if it does."""
        if self.function in _FORBIDDEN:
            return f"{self.function} is forbidden (RFC 8122, section 5)"
        wanted = _OCTETS.get(self.function)
        if wanted is None:
            return f"{shown(self.function)} is no hash that is known here"
        if len(self.octets) != wanted:
            return f"the fingerprint has {len(self.octets)} octets, and {self.function} has {wanted}"
        return None


def parse_fingerprint(value: str) -> Fingerprint:
    """What follows ``a=fingerprint:``. A wrong length and an unknown hash are read: see ``problem``.

    :raises MalformedError: it is no fingerprint
    """
    match = _FINGERPRINT.fullmatch(value)
    if match is None:
        raise MalformedError("a fingerprint cannot be read", expected="sha-256 AB:CD:...", found=shown(value))
    return Fingerprint(match[1].lower(), bytes.fromhex(match[2].replace(":", "")))


def parse_setup(value: str) -> str:
    """The role that follows ``a=setup:``, in lower case.

    :raises MalformedError: it is none
    """
    role = value.lower()
    if role not in SETUP_ROLES:
        raise MalformedError("no role of a=setup", expected=", ".join(SETUP_ROLES), found=shown(value))
    return role


def setup_problem(offered: str, answered: str) -> str | None:
    """Why the roles of an offer and an answer do not fit, in words; None if they do."""
    fitting = _FITTING[offered]
    if answered in fitting:
        return None
    return f"setup:{offered} was offered and setup:{answered} answered; it can be answered with {' or '.join(fitting)}"
