# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of a TLS handshake, read from their octets (RFC 8446, section 4; RFC 5246, section 7.4; RFC 8422)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import SiptlsError

__all__ = [
    "TLS_1_2",
    "TLS_1_3",
    "ClientHello",
    "MalformedHandshakeError",
    "MessageType",
    "ServerHello",
    "parse_authorities",
    "parse_certificates",
    "parse_client_hello",
    "parse_curve",
    "parse_server_hello",
]

TLS_1_2, TLS_1_3 = 0x0303, 0x0304
_SERVER_NAME, _GROUPS, _SIGNATURES, _VERSIONS, _AUTHORITIES, _KEY_SHARE = 0, 10, 13, 43, 47, 51
_NAMED_CURVE = 3
# What makes a ServerHello a HelloRetryRequest: the SHA-256 of those words (RFC 8446, section 4.1.3).
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


class MalformedHandshakeError(SiptlsError, ValueError):
    """Octets that are no message of a handshake."""


class MessageType:
    """The first octet of a message, RFC 8446, section 4."""

    CLIENT_HELLO = 1
    SERVER_HELLO = 2
    CERTIFICATE = 11
    SERVER_KEY_EXCHANGE = 12
    CERTIFICATE_REQUEST = 13


@dataclass(frozen=True)
class ClientHello:
    """What a client offers, by the numbers of the registries of IANA.

    :ivar octets: how long the message is
    :ivar server_name: the name asked for (SNI); empty for none
    """

    octets: int
    versions: tuple[int, ...]
    suites: tuple[int, ...]
    groups: tuple[int, ...]
    signatures: tuple[int, ...]
    server_name: str


@dataclass(frozen=True)
class ServerHello:
    """What a server chose.

    :ivar group: TLS 1.3 says it here; None otherwise
    :ivar retry: it asks for another ClientHello
    """

    version: int
    suite: int
    group: int | None
    retry: bool


class _Octets:
    """Takes what stands at the front."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._octets):
            raise MalformedHandshakeError("a message of a TLS handshake is cut short")
        found, self._at = self._octets[self._at : end], end
        return found

    def number(self, octets: int) -> int:
        return int.from_bytes(self.take(octets), "big")

    def vector(self, length_octets: int) -> _Octets:
        """What a length stands before."""
        return _Octets(self.take(self.number(length_octets)))

    def rest(self) -> bytes:
        return self.take(len(self._octets) - self._at)

    def numbers(self, octets: int) -> tuple[int, ...]:
        """All that is left, as numbers of so many octets."""
        return tuple(self.number(octets) for _each in iter(lambda: bool(self), False))

    def __bool__(self) -> bool:
        return self._at < len(self._octets)


def _body(message: bytes, kind: int) -> _Octets:
    octets = _Octets(message)
    if octets.number(1) != kind:
        raise MalformedHandshakeError("a message of a TLS handshake is of another type")
    return octets.vector(3)


def _extensions(octets: _Octets) -> dict[int, _Octets]:
    found: dict[int, _Octets] = {}
    if octets:
        block = octets.vector(2)
        while block:
            kind = block.number(2)
            found[kind] = block.vector(2)
    return found


def parse_client_hello(message: bytes) -> ClientHello:
    """A ClientHello, with its type and length in front.

    :raises MalformedHandshakeError: it is none
    """
    octets = _body(message, MessageType.CLIENT_HELLO)
    version = octets.number(2)
    octets.take(32)
    octets.vector(1)
    suites = octets.vector(2).numbers(2)
    octets.vector(1)
    extensions = _extensions(octets)
    name = extensions.get(_SERVER_NAME)
    return ClientHello(
        octets=len(message),
        versions=extensions[_VERSIONS].vector(1).numbers(2) if _VERSIONS in extensions else (version,),
        suites=suites,
        groups=extensions[_GROUPS].vector(2).numbers(2) if _GROUPS in extensions else (),
        signatures=extensions[_SIGNATURES].vector(2).numbers(2) if _SIGNATURES in extensions else (),
        server_name=_server_name(name) if name else "",
    )


def _server_name(octets: _Octets) -> str:
    names = octets.vector(2)
    names.number(1)
    return names.vector(2).rest().decode("ascii", "replace")


def parse_server_hello(message: bytes) -> ServerHello:
    """A ServerHello or a HelloRetryRequest, with its type and length in front.

    :raises MalformedHandshakeError: it is none
    """
    octets = _body(message, MessageType.SERVER_HELLO)
    version = octets.number(2)
    random = octets.take(32)
    octets.vector(1)
    suite = octets.number(2)
    octets.take(1)
    extensions = _extensions(octets)
    chosen, share = extensions.get(_VERSIONS), extensions.get(_KEY_SHARE)
    return ServerHello(
        version=chosen.number(2) if chosen else version,
        suite=suite,
        group=share.number(2) if share else None,
        retry=random == _RETRY,
    )


def parse_certificates(message: bytes, version: int) -> tuple[bytes, ...]:
    """The certificates of a Certificate message, DER, the sender's own first; none where it has none.

    :param version: that was chosen; TLS 1.3 writes the message otherwise
    :raises MalformedHandshakeError: it is none
    """
    octets = _body(message, MessageType.CERTIFICATE)
    if version >= TLS_1_3:
        octets.vector(1)
    return tuple(_each_certificate(octets.vector(3), version))


def _each_certificate(octets: _Octets, version: int) -> Iterator[bytes]:
    while octets:
        yield octets.vector(3).rest()
        if version >= TLS_1_3:
            octets.vector(2)


def parse_authorities(message: bytes, version: int) -> tuple[bytes, ...]:
    """The names of the authorities that a CertificateRequest asks for, DER; none where it leaves that open.

    :raises MalformedHandshakeError: it is none
    """
    octets = _body(message, MessageType.CERTIFICATE_REQUEST)
    octets.vector(1)  # a context, or before TLS 1.3 the types of certificates
    if version >= TLS_1_3:
        named = _extensions(octets).get(_AUTHORITIES)
        names = named.vector(2) if named else _Octets(b"")
    else:
        if version == TLS_1_2:
            octets.vector(2)
        names = octets.vector(2)
    found = []
    while names:
        found.append(names.vector(2).rest())
    return tuple(found)


def parse_curve(message: bytes) -> int | None:
    """The group of a ServerKeyExchange of ECDHE, TLS 1.2 and before; None for a curve that has no number.

    :raises MalformedHandshakeError: it is none
    """
    octets = _body(message, MessageType.SERVER_KEY_EXCHANGE)
    return octets.number(2) if octets.number(1) == _NAMED_CURVE else None
