# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who and where: SIP URIs, and the addresses of From, To, Contact, Route (RFC 3261, sections 19.1 and 20.10)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TypeAlias

from .syntax import (
    BLANKS,
    QUOTED,
    MalformedError,
    Parameter,
    parse_parameters,
    quoted,
    render_parameters,
    shown,
    unquoted,
    whole_number,
)

__all__ = ["Address", "OtherUri", "SipUri", "Uri", "check_host", "parse_address", "parse_uri", "split_host_port"]

_UNRESERVED = r"A-Za-z0-9\-_.!~*'()"
_ESCAPE = r"%[0-9A-Fa-f]{2}"
_USER = re.compile(rf"(?:[{_UNRESERVED}&=+$,;?/]|{_ESCAPE})+")
_PASSWORD = re.compile(rf"(?:[{_UNRESERVED}&=+$,]|{_ESCAPE})*")
_URI_PARAMETERS = re.compile(
    rf"(?:;(?:[{_UNRESERVED}\[\]/:&+$]|{_ESCAPE})+(?:=(?:[{_UNRESERVED}\[\]/:&+$]|{_ESCAPE})+)?)*"
)
_URI_HEADERS = re.compile(rf"(?:\?(?:[{_UNRESERVED}\[\]/?:+$&=]|{_ESCAPE})+)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")
_OPAQUE = re.compile(r"[!#-;=?-\[\]_a-z~]+", re.IGNORECASE | re.ASCII)
# The underscore is in no host name of the standard, and in many of the field.
_HOST_NAME = re.compile(
    r"[A-Za-z0-9_](?:[A-Za-z0-9_\-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_\-]*[A-Za-z0-9_])?)*\.?"
)
_IPV6 = re.compile(r"\[([0-9A-Fa-f:.]{2,45})\]")
_HOST_PORT = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>.*))?", re.DOTALL)
_DISPLAY_BARE = re.compile(r'[^"<>,;\x00-\x1f\x7f]+')
_DISPLAY_QUOTED = re.compile(QUOTED)
_IN_BRACKETS = re.compile(r"[ \t]*<([^<>]*)>(.*)", re.DOTALL)
_LONGEST_HOST = 255
_LARGEST_PORT = 65535


def check_host(host: str, where: str) -> None:
    """Makes sure that ``host`` is a host name, an IPv4 address, or an IPv6 address in brackets.

    :param where: the field that it stands in, for an error
    :raises MalformedError: it is none
    """
    if len(host) <= _LONGEST_HOST:
        if _HOST_NAME.fullmatch(host):
            return
        if match := _IPV6.fullmatch(host):
            try:
                ipaddress.IPv6Address(match[1])
            except ValueError:
                pass
            else:
                return
    raise MalformedError("no host", where=where, expected="a host name or an address", found=shown(host))


def split_host_port(text: str, where: str) -> tuple[str, int | None]:
    """``host`` or ``host:port``; None where no port is given. Blanks may stand around the colon.

    :raises MalformedError: the text is neither
    """
    match = _HOST_PORT.fullmatch(text)
    if match is None:
        raise MalformedError("no host and port", where=where, expected="host or host:port", found=shown(text))
    host = match["host"].strip(BLANKS)
    check_host(host, where)
    if match["port"] is None:
        return host, None
    port = whole_number(match["port"].strip(BLANKS), _LARGEST_PORT)
    if port is None:
        raise MalformedError("no port", where=where, expected="0 to 65535", found=shown(match["port"]))
    return host, port


@dataclass(frozen=True)
class SipUri:
    """``sip:user:password@host:port;parameters?headers``; escapes as they are written.

    :ivar scheme: ``sip`` or ``sips``
    :ivar user: None for the URI of a host
    :ivar port: None where none is given
    :ivar parameters: with the first semicolon, or empty
    :ivar headers: with the question mark, or empty
    """

    host: str
    user: str | None = None
    scheme: str = "sip"
    port: int | None = None
    parameters: str = ""
    headers: str = ""
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        check_host(self.host, "URI")
        user_fits = self.user is None or _USER.fullmatch(self.user)
        password_fits = self.password is None or (self.user is not None and _PASSWORD.fullmatch(self.password))
        port_fits = self.port is None or 0 <= self.port <= _LARGEST_PORT
        if self.scheme not in ("sip", "sips") or not (user_fits and password_fits and port_fits):
            raise MalformedError(
                "no SIP URI",
                expected="sip:user@host:port (RFC 3261, section 19.1)",
                found=shown(f"{self.scheme}:{self.user or ''}@{self.host}"),
            )
        for name, pattern, text in (
            ("parameters", _URI_PARAMETERS, self.parameters),
            ("headers", _URI_HEADERS, self.headers),
        ):
            if not pattern.fullmatch(text):
                raise MalformedError(f"the {name} of a SIP URI cannot be read", found=shown(text))

    def __str__(self) -> str:
        secret = "" if self.password is None else f":{self.password}"
        who = "" if self.user is None else f"{self.user}{secret}@"
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}:{who}{self.host}{port}{self.parameters}{self.headers}"

    def parameter(self, name: str) -> str | None:
        """The value of the parameter ``name``: empty where it has none, None where it is not there."""
        for part in self.parameters.split(";")[1:]:
            key, _equals, value = part.partition("=")
            if key.lower() == name.lower():
                return value
        return None


@dataclass(frozen=True)
class OtherUri:
    """A URI of another scheme: ``tel:+1``, ``http://...``.

    :ivar rest: what stands after the colon
    """

    scheme: str
    rest: str

    def __post_init__(self) -> None:
        other = _SCHEME.fullmatch(self.scheme) and self.scheme.lower() not in ("sip", "sips")
        if not other or not _OPAQUE.fullmatch(self.rest):
            raise MalformedError("no URI", expected="scheme:what it names", found=shown(str(self)))

    def __str__(self) -> str:
        return f"{self.scheme}:{self.rest}"


Uri: TypeAlias = "SipUri | OtherUri"


def parse_uri(text: str, where: str) -> Uri:
    """The URI that ``text`` is.

    :param where: the field that it stands in, for an error
    :raises MalformedError: it is none
    """
    if text != text.strip(BLANKS):
        raise MalformedError("blanks stand around a URI", where=where, found=shown(text))
    scheme, _colon, rest = text.partition(":")
    try:
        if scheme.lower() not in ("sip", "sips"):
            return OtherUri(scheme, rest)
        return _sip_uri(scheme.lower(), rest, where)
    except MalformedError as error:
        raise MalformedError(error.problem, where=where, expected=error.expected, found=error.found) from None


def _sip_uri(scheme: str, rest: str, where: str) -> SipUri:
    # No @ stands in parameters or headers, so the first one ends the user, who may hold ; and ? himself.
    who, at, place = rest.partition("@")
    if not at:
        who, place = "", rest
    user, colon, password = who.partition(":")
    before_headers, question, headers = place.partition("?")
    host_port, semicolon, parameters = before_headers.partition(";")
    if host_port != host_port.strip(BLANKS):
        raise MalformedError("a blank in a URI", where=where, found=shown(rest))
    host, port = split_host_port(host_port, where)
    return SipUri(
        host=host,
        user=user if at else None,
        scheme=scheme,
        port=port,
        parameters=semicolon + parameters,
        headers=question + headers,
        password=password if colon else None,
    )


@dataclass(frozen=True)
class Address:
    """``"display" <uri>;parameters``: the value of From, To, Contact, Route, Record-Route.

    :ivar display: without quotes and escapes; None where there is none
    :ivar parameters: of the field, not of the URI
    """

    uri: Uri
    display: str | None = None
    parameters: tuple[Parameter, ...] = ()

    def __str__(self) -> str:
        name = "" if self.display is None else f"{quoted(self.display)} "
        return f"{name}<{self.uri}>{render_parameters(self.parameters)}"

    def parameter(self, name: str) -> str | None:
        """The value of the parameter ``name``, without quotes: empty where it has none, None where it is not there."""
        for parameter in self.parameters:
            if parameter.name.lower() == name.lower():
                return unquoted(parameter.value or "")
        return None

    @property
    def tag(self) -> str | None:
        """The tag of one side of a dialog (RFC 3261, section 19.3)."""
        return self.parameter("tag")


def parse_address(text: str, where: str) -> Address:
    """A name-addr or an addr-spec, with its parameters.

    Without ``<>`` what follows a semicolon belongs to the field, and ``?`` and ``,`` are in no URI
    (RFC 3261, section 20.10).

    :param where: the field that it stands in, for an error
    :raises MalformedError: it is neither
    """
    text = text.strip(BLANKS)
    if "<" not in text and not text.startswith('"'):
        bare, semicolon, parameters = text.partition(";")
        bare = bare.rstrip(BLANKS)
        if "?" in bare or "," in bare:
            raise MalformedError(
                "a URI with ? or , stands without <> (RFC 3261, section 20.10)", where=where, found=shown(text)
            )
        return Address(parse_uri(bare, where), None, parse_parameters(semicolon + parameters, where))
    display, rest = _display(text)
    match = _IN_BRACKETS.fullmatch(rest)
    if match is None or (display is None and not rest.startswith("<")):
        raise MalformedError(
            "an address cannot be read",
            where=where,
            expected='"name" <sip:user@host>;parameters, a name of more than plain words in quotes',
            found=shown(text),
        )
    return Address(parse_uri(match[1], where), display, parse_parameters(match[2], where))


def _display(text: str) -> tuple[str | None, str]:
    """The display name that ``text`` begins with, and what follows; None where there is none that can be read."""
    if match := _DISPLAY_QUOTED.match(text):
        return unquoted(match[0]), text[match.end() :]
    words = text[: text.index("<")].strip(BLANKS) if "<" in text else ""
    # Names in Chinese come without quotes, and quotes are what their senders meant (RFC 4475, section 3.1.2.15)
    if words and _DISPLAY_BARE.fullmatch(words):
        return words, text[text.index("<") :]
    return None, text
