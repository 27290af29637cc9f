# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was observed of one device, as a verdict on its post-quantum readiness, with the reasons in words.

Three things make a device ready: TLS 1.3, a key exchange with ML-KEM in it (X25519MLKEM768, 0x11EC, RFC 10024; there is none
below TLS 1.3), and ML-DSA signatures (RFC 9881; FIPS 204). Each is true, false, or None where nothing tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .openssl_version import openssl_version

__all__ = ["ML_KEM_GROUPS", "SEGMENT_IPV4", "SEGMENT_IPV6", "readiness"]

#: Groups with ML-KEM in them, by the names of OpenSSL: hybrids first, then ML-KEM alone.
ML_KEM_GROUPS = (
    *("X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024"),
    *("MLKEM512", "MLKEM768", "MLKEM1024"),
)
#: Octets of TCP payload that a packet of 1500 octets holds, without TCP options: 20 of TCP, and 20 of IPv4 or 40 of IPv6.
SEGMENT_IPV4, SEGMENT_IPV6 = 1460, 1440

_RECORD_HEADER = 5
_FIRST_WITH_ML = (3, 5)
#: NIST IR 8547, initial public draft: below 128 bits of security deprecated after 2030, all of RSA and ECC disallowed after 2035.
_CLASSICAL = "disallowed after 2035 by the draft of NIST IR 8547"
_CLASSICAL_112 = f"deprecated after 2030 and {_CLASSICAL}"


def readiness(
    *,
    protocol: str | None,
    group: str | None,
    offered_groups: Sequence[str],
    client_hello_octets: int | None,
    openssl: str | None,
    key_type: str | None,
) -> dict[str, Any]:
    """The verdict on one device. Never raises; what was not observed is None or empty, and says nothing.

    :param protocol: that its handshake agreed on, as OpenSSL calls it: ``TLSv1.3``
    :param group: of the key exchange that its handshake agreed on, as OpenSSL calls it: ``X25519MLKEM768``
    :param offered_groups: of its ClientHello
    :param client_hello_octets: the ClientHello with its type and length, without the header of the TLS record
    :param openssl: what ``openssl version`` says there
    :param key_type: of the certificate that it has: ``ecdsa-p256``, ``ml-dsa-65``
    :returns: ``tls_1_3``, ``hybrid_group``, ``over_one_mtu``, ``signatures``: true, false, or None for unknown;
        ``client_hello_octets`` as given; ``readiness``: ``ready``, ``partly``, ``not`` or ``unknown``; ``reasons``: clauses, what
        is missing first. ``over_one_mtu``: the ClientHello with its record header is more than one TCP segment of a path
        of 1500 octets, 1460 over IPv4
    """
    version = openssl_version(openssl)
    tls, tls_reason = _tls_1_3(protocol)
    hybrid, hybrid_reason = _hybrid(group, offered_groups, version, openssl)
    signatures, signature_reasons = _signatures(key_type, version, openssl)
    over, size_reasons = _size(client_hello_octets)
    judged = ((tls, tls_reason), (hybrid, hybrid_reason), *((signatures, one) for one in signature_reasons))
    ordered = [reason for wanted in (False, None, True) for value, reason in judged if value is wanted]
    return {
        "tls_1_3": tls,
        "hybrid_group": hybrid,
        "client_hello_octets": client_hello_octets,
        "over_one_mtu": over,
        "signatures": signatures,
        "readiness": _verdict(tls, hybrid, signatures),
        "reasons": [*ordered, *size_reasons, *_level(group, key_type)],
    }


def _verdict(tls: bool | None, hybrid: bool | None, signatures: bool | None) -> str:
    """Without TLS 1.3 there is neither; one of the two is half of the way."""
    if tls is False or (hybrid is False and signatures is False):
        return "not"
    if tls is None:
        return "unknown"
    if hybrid and signatures:
        return "ready"
    return "partly" if hybrid or signatures else "unknown"


def _tls_1_3(protocol: str | None) -> tuple[bool | None, str]:
    if protocol is None:
        return None, "no handshake was seen, so its TLS version is not known"
    if protocol == "TLSv1.3":
        return True, "it speaks TLS 1.3"
    return False, f"its handshake agreed on {protocol}, and post-quantum key exchange takes TLS 1.3"


def _hybrid(
    group: str | None, offered: Sequence[str], version: tuple[int, int] | None, openssl: str | None
) -> tuple[bool | None, str]:
    if group in ML_KEM_GROUPS:
        return True, f"its handshake agreed on {group}"
    known = [one for one in offered if one in ML_KEM_GROUPS]
    instead = f"; its handshake agreed on {group}" if group else ""
    if known:
        return True, f"it offers {', '.join(known)}{instead}"
    if offered:
        return False, f"it offers no group with ML-KEM, but {', '.join(offered)}{instead}"
    if version and version < _FIRST_WITH_ML:
        return False, f"its {_short(openssl)} has no ML-KEM; OpenSSL 3.5 is the first{instead}"
    return None, f"which groups it offers was not seen{instead}"


def _signatures(
    key_type: str | None, version: tuple[int, int] | None, openssl: str | None
) -> tuple[bool | None, list[str]]:
    if key_type and key_type.startswith("ml-dsa-"):
        return True, [f"its certificate is {key_type}"]
    its = [f"its certificate is {key_type}, {_fate(key_type)}"] if key_type else []
    if version is None:
        return None, ["whether it knows ML-DSA is not known", *its]
    if version < _FIRST_WITH_ML:
        return False, [f"its {_short(openssl)} has no ML-DSA; OpenSSL 3.5 is the first", *its]
    return True, [f"its {_short(openssl)} knows ML-DSA", *its]


def _fate(key_type: str) -> str:
    return _CLASSICAL_112 if key_type in ("rsa-2048", "rsa-1024") else _CLASSICAL


def _size(octets: int | None) -> tuple[bool | None, list[str]]:
    if octets is None:
        return None, []
    sent = octets + _RECORD_HEADER
    if sent > SEGMENT_IPV4:
        count = -(-sent // SEGMENT_IPV4)
        return True, [
            f"its ClientHello is {sent} octets with the record header, {count} TCP segments on a path of 1500 octets"
            f" ({SEGMENT_IPV4} each over IPv4): what inspects or filters only the first one may drop it"
        ]
    if sent > SEGMENT_IPV6:
        return False, [
            f"its ClientHello is {sent} octets with the record header: one TCP segment over IPv4 ({SEGMENT_IPV4}),"
            f" two over IPv6 ({SEGMENT_IPV6})"
        ]
    return False, []


def _level(group: str | None, key_type: str | None) -> list[str]:
    """What CNSA 2.0 wants beyond ML-KEM and ML-DSA of any size: ML-KEM-1024 and ML-DSA-87."""
    short = [
        *([group] if group in ML_KEM_GROUPS and not str(group).endswith("MLKEM1024") else []),
        *([key_type] if key_type in ("ml-dsa-44", "ml-dsa-65") else []),
    ]
    return [f"below CNSA 2.0, which asks for ML-KEM-1024 and ML-DSA-87: {', '.join(short)}"] if short else []


def _short(openssl: str | None) -> str:
    """Name and number alone."""
    return " ".join((openssl or "").split()[:2])
