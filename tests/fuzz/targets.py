# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fuzzing runs: every parser, and what has to hold for what it gives."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TypeVar

from ansible_collections.siptls.vos.plugins.module_utils.sip.addresses import parse_address, parse_uri
from ansible_collections.siptls.vos.plugins.module_utils.sip.check import check_message
from ansible_collections.siptls.vos.plugins.module_utils.sip.dtls import parse_fingerprint, parse_setup
from ansible_collections.siptls.vos.plugins.module_utils.sip.fields import parse_cseq, parse_via, parse_warning
from ansible_collections.siptls.vos.plugins.module_utils.sip.message import Message, parse_message
from ansible_collections.siptls.vos.plugins.module_utils.sip.offer_answer import compare_media
from ansible_collections.siptls.vos.plugins.module_utils.sip.sdp_reading import parse_sdp
from ansible_collections.siptls.vos.plugins.module_utils.sip.srtp import parse_crypto
from ansible_collections.siptls.vos.plugins.module_utils.sip.stream import MessageReader
from ansible_collections.siptls.vos.plugins.module_utils.sip.syntax import MalformedError, split_list

Value = TypeVar("Value")
Text = TypeVar("Text", str, bytes)

__all__ = ["TARGETS", "WrongError"]


class WrongError(Exception):
    """A parser gave a value, and not the right one."""


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")


def _comes_back(first: Value, written: Text, parse: Callable[[Text], Value]) -> None:
    """Whether ``parse`` gives ``first`` from what ``first`` was written as. A refusal here is a fault as well."""
    try:
        again = parse(written)
    except MalformedError as error:
        raise WrongError(f"what was read is refused when it was written: {error}") from error
    if again != first:
        raise WrongError("what was read does not come back from its own text")


def _message(octets: bytes) -> None:
    message = parse_message(octets)
    _comes_back(message, message.render(), parse_message)
    repr(message)
    check_message(message)


def _read(pieces: list[bytes]) -> tuple[list[Message], int, str | None]:
    reader, found = MessageReader(), []
    for piece in pieces:
        try:
            found += reader.feed(piece)
        except MalformedError:
            break
    return found, reader.line_ends, str(reader.fault) if reader.fault else None


def _stream(octets: bytes) -> None:
    whole = _read([octets])
    first = zlib.crc32(octets)
    at, second = first % (len(octets) + 1), (first >> 8) % (len(octets) + 1)
    pieces = [octets[: min(at, second)], octets[min(at, second) : max(at, second)], octets[max(at, second) :]]
    if _read(pieces) != whole:
        raise WrongError(f"a stream cut at {at} and {second} reads differently")
    if len(octets) < 300 and first % 8 == 0 and _read([octets[i : i + 1] for i in range(len(octets))]) != whole:
        raise WrongError("a stream of single octets reads differently")
    if whole[2] is not None:
        raise MalformedError(whole[2])


def _body(octets: bytes) -> bytes:
    """What could be a session description: what follows an empty line, if one does."""
    head, _end, body = octets.partition(b"\r\n\r\n")
    return body or head


def _sdp(octets: bytes) -> None:
    session = parse_sdp(_body(octets))
    _comes_back(session, session.render(), parse_sdp)
    repr(session)
    try:
        compare_media(session, session)
        compare_media(session, _ANSWER)
        compare_media(_ANSWER, session)
    except MalformedError as error:
        raise WrongError(f"a comparison refuses what was read: {error}") from error


_ANSWER = parse_sdp(
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 0\r\n"
    b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd\r\n"
)


def _crypto(octets: bytes) -> None:
    crypto = parse_crypto(_text(octets))
    _comes_back(crypto, crypto.render(), parse_crypto)
    repr(crypto)
    crypto.problem()


def _fingerprint(octets: bytes) -> None:
    fingerprint = parse_fingerprint(_text(octets))
    _comes_back(fingerprint, fingerprint.render(), parse_fingerprint)
    fingerprint.problem()


def _address(octets: bytes) -> None:
    address = parse_address(_text(octets), "From")
    _comes_back(address, str(address), lambda text: parse_address(text, "From"))


def _uri(octets: bytes) -> None:
    uri = parse_uri(_text(octets), "Request-URI")
    _comes_back(uri, str(uri), lambda text: parse_uri(text, "Request-URI"))


def _via(octets: bytes) -> None:
    via = parse_via(_text(octets))
    _comes_back(via, str(via), parse_via)


def _cseq(octets: bytes) -> None:
    cseq = parse_cseq(_text(octets))
    _comes_back(cseq, str(cseq), parse_cseq)


def _warning(octets: bytes) -> None:
    warning = parse_warning(_text(octets))
    _comes_back(warning, str(warning), parse_warning)


TARGETS: dict[str, Callable[[bytes], object]] = {
    "message": _message,
    "stream": _stream,
    "sdp": _sdp,
    "crypto": _crypto,
    "fingerprint": _fingerprint,
    "setup": lambda octets: parse_setup(_text(octets)),
    "address": _address,
    "uri": _uri,
    "via": _via,
    "cseq": _cseq,
    "warning": _warning,
    "list": lambda octets: split_list(_text(octets), "Contact"),
}
