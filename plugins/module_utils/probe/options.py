# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a probe is asked to do, checked: where it connects and as whom, what it offers, and which step follows OPTIONS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..durations import parse_duration
from ..errors import SiptlsError
from ..sip.addresses import SipUri, check_host, parse_uri, split_host_port
from ..sip.digest import Credentials
from ..sip.offer import Expected
from ..sip.offer_answer import Keying
from ..sip.srtp import SUITES, Suite, suite_named
from ..sip.syntax import MalformedError
from .settings import Target

__all__ = [
    "CALL",
    "PROBE",
    "Call",
    "ProbeOptions",
    "RegisterOptions",
    "checked_call",
    "checked_options",
    "checked_seconds",
    "sip_uri",
]

_PATHS = ("certificate", "private_key", "trust_bundle", "crl")
_OFFERED = ("ciphers", "groups", "min_version", "max_version")
_VERSIONS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
_KEYINGS = {"sdes": Keying.SDES, "dtls": Keying.DTLS, "none": Keying.NONE}
_DEFAULT_SUITES = ["AEAD_AES_256_GCM", "AES_256_CM_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_80"]
_LONGEST_TIMEOUT = 120

#: The options of every probe, as an argument specification.
PROBE: dict[str, Any] = {
    "aor": {"type": "str", "required": True},
    "connect": {"type": "str", "default": ""},
    "domain": {"type": "str", "default": ""},
    "server_name": {"type": "str", "default": ""},
    "trust_bundle": {"type": "str", "required": True},
    "certificate": {"type": "str", "default": ""},
    "private_key": {"type": "str", "default": ""},
    "crl": {"type": "str", "default": ""},
    "ciphers": {"type": "str", "default": ""},
    "ciphersuites": {"type": "str", "default": ""},
    "groups": {"type": "str", "default": ""},
    "min_version": {"type": "str", "default": "", "choices": ["", *_VERSIONS]},
    "max_version": {"type": "str", "default": "", "choices": ["", *_VERSIONS]},
    "username": {"type": "str", "default": ""},
    "password": {"type": "str", "default": "", "no_log": True},
    "timeout": {"type": "str", "default": "5s"},
}
#: The options of a call, beside those.
CALL: dict[str, Any] = {
    "to": {"type": "str", "required": True},
    "keying": {"type": "str", "default": "sdes", "choices": list(_KEYINGS)},
    "suites": {"type": "list", "elements": "str", "default": _DEFAULT_SUITES},
    "ring": {"type": "str", "default": "10s"},
    "media_address": {"type": "str", "default": ""},
    "media_port": {"type": "int", "default": 0},
    "expect": {
        "type": "dict",
        "default": {},
        "options": {
            "keying": {"type": "str", "choices": ["sdes", "dtls"]},
            "suites": {"type": "list", "elements": "str", "default": []},
        },
    },
}


@dataclass(frozen=True)
class RegisterOptions:
    """REGISTER after OPTIONS.

    :ivar kind: ``fetch`` only asks what is registered, ``bind`` registers and removes that again, ``none`` sends no REGISTER
    """

    kind: Literal["none", "fetch", "bind"]


@dataclass(frozen=True)
class Call:
    """A call after OPTIONS.

    :ivar ring: seconds until somebody has to take the call
    :ivar media_address: what the offer names; empty for the address that the server sees
    :ivar media_port: 0 for any
    """

    callee: SipUri
    ring: int
    keying: Keying
    suites: tuple[Suite, ...]
    expected: Expected
    media_address: str = ""
    media_port: int = 0

    @property
    def offered(self) -> dict[str, Any]:
        """What the offer holds, by the names of the options."""
        return {
            "keying": next(name for name, keying in _KEYINGS.items() if keying is self.keying),
            "suites": [one.name for one in self.suites] if self.keying is Keying.SDES else [],
        }


@dataclass(frozen=True)
class ProbeOptions:
    """All that a probe is told.

    :ivar patience: seconds for each answer
    :ivar parameters: what the script on the device is told of the connection: paths, what is offered, where it goes
    :ivar then: the step after OPTIONS
    """

    aor: SipUri
    target: Target
    patience: int
    parameters: Mapping[str, str]
    credentials: Credentials | None = field(default=None, repr=False)
    then: RegisterOptions | Call = RegisterOptions("none")

    @property
    def extra_seconds(self) -> int:
        """What the step after OPTIONS takes beyond answers that come in time: a call may ring, and again after a challenge."""
        return 3 * self.then.ring if isinstance(self.then, Call) else 0


def checked_options(arguments: Mapping[str, Any]) -> ProbeOptions:
    """The options of a connection, without a step after OPTIONS.

    :param arguments: as :data:`PROBE` has them; what is missing has its default
    :raises SiptlsError: an option cannot be
    """
    given = {name: arguments.get(name, option.get("default", "")) for name, option in PROBE.items()}
    patience = checked_seconds(given["timeout"], "timeout")
    aor = sip_uri(given["aor"], "aor")
    if aor.user is None:
        raise SiptlsError("aor names no user", expected="sip:user@domain", found=repr(given["aor"]))
    if bool(given["certificate"]) != bool(given["private_key"]):
        raise SiptlsError("certificate and private_key belong together", expected="both, or none of them")
    for name in _PATHS:
        if given[name] and not given[name].startswith("/"):
            raise SiptlsError(f"{name} is no absolute path", expected="a path on the device", found=repr(given[name]))
    domain = _domain(given["domain"] or aor.host)
    target = Target(_connect(given["connect"], domain), given["server_name"] or domain, domain)
    parameters = {
        "connect": target.connect,
        "server_name": target.server_name,
        "suites": given["ciphersuites"],
        **{name: given[name] for name in (*_PATHS, *_OFFERED)},
    }
    credentials = Credentials(given["username"] or aor.user, given["password"]) if given["password"] else None
    return ProbeOptions(aor, target, patience, parameters, credentials)


def checked_call(arguments: Mapping[str, Any], domain: str) -> Call:
    """The options of a call.

    :param arguments: as :data:`PROBE` and :data:`CALL` have them
    :param domain: of a callee that is named without one
    :raises SiptlsError: the offer or the expectation cannot be
    """
    to = arguments["to"]
    callee = sip_uri(to if ":" in to else f"sip:{to}@{domain}", "to")
    ring = checked_seconds(arguments["ring"], "ring")
    keying, suites = _KEYINGS[arguments["keying"]], _suites(arguments["suites"], "suites")
    expect = arguments["expect"] or {}
    expected = Expected(
        _KEYINGS[expect["keying"]] if expect.get("keying") else None,
        _suites(expect.get("suites") or [], "expect.suites"),
    )
    if keying is Keying.SDES and not suites:
        raise SiptlsError("suites is empty", expected="at least one suite, for keying sdes")
    if keying is Keying.DTLS and not arguments["certificate"]:
        raise SiptlsError(
            "keying dtls needs a certificate, whose fingerprint is offered",
            remedy="name certificate and private_key",
        )
    address, port = arguments["media_address"], arguments["media_port"]
    if not 0 <= port <= 65535:
        raise SiptlsError("media_port is no port", expected="0 to 65535", found=str(port))
    if address:
        try:
            check_host(f"[{address}]" if ":" in address else address, "media_address")
        except MalformedError:
            raise SiptlsError("media_address is no address", expected="IPv4 or IPv6", found=repr(address)) from None
    return Call(callee, ring, keying, suites, expected, address, port)


def checked_seconds(text: str, option: str) -> int:
    """The length of a wait, in seconds.

    :raises SiptlsError: it is none, or too long
    """
    seconds = int(parse_duration(text, name=option).total_seconds())
    if seconds > _LONGEST_TIMEOUT:
        raise SiptlsError(f"{option} is too long", expected=f"at most {_LONGEST_TIMEOUT}s", found=repr(text))
    return seconds


def sip_uri(text: str, option: str) -> SipUri:
    """The SIP URI that an option holds.

    :raises SiptlsError: it is none
    """
    try:
        uri = parse_uri(text, option)
    except MalformedError as error:
        raise SiptlsError(f"{option} is no SIP URI", expected="sip:user@domain", found=repr(text)) from error
    if not isinstance(uri, SipUri) or uri.password is not None or uri.headers:
        raise SiptlsError(
            f"{option} is no SIP URI", expected="sip:user@domain", found=repr(text.partition("@")[2] or text)
        )
    return uri


def _domain(text: str) -> str:
    try:
        return SipUri(text).host
    except MalformedError as error:
        raise SiptlsError(
            "domain is no SIP domain", expected="a host name, without a port", found=repr(text)
        ) from error


def _connect(text: str, domain: str) -> str:
    try:
        host, port = split_host_port(text or domain, "connect")
    except MalformedError as error:
        raise SiptlsError("connect is no address", expected="HOST:PORT", found=repr(text)) from error
    return f"{host}:{port or 5061}"


def _suites(names: list[str], option: str) -> tuple[Suite, ...]:
    found = []
    for name in names:
        suite = suite_named(name)
        if suite is None:
            raise SiptlsError(
                f"{option} holds a suite that is not known",
                expected="one of " + ", ".join(one.name for one in SUITES),
                found=repr(name),
            )
        found.append(suite)
    return tuple(dict.fromkeys(found))
