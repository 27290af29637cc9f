# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One end as a value, from what its look told (``plugin_utils/shell/diagnosis_look.sh``). Whatever cannot be read is unknown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Protocol
from xml.etree import ElementTree

from ..errors import SiptlsError
from ..ini import IniError, parse_ini
from ..sip.registrations import Connection, Registration, parse_connections, parse_registrations
from .evidence import DomainPolicy, FileSeen, RevocationList, Service, Side

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["NOT_THERE", "SETTINGS", "Look", "read_side", "refusals_of"]

#: Why a configuration cannot be read that is not there at all.
NOT_THERE = "it does not exist"
_FILES = ("certificate", "private_key", "trust_bundle", "crl")
_CRL_BEGIN, _CRL_END = "-----BEGIN X509 CRL-----", "-----END X509 CRL-----"
#: What this collection writes. Other settings are the operator's and may be secret; a device keeps their values to itself.
SETTINGS = frozenset(
    {
        *("port", "cert_file", "key_file", "ca_file", "crl_file", "verify_mode", "min_version", "ciphers", "groups"),
        *("ssl_session_cache", "ssl_session_timeout", "keepalive_interval", "connection_lifetime", "register_expires"),
        *("register", "transport", "tls_client_cert", "tls_client_key", "tls_ca_cert", "srtp_encryption", "srtp_auth"),
    }
)
_MOST_REVOKED = 20_000
_LOG_SHOWN = 40


class Look(Protocol):
    """What a script on a device told: fields with values and bodies."""

    def value(self, name: str) -> str | None:
        """Of the first field of that name."""

    def body(self, name: str) -> str | None:
        """Of the first field of that name."""

    def each(self, name: str) -> Iterator[tuple[str, str]]:
        """Value and body of each field of that name."""


def read_side(look: Look, *, name: str, service: str, section: str, before: float, after: float) -> Side:
    """One end.

    :param section: of its configuration file, the one that is ours
    :param before: the controller's time before the look, seconds since 1970
    :param after: likewise, after it
    """
    path, settings, problem = _settings(look, section)
    said = (look.value("registrations"), look.body("registrations"))
    return Side(
        name=name,
        service=_service(look, service),
        clock_ahead=_ahead(look.value("clock"), before, after),
        openssl=look.value("openssl") or "",
        openssl_settings=tuple(_lines(look.body("openssl_settings"))),
        resolves=look.value("resolves") or "",
        addresses=_addresses(look),
        listening=_ports(look),
        packet_filter=look.body("nft") or "",
        filter_lines=tuple(_lines(look.body("iptables"))),
        aes_accelerated=None if look.value("aes") is None else look.value("aes") == "yes",
        settings_path=path,
        settings=settings,
        settings_problem=problem,
        files=tuple(_file(look, one) for one in _FILES),
        public_key=(look.body("public_key") or "").strip(),
        certificate_key=(look.body("certificate_key") or "").strip(),
        key_problem=look.value("key_problem") or "",
        domains=tuple(one for _path, text in look.each("domain") if (one := _domain(text))),
        crls=_lists(look.body("crl") or ""),
        connections=_connections(look, name),
        registrations=_registrations(*said, name),
        refusals=tuple(_lines(look.body("records"))),
    )


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _ahead(there: str | None, before: float, after: float) -> int | None:
    """Seconds ahead; 0 where the clocks may be the same."""
    if not there or not there.isdecimal():
        return None
    if int(there) < int(before):
        return int(there) - int(before)
    return max(0, int(there) - int(after))


def _service(look: Look, name: str) -> Service:
    shown = dict(line.partition("=")[::2] for line in _lines(look.body("service")))
    if not shown:
        return Service(name)
    if shown.get("LoadState") in ("not-found", "masked"):
        state = "missing"
    elif shown.get("SubState") == "auto-restart":
        state = "restarting"
    else:
        known = ("active", "reloading", "inactive", "failed")
        state = shown.get("ActiveState", "") if shown.get("ActiveState") in known else "restarting"
    return Service(
        name,
        "active" if state == "reloading" else state,
        look.value("user") or "",
        tuple(_lines(look.body("log"))[-_LOG_SHOWN:]),
    )


def _settings(look: Look, section: str) -> tuple[str, Mapping[str, str], str]:
    path = look.value("path_configuration") or ""
    state = look.value("configuration")
    if not path or state is None:
        return path, {}, ""
    if state != "there":
        return path, {}, NOT_THERE if state == "missing" else "it cannot be read by this user"
    try:
        found = parse_ini(look.body("configuration") or "").get(section)
    except IniError as error:
        # Up to the number of the line: what stands in it may be a password
        return path, {}, error.problem.partition(", found")[0]
    if found is None:
        return path, {}, f"it has no section [{section}]"
    return path, {key.lower(): value for key, value in found.items() if key.lower() in SETTINGS}, ""


def _file(look: Look, name: str) -> FileSeen:
    may = look.value(f"may_read_{name}")
    return FileSeen(
        name,
        look.value(f"path_{name}") or "",
        look.value(name) or "unused",
        look.value(f"mode_{name}") or "",
        None if may not in ("yes", "no") else may == "no",
        look.body(name) or "",
    )


def _addresses(look: Look) -> tuple[str, ...] | None:
    text = look.body("addresses")
    if text is None:
        return None
    return tuple(one for one in dict.fromkeys(_lines(text)) if _is_for_others(one))


def _is_for_others(text: str) -> bool:
    """Whether it is an address by which others can know this end."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)


def _ports(look: Look) -> tuple[int, ...] | None:
    text = look.body("listening")
    return None if text is None else tuple(sorted({int(one, 16) for one in _lines(text)}))


def _domain(text: str) -> DomainPolicy | None:
    """A SIP domain as tls.conf's neighbour has it; None where it is none."""
    if "<!" in text.replace("<!--", ""):
        return None  # a declaration, which might define entities
    try:
        root = ElementTree.fromstring(text.strip())  # noqa: S314 -- without declarations there is nothing to expand
    except ElementTree.ParseError:
        return None
    transport, verify, policy = (
        root.find(path) for path in ("transport", "security/tls_verify", "security/srtp_policy")
    )
    port = transport.get("port", "") if transport is not None else ""
    return DomainPolicy(
        name=root.get("name", ""),
        transport=transport.get("protocol", "") if transport is not None else "",
        port=int(port) if port.isdecimal() else 5061,
        tls_verify=None if verify is None else verify.get("enable") == "true",
        srtp_require=None if policy is None else policy.get("require") == "true",
        srtp_auth="" if policy is None else policy.get("auth", ""),
        suites=() if policy is None else tuple(policy.get("suites", "").split()),
    )


def _lists(text: str) -> tuple[RevocationList, ...]:
    found = []
    for part in text.split(_CRL_BEGIN)[1:]:
        pem = _CRL_BEGIN + part.partition(_CRL_END)[0] + _CRL_END + "\n"
        try:
            one = x509.load_pem_x509_crl(pem.encode())
            end = one.next_update_utc
            serials = tuple(
                _hexadecimal(entry.serial_number) for entry, _each in zip(one, range(_MOST_REVOKED), strict=False)
            )
            found.append(
                RevocationList(one.issuer.rfc4514_string(), f"{end:%Y-%m-%dT%H:%M:%SZ}" if end else "", serials)
            )
        except ValueError:
            continue
    return tuple(found)


def _hexadecimal(serial: int) -> str:
    digits = f"{serial:x}"
    return digits.zfill(len(digits) + len(digits) % 2)


def _registrations(status: str | None, text: str | None, name: str) -> tuple[Registration, ...] | None:
    if status != "0":
        return None
    try:
        return parse_registrations(text or "", where=name)
    except SiptlsError:
        return None


def _connections(look: Look, name: str) -> tuple[Connection, ...]:
    if look.value("connections") != "0":
        return ()
    try:
        return parse_connections(look.body("connections") or "", where=name)
    except SiptlsError:
        return ()


def refusals_of(records: tuple[str, ...], addresses: tuple[str, ...] | None) -> tuple[str, ...]:
    """The records that are about these addresses, in words, the newest last; five at most.

    :param records: lines of JSON, as the role audit writes them
    """
    found = []
    for line in records:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if not isinstance(record, dict):
            continue
        source = str(record.get("source_address") or "")
        if source and (addresses is None or source in addresses):
            found.append(f"{record.get('time', '')}: {record.get('cause', '')}, from {source}")
    return tuple(found[-5:])
