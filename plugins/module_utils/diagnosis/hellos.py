# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The handshakes in a capture, ClientHello beside ServerHello, in words (RFC 8446, sections 4.1.2, 4.1.3 and 5.1)."""

from __future__ import annotations

from collections.abc import Iterator

from ..tls.alerts import Alert
from ..tls.code_points import group_name, suite_name, version_name
from ..tls.handshake import (
    ClientHello,
    MalformedHandshakeError,
    MessageType,
    ServerHello,
    parse_client_hello,
    parse_server_hello,
)
from .capture import Stream, read_capture
from .evidence import HelloSeen

__all__ = ["hellos_in", "read_hellos"]

_ALERT, _HANDSHAKE = 21, 22
_LONGEST_RECORD = 16_640
_FATAL = 2
_SIGNALS = (0x00FF, 0x5600)
_MOST = 50
# RFC 8446, section 4.2.3
_SIGNATURES = {
    0x0401: "rsa_pkcs1_sha256", 0x0501: "rsa_pkcs1_sha384", 0x0601: "rsa_pkcs1_sha512", 0x0403: "ecdsa_p256_sha256",
    0x0503: "ecdsa_p384_sha384", 0x0603: "ecdsa_p521_sha512", 0x0804: "rsa_pss_sha256", 0x0805: "rsa_pss_sha384",
    0x0806: "rsa_pss_sha512", 0x0807: "ed25519", 0x0808: "ed448", 0x0201: "rsa_pkcs1_sha1", 0x0203: "ecdsa_sha1",
    0x0904: "ml-dsa-44", 0x0905: "ml-dsa-65", 0x0906: "ml-dsa-87",
}  # fmt: skip


def hellos_in(octets: bytes, *, port: int) -> tuple[HelloSeen, ...]:
    """Each handshake that goes to ``port``, in the order in which they began.

    :raises MalformedCaptureError: it is no capture file
    """
    return read_hellos(octets, port=port)[0]


def read_hellos(octets: bytes, *, port: int) -> tuple[tuple[HelloSeen, ...], str]:
    """Each handshake that goes to ``port``, and why others that there were may not be told, as a clause; empty if all are.

    :raises MalformedCaptureError: it is no capture file
    """
    capture = read_capture(octets)
    answers = {(one.source, one.destination): one for one in capture.streams}
    hellos = []
    doubts: list[str] = []
    for stream in capture.streams:
        if stream.destination[1] != port:
            continue
        if hello := _client_hello(stream):
            hellos.append(_seen(stream, hello, answers.get((stream.destination, stream.source))))
        elif why := _why_no_hello(stream):
            doubts.append(f"a ClientHello of {stream.source[0]} {why}")
    return tuple(hellos[-_MOST:]), "; ".join(dict.fromkeys((*doubts, *capture.doubts)))


def _why_no_hello(stream: Stream) -> str:
    """Why the ClientHello of a stream is not known; empty where there is none."""
    if stream.octets and stream.octets[0] != _HANDSHAKE:
        return ""
    if stream.doubt:
        return f"is not whole: {stream.doubt}"
    if not stream.octets:
        return ""
    whole = any(kind == _HANDSHAKE for kind, _message in _messages(stream.octets))
    return "cannot be parsed" if whole else "is not whole: its end is not in the capture"


def _client_hello(stream: Stream) -> ClientHello | None:
    found = None
    for kind, message in _messages(stream.octets):
        if kind == _HANDSHAKE and message[:1] == bytes((MessageType.CLIENT_HELLO,)):
            try:
                found = parse_client_hello(message)
            except MalformedHandshakeError:
                return found
    return found


def _seen(stream: Stream, hello: ClientHello, answer: Stream | None) -> HelloSeen:
    chosen: ServerHello | None = None
    alert = None
    for kind, message in _messages(answer.octets if answer else b""):
        if kind == _ALERT and len(message) == 2 and message[0] == _FATAL:
            alert = message[1]
        elif kind == _HANDSHAKE and message[:1] == bytes((MessageType.SERVER_HELLO,)):
            try:
                chosen = parse_server_hello(message)
            except MalformedHandshakeError:
                continue
    versions = tuple(version_name(one) for one in hello.versions if not _is_grease(one))
    suites = tuple(suite_name(one) for one in hello.suites if one not in _SIGNALS and not _is_grease(one))
    groups = tuple(group_name(one) for one in hello.groups if not _is_grease(one))
    signatures = tuple(_SIGNATURES.get(one, f"0x{one:04x}") for one in hello.signatures if not _is_grease(one))
    words = (
        f"offers {', '.join(versions)}; suites {', '.join(suites[:6])}{_more(len(suites), 6)}; groups {', '.join(groups) or 'none'}; "
        f"signatures {', '.join(signatures[:6]) or 'none'}{_more(len(signatures), 6)}; asks for {hello.server_name or 'no name (SNI)'}"
    )
    refused = Alert(alert, sent=False, fatal=True) if alert is not None else None
    nothing = f"not known: {answer.doubt}" if answer and answer.doubt else "nothing"
    answered = _answer(chosen) if chosen else f"refused: {refused}, {refused.words}" if refused else nothing
    return HelloSeen(
        client=words,
        source=stream.source[0],
        versions=versions,
        suites=suites,
        groups=groups,
        signatures=signatures,
        server_name=hello.server_name,
        chosen=answered,
        alert=alert,
        octets=hello.octets,
    )


def _more(count: int, shown: int) -> str:
    return f" and {count - shown} more" if count > shown else ""


def _answer(chosen: ServerHello) -> str:
    group = f", {group_name(chosen.group)}" if chosen.group is not None else ""
    return f"chose {version_name(chosen.version)}, {suite_name(chosen.suite)}{group}" + (
        ", after asking once more" if chosen.retry else ""
    )


def _is_grease(number: int) -> bool:
    """RFC 8701, section 2: values that mean nothing."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


def _messages(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Alerts and whole messages of the handshake, as far as they are in the clear."""
    at, held = 0, b""
    while at + 5 <= len(octets):
        kind, length = octets[at], int.from_bytes(octets[at + 3 : at + 5], "big")
        if octets[at + 1] != 3 or length > _LONGEST_RECORD:
            return
        body, at = octets[at + 5 : at + 5 + length], at + 5 + length
        if kind == _ALERT:
            yield kind, body
        elif kind == _HANDSHAKE:
            held += body
            while len(held) >= 4 and len(held) >= 4 + int.from_bytes(held[1:4], "big"):
                end = 4 + int.from_bytes(held[1:4], "big")
                yield kind, held[:end]
                held = held[end:]
