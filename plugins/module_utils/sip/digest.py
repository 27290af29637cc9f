# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Digest access authentication (RFC 7616; RFC 8760 and RFC 3261, section 22, for SIP).

A password is in no repr and in no text that is made here: what goes out is a hash of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

from .syntax import MalformedError, is_token, quoted, shown, split_list, unquoted

__all__ = ["Challenge", "Credentials", "authorization", "parse_challenge", "strongest"]

# Strongest first (RFC 8760, section 2.3); by the names of hashlib.
_HASHES = {"SHA-512-256": "sha512_256", "SHA-256": "sha256", "MD5": "md5"}
_SESSION = "-SESS"
_LONGEST = 8192


@dataclass(frozen=True)
class Challenge:
    """What a server asks to be proven.

    :ivar algorithm: as it is written; ``MD5`` where nothing is said
    :ivar qop: qualities of protection on offer, in lower case; none as in RFC 2069
    :ivar stale: the password was right, and the nonce too old
    :ivar userhash: the user is to be named by a hash
    """

    realm: str
    nonce: str
    algorithm: str = "MD5"
    qop: tuple[str, ...] = ()
    opaque: str | None = None
    stale: bool = False
    userhash: bool = False

    @property
    def hash_name(self) -> str | None:
        """The hash by its name in hashlib; None for an algorithm that is not known here, or not there."""
        name = _HASHES.get(self.algorithm.upper().removesuffix(_SESSION))
        return name if name in hashlib.algorithms_available else None

    @property
    def is_answerable(self) -> bool:
        """Whether it can be answered here."""
        return self.hash_name is not None and (not self.qop or bool({"auth", "auth-int"} & set(self.qop)))

    def render(self) -> str:
        """What follows ``WWW-Authenticate:``."""
        parts = [f"realm={quoted(self.realm)}", f"nonce={quoted(self.nonce)}", f"algorithm={self.algorithm}"]
        if self.qop:
            parts.append(f"qop={quoted(','.join(self.qop))}")
        if self.opaque is not None:
            parts.append(f"opaque={quoted(self.opaque)}")
        parts += [f"{name}=true" for name, value in (("stale", self.stale), ("userhash", self.userhash)) if value]
        return "Digest " + ", ".join(parts)


@dataclass(frozen=True)
class Credentials:
    """Who proves himself."""

    username: str
    password: str = field(repr=False)


def parse_challenge(value: str) -> Challenge:
    """The value of one WWW-Authenticate or Proxy-Authenticate. Parameters that are not known are passed over.

    :raises MalformedError: it is no challenge, or none of Digest
    """
    scheme, _blank, rest = value.strip().partition(" ")
    if scheme.lower() != "digest" or len(value) > _LONGEST:
        raise MalformedError(
            "a challenge is not of Digest", expected="Digest realm=..., nonce=...", found=shown(scheme)
        )
    parameters = dict(_parameters(rest))
    for name in ("realm", "nonce"):
        if name not in parameters:
            raise MalformedError(f"a challenge has no {name} (RFC 7616, section 3.3)")
    algorithm = parameters.get("algorithm", "MD5")
    if not is_token(algorithm):
        raise MalformedError("the algorithm of a challenge is no token", found=shown(algorithm))
    qop = tuple(one.strip().lower() for one in parameters.get("qop", "").split(",") if one.strip())
    if not all(map(is_token, qop)):
        raise MalformedError("the qop of a challenge is no list of tokens", found=shown(parameters["qop"]))
    return Challenge(
        realm=parameters["realm"],
        nonce=parameters["nonce"],
        algorithm=algorithm,
        qop=qop,
        opaque=parameters.get("opaque"),
        stale=parameters.get("stale", "").lower() == "true",
        userhash=parameters.get("userhash", "").lower() == "true",
    )


def _parameters(text: str) -> Iterable[tuple[str, str]]:
    seen = set()
    for part in split_list(text, "challenge"):
        name, equals, value = part.partition("=")
        name = name.strip().lower()
        if not equals or not is_token(name) or name in seen:
            raise MalformedError("a parameter of a challenge cannot be read", expected="name=value, each once")
        seen.add(name)
        yield name, unquoted(value.strip())


def strongest(challenges: Iterable[Challenge]) -> Challenge | None:
    """The one to answer: of the strongest hash that is known here, the first (RFC 8760, section 2.4). None if none can be."""
    order = list(_HASHES.values())
    answerable = [one for one in challenges if one.is_answerable]
    return min(answerable, key=lambda one: order.index(one.hash_name or ""), default=None)


def authorization(
    challenge: Challenge,
    credentials: Credentials,
    *,
    method: str,
    uri: str,
    body: bytes = b"",
    cnonce: str,
    count: int = 1,
) -> str:
    """What follows ``Authorization:`` or ``Proxy-Authorization:`` (RFC 7616, section 3.4).

    :param uri: the Request-URI, as it is sent
    :param cnonce: that nobody can foresee
    :param count: how many requests have used this nonce, this one included
    """
    name = challenge.hash_name
    if name is None:
        raise ValueError(challenge.algorithm)

    def digest(text: str | bytes) -> str:
        octets = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
        return hashlib.new(name, octets, usedforsecurity=False).hexdigest()

    qop = "auth" if "auth" in challenge.qop else "auth-int" if "auth-int" in challenge.qop else ""
    secret = digest(f"{credentials.username}:{challenge.realm}:{credentials.password}")
    if challenge.algorithm.upper().endswith(_SESSION):
        secret = digest(f"{secret}:{challenge.nonce}:{cnonce}")
    what = digest(f"{method}:{uri}" + (f":{digest(body)}" if qop == "auth-int" else ""))
    middle = f"{challenge.nonce}:{count:08x}:{cnonce}:{qop}" if qop else challenge.nonce
    user = digest(f"{credentials.username}:{challenge.realm}") if challenge.userhash else credentials.username
    parts = [
        _user(user),
        f"realm={quoted(challenge.realm)}",
        f"nonce={quoted(challenge.nonce)}",
        f"uri={quoted(uri)}",
        f'response="{digest(f"{secret}:{middle}:{what}")}"',
        f"algorithm={challenge.algorithm}",
    ]
    if qop or challenge.algorithm.upper().endswith(_SESSION):
        parts.append(f"cnonce={quoted(cnonce)}")
    if qop:
        parts += [f"qop={qop}", f"nc={count:08x}"]
    if challenge.opaque is not None:
        parts.append(f"opaque={quoted(challenge.opaque)}")
    if challenge.userhash:
        parts.append("userhash=true")
    return "Digest " + ", ".join(parts)


def _user(name: str) -> str:
    """The user; in the form of RFC 8187 where it is not ASCII (RFC 7616, section 3.4.4)."""
    return f"username={quoted(name)}" if name.isascii() else f"username*=UTF-8''{quote(name, safe='')}"
