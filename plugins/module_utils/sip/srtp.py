# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of SRTP in a session description: crypto attributes (RFC 4568) and their suites.

A key is in what ``render`` gives, and in no other text: no repr, no error.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import dataclass, field

from .syntax import MalformedError, shown, whole_number

__all__ = [
    "OFFERED",
    "SUITES",
    "WITH_PROFILE",
    "CryptoAttribute",
    "KeyParameter",
    "SessionParameter",
    "Suite",
    "parse_crypto",
    "suite_named",
]


@dataclass(frozen=True)
class Suite:
    """How a stream is encrypted and authenticated.

    :ivar key: octets of the master key
    :ivar salt: octets of the master salt, which follow the key behind ``inline:``
    :ivar historic: a name of drafts that is still in use; read, and never written
    """

    name: str
    key: int
    salt: int
    historic: str = ""

    @property
    def octets(self) -> int:
        """Of key and salt together."""
        return self.key + self.salt


# RFC 4568, section 6.2; RFC 6188, section 5; RFC 7714, section 14.2.
SUITES = (
    Suite("AES_CM_128_HMAC_SHA1_80", 16, 14),
    Suite("AES_CM_128_HMAC_SHA1_32", 16, 14),
    Suite("F8_128_HMAC_SHA1_80", 16, 14),
    Suite("AES_192_CM_HMAC_SHA1_80", 24, 14, "AES_CM_192_HMAC_SHA1_80"),
    Suite("AES_192_CM_HMAC_SHA1_32", 24, 14, "AES_CM_192_HMAC_SHA1_32"),
    Suite("AES_256_CM_HMAC_SHA1_80", 32, 14, "AES_CM_256_HMAC_SHA1_80"),
    Suite("AES_256_CM_HMAC_SHA1_32", 32, 14, "AES_CM_256_HMAC_SHA1_32"),
    Suite("AEAD_AES_128_GCM", 16, 12),
    Suite("AEAD_AES_256_GCM", 32, 12),
)
# F8 is read, and nobody is asked to use it.
OFFERED = tuple(suite.name for suite in SUITES if not suite.name.startswith("F8_"))
# Those that a DTLS handshake has a profile for: RFC 5764, section 4.1.2; RFC 7714, section 14.2.
WITH_PROFILE = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_128_GCM", "AEAD_AES_256_GCM")
_BY_NAME = {name: suite for suite in SUITES for name in (suite.name, suite.historic) if name}

_CRYPTO = re.compile(r"([0-9]{1,9}) +([A-Za-z0-9_]{1,64}) +([^ ]+)((?: +[^ ]+)*) *")
_KEY = re.compile(
    r"inline:(?P<key>[A-Za-z0-9+/]{1,1024}={0,2})"
    r"(?:\|(?P<lifetime>(?:2\^)?[0-9]{1,20}))?"
    r"(?:\|(?P<mki>[0-9]{1,310}):(?P<length>[0-9]{1,3}))?",
    re.IGNORECASE | re.ASCII,
)
_NAME = re.compile(r"-?[A-Za-z0-9_]{1,64}")
_VALUE = re.compile(r"[\x21-\x7e]{1,2048}")
_LONGEST_LIFETIME = 2**48  # packets, RFC 3711, section 9.2
_LONGEST_MKI = 128  # octets, RFC 4568, section 6.1
_MOST_KEYS, _MOST_PARAMETERS = 16, 16
# They switch a part of the protection off (RFC 4568, section 6.3).
WEAKENING = {
    "UNENCRYPTED_SRTP": "the media is not encrypted",
    "UNENCRYPTED_SRTCP": "the control of the media is not encrypted",
    "UNAUTHENTICATED_SRTP": "the media is not authenticated",
}


def suite_named(name: str) -> Suite | None:
    """The suite of that name, of today or historic; None if nobody here knows it. Case counts not (RFC 4568, 9.1)."""
    return _BY_NAME.get(name.upper())


@dataclass(frozen=True)
class KeyParameter:
    """One master key with its salt.

    :ivar material: key and salt; whether there are enough octets is a question of the suite
    :ivar lifetime: packets that the key is good for; None for as many as the suite allows
    :ivar mki: its identifier in packets, and how many octets that has; None where packets have none
    """

    material: bytes = field(repr=False)
    lifetime: int | None = None
    mki: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.material) <= 768:
            raise MalformedError("a key of SRTP has no octets, or too many", found=f"{len(self.material)} octets")
        if self.lifetime is not None and not 1 <= self.lifetime <= _LONGEST_LIFETIME:
            raise MalformedError("no lifetime of a key of SRTP", expected="1 to 2^48 packets")
        if self.mki is not None:
            value, length = self.mki
            if not (1 <= length <= _LONGEST_MKI and 0 <= value < 256**length):
                raise MalformedError("no MKI of a key of SRTP", expected="VALUE:LENGTH, 1 to 128 octets")

    def render(self) -> str:
        """The parameter, with its key."""
        text = "inline:" + base64.b64encode(self.material).decode()
        if self.lifetime is not None:
            power = self.lifetime.bit_length() - 1
            text += f"|2^{power}" if self.lifetime == 2**power else f"|{self.lifetime}"
        if self.mki is not None:
            text += f"|{self.mki[0]}:{self.mki[1]}"
        return text


@dataclass(frozen=True)
class SessionParameter:
    """``NAME`` or ``NAME=VALUE``; FEC_KEY holds a key, so no value is in a repr.

    :ivar value: None where there is none
    """

    name: str
    value: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or not (self.value is None or _VALUE.fullmatch(self.value)):
            raise MalformedError("no session parameter of a crypto attribute", expected="NAME or NAME=VALUE")

    def render(self) -> str:
        """The parameter."""
        return self.name if self.value is None else f"{self.name}={self.value}"


@dataclass(frozen=True)
class CryptoAttribute:
    """The value of one ``a=crypto``.

    :ivar tag: what an answer names it by
    :ivar suite_name: as it is written; perhaps of no suite that is known here
    """

    tag: int
    suite_name: str
    keys: tuple[KeyParameter, ...]
    parameters: tuple[SessionParameter, ...] = ()

    def __post_init__(self) -> None:
        name_fits = re.fullmatch(r"[A-Za-z0-9_]{1,64}", self.suite_name)
        if not (0 <= self.tag <= 999999999 and name_fits and 1 <= len(self.keys) <= _MOST_KEYS):
            raise MalformedError("no crypto attribute", expected="TAG SUITE inline:KEY (RFC 4568, section 9.1)")
        if len(self.parameters) > _MOST_PARAMETERS:
            raise MalformedError(f"a crypto attribute has more than {_MOST_PARAMETERS} session parameters")

    @classmethod
    def fresh(cls, tag: int, suite: Suite) -> CryptoAttribute:
        """One with a key and salt that nobody had before."""
        return cls(tag, suite.name, (KeyParameter(secrets.token_bytes(suite.octets)),))

    @property
    def suite(self) -> Suite | None:
        """The suite; None if it is not known here."""
        return suite_named(self.suite_name)

    @property
    def weakening(self) -> frozenset[str]:
        """The names of the session parameters that switch protection off."""
        return frozenset(one.name.upper() for one in self.parameters) & WEAKENING.keys()

    def problem(self) -> str | None:
        """Why nobody can use it, in words; None if its suite is known and has its octets."""
        suite = self.suite
        if suite is None:
            return f"{shown(self.suite_name)} is no suite that is known here"
        for key in self.keys:
            if len(key.material) != suite.octets:
                return (
                    f"the key has {len(key.material)} octets, and {suite.name} wants {suite.octets}: "
                    f"{suite.key} of key and {suite.salt} of salt"
                )
        lengths = {key.mki[1] if key.mki else 0 for key in self.keys}
        if len(lengths) > 1 or (len(self.keys) > 1 and lengths == {0}):
            return "several keys need an MKI of one length each (RFC 4568, section 6.1)"
        return None

    def render(self) -> str:
        """What follows ``a=crypto:``, with its keys."""
        keys = ";".join(key.render() for key in self.keys)
        return " ".join([str(self.tag), self.suite_name, keys, *(one.render() for one in self.parameters)])


def parse_crypto(value: str) -> CryptoAttribute:
    """What follows ``a=crypto:``. A suite that is not known and a key of a wrong length are read: see ``problem``.

    :raises MalformedError: it is no crypto attribute; the text never holds what the value does
    """
    match = _CRYPTO.fullmatch(value)
    if match is None:
        raise MalformedError(
            "a crypto attribute cannot be read", expected="TAG SUITE inline:KEY (RFC 4568, section 9.1)"
        )
    keys = match[3].split(";")
    words = match[4].split()
    if len(keys) > _MOST_KEYS or len(words) > _MOST_PARAMETERS:
        raise MalformedError(f"a crypto attribute has more than {_MOST_KEYS} keys or {_MOST_PARAMETERS} parameters")
    return CryptoAttribute(
        tag=int(match[1]),
        suite_name=match[2],
        keys=tuple(_parse_key(key) for key in keys),
        parameters=tuple(_parse_parameter(word) for word in words),
    )


def _parse_key(text: str) -> KeyParameter:
    match = _KEY.fullmatch(text)
    if match is None:
        raise MalformedError(
            "the key of a crypto attribute cannot be read", expected="inline:BASE64, |LIFETIME, |MKI:LENGTH"
        )
    digits = match["key"].rstrip("=")
    try:
        material = base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except binascii.Error:
        raise MalformedError("the key of a crypto attribute is no base64") from None
    mki = None if match["mki"] is None else (int(match["mki"]), int(match["length"]))
    return KeyParameter(material, _lifetime(match["lifetime"]), mki)


def _lifetime(text: str | None) -> int | None:
    if text is None:
        return None
    power = text.startswith("2^")
    number = whole_number(text.removeprefix("2^"), 48 if power else _LONGEST_LIFETIME)
    if number is None:
        raise MalformedError("no lifetime of a key of SRTP", expected="1 to 2^48 packets")
    return 2**number if power else number


def _parse_parameter(text: str) -> SessionParameter:
    name, equals, value = text.partition("=")
    return SessionParameter(name, value if equals else None)
