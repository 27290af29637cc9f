# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen of one TLS connection, from the messages that went over it and from what openssl s_client said of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum

from .alerts import CLOSE_NOTIFY, Alert
from .code_points import group_name, suite_name
from .handshake import (
    ClientHello,
    MalformedHandshakeError,
    MessageType,
    ServerHello,
    parse_authorities,
    parse_certificates,
    parse_client_hello,
    parse_curve,
    parse_server_hello,
)
from .transcript import Chunk, Kind, parse_transcript

__all__ = ["Observation", "OpensslError", "Reach", "VerifyError", "observe"]

_ESTABLISHED = "CONNECTION ESTABLISHED"
_ERROR = re.compile(r"[0-9A-Fa-f]{1,32}:error:(?P<code>[0-9A-Fa-f]{1,16}):[^:]*:[^:]*:(?P<reason>[^:]*)(?::.*)?")
_DEPTH = re.compile(r"depth=(?P<depth>-?[0-9]{1,3}) (?P<subject>.*)")
_VERIFY_ERROR = re.compile(r"verify error:num=(?P<number>[0-9]{1,3}):(?P<text>.*)")
_TLS_RECORDS = range(20, 25)  # the types of records, RFC 8446, section 5.1 and RFC 6520


class Reach(Enum):
    """How far a connection came before TLS."""

    CONNECTED = "connected"
    NO_NAME = "the name does not resolve"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    SILENT = "no answer"
    UNKNOWN = "unknown"


# Whole phrases of glibc and musl; the numbers of errors differ between processors.
_FAILURES = (
    (Reach.REFUSED, ("connection refused",)),
    (Reach.UNREACHABLE, ("no route to host", "host is unreachable", "network is unreachable", "network unreachable")),
    (Reach.SILENT, ("connection timed out", "operation timed out")),
    (
        Reach.NO_NAME,
        (
            "name or service not known",
            "name does not resolve",
            "temporary failure in name resolution",
            "try again",
            "no address associated with hostname",
            "nodename nor servname provided",
            "name has no usable address",
        ),
    ),
)


@dataclass(frozen=True)
class OpensslError:
    """A line of OpenSSL's error queue.

    :ivar code: packed as that version packs it
    :ivar reason: in its words
    """

    code: int
    reason: str


@dataclass(frozen=True)
class VerifyError:
    """What OpenSSL has against a certificate of the server.

    :ivar depth: 0 for the server's own
    :ivar number: X509_V_ERR, X509_STORE_CTX_get_error(3)
    :ivar subject: of that certificate, as openssl writes it
    """

    depth: int
    number: int
    subject: str
    text: str


@dataclass(frozen=True)
class Observation:
    """One connection. What was not seen is None or empty, and says nothing.

    :ivar established: our end holds the handshake for done; a server of TLS 1.3 may still refuse it
    :ivar ended: openssl has given up, or the server has closed
    :ivar offered: our ClientHello, the last one where there were two
    :ivar chosen: by the server
    :ivar retried: the server asked for another ClientHello
    :ivar suite: as OpenSSL calls it
    :ivar group: of the key exchange, as OpenSSL calls it
    :ivar chain: what the server presented, DER, its own certificate first
    :ivar asked: whether it asked for our certificate
    :ivar authorities: whose certificates it asked for, DER names
    :ivar presented: how many certificates our end sent
    :ivar first_octets: of an answer that is no TLS
    """

    reach: Reach = Reach.UNKNOWN
    established: bool = False
    ended: bool = False
    offered: ClientHello | None = None
    chosen: ServerHello | None = None
    retried: bool = False
    suite: str | None = None
    group: str | None = None
    chain: tuple[bytes, ...] = ()
    asked: bool | None = None
    authorities: tuple[bytes, ...] = ()
    presented: int | None = None
    alerts: tuple[Alert, ...] = ()
    verify_errors: tuple[VerifyError, ...] = ()
    errors: tuple[OpensslError, ...] = ()
    first_octets: bytes = field(default=b"", repr=False)

    @property
    def refusal(self) -> Alert | None:
        """The alert by which the server ended it; None if there is none, or only warnings."""
        return next((one for one in self.alerts if not one.sent and one.fatal and one.number != CLOSE_NOTIFY), None)

    @property
    def given_up(self) -> Alert | None:
        """The alert by which our end gave up before the handshake was over."""
        return None if self.established else next((one for one in self.alerts if one.sent and one.fatal), None)

    def said(self, *phrases: str) -> bool:
        """Whether one of these is the reason of an error."""
        return any(one.reason.strip().lower() in phrases for one in self.errors)


def observe(transcript: str, said: str, *, ended: bool) -> Observation:
    """What these tell. Never raises: a message that cannot be read is left out.

    :param transcript: what ``-msg`` wrote
    :param said: standard error of ``openssl s_client -brief``
    :param ended: whether the command has ended
    """
    chunks = parse_transcript(transcript)
    lines = said.splitlines()
    established = _ESTABLISHED in lines
    seen = Observation(
        established=established,
        ended=ended,
        reach=_reach(chunks, lines, ended=ended),
        alerts=tuple(_alerts(chunks)),
        verify_errors=tuple(_verify_errors(lines)),
        errors=tuple(_errors(lines)),
        first_octets=_no_tls(chunks),
    )
    for chunk in chunks:
        if chunk.kind is Kind.HANDSHAKE:
            try:
                seen = _learn(seen, chunk)
            except MalformedHandshakeError:
                continue
    if established and seen.asked is None:
        seen = replace(seen, asked=False)
    return seen


def _reach(chunks: Iterable[Chunk], lines: list[str], *, ended: bool) -> Reach:
    if any(chunk.sent for chunk in chunks):
        return Reach.CONNECTED
    text = "\n".join(lines).lower()
    for reach, phrases in _FAILURES:
        if any(phrase in text for phrase in phrases):
            return reach
    return Reach.UNKNOWN if ended else Reach.SILENT


def _alerts(chunks: Iterable[Chunk]) -> Iterable[Alert]:
    for chunk in chunks:
        if chunk.kind is Kind.ALERT and len(chunk.octets) == 2:
            yield Alert(chunk.octets[1], chunk.sent, chunk.octets[0] == 2)


def _errors(lines: Iterable[str]) -> Iterable[OpensslError]:
    for line in lines:
        if match := _ERROR.fullmatch(line):
            yield OpensslError(int(match["code"], 16), match["reason"])


def _verify_errors(lines: Iterable[str]) -> Iterable[VerifyError]:
    depth, subject = 0, ""
    for line in lines:
        if match := _DEPTH.fullmatch(line):
            depth, subject = int(match["depth"]), match["subject"]
        elif match := _VERIFY_ERROR.fullmatch(line):
            yield VerifyError(depth, int(match["number"]), subject, match["text"])


def _no_tls(chunks: Iterable[Chunk]) -> bytes:
    """The first octets that came, if they begin no record of TLS."""
    for chunk in chunks:
        if not chunk.sent:
            is_record = chunk.octets[:1] and chunk.octets[0] in _TLS_RECORDS and chunk.octets[1:2] == b"\x03"
            return chunk.octets if chunk.kind is Kind.HEADER and not is_record else b""
    return b""


def _learn(seen: Observation, chunk: Chunk) -> Observation:
    kind = chunk.octets[0] if chunk.octets else None
    version = seen.chosen.version if seen.chosen else 0
    if chunk.sent:
        if kind == MessageType.CLIENT_HELLO:
            return replace(seen, offered=parse_client_hello(chunk.octets))
        if kind == MessageType.CERTIFICATE:
            return replace(seen, presented=len(parse_certificates(chunk.octets, version)))
        return seen
    if kind == MessageType.SERVER_HELLO:
        return _chosen(seen, parse_server_hello(chunk.octets))
    if kind == MessageType.CERTIFICATE:
        return replace(seen, chain=parse_certificates(chunk.octets, version))
    if kind == MessageType.CERTIFICATE_REQUEST:
        return replace(replace(seen, asked=True), authorities=parse_authorities(chunk.octets, version))
    if kind == MessageType.SERVER_KEY_EXCHANGE and seen.suite and "ECDHE" in seen.suite:
        curve = parse_curve(chunk.octets)
        return seen if curve is None else replace(seen, group=group_name(curve))
    return seen


def _chosen(seen: Observation, hello: ServerHello) -> Observation:
    return replace(
        seen,
        chosen=hello,
        retried=seen.retried or hello.retry,
        suite=suite_name(hello.suite),
        group=None if hello.group is None else group_name(hello.group),
    )
