# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can stand beside a fleet in a report: authorities, handshakes that failed, controls."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

Facts = dict[str, Any]

WRITTEN = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
_PCI = "https://www.pcisecuritystandards.org/document_library/"
_HIPAA = "https://www.ecfr.gov/current/title-45/section-164.312"


def iso(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")


def authorities() -> list[Facts]:
    """A root, two issuing authorities below it, and one that ends soon."""
    root = {
        "subject": "CN=Example SIP Root CA,O=Example",
        "not_after": "2036-11-24T01:00:00Z",
        "fingerprint_sha256": "AA:" * 31 + "AA",
    }

    def one(name: str, common: str, ends: str, left: int, state: str, crl: Facts | None, above: list[Facts]) -> Facts:
        own = {
            "subject": f"CN={common},O=Example",
            "not_after": ends,
            "fingerprint_sha256": ":".join([f"{sum(name.encode()) % 256:02X}"] * 32),
        }
        own = root if name == "root" else own
        return {
            "name": name,
            "state": state,
            "reason": f"{left} d left",
            "revocation": None,
            "serial_number": f"{len(common):040x}",
            **own,
            "names": [],
            "key_type": "ecdsa-p384",
            "not_before": "2026-11-25T01:00:00Z",
            "days_left": left,
            "chain": {"verified": True, "problem": "", "certificates": [own, *above]},
            "revocation_list": crl,
        }

    crl = {
        "state": "ok",
        "reason": "6 d until the next update",
        "crl_number": "7",
        "next_update": "2026-12-03T01:00:00Z",
    }
    late = {
        "state": "expired",
        "reason": "next update was due 2 d ago",
        "crl_number": "3",
        "next_update": "2026-11-25T01:00:00Z",
    }
    return [
        one("issuing", "Example SIP Issuing CA", "2027-04-02T01:00:00Z", 126, "ok", crl, [root]),
        one("issuing-2027", "Example SIP Issuing CA 2027", "2031-11-24T01:00:00Z", 1823, "ok", late, [root]),
        one("root", "Example SIP Root CA", root["not_after"], 3650, "ok", None, []),
    ]


def failures(seed: int = 1) -> Facts:
    """What failed within a month: a little each day, and one day with a storm."""
    chance = random.Random(seed)
    causes = (
        "the peer sent no certificate",
        "one of: the peer's certificate is from an authority that is not trusted here, or its chain is not complete; "
        "the peer's certificate has expired or is not valid yet; the peer's certificate is revoked",
        "the peer offers no TLS version that is allowed here",
        "plain text on the TLS port, such as HTTP or SIP without TLS",
    )
    by_day = []
    for at in range(30):
        day = (WRITTEN - timedelta(days=29 - at)).date().isoformat()
        for cause in causes:
            count = chance.randint(0, 6) * (9 if at == 20 and cause == causes[3] else 1)
            if count:
                by_day.append({"day": day, "cause": cause, "count": count})
    totals = {cause: sum(one["count"] for one in by_day if one["cause"] == cause) for cause in causes}
    total = sum(totals.values())
    sources = {f"203.0.113.{at}": 0 for at in range(1, 15)}
    for _turn in range(total):
        sources[f"203.0.113.{min(14, int(chance.expovariate(0.35)) + 1)}"] += 1
    return {
        "since": iso(WRITTEN - timedelta(days=30)),
        "until": iso(WRITTEN),
        "total": total,
        "records_read": total,
        "truncated": False,
        "by_cause": [
            {"cause": cause, "count": count} for cause, count in sorted(totals.items(), key=lambda one: -one[1])
        ],
        "by_source": [
            {"source": source, "count": count}
            for source, count in sorted(sources.items(), key=lambda one: -one[1])
            if count
        ],
        "by_day": by_day,
        "by_softswitch": [
            {"softswitch": "vos1", "count": total, "cause": ""},
            {
                "softswitch": "vos2",
                "count": None,
                "cause": "it keeps no records: the role siptls.vos.audit is not there",
            },
        ],
    }


def compliance() -> list[Facts]:
    """One control of each state, of two frameworks."""
    when = iso(WRITTEN)
    return [
        {
            "framework": "PCI DSS 4.0.1",
            "control": "4.2.1",
            "title": "Strong cryptography during transmission",
            "state": "not_met",
            "verified": ["every gateway's handshake is TLS 1.2 or later", "the certificate is valid and not revoked"],
            "devices_ok": 9,
            "devices_failed": ["gw0008.branch08"],
            "devices_unknown": [],
            "when": when,
            "evidence": ["gw0008.branch08: the certificate has expired"],
            "source": _PCI,
        },
        {
            "framework": "PCI DSS 4.0.1",
            "control": "10.2.1",
            "title": "Audit logs capture events",
            "state": "met",
            "verified": ["every failed handshake has a record"],
            "devices_ok": 1,
            "devices_failed": [],
            "devices_unknown": [],
            "when": when,
            "evidence": ["vos1: 120 records"],
            "source": _PCI,
        },
        {
            "framework": "PCI DSS 4.0.1",
            "control": "9.1",
            "title": "Physical access",
            "state": "out_of_reach",
            "verified": [],
            "devices_ok": 0,
            "devices_failed": [],
            "devices_unknown": [],
            "when": None,
            "evidence": [],
            "source": _PCI,
        },
        {
            "framework": "HIPAA",
            "control": "164.312(e)(1)",
            "title": "Transmission security",
            "state": "not_verified",
            "verified": ["media is encrypted in a call"],
            "devices_ok": 0,
            "devices_failed": [],
            "devices_unknown": ["gw0009.branch09"],
            "when": when,
            "evidence": [],
            "source": _HIPAA,
        },
    ]
