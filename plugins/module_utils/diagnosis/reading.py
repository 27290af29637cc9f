# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One end as a value, from what its look told (``plugin_utils/shell/diagnosis_look.sh``). Whatever cannot be read is unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any, Protocol
from xml.etree import ElementTree

from ..audit_records import NO_SOURCE, parse_record
from ..clocks import seconds_ahead
from ..errors import SiptlsError
from ..ini import IniError, read_section, sections_in
from ..network.sockets import peer_address
from ..platforms.catalogue import PLATFORMS
from ..serial_numbers import serial_digits
from ..sip.registrations import Connection, Registration, parse_connections, parse_registrations
from ..text import number
from ..timestamps import write_moment
from ..tls.pem import pem_blocks
from .evidence import DomainPolicy, FileSeen, RevocationList, Service, Side

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["NOT_THERE", "SETTINGS", "Look", "read_domain", "read_side", "refusals_of"]

#: Why a configuration cannot be read that is not there at all.
NOT_THERE = "it does not exist"
_FILES = ("certificate", "private_key", "trust_bundle", "crl")
#: What this collection writes. Other settings are the operator's and may be secret; a device keeps their values to itself.
SETTINGS = frozenset[str]().union(*(one.file.settings for kind in PLATFORMS.values() for one in kind.values()))
_MOST_REVOKED = 20_000
_MOST_FETCHED = 512 * 1024  # bytes of a file that the script sends
_MOST_ODD = 4
_LOG_SHOWN = 40
_LATEST = 253_402_300_799  # the end of the year 9999
_PORT = re.compile("[0-9A-Fa-f]{1,4}")


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
    said = (look.value("registrations"), look.body("registrations"))
    return Side(
        name=name,
        service=_service(look, service),
        clock_ahead=_ahead(look.value("clock"), before, after),
        openssl=look.value("openssl") or "",
        openssl_settings=tuple(_lines(look.body("openssl_settings"))),
        openssl_path=look.value("openssl_settings") or "",
        resolves=look.value("resolves") or "",
        addresses=_addresses(look),
        listening=_ports(look),
        packet_filter=look.body("nft") or "",
        filter_lines=tuple(_lines(look.body("iptables"))),
        aes_accelerated=None if look.value("aes") is None else look.value("aes") == "yes",
        **_settings(look, section),
        files=tuple(_file(look, one) for one in _FILES),
        public_key=(look.body("public_key") or "").strip(),
        certificate_key=(look.body("certificate_key") or "").strip(),
        key_problem=look.value("key_problem") or "",
        domains=tuple(one for _path, text in look.each("domain") if (one := read_domain(text))),
        crls=_lists(look.body("crl") or ""),
        connections=_connections(look, name),
        registrations=_registrations(*said, name),
        plain_peers=_peers(look.body("plain_peers")),
        refusals=tuple(_lines(look.body("records"))),
    )


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _ahead(there: str | None, before: float, after: float) -> int | None:
    """Seconds ahead; None where the device did not say."""
    clock = number(there or "", _LATEST)
    return None if clock is None else seconds_ahead(clock, clock, before=before, after=after)


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
        next(reversed(_lines(look.body("log_errors"))), ""),
    )


def _settings(look: Look, section: str) -> dict[str, Any]:
    """What a side has of its configuration. The rest of the file is the operator's, and may be anything."""
    path = look.value("path_configuration") or ""
    state = look.value("configuration")
    if not path or state is None:
        return {"settings_path": path}
    if state == "missing":
        return {"settings_path": path, "settings_problem": NOT_THERE}
    text = look.body("configuration") or ""
    if state != "there":
        return {
            "settings_path": path,
            "settings_unknown": "the user of this connection may not read it; run with become",
        }
    if len(text.encode(errors="surrogateescape")) >= _MOST_FETCHED:
        return {"settings_path": path, "settings_unknown": f"it is larger than {_MOST_FETCHED} bytes"}
    try:
        found = read_section(text, section, SETTINGS)
    except IniError as error:
        # The expected words name the limit; none of these words are from the file, in which there may be passwords
        return {
            "settings_path": path,
            "settings_unknown": "; expected ".join(filter(None, (error.problem, error.expected))),
        }
    if found is None:
        like = [name for name in sections_in(text) if name.lower() == section.lower()]
        if like:
            return {"settings_path": path, "settings_unknown": f"its section is called [{like[0]}], not [{section}]"}
        return {"settings_path": path, "settings_problem": f"it has no section [{section}]"}
    odd = {f"line {number}": "it is neither a setting nor a comment" for number in found.odd_lines[:_MOST_ODD]}
    if odd and not found.values:
        first = f"line {found.odd_lines[0]} is neither a setting nor a comment"
        return {"settings_path": path, "settings_problem": f"{first}, and [{section}] has no setting that is known"}
    return {"settings_path": path, "settings": dict(found.values), "settings_doubts": {**found.doubts, **odd}}


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


def _peers(text: str | None) -> tuple[str, ...] | None:
    """Addresses of others, from lines of /proc/net/tcp: hexadecimal digits, in the byte order of the device's words."""
    return None if text is None else tuple(dict.fromkeys(filter(None, map(peer_address, _lines(text)))))


def _ports(look: Look) -> tuple[int, ...] | None:
    text = look.body("listening")
    if text is None:
        return None
    return tuple(sorted({int(one, 16) for one in _lines(text) if _PORT.fullmatch(one)}))


def read_domain(text: str) -> DomainPolicy | None:
    """A SIP domain as tls.conf's neighbour has it; None where it is none."""
    if "<!" in text.replace("<!--", ""):
        return None  # a declaration, which might define entities
    try:
        root = ElementTree.fromstring(text.strip())  # noqa: S314 -- without declarations there is nothing to expand
    except (ElementTree.ParseError, ValueError):  # ValueError: bytes that are not UTF-8
        return None
    transport, verify, policy = (
        root.find(path) for path in ("transport", "security/tls_verify", "security/srtp_policy")
    )
    port = transport.get("port", "") if transport is not None else ""
    return DomainPolicy(
        name=root.get("name", ""),
        transport=transport.get("protocol", "") if transport is not None else "",
        port=number(port, 65_535) or 5061,
        tls_verify=None if verify is None else verify.get("enable") == "true",
        srtp_require=None if policy is None else policy.get("require") == "true",
        srtp_auth="" if policy is None else policy.get("auth", ""),
        suites=() if policy is None else tuple(policy.get("suites", "").split()),
    )


def _lists(text: str) -> tuple[RevocationList, ...]:
    found = []
    for pem in pem_blocks(text, "X509 CRL"):
        try:
            one = x509.load_pem_x509_crl(pem.encode())
            end = one.next_update_utc
            serials = tuple(
                serial_digits(entry.serial_number) for entry, _each in zip(one, range(_MOST_REVOKED), strict=False)
            )
            found.append(RevocationList(one.issuer.rfc4514_string(), write_moment(end) if end else "", serials))
        except ValueError:
            continue
    return tuple(found)


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
    :param addresses: of the device; None where they are not known, and then all records with an address count
    """
    failures = [found for line in records if (found := parse_record(line)) and found.source != NO_SOURCE]
    return tuple(str(one) for one in failures if addresses is None or one.source in addresses)[-5:]
