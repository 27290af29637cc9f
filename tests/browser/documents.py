# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents of fleets of any size, with every state in them; the same each time for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ansible_collections.siptls.vos.plugins.module_utils.fleet.checks import CHECKS
from ansible_collections.siptls.vos.plugins.module_utils.report.contents import contents
from ansible_collections.siptls.vos.tests.browser.beside import WRITTEN, authorities, compliance, failures, iso
from ansible_collections.siptls.vos.tests.shared.fleet_sample import shaped

Facts = dict[str, Any]

STATES = ("ok", "ok", "ok", "ok", "ok", "ok", "due", "due", "failed", "unknown", "unreachable")
CAUSES = {
    "modes": ("the private key can be read by others: mode 0644", "chmod 0600 /etc/gateway/certs/gateway.key, then rotate it with rekey"),
    "chain": ("the chain ends before a trust anchor: no certificate of CN=Example SIP Root CA", "run siptls.vos.site for this device"),
    "lifetime": ("the certificate has expired", "run siptls.vos.rotate --limit {device}"),
    "revocation": ("the certificate was revoked: key_compromise", "give the device a new certificate, or take it out of the inventory"),
    "registration": ("the gateway is not registered at the softswitch", "run siptls.vos.diagnose --limit {device}"),
    "tls": ("the server refuses this certificate: alert 48, unknown CA", "compare the trust bundle of the softswitch with the authorities"),
    "clock": ("the clock is 4 h behind", "set the clock, and keep it with NTP"),
}  # fmt: skip
REASONS = (
    "OpenSSL 3.0 knows no hybrid key exchange; 3.5 does",
    "the certificate is signed with ECDSA, and no authority signs with ML-DSA",
    "the ClientHello with a hybrid key share does not fit into one packet",
)
#: Names that nobody would give a device, but somebody might.
HOSTILE = (
    "<script>document.title='ran'</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "gw\u202egnp.exe\u202c",
    "\u2066\u2067isolated\u2069",
    "null\u0000bell\u0007escape\u001b[31mred",
    "line\u2028separator\u2029and\nnewline\ttab",
    "{{ data }} ${alert(1)} {title}",
    "javascript:alert(1)",
    "&lt;b&gt;entity&amp;",
    "<!--<script>",
    "]]><![CDATA[",
    "bytes\udcff\udc80that are no text",
    "\U000e0041\u200b\ufefftags and joiners",
    "v" * 4000,
    "__proto__",
    "constructor",
)  # fmt: skip


def fleet(count: int, seed: int = 1, name: Callable[[int], str] | None = None) -> Facts:
    """A document of a verification with so many devices, one softswitch for each hundred."""
    chance = random.Random(seed)
    name = name or (lambda at: f"vos{at // 100 + 1}" if at % 100 == 0 else f"gw{at:04d}.branch{at % 37:02d}")
    devices = [_device(name(at), at, chance) for at in range(count)]
    return {
        "format": 1,
        "began": iso(WRITTEN - timedelta(minutes=6)),
        "written": iso(WRITTEN),
        "collection": "0.3.0",
        "devices_total": count,
        "counts": {state: sum(one["state"] == state for one in devices) for state in dict.fromkeys(STATES)},
        "devices": devices,
    }


def report(count: int, seed: int = 1, name: Callable[[int], str] | None = None) -> Facts:
    """The same with all that can stand beside it."""
    return contents(
        fleet(count, seed, name), authorities=authorities(), failures=[failures(seed)], compliance=compliance()
    )


def _device(name: str, at: int, chance: random.Random) -> Facts:
    kind = "softswitch" if at % 100 == 0 else "gateway"
    state = STATES[at % len(STATES)] if at < len(STATES) else chance.choice(STATES)
    if state == "unreachable":
        return _unreachable(name, kind)
    issued = WRITTEN - timedelta(days=chance.randint(62, 88) if state == "due" else chance.randint(1, 59))
    ends = issued + timedelta(days=90)
    wrong = chance.choice(list(CAUSES)) if state == "failed" else None
    if wrong == "lifetime":
        ends = WRITTEN - timedelta(days=chance.randint(1, 20))
    elif chance.random() < 0.2:
        ends += timedelta(days=chance.randint(30, 500))
    modern = chance.random() < 0.7
    serial = f"{chance.getrandbits(156):040x}"
    encrypted = chance.choice([True] * 12 + [False, None])
    return shaped(
        {
            "device": name,
            "kind": kind,
            "softswitch": None if kind == "softswitch" else f"vos{at // 100 + 1}",
            "state": state,
            "verified": iso(WRITTEN - timedelta(seconds=chance.randint(1, 300))),
            "aor": None if kind == "softswitch" else f"sip:{name[:60]}@example.com",
            "identity": {"common_name": name, "sip_uris": [f"sip:{name}@example.com"], "dns": [f"{name}.example.com"]},
            "certificate": {
                "serial_number": serial,
                "subject": f"CN={name}",
                "issuer": "CN=Example SIP Issuing CA,O=Example",
                "names": [f"URI:sip:{name}@example.com", f"DNS:{name}.example.com"],
                "key_type": chance.choice(("ecdsa-p256", "ecdsa-p256", "ecdsa-p384", "rsa-3072", "ed25519")),
                "signature_algorithm": "ecdsa-with-SHA256",
                "not_before": iso(issued - timedelta(hours=1)),
                "not_after": iso(ends),
                "days_left": (ends - WRITTEN).days,
                "fingerprint_sha256": ":".join(f"{chance.getrandbits(8):02X}" for _octet in range(32)),
                "authority": chance.choice(("issuing", "issuing", "issuing-2027")),
                "issued": iso(issued),
            },
            "anchors": [
                {
                    "subject": "CN=Example SIP Root CA,O=Example",
                    "not_after": "2036-11-24T01:00:00Z",
                    "fingerprint_sha256": "AA:" * 31 + "AA",
                }
            ],
            "tls": {
                "protocol": "TLSv1.3" if modern else "TLSv1.2",
                "cipher": "TLS_AES_256_GCM_SHA384" if modern else "ECDHE-ECDSA-AES128-GCM-SHA256",
                "group": chance.choice(("X25519MLKEM768", "X25519MLKEM768", "X25519")) if modern else "P-256",
                "client_hello_octets": chance.choice((1510, 1486, 322, None)),
                "milliseconds": chance.randint(8, 60),
            },
            "srtp": None
            if encrypted is None
            else {
                "required": encrypted,
                "keying": "sdes" if encrypted else None,
                "suite": chance.choice(("AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM")) if encrypted else None,
                "seen": chance.random() < 0.5,
            },
            "registered": None if kind == "softswitch" else wrong != "registration" if state != "unknown" else None,
            "registration": None
            if kind == "softswitch"
            else {"serial_number": serial, "seconds": chance.randint(1, 9000)},
            "registrations": 99 if kind == "softswitch" else None,
            "last_rotation": iso(issued),
            "clock_ahead": chance.randint(-2, 2),
            "openssl": "OpenSSL 3.5.7 9 Jun 2026" if modern else "OpenSSL 3.0.19 1 Jul 2026",
            "aes": {"accelerated": chance.choice((True, True, True, False, None)), "by": "aes-ni"},
            "post_quantum": {
                "tls_1_3": modern,
                "hybrid_group": modern,
                "client_hello_octets": 1510 if modern else 322,
                "over_one_mtu": modern,
                "signatures": False,
                "readiness": "partly" if modern else chance.choice(("not", "unknown")),
                "reasons": [REASONS[0 if not modern else 1]],
            },
            "verify_mode": "require_verify" if kind == "softswitch" else None,
            "checks": [_check(check, state, wrong, name, serial, chance) for check in CHECKS],
            "drift": ["tls.conf: [tls_server] ciphers would change"] if chance.random() < 0.04 else [],
        }
    )


def _check(check: str, state: str, wrong: str | None, device: str, serial: str, chance: random.Random) -> Facts:
    evidence = [f"looked at on the device in {chance.randint(5, 90)} ms"]
    if check in ("pair", "served", "record", "registration"):
        evidence.append(f"serial number {serial}")
    if check == wrong:
        cause, remedy = CAUSES[check]
        return {
            "check": check,
            "state": "failed",
            "cause": cause,
            "evidence": evidence,
            "remedy": remedy.format(device=device[:60]),
        }
    if check == "lifetime" and state == "due":
        return {
            "check": check,
            "state": "due",
            "cause": "renewal is due: fewer than 30 d are left",
            "evidence": evidence,
            "remedy": "run siptls.vos.rotate",
        }
    if check == "media" and state == "unknown":
        return {
            "check": check,
            "state": "unknown",
            "cause": "no call was made, and the device does not tell",
            "evidence": [],
            "remedy": "verify with verify_call=true",
        }
    if check in ("connections", "second_certificate") and device.startswith("gw"):
        return {"check": check, "state": "not_applicable", "cause": "", "evidence": [], "remedy": ""}
    return {"check": check, "state": "ok", "cause": "", "evidence": evidence, "remedy": ""}


def _unreachable(name: str, kind: str) -> Facts:
    return shaped(
        {
            "device": name,
            "kind": kind,
            "softswitch": "vos1",
            "state": "unreachable",
            "verified": None,
            "aor": f"sip:{name[:60]}@example.com",
            "identity": {"common_name": name, "sip_uris": [], "dns": []},
            "certificate": None,
            "anchors": [],
            "tls": None,
            "srtp": None,
            "registered": None,
            "registration": None,
            "registrations": None,
            "last_rotation": None,
            "clock_ahead": None,
            "openssl": None,
            "aes": {"accelerated": None, "by": ""},
            "post_quantum": {"readiness": "unknown", "reasons": []},
            "verify_mode": None,
            "checks": [
                {
                    "check": "reachable",
                    "state": "failed",
                    "cause": "no connection: timed out",
                    "evidence": ["ssh: connect to host port 22: timed out"],
                    "remedy": "see whether it is powered and its address is right",
                }
            ],
            "drift": [],
        }
    )
