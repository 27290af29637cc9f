# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet document, format 1, of a fleet in order, for tests to spoil."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from ansible_collections.siptls.vos.plugins.module_utils.fleet.checks import CHECKS
from ansible_collections.siptls.vos.plugins.module_utils.fleet.device import DeviceEntry
from ansible_collections.siptls.vos.plugins.module_utils.fleet.document import FleetDocument

__all__ = [
    "CHECKS",
    "OF_GATEWAYS",
    "OF_SOFTSWITCHES",
    "STATES",
    "authority",
    "device",
    "document",
    "set_check",
    "shaped",
]

OF_SOFTSWITCHES = ("crl", "served", "connections", "second_certificate")
OF_GATEWAYS = ("registration", "media")
STATES = ("ok", "due", "failed", "unknown", "not_applicable")
ROOT, ISSUING = "AA:AA", "BB:BB"


def device(name: str, kind: str = "gateway") -> dict[str, Any]:
    """A device in order."""
    of_a_gateway = kind == "gateway"
    not_applicable = OF_SOFTSWITCHES if of_a_gateway else OF_GATEWAYS
    return shaped(
        {
            "device": name,
            "kind": kind,
            "softswitch": "vos" if of_a_gateway else None,
            "state": "ok",
            "verified": "2026-11-27T01:00:00Z",
            "aor": f"sip:{name}@example.com" if of_a_gateway else None,
            "identity": {"common_name": name, "sip_uris": [f"sip:{name}@example.com"], "dns": [f"{name}.example.com"]},
            "certificate": {
                "serial_number": "535330e6f3079de5874bb1872f1293c129b7d768",
                "subject": f"CN={name}",
                "issuer": "CN=Example SIP Issuing CA",
                "names": [f"URI:sip:{name}@example.com"],
                "key_type": "ecdsa-p256",
                "signature_algorithm": "ecdsa-with-SHA256",
                "not_before": "2026-11-23T10:00:00Z",
                "not_after": "2027-02-21T11:00:00Z",
                "days_left": 86,
                "fingerprint_sha256": "CC:CC",
                "authority": "issuing",
                "issued": "2026-11-23T11:00:00Z",
            },
            "anchors": [
                {"subject": "CN=Example SIP Root CA", "not_after": "2036-11-20T10:00:00Z", "fingerprint_sha256": ROOT}
            ],
            "tls": {
                "protocol": "TLSv1.3",
                "cipher": "TLS_AES_256_GCM_SHA384",
                "group": "X25519MLKEM768",
                "client_hello_octets": 1510,
                "milliseconds": 12,
            },
            "srtp": {"required": True, "keying": "sdes", "suite": "AES_CM_128_HMAC_SHA1_80", "seen": False}
            if of_a_gateway
            else None,
            "registered": True if of_a_gateway else None,
            "registration": {"serial_number": "5353", "seconds": 95} if of_a_gateway else None,
            "registrations": None if of_a_gateway else 2,
            "last_rotation": "2026-11-23T11:00:00Z",
            "clock_ahead": 0,
            "openssl": "OpenSSL 3.5.7",
            "aes": {"accelerated": True, "by": "aes-ni"},
            "post_quantum": {"readiness": "ready", "reasons": []},
            "verify_mode": None if of_a_gateway else "require_verify",
            "checks": [
                {
                    "check": check,
                    "state": "not_applicable" if check in not_applicable else "ok",
                    "cause": "",
                    "evidence": [],
                    "remedy": "",
                }
                for check in CHECKS
            ],
            "drift": [],
        }
    )


def shaped(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as the writer of the document writes it, with all that it has a member for."""
    return DeviceEntry.read(dict(entry), where="a sample").as_dict()


def document(*devices: Mapping[str, Any]) -> dict[str, Any]:
    """A document of these devices; without any, of a softswitch and two gateways."""
    fleet = list(devices) or [device("gw1"), device("gw2"), device("vos", "softswitch")]
    written = FleetDocument(
        began=datetime(2026, 11, 27, 0, 59, tzinfo=UTC),
        written=datetime(2026, 11, 27, 1, 0, 10, tzinfo=UTC),
        collection="0.3.0",
        devices=(),
    )
    return {
        **written.as_dict(),
        "devices_total": len(fleet),
        "counts": {"ok": len(fleet), "due": 0, "failed": 0, "unknown": 0, "unreachable": 0},
        # As they are, for some of them are what no writer writes
        "devices": deepcopy(fleet),
        "authorities": [
            authority("issuing", "2031-11-22T11:00:00Z", "2026-11-30T11:00:00Z", [ISSUING, ROOT]),
            authority("root", "2036-11-20T10:00:00Z", None, [ROOT]),
        ],
        "handshake_failures": {
            "since": "2026-11-26T01:00:00Z",
            "until": "2026-11-27T01:00:00Z",
            "total": 5,
            "records_read": 5,
            "truncated": False,
            "by_cause": [{"cause": "the peer sent no certificate", "count": 5}],
            "by_source": [{"source": "192.0.2.7", "count": 5}],
            "by_day": [{"day": "2026-11-26", "cause": "the peer sent no certificate", "count": 5}],
        },
    }


def authority(name: str, not_after: str, next_update: str | None, chain: list[str]) -> dict[str, Any]:
    """An authority as siptls.vos.certificate_info returns it, as far as it is read here."""
    return {
        "name": name,
        "state": "ok",
        "reason": "enough left",
        "not_before": "2026-11-22T10:00:00Z",
        "not_after": not_after,
        "fingerprint_sha256": chain[0],
        "chain": {"verified": True, "problem": "", "certificates": [{"fingerprint_sha256": one} for one in chain]},
        "revocation_list": next_update
        and {"state": "ok", "reason": "3 d until the next update", "crl_number": "1", "next_update": next_update},
    }


def set_check(entry: dict[str, Any], name: str, state: str, cause: str = "") -> None:
    """Gives a check of a device another outcome."""
    found = next(one for one in entry["checks"] if one["check"] == name)
    found.update(state=state, cause=cause)
