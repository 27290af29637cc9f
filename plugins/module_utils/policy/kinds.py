# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of values: each knows what it expects, and says what is wrong with a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from ..durations import parse_duration
from ..errors import SiptlsError
from ..network import addresses
from ..tls.ciphers import cipher_faults
from ..tls.groups import GROUPS
from .kind import Kind, choice, list_of, plain, record, text
from .violations import Violation, shown

__all__ = [
    "ACCOUNT",
    "ADDRESS",
    "ANY_PASSPHRASE",
    "BOOLEAN",
    "CIPHERS",
    "COMMAND",
    "COUNT",
    "DURATION",
    "FILE_ON_DEVICE",
    "FILE_SIZE",
    "FINGERPRINT_LIST",
    "FOLDER_ON_DEVICE",
    "GROUP_LIST",
    "HOST_NAME",
    "INVENTORY_NAME",
    "NETWORK",
    "NETWORKS",
    "NETWORK_LIST",
    "OPTIONAL_ACCOUNT",
    "OPTIONAL_COMMAND",
    "OPTIONAL_FILE_ON_DEVICE",
    "OPTIONAL_FOLDER_ON_DEVICE",
    "OPTIONAL_PATH_HERE",
    "OUTPUT_LIMIT",
    "PASSPHRASE",
    "PASSPHRASE_OR_PIN",
    "PATH_HERE",
    "PEM",
    "PKI_NAME",
    "PORT",
    "PORT_RANGE",
    "PUBLICATION_URL",
    "REGISTRAR",
    "SECONDS",
    "SESSION_CACHE",
    "SHORT_HOST_NAME",
    "SIP_USER",
    "SUBJECT",
    "TIMER",
    "TOKEN_KEY",
    "UNIT",
    "Kind",
    "choice",
    "duration_of",
    "is_line",
    "is_true",
    "list_of",
    "record",
]


def _whole_number(value: Any, least: int, most: int) -> bool:
    """Whether ``value`` is a number in this range. Text of digits counts: ``-e`` and INI inventories give text."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return False
    return re.fullmatch(r"[0-9]{1,9}", str(value)) is not None and least <= int(value) <= most


PORT = plain("a port from 1 to 65535", lambda value: _whole_number(value, 1, 65535))
COUNT = plain("a whole number, 1 to 100000", lambda value: _whole_number(value, 1, 100000))
FILE_SIZE = text("a number and a unit (k, M, G), such as 100M", r"[1-9][0-9]{0,5}[kMG]")
OUTPUT_LIMIT = plain(
    "a whole number of bytes, 65536 to 1073741824", lambda value: _whole_number(value, 65_536, 1_073_741_824)
)
SECONDS = plain("a whole number of seconds, 1 to 86400", lambda value: _whole_number(value, 1, 86400))


def _is_port_range(value: Any) -> bool:
    first, dash, last = str(value).partition("-")
    if not dash:
        return _whole_number(value, 1, 65535)
    return _whole_number(first, 1, 65535) and _whole_number(last, int(first), 65535)


PORT_RANGE = plain("a port or a range of ports from 1 to 65535, such as 10000-20000", _is_port_range)

_TRUE = ("yes", "on", "true", "1")
_FALSE = ("no", "off", "false", "0")
BOOLEAN = plain("true or false", lambda value: str(value).lower() in (*_TRUE, *_FALSE))


def is_true(value: object) -> bool:
    """What a BOOLEAN means."""
    return str(value).lower() in _TRUE


def duration_of(value: object) -> timedelta | None:
    """The length of a DURATION; None if ``value`` is none."""
    try:
        return parse_duration(value) if isinstance(value, str) and value == value.strip() else None
    except SiptlsError:
        return None


DURATION = plain(
    "a whole number above zero and a unit (s, m, h, d, w), such as 90d", lambda value: duration_of(value) is not None
)
TIMER = plain(
    "a number of s, m, h or d, at most 7d, such as 1h",
    lambda value: str(value)[-1:] != "w" and timedelta(0) < (duration_of(value) or timedelta(0)) <= timedelta(days=7),
)
SESSION_CACHE = text("none, or shared: and a size in k or m, such as shared:10m", r"none|shared:[1-9][0-9]{0,5}[km]")

# RFC 1123, section 2.1; a name whose last label is a number would read as an address.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"(?:{_LABEL}\.)*(?![0-9]+(?![A-Za-z0-9.-])){_LABEL}"
_HOST_WORDS = "a host name such as vos.example.com (letters, digits, '-' and '.'; international names as xn--)"
HOST_NAME = text(_HOST_WORDS, _HOST, longest=253)
# A common name is 64 characters long at most, RFC 5280, appendix A.1.
SHORT_HOST_NAME = text(f"{_HOST_WORDS} of at most 64 characters", _HOST, longest=64)
SIP_USER = text("a SIP user of 1 to 64 letters, digits, '.', '_', '+' and '-'", r"[A-Za-z0-9._+-]{1,64}")


def _registrar(name: str, value: Any) -> Iterator[Violation]:
    match = re.fullmatch(rf"sip:{_HOST}(?::([0-9]{{1,9}}))?", value) if isinstance(value, str) else None
    if match is None or (match[1] and not _whole_number(match[1], 1, 65535)):
        remedy = "the user comes from gateway_user" if "@" in str(value) else ""
        yield Violation(name, shown(value), REGISTRAR.expected, remedy)


REGISTRAR = Kind("sip: with a host name and a port from 1 to 65535, such as sip:vos.example.com:5061", _registrar)


ADDRESS = text(
    "a host name or an address, and a port, such as 127.0.0.1:5061",
    rf"(?:{_HOST}|[0-9.]+|\[[0-9A-Fa-f:.]+\]):[0-9]{{1,5}}",
)


def _network(name: str, value: Any) -> Iterator[Violation]:
    try:
        addresses.network(value)
    except SiptlsError as error:
        yield Violation(name, shown(value), NETWORK.expected, error.remedy)


NETWORK = Kind(addresses.EXPECTED, _network)
NETWORK_LIST = list_of(NETWORK, "a list of addresses and networks")


def _networks(name: str, value: Any) -> Iterator[Violation]:
    yield from (NETWORK if isinstance(value, str) else NETWORK_LIST).problems(name, value)


NETWORKS = Kind("an address, or a list of addresses and networks", _networks)
INVENTORY_NAME = text(
    "the name of a host or group in the inventory, of letters, digits and . _ + @ : -", r"[\w.+@:-]{1,253}"
)
PUBLICATION_URL = text(
    "nothing, or http:// with a host name, perhaps a port and a path, no slash at its end (not https: RFC 5280, section 8)",
    rf"|http://{_HOST}(?::[0-9]{{1,5}})?(?:/[A-Za-z0-9._~-]+)*",
)


# Paths of devices become words of shell lines and unit files: letters and digits of any script, and what means nothing to either.
_PATH_NAME = re.compile(r"[\w.+@:,=~-]+")
_PATH_WORDS = "of letters, digits and . _ + @ : , = ~ -, without '..' or a slash at its end"


def _is_path(value: Any) -> bool:
    if not isinstance(value, str) or len(value) > 1024 or not value.startswith("/"):
        return False
    return all(_PATH_NAME.fullmatch(name) and name not in (".", "..") for name in value[1:].split("/"))


FILE_ON_DEVICE = plain(f"the absolute path of a file, {_PATH_WORDS}", _is_path)
OPTIONAL_FILE_ON_DEVICE = plain(
    f"nothing, or the absolute path of a file, {_PATH_WORDS}", lambda value: value == "" or _is_path(value)
)
FOLDER_ON_DEVICE = plain(f"the absolute path of a folder, {_PATH_WORDS}", _is_path)
OPTIONAL_FOLDER_ON_DEVICE = plain(
    f"nothing, or the absolute path of a folder, {_PATH_WORDS}", lambda value: value == "" or _is_path(value)
)
PATH_HERE = plain(
    "a path on the controller", lambda value: isinstance(value, str) and value.strip() != "" and value.isprintable()
)

OPTIONAL_PATH_HERE = plain(
    "a path on the controller, or nothing", lambda value: isinstance(value, str) and (not value or value.isprintable())
)


def _pem(name: str, value: Any) -> Iterator[Violation]:
    if not isinstance(value, str) or not value.strip():
        yield Violation(name, "something else", PEM.expected)


PEM = Kind("the path of a file on the controller, or PEM text", _pem)


def _is_account(value: Any) -> bool:
    return (
        not isinstance(value, bool)
        and re.fullmatch(r"[A-Za-z_][A-Za-z0-9._-]{0,31}|[0-9]{1,9}", str(value)) is not None
    )


ACCOUNT = plain("the name or number of an account", _is_account)
OPTIONAL_ACCOUNT = plain(
    "nothing, or the name or number of an account", lambda value: value == "" or _is_account(value)
)
UNIT = text("the name of a systemd service, such as vos", r"[A-Za-z0-9_][A-Za-z0-9:_.@-]{0,199}")


def is_line(value: Any) -> bool:
    """Whether it is text without line ends and other control characters."""
    return isinstance(value, str) and value.isprintable()


COMMAND = plain("a shell command on one line", lambda value: is_line(value) and value.strip() != "")
OPTIONAL_COMMAND = plain("nothing, or a shell command on one line", is_line)
PKI_NAME = text("letters, digits, '.', '_' and '-', not '.' first", r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")

FINGERPRINT_LIST = list_of(
    text(
        "a SHA-256 fingerprint, 64 hexadecimal digits with or without colons",
        r"[0-9A-Fa-f]{64}|[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31}",
    ),
    "a list of SHA-256 fingerprints of roots",
)


def _passphrase(expected: str, least: int) -> Kind:
    def problems(name: str, value: Any) -> Iterator[Violation]:
        if not isinstance(value, str):
            yield Violation(name, "something that is no text", expected, "quote it")
        elif len(value) < least:
            yield Violation(name, f"{len(value)} characters" if value else "an empty text", expected)

    return Kind(expected, problems)


PASSPHRASE = _passphrase("a passphrase of at least 8 characters, best from ansible-vault", 8)
# A PIN may be shorter; rules.py demands the rest where no token is named
PASSPHRASE_OR_PIN = _passphrase(PASSPHRASE.expected, 4)
ANY_PASSPHRASE = _passphrase("the passphrase of a key that is there already", 1)


def _ciphers(name: str, value: Any) -> Iterator[Violation]:
    if not isinstance(value, str):
        yield Violation(name, shown(value), CIPHERS.expected)
        return
    for fault in cipher_faults(value):
        yield Violation(name, f"{shown(value)}, where {fault}", CIPHERS.expected)


CIPHERS = Kind("an OpenSSL cipher string of known names, such as ECDHE+AESGCM:ECDHE+CHACHA20", _ciphers)
GROUP_LIST = list_of(choice(*GROUPS), "a list of key exchange groups, such as [X25519MLKEM768, X25519, P-256]")

_NAME_PART = plain(
    "1 to 64 printable characters (fewer where they are not ASCII)",
    lambda value: isinstance(value, str) and value.isprintable() and 1 <= len(value.encode()) <= 64,
)
SUBJECT = record(
    "a dictionary with common_name and, if wanted, organization_name and so on",
    required={"common_name": _NAME_PART},
    optional={
        "organization_name": _NAME_PART,
        "organizational_unit_name": _NAME_PART,
        "country_name": text("a country code of two capitals, such as DE", r"[A-Z]{2}"),
        "state_or_province_name": _NAME_PART,
        "locality_name": _NAME_PART,
    },
)

TOKEN_KEY = record(
    "a dictionary that names a private key in a PKCS #11 token",
    required={
        "module": text("the absolute path of the token's PKCS #11 library on the controller", r"/[^\x00-\x1f\x7f]+"),
        "token": text("the label of the token", r"[^\x00-\x1f\x7f]+", longest=32),
        "object": text("the label of the key in the token", r"[^\x00-\x1f\x7f]+"),
    },
    optional={},
)
