# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the listener speaks, as sslyze finds it, a scanner that can offer SSL 2.0 to TLS 1.3; and which group it agrees on."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from lab.clients import authority, client
from lab.registrar import podman_exec
from lab.sip import PORT, REGISTRAR

ROOT = Path(__file__).resolve().parents[3]
LAB = ROOT / ".cache/lab"
ADDRESS = "10.77.61.10"
VERSIONS = ("sslv2", "sslv3", "tlsv1", "tlsv1_1", "tlsv1_2", "tlsv1_3")
CHECKS = (*VERSIONS, "compression", "heartbleed", "openssl_ccs", "robot", "reneg", "resum")
OLD = ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1")
FORWARD_SECRET = re.compile(r"TLS_ECDHE_(ECDSA|RSA)_WITH_(AES_(128|256)_GCM|CHACHA20_POLY1305)_SHA(256|384)")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What each check of the scanner found. One that was not completed is a failure here: nobody may take it for a refusal."""
    folder = tmp_path_factory.mktemp("scan")
    pair = folder / "client.pem"
    pair.touch(0o600)
    issuing = authority(LAB / "pki/authorities/issuing", (LAB / "issuing_passphrase").read_text().strip())
    pair.write_text(client("gw7", issuing).pem)
    report = folder / "report.json"
    subprocess.run(
        [ROOT / ".cache/scanner/bin/python", "-m", "sslyze", "--quiet", f"--cert={pair}", f"--key={pair}",
         *(f"--{check}" for check in CHECKS), f"--json_out={report}", f"{REGISTRAR}:{PORT}{{{ADDRESS}}}"],
        check=False, capture_output=True, timeout=240,
    )  # fmt: skip
    (server,) = json.loads(report.read_text())["server_scan_results"]
    assert server["connectivity_status"] == "COMPLETED", server
    attempts = {name: one for name, one in server["scan_result"].items() if one["status"] != "NOT_SCHEDULED"}
    assert len(attempts) >= len(CHECKS)
    assert {name: one["status"] for name, one in attempts.items() if one["status"] != "COMPLETED"} == {}
    return {name: one["result"] for name, one in attempts.items()}


def suites(found: Mapping[str, Any], version: str) -> list[str]:
    return [one["cipher_suite"]["name"] for one in found[f"{version}_cipher_suites"]["accepted_cipher_suites"]]


@pytest.mark.parametrize("version", OLD)
def test_an_old_version_is_refused_in_a_real_handshake(found: Mapping[str, Any], version: str) -> None:
    offered = found[f"{version}_cipher_suites"]
    assert offered["rejected_cipher_suites"], "nothing was offered, so nothing was tested"
    assert suites(found, version) == []


def test_tls_1_2_and_1_3_are_spoken_with_forward_secrecy_alone(found: Mapping[str, Any]) -> None:
    spoken = {version: suites(found, version) for version in ("tls_1_2", "tls_1_3")}
    print("\n" + "\n".join(f"{version}: {', '.join(names)}" for version, names in spoken.items()))
    assert spoken["tls_1_3"]
    assert spoken["tls_1_2"]
    assert [name for name in spoken["tls_1_2"] if not FORWARD_SECRET.fullmatch(name)] == []


def test_the_scanner_knows_of_no_weakness(found: Mapping[str, Any]) -> None:
    assert not found["heartbleed"]["is_vulnerable_to_heartbleed"]
    assert not found["openssl_ccs_injection"]["is_vulnerable_to_ccs_injection"]
    assert not found["tls_compression"]["supports_compression"]
    assert found["robot"]["robot_result"].startswith("NOT_VULNERABLE")
    assert not found["session_renegotiation"]["is_vulnerable_to_client_renegotiation_dos"]


def s_client(*arguments: str) -> str:
    """What openssl on a gateway says of a connection with the gateway's certificate."""
    own = "-cert /etc/gateway/certs/gateway.crt -key /etc/gateway/certs/gateway.key -CAfile /etc/gateway/certs/ca.crt"
    command = f"openssl s_client -connect {REGISTRAR}:{PORT} -servername {REGISTRAR} {own} {' '.join(arguments)}"
    return podman_exec("siptls-gw1", "sh", "-c", f"{command} </dev/null 2>&1 || :")


def test_a_session_is_resumed(found: Mapping[str, Any]) -> None:
    """Each process of Kamailio has keys for tickets of its own, so that one in two is resumed here."""
    print("\nresumption:", {name: value for name, value in found["session_resumption"].items() if "result" in name})
    for _attempt in range(20):
        s_client("-tls1_2", "-sess_out /run/session")
        if "Reused, TLSv1.2" in s_client("-tls1_2", "-sess_in /run/session"):
            return
    pytest.fail("no session was resumed in 20 attempts")


def test_what_the_softswitch_does_not_honour_is_said_and_not_passed_over() -> None:
    """Kamailio has no setting for how long a session lasts, and OpenSSL's own is another than the one that is wanted."""
    arguments = (
        f"connect={REGISTRAR}:{PORT} server_name={REGISTRAR} certificate=/etc/vos/certs/vos_server.crt"
        " private_key=/etc/vos/certs/vos_server.key cache=shared:10m timeout=1h attempts=20"
    )
    environment = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache")}
    done = subprocess.run(
        ["ansible", "vos", "-i", "inventories/lab", "-m", "siptls.vos.session_resumption", "-a", arguments],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "announces 2 h for a session, and 1 h is wanted" in done.stdout
    assert "no session was resumed" not in done.stdout
    said = podman_exec("siptls-vos", "journalctl", "-q", "--no-pager", "-o", "cat", "-u", "vos")
    assert "ssl_session_timeout: OpenSSL's own, 7200 s from 3.0 on; wanted: 1h" in said


def test_the_key_exchange_is_hybrid_where_both_ends_can() -> None:
    assert "Negotiated TLS1.3 group: X25519MLKEM768" in s_client()
