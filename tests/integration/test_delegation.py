# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task that is delegated is about the device that it is delegated to: its records, its errors, its revocation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.tasks import gateway, serial, verify

HOSTS = ("vos", "gw1")


def delegated(play: Play, task: dict[str, Any], to: str = "gw1") -> dict[str, Any]:
    """The task, run for the softswitch, on a gateway."""
    return {**task, "name": "It", "delegate_to": to, "when": "inventory_hostname == 'vos'"}


def certificate(play: Play, **options: Any) -> dict[str, Any]:
    identity = {"common_name": "gw1", "sip_uris": ["sip:gw1@example.com"], "dns": ["gw1.example.com"]}
    return gateway(identity=identity, directory=f"{play.device('gw1')}/certs", **options)


def test_certificate_is_recorded_under_the_device_that_got_it_and_revoked_by_its_name(play: Play, pki: Path) -> None:
    task = delegated(play, certificate(play))
    play([task], hosts=HOSTS)
    certs = play.device("gw1") / "certs"
    verify(certs)
    number = serial(certs / "gateway.crt")
    assert [path.relative_to(pki / "certificates") for path in pki.glob("certificates/*/*.pem")] == [
        Path(f"gw1/{number}.pem")
    ]
    assert play([task], hosts=HOSTS).nothing_changed
    # Without delegation it is the same device
    assert play([{**certificate(play), "when": "inventory_hostname == 'gw1'"}], hosts=HOSTS).nothing_changed

    revoke = {
        "name": "Revoke",
        "siptls.vos.certificate_revocation": {"pki": "pki", "device": "gw1", "reason": "key_compromise"},
    }
    assert play([revoke], hosts=("vos",)).of("vos")["changed"]
    refused = play([task], hosts=HOSTS, fails=True)
    assert "gw1" in refused.message("vos", "It")
    assert "revoked" in refused.message("vos", "It")


def test_errors_and_reports_of_a_delegated_task_name_the_device(play: Play, pki: Path) -> None:
    (play.device("gw1") / "certs").mkdir(parents=True)
    (play.device("gw1") / "certs/ca.crt").write_text("-----BEGIN PRIVATE KEY-----\n")
    paths = {name: f"{play.device('gw1')}/certs/{name}" for name in ("certificate", "private_key", "trust_bundle")}
    aor = {"aor": "sip:gw1@example.com"}
    verification = {
        "kind": "gateway",
        "pki": "pki",
        "authority": "issuing",
        "identity": {"common_name": "gw1", "dns": ["gw1.example.com"]},
        "probe": False,
        **aor,
    }
    tasks: dict[str, dict[str, Any]] = {
        "preflight": {"folders": ["/etc/passwd/x"]},
        "device_files": {"files": [{"path": "/dev/null/x", "content": "x"}]},
        "served_certificate": {"certificate": "/nonexistent"},
    }
    for name, options in tasks.items():
        said = play([delegated(play, {f"siptls.vos.{name}": options})], hosts=HOSTS, fails=True).message("vos")
        assert "gw1: " in said, (name, said)
    assert (
        play([delegated(play, certificate(play))], hosts=HOSTS, fails=True)
        .message("vos")
        .startswith("gw1: a private key")
    )
    seen = play([delegated(play, {"siptls.vos.verification": {**verification, **paths}})], hosts=HOSTS).of("vos")
    assert seen["device"]["device"] == "gw1"
