# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the verification says of the running lab is what its registrar and its files say."""

from __future__ import annotations

import json
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
BUNDLES = {
    "vos": "/etc/vos/certs/ca_bundle.crt",
    "gw1": "/etc/gateway/certs/ca.crt",
    "gw2": "/etc/gateway/certs/ca.crt",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((LAB / "verification.json").read_text())
    return found


@pytest.fixture(scope="module")
def devices(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["device"]: one for one in document["devices"]}


def on_device(device: str, path: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(podman_exec(f"siptls-{device}", "cat", path).encode())


def test_every_device_is_in_order(document: dict[str, Any], devices: dict[str, dict[str, Any]]) -> None:
    causes = {
        name: {
            check["check"]: check["cause"] for check in one["checks"] if check["state"] not in ("ok", "not_applicable")
        }
        for name, one in devices.items()
    }
    assert causes == {"vos": {}, "gw1": {}, "gw2": {}}
    assert document["counts"] == {"ok": 3, "due": 0, "failed": 0, "unknown": 0, "unreachable": 0}


@pytest.mark.parametrize("device", sorted(CERTIFICATES))
def test_certificate_and_anchors_are_those_on_the_device(devices: dict[str, dict[str, Any]], device: str) -> None:
    leaf, told = on_device(device, CERTIFICATES[device])[0], devices[device]["certificate"]
    assert told["fingerprint_sha256"] == leaf.fingerprint(hashes.SHA256()).hex(":").upper()
    assert int(told["serial_number"], 16) == leaf.serial_number
    assert told["not_after"] == f"{leaf.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    assert told["signature_algorithm"] == podman_signature(device)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert told["names"] == [
        *(f"URI:{one}" for one in names.get_values_for_type(x509.UniformResourceIdentifier)),
        *(f"DNS:{one}" for one in names.get_values_for_type(x509.DNSName)),
    ]
    bundle = {one.fingerprint(hashes.SHA256()).hex(":").upper() for one in on_device(device, BUNDLES[device])}
    assert {one["fingerprint_sha256"] for one in devices[device]["anchors"]} == bundle
    assert (LAB / "pki" / "certificates" / device / f"{told['serial_number']}.pem").is_file()


def podman_signature(device: str) -> str:
    said = podman_exec(f"siptls-{device}", "openssl", "x509", "-in", CERTIFICATES[device], "-noout", "-text")
    return said.partition("Signature Algorithm: ")[2].split()[0]


def test_registrations_are_those_of_the_registrar(devices: dict[str, dict[str, Any]]) -> None:
    found = {one.gateway: one for one in registrations()}
    assert set(found) == {"gw1", "gw2"}
    assert devices["vos"]["registrations"] == len(found)
    for name, one in found.items():
        told = devices[name]
        assert (told["registered"], told["aor"]) == (True, one.aor)
        assert int(told["registration"]["serial_number"], 16) == int(one.serial, 16)
        assert int(told["certificate"]["serial_number"], 16) == int(one.serial, 16)
        # The device's openssl agrees on what its SIP stack agreed on, which is of the same library here
        assert told["tls"]["protocol"] == one.tls_version
        assert told["tls"]["cipher"] == one.cipher


def test_tls_media_and_host_are_told(devices: dict[str, dict[str, Any]]) -> None:
    for one in devices.values():
        assert one["tls"]["group"] == "X25519MLKEM768"
        assert one["post_quantum"]["hybrid_group"] is True
        # The message with its record header is more than one segment
        assert one["post_quantum"]["over_one_mtu"] is (one["tls"]["client_hello_octets"] + 5 > 1460)
        assert one["openssl"].startswith("OpenSSL 3.")
        # One clock; what a loaded machine needs to say it counts as ahead
        assert abs(one["clock_ahead"]) <= 10
    flags = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("flags")), "")
    assert devices["gw1"]["aes"]["accelerated"] is (" aes " in f"{flags} ") or not flags
    assert devices["vos"]["verify_mode"] == "require_verify"
    # gw1 called gw2, and gw2 did not call itself
    assert devices["gw1"]["srtp"] == {
        "required": True,
        "keying": "sdes",
        "suite": "AES_CM_128_HMAC_SHA1_80",
        "seen": True,
    }
    assert devices["gw2"]["srtp"] == {
        "required": True,
        "keying": "sdes",
        "suite": "AES_CM_128_HMAC_SHA1_80",
        "seen": False,
    }


def test_no_key_and_no_passphrase_is_in_the_document() -> None:
    text = (LAB / "verification.json").read_text()
    assert "PRIVATE KEY" not in text
    for name in ("root_passphrase", "issuing_passphrase"):
        assert (LAB / name).read_text().strip() not in text
