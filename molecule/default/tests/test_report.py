# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of the report are those of the running lab: of its registrar, its certificates and its authorities."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from lab.registrar import podman_exec, registrations

LAB = Path(__file__).resolve().parents[3] / ".cache" / "lab"
CERTIFICATES = {
    "vos": "/etc/vos/certs/vos_server.crt",
    "gw1": "/etc/gateway/certs/gateway.crt",
    "gw2": "/etc/gateway/certs/gateway.crt",
}


def on_device(device: str, path: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(podman_exec(f"siptls-{device}", "cat", path).encode())


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((LAB / "report.json").read_text())
    return found


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    """What the page shows, out of its data."""
    text = (LAB / "report.html").read_text()
    found: dict[str, Any] = json.loads(text.partition('id="data">')[2].partition("</script>")[0])
    return found


def test_who_is_registered_is_what_the_registrar_says(report: dict[str, Any], page: dict[str, Any]) -> None:
    held = {one.gateway: one for one in registrations()}
    told = {one["device"]: one for one in report["devices"] if one["kind"] == "gateway"}
    assert {name for name, one in told.items() if one["registered"]} == set(held)
    for name, one in held.items():
        assert told[name]["registration"]["serial_number"] == one.serial
        assert (told[name]["tls"]["protocol"], told[name]["aor"]) == (one.tls_version, one.aor)
        assert told[name]["certificate"]["not_after"] == f"{one.not_after:%Y-%m-%dT%H:%M:%SZ}"
    (softswitch,) = (one for one in report["devices"] if one["kind"] == "softswitch")
    assert softswitch["registrations"] == len(held)
    assert page["glance"]["registered"] == {"yes": len(held), "no": len(told) - len(held), "unknown": 0}


def test_certificates_are_those_on_the_devices(report: dict[str, Any], page: dict[str, Any]) -> None:
    told = {one["device"]: one["certificate"] for one in report["devices"]}
    leaves = {device: on_device(device, path)[0] for device, path in CERTIFICATES.items()}
    assert set(told) == set(leaves)
    for device, leaf in leaves.items():
        assert int(told[device]["serial_number"], 16) == leaf.serial_number
        assert told[device]["fingerprint_sha256"] == leaf.fingerprint(hashes.SHA256()).hex(":").upper()
        assert told[device]["not_after"] == f"{leaf.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    first = min(leaf.not_valid_after_utc for leaf in leaves.values())
    written = datetime.fromisoformat(report["written"]).astimezone(UTC)
    shown = page["glance"]["next_expiry"]
    assert (shown["not_after"], shown["days"]) == (f"{first:%Y-%m-%dT%H:%M:%SZ}", (first - written).days)
    assert sum(week["devices"] for week in page["timeline"]["weeks"]) == len(leaves)


def test_authorities_are_those_that_issued(report: dict[str, Any]) -> None:
    told = {one["fingerprint_sha256"] for one in report["authorities"]}
    for device, path in CERTIFICATES.items():
        _leaf, *above = on_device(device, path)
        assert above
        assert {one.fingerprint(hashes.SHA256()).hex(":").upper() for one in above} <= told
    assert all(one["chain"]["verified"] for one in report["authorities"])


def test_what_is_not_kept_is_unknown(report: dict[str, Any], page: dict[str, Any]) -> None:
    """The lab of this scenario has no records of failed handshakes."""
    assert report["handshake_failures"]["total"] is None
    assert "siptls.vos.audit" in report["handshake_failures"]["by_softswitch"][0]["cause"]
    assert page["failures"] == report["handshake_failures"]


def test_controls_are_told_with_their_evidence(report: dict[str, Any]) -> None:
    assert {one["state"] for one in report["compliance"]} <= {"met", "not_met", "not_verified", "out_of_reach"}
    met = [one for one in report["compliance"] if one["state"] == "met"]
    assert met
    assert all(one["verified"] and one["evidence"] and one["source"].startswith("https://") for one in met)
