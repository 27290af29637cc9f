# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fuzzing runs: every parser, and what has to hold for what it gives."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TypeVar

from ansible_collections.siptls.vos.plugins.module_utils.audit_records import parse_record
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.capture import MalformedCaptureError
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.hellos import hellos_in
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.reading import read_domain, refusals_of
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.ini import merge_ini, parse_ini, read_section
from ansible_collections.siptls.vos.plugins.module_utils.network.netfilter import read_ruleset
from ansible_collections.siptls.vos.plugins.module_utils.sip.addresses import parse_address, parse_uri
from ansible_collections.siptls.vos.plugins.module_utils.sip.check import check_message
from ansible_collections.siptls.vos.plugins.module_utils.sip.digest import Credentials, authorization, parse_challenge
from ansible_collections.siptls.vos.plugins.module_utils.sip.domain_identity import (
    PresentedNames,
    domain_identities,
    why_not_for,
)
from ansible_collections.siptls.vos.plugins.module_utils.sip.dtls import parse_fingerprint, parse_setup
from ansible_collections.siptls.vos.plugins.module_utils.sip.fields import parse_cseq, parse_via, parse_warning
from ansible_collections.siptls.vos.plugins.module_utils.sip.message import Message, parse_message
from ansible_collections.siptls.vos.plugins.module_utils.sip.offer_answer import compare_media
from ansible_collections.siptls.vos.plugins.module_utils.sip.registrations import parse_connections, parse_registrations
from ansible_collections.siptls.vos.plugins.module_utils.sip.sdp_reading import parse_sdp
from ansible_collections.siptls.vos.plugins.module_utils.sip.served import find_certificate, why_no_certificate
from ansible_collections.siptls.vos.plugins.module_utils.sip.srtp import parse_crypto
from ansible_collections.siptls.vos.plugins.module_utils.sip.stream import MessageReader
from ansible_collections.siptls.vos.plugins.module_utils.sip.syntax import MalformedError, split_list
from ansible_collections.siptls.vos.plugins.module_utils.tls.handshake import (
    parse_authorities,
    parse_certificates,
    parse_client_hello,
    parse_curve,
    parse_server_hello,
)
from ansible_collections.siptls.vos.plugins.module_utils.tls.names import read_name
from ansible_collections.siptls.vos.plugins.module_utils.tls.observation import observe
from ansible_collections.siptls.vos.plugins.module_utils.tls.pem import read_pem
from ansible_collections.siptls.vos.plugins.module_utils.tls.sessions import resumption_of
from ansible_collections.siptls.vos.plugins.module_utils.verification.lists import read_lists
from ansible_collections.siptls.vos.plugins.plugin_utils.listing import parse_listing

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
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 0\r\n"
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


def _challenge(octets: bytes) -> None:
    challenge = parse_challenge(_text(octets))
    _comes_back(challenge, challenge.render(), parse_challenge)
    repr(challenge)
    if challenge.is_answerable:
        authorization(challenge, Credentials("a", "b"), method="REGISTER", uri="sip:example.com", cnonce="c")


def _observation(octets: bytes) -> None:
    """Never refuses anything: what cannot be read is left out."""
    text = octets.decode("utf-8", "replace")
    said, _mark, transcript = text.partition("=====\n")
    observe(transcript or said, said, ended=True)
    # The same as the hexadecimal lines of a message, which reaches what reads messages.
    kind = (1, 2, 11, 12, 13)[zlib.crc32(octets) % 5]
    message = bytes((kind,)) + len(octets[:4000]).to_bytes(3, "big") + octets[:4000]
    rows = "".join(f"    {message[at : at + 16].hex(' ')}\n" for at in range(0, len(message), 16))
    observe(f"<<< TLS 1.3, Handshake [length {len(message):04x}], X\n{rows}", said, ended=False)


def _handshake(octets: bytes) -> None:
    version = (0x0302, 0x0303, 0x0304)[zlib.crc32(octets) % 3]
    parse: dict[int, Callable[[bytes], object]] = {
        1: parse_client_hello,
        2: parse_server_hello,
        11: lambda one: parse_certificates(one, version),
        12: parse_curve,
        13: lambda one: parse_authorities(one, version),
    }
    parse.get(octets[0] if octets else 0, parse_client_hello)(octets)


def _domain(octets: bytes) -> None:
    words = tuple(_text(octets).split("\r\n"))
    names = PresentedNames(words[0], words[:20], words[20:40], has_alternative_names=len(words) > 1)
    domain_identities(names)
    why_not_for(names, "example.com")


_WANTED = {"s": {"a": "1", "b": None}, "sip": {"transport": "tls"}}


def _ini(octets: bytes) -> None:
    """An operator's file. What is merged into it is read back, and merging again changes nothing."""
    text = _text(octets)
    merged = merge_ini(text, _WANTED)
    if merge_ini(merged, _WANTED) != merged:
        raise WrongError("merging again changes something")
    found = read_section(merged, "sip", ["transport"])
    if found is None or found.values != {"transport": "tls"} or found.doubts:
        raise WrongError("what was merged is not what is read")
    parse_ini(text)


def _served(octets: bytes) -> None:
    said = _text(octets)
    find_certificate(said)
    why_no_certificate(said, "x")
    resumption_of([("tls1_3", said)])


def _registrations(octets: bytes) -> None:
    """What the operator's own commands say, which errors quote."""
    try:
        parse_connections(_text(octets), where="x")
        parse_registrations(_text(octets), where="x")
    except SiptlsError as error:
        raise MalformedError(error.problem) from error


def _failures(octets: bytes) -> None:
    """Records of failed handshakes, as they come from a device."""
    lines = tuple(_text(octets).splitlines())
    refusals_of(lines[:100], None)
    for line in lines:
        parse_record(line)


def _capture(octets: bytes) -> None:
    try:
        hellos_in(octets, port=5061)
    except MalformedCaptureError as error:
        raise MalformedError(str(error)) from error


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
    "challenge": _challenge,
    "observation": _observation,
    "handshake": _handshake,
    "name": read_name,
    "domain": _domain,
    "list": lambda octets: split_list(_text(octets), "Contact"),
    "ini": _ini,
    "pem": lambda octets: read_pem(_text(octets)),
    "crls": lambda octets: read_lists(_text(octets)),
    "served": _served,
    "registrations": _registrations,
    "listing": lambda octets: parse_listing(_text(octets)),
    "failures": _failures,
    "ruleset": lambda octets: read_ruleset(_text(octets)),
    "xml": lambda octets: read_domain(_text(octets)),
    "capture": _capture,
}
