# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads tls.conf and the SIP domains as a VOS would, and refuses what a VOS would not understand."""

from __future__ import annotations

import configparser
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

TLS_CONF = Path("/etc/vos/tls.conf")
SIP_DOMAINS = Path("/etc/vos/sip_domains")

VERIFY_MODES = (
    "no_client_cert",
    "verify_client_cert_if_given",
    "require_any_client_cert",
    "require_and_verify_client_cert",
)
MIN_VERSIONS = ("TLSv1.2", "TLSv1.3")
REQUIRED = ("port", "cert_file", "key_file", "ca_file", "verify_mode", "ciphers")
OPTIONAL = (
    *("ssl_session_cache", "ssl_session_timeout", "min_version", "groups", "crl_file"),
    *("keepalive_interval", "connection_lifetime"),
)
# Of a section [tls_server:...], one more certificate for clients that ask for its name
NAMED = ("server_name", "cert_file", "key_file", "ca_file")
SUITES = (
    *("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"),
    *("AES_192_CM_HMAC_SHA1_80", "AES_192_CM_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_32"),
    *("AEAD_AES_128_GCM", "AEAD_AES_256_GCM"),
)
# Those that a DTLS handshake has a profile for (RFC 5764, section 4.1.2; RFC 7714, section 14.2)
DTLS_SUITES = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_128_GCM", "AEAD_AES_256_GCM")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class RefusedError(Exception):
    """A file that a VOS would not start with: which one, what in it, what would be right."""


@dataclass(frozen=True)
class TlsServer:
    """The section [tls_server] of tls.conf.

    :ivar session_cache: ``none``, or ``shared:SIZE``
    :ivar keepalive_interval: seconds after which a gateway is to have sent a ping; 0 where none is asked for
    :ivar connection_lifetime: seconds for which a connection that says nothing is kept
    """

    port: int
    cert_file: str
    key_file: str
    ca_file: str
    verify_mode: str
    ciphers: str
    session_cache: str
    session_timeout: str
    min_version: str
    groups: str
    crl_file: str
    keepalive_interval: int
    connection_lifetime: int


@dataclass(frozen=True)
class NamedServer:
    """A section [tls_server:...] of tls.conf: what is served to clients of TLS 1.3 that ask for ``server_name``."""

    server_name: str
    cert_file: str
    key_file: str
    ca_file: str


@dataclass(frozen=True)
class SipDomain:
    """One file of sip_domains.

    :ivar srtp_suites: those that are allowed
    """

    name: str
    port: int
    tls_verify: bool
    srtp_require: bool
    srtp_auth: str
    srtp_suites: tuple[str, ...]


def read_tls_server(path: Path = TLS_CONF) -> TlsServer:
    """The section [tls_server]. Other sections belong to others.

    :raises RefusedError: a key or a value in it that is not known
    """
    section = _sections(path).get("tls_server")
    if section is None:
        raise RefusedError(f"{path}: cannot read [tls_server]: there is no such section")
    for key in section:
        if key not in REQUIRED + OPTIONAL:
            raise RefusedError(
                f"{path}: [tls_server] {key}: not a key; expected one of {', '.join(REQUIRED + OPTIONAL)}"
            )
    for key in REQUIRED:
        if not section.get(key):
            raise RefusedError(f"{path}: [tls_server] {key} is missing")
    cache = section.get("ssl_session_cache", "none")
    if not re.fullmatch(r"none|shared:[0-9]+[km]", cache):
        raise RefusedError(f"{path}: [tls_server] ssl_session_cache: expected none or shared:SIZE; found {cache}")
    timeout = section.get("ssl_session_timeout", "1h")
    if not re.fullmatch(r"[0-9]+[smhd]", timeout):
        raise RefusedError(f"{path}: [tls_server] ssl_session_timeout: expected a duration; found {timeout}")
    return TlsServer(
        port=_port(section["port"], path),
        cert_file=section["cert_file"],
        key_file=section["key_file"],
        ca_file=section["ca_file"],
        verify_mode=_one_of(VERIFY_MODES, section["verify_mode"], f"{path}: [tls_server] verify_mode"),
        ciphers=section["ciphers"],
        session_cache=cache,
        session_timeout=timeout,
        min_version=_one_of(MIN_VERSIONS, section.get("min_version", "TLSv1.2"), f"{path}: [tls_server] min_version"),
        groups=section.get("groups", ""),
        crl_file=section.get("crl_file", ""),
        keepalive_interval=_seconds(
            section.get("keepalive_interval", "0s"), f"{path}: [tls_server] keepalive_interval"
        ),
        connection_lifetime=_seconds(
            section.get("connection_lifetime", "1h"), f"{path}: [tls_server] connection_lifetime"
        ),
    )


def read_named_servers(path: Path = TLS_CONF) -> tuple[NamedServer, ...]:
    """The sections [tls_server:...]; one without a key is none.

    :raises RefusedError: a key that is not known, or one that is missing
    """
    found = []
    for name, section in _sections(path).items():
        if not name.startswith("tls_server:") or not section:
            continue
        if sorted(section) != sorted(NAMED) or not all(section.values()):
            raise RefusedError(
                f"{path}: [{name}]: expected the keys {', '.join(NAMED)}; found {', '.join(section) or 'none'}"
            )
        found.append(NamedServer(**section))
    return tuple(found)


def _sections(path: Path) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#", ";"), strict=True)
    parser.optionxform = str  # keys as they are written
    try:
        parser.read_string(path.read_text(), source=str(path))
    except (OSError, configparser.Error) as error:
        raise RefusedError(f"{path}: cannot read it: {error}") from None
    return {name: dict(parser[name]) for name in parser.sections()}


def read_revoked(crl_file: str) -> tuple[int, ...]:
    """The serial numbers in all the revocation lists of a file; none where no file is named.

    :raises RefusedError: openssl cannot read one
    """
    if not crl_file:
        return ()
    begin, end = "-----BEGIN X509 CRL-----", "-----END X509 CRL-----"
    found: list[int] = []
    for part in Path(crl_file).read_text().split(begin)[1:]:
        text = begin + part.partition(end)[0] + end + "\n"
        done = subprocess.run(
            ["openssl", "crl", "-noout", "-text"], input=text, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RefusedError(f"{crl_file}: {done.stderr.strip()}")
        found += [int(serial, 16) for serial in re.findall(r"Serial Number: ([0-9A-F]+)", done.stdout)]
    return tuple(found)


def read_sip_domains(folder: Path = SIP_DOMAINS) -> tuple[SipDomain, ...]:
    """Every SIP domain, by the order of the files' names.

    :raises RefusedError: no domain, or one that is not understood
    """
    domains = tuple(_sip_domain(path) for path in sorted(folder.glob("*.xml")))
    if not domains:
        raise RefusedError(f"{folder}: no SIP domain")
    # This lab's relay has one list for all the handshakes that it takes part in.
    by_dtls = {domain.srtp_suites for domain in domains if domain.srtp_auth == "dtls"}
    if len(by_dtls) > 1:
        raise RefusedError(f"{folder}: this lab's relay wants the same suites for all domains with auth=dtls")
    return domains


def _sip_domain(path: Path) -> SipDomain:
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError) as error:
        raise RefusedError(f"{path}: {error}") from None
    name = _attributes(root, "sip_domain", ("name",), path)["name"]
    transport, security = _children(root, ("transport", "security"), path)
    tls_verify, srtp_policy = _children(security, ("tls_verify", "srtp_policy"), path)
    carried = _attributes(transport, "transport", ("protocol", "port"), path)
    _one_of(("tls",), carried["protocol"], f"{path}: transport protocol")
    policy = _attributes(srtp_policy, "srtp_policy", ("require", "auth"), path, optional=("suites",))
    auth = _one_of(("sdes", "dtls"), policy["auth"], f"{path}: srtp_policy auth")
    possible = SUITES if auth == "sdes" else DTLS_SUITES
    suites = policy.get("suites", " ".join(possible)).split()
    for suite in suites:
        _one_of(possible, suite, f"{path}: srtp_policy suites, with auth={auth}")
    if not suites:
        raise RefusedError(f"{path}: srtp_policy suites: expected one or more of {', '.join(possible)}; found none")
    return SipDomain(
        name=name.lower(),
        port=_port(carried["port"], path),
        tls_verify=_boolean(_attributes(tls_verify, "tls_verify", ("enable",), path)["enable"], path),
        srtp_require=_boolean(policy["require"], path),
        srtp_auth=auth,
        srtp_suites=tuple(suites),
    )


def _children(parent: ElementTree.Element, names: tuple[str, ...], path: Path) -> list[ElementTree.Element]:
    found = [child.tag for child in parent]
    if found != list(names):
        raise RefusedError(f"{path}: {parent.tag}: expected the elements {', '.join(names)}; found {', '.join(found)}")
    return list(parent)


def _attributes(
    element: ElementTree.Element, tag: str, names: tuple[str, ...], path: Path, optional: tuple[str, ...] = ()
) -> dict[str, str]:
    if element.tag != tag or sorted(set(element.attrib) - set(optional)) != sorted(names):
        found = f"{element.tag} with {', '.join(element.attrib)}"
        raise RefusedError(f"{path}: expected {tag} with the attributes {', '.join(names)}; found {found}")
    return dict(element.attrib)


def _one_of(choices: tuple[str, ...], value: str, where: str) -> str:
    if value not in choices:
        raise RefusedError(f"{where}: expected one of {', '.join(choices)}; found {value}")
    return value


def _boolean(value: str, path: Path) -> bool:
    return _one_of(("true", "false"), value, str(path)) == "true"


def _seconds(value: str, where: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}[smhdw]", value):
        raise RefusedError(f"{where}: expected a duration such as 120s; found {value}")
    return int(value[:-1]) * UNITS[value[-1]]


def _port(value: str, path: Path) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= 65535:
        raise RefusedError(f"{path}: port: expected 1 to 65535; found {value}")
    return int(value)
