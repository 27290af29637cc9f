# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to post-quantum TLS, stage by stage: what handshakes show, who is told apart, and who is not let go too fast.

gw1 has all that it takes; the OpenSSL of gw2 offers classical groups alone. In the order in which they stand.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.tls.code_points import group_name
from ansible_collections.siptls.vos.plugins.module_utils.tls.handshake import (
    MalformedHandshakeError,
    parse_client_hello,
    parse_server_hello,
)
from lab.registrar import podman_exec, registrations
from lab.wire import Capture

ROOT = Path(__file__).resolve().parents[3]
LAB = ROOT / ".cache/lab"
REPORT = LAB / "post-quantum.json"
ADDRESSES = {"gw1": "10.77.61.21", "gw2": "10.77.61.22"}
GROUPS = {"vos_groups": ["X25519MLKEM768", "X25519", "P-256"]}
#: Their passphrases last as long as the lab, as those of its other CAs do
AUTHORITIES = {
    "root": "pq-root",
    "issuing": "pq-issuing",
    **{f"{ca}_passphrase": f"pq-{(LAB / f'{ca}_passphrase').read_text().strip()}" for ca in ("root", "issuing")},
}
ANCHORS = {**GROUPS, "pki_post_quantum": AUTHORITIES}
CERTIFICATES = {
    **ANCHORS,
    "vos_post_quantum_certificate": {"hostname": "pq.vos.example.com"},
    "lab_signatures": "ml-dsa-65",
}
OWN = "-cert /etc/gateway/certs/gateway.crt -key /etc/gateway/certs/gateway.key -CAfile /etc/gateway/certs/ca.crt"


def run(variables: dict[str, Any], *arguments: str, playbook: str = "post_quantum") -> tuple[int, str]:
    """The playbook with these variables: exit status, and what it printed."""
    file = LAB / "post_quantum_variables.json"
    file.touch(0o600)
    file.write_text(
        json.dumps({**variables, "post_quantum_report": str(REPORT), "rotate_report": str(LAB / "rotation.json")})
    )
    environment = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache")}
    done = subprocess.run(
        [
            "ansible-playbook", "-i", "inventories/lab", "-i", "molecule/post_quantum/inventory", "-e", f"@{file}",
            *arguments, f"playbooks/{playbook}.yml",
        ],
        cwd=ROOT, env={**os.environ, **environment, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"},
        capture_output=True, text=True, check=False,
        timeout=300,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def stage(name: str, variables: dict[str, Any], *arguments: str) -> str:
    """A stage that comes to its end, and what it printed."""
    status, said = run(variables, "-e", f"post_quantum_stage={name}", *arguments)
    assert status == 0, said
    return said


def reported() -> dict[str, dict[str, Any]]:
    return {one["device"]: one for one in json.loads(REPORT.read_text())["devices"]}


def s_client(gateway: str, name: str, *arguments: str) -> str:
    """What openssl on a gateway says of a connection that asks for ``name``, with the gateway's certificate."""
    command = f"openssl s_client -connect vos.example.com:5061 -servername {name} {OWN} {' '.join(arguments)}"
    return podman_exec(f"siptls-{gateway}", "sh", "-c", f"{command} </dev/null 2>&1 || :")


def settled(*serials: tuple[str, str]) -> None:
    """Waits until these gateways are registered with certificates of these serial numbers."""
    give_up = time.monotonic() + 40
    while time.monotonic() < give_up:
        try:
            found = {one.gateway: one.serial.lower() for one in registrations()}
        except (subprocess.CalledProcessError, KeyError):
            found = {}
        if all(found.get(gateway) == serial for gateway, serial in serials):
            return
        time.sleep(0.5)
    pytest.fail(f"expected {serials}; registered: {found}")


def serial(gateway: str) -> tuple[str, str]:
    said = podman_exec(
        f"siptls-{gateway}", "openssl", "x509", "-in", "/etc/gateway/certs/gateway.crt", "-noout", "-serial"
    )
    return gateway, said.strip().partition("=")[2].lower()


def changed(said: str) -> dict[str, int]:
    return {host: int(count) for host, count in re.findall(r"^(\S+) +: ok=\d+ +changed=(\d+)", said, re.MULTILINE)}


def test_hybrid_only_is_refused_while_a_device_is_behind() -> None:
    status, said = run({"vos_groups": ["X25519MLKEM768"]}, "-e", "post_quantum_stage=key_exchange")
    assert status != 0
    assert "gw2: key exchange with ML-KEM is missing" in said
    assert "gw1: key exchange" not in said
    assert "groups" not in podman_exec("siptls-vos", "cat", "/etc/vos/tls.conf")


def test_certificates_do_not_come_before_anchors() -> None:
    status, said = run(CERTIFICATES, "-e", "post_quantum_stage=certificates")
    assert status != 0
    assert "Remedy: run the stage anchors first" in said
    assert not (LAB / "pki/authorities/pq-root").exists()


def test_key_exchange_is_hybrid_for_who_can_and_classical_for_who_cannot() -> None:
    print(
        "\n"
        + "\n".join(
            line for line in stage("key_exchange", GROUPS).splitlines() if line.startswith(("device ", "gw", "vos "))
        )
    )
    ready, behind = reported()["gw1"], reported()["gw2"]
    assert (ready["group"], behind["group"]) == ("X25519MLKEM768", "X25519")
    assert (ready["protocol"], behind["protocol"]) == ("TLSv1.3", "TLSv1.3")
    assert ready["post_quantum"]["readiness"] == "ready"
    assert behind["post_quantum"]["readiness"] == "partly"
    assert behind["post_quantum"]["reasons"][0].startswith("it offers no group with ML-KEM, but X25519, P-256")
    assert ready["post_quantum"]["client_hello_octets"] + 5 > 1460
    assert ready["post_quantum"]["over_one_mtu"] is True
    assert behind["post_quantum"]["over_one_mtu"] is False
    assert "groups = X25519MLKEM768:X25519:P-256" in podman_exec("siptls-vos", "cat", "/etc/vos/tls.conf")


def test_the_sip_clients_themselves_agree_on_these_groups() -> None:
    """What the report says of openssl on a gateway holds for its SIP client, whose ClientHello and ServerHello are on the wire."""
    with Capture() as capture:
        for gateway in ADDRESSES:
            podman_exec(f"siptls-{gateway}", "systemctl", "restart", "gateway")
        settled(serial("gw1"), serial("gw2"))
        time.sleep(0.5)
    offered: dict[str, bool] = {}
    chosen: dict[str, str] = {}
    streams: dict[tuple[Any, Any], bytes] = {}
    for packet in capture.packets:
        streams[packet.source, packet.destination] = (
            streams.get((packet.source, packet.destination), b"") + packet.payload
        )
    for (source, destination), octets in streams.items():
        for gateway, address in ADDRESSES.items():
            message = octets[5 : 5 + int.from_bytes(octets[3:5])] if octets[:1] == b"\x16" else b""
            try:
                if source[0] == address:
                    offered[gateway] = "X25519MLKEM768" in map(group_name, parse_client_hello(message).groups)
                elif destination[0] == address and (group := parse_server_hello(message).group) is not None:
                    chosen[gateway] = group_name(group)
            except MalformedHandshakeError:
                continue
    assert offered == {"gw1": True, "gw2": False}
    assert chosen == {"gw1": "X25519MLKEM768", "gw2": "X25519"}


def test_every_device_trusts_the_new_authorities_before_they_issue() -> None:
    stage("anchors", ANCHORS)
    for device, bundle in (
        ("vos", "/etc/vos/certs/ca_bundle.crt"),
        ("gw1", "/etc/gateway/certs/ca.crt"),
        ("gw2", "/etc/gateway/certs/ca.crt"),
    ):
        said = podman_exec(
            f"siptls-{device}",
            "sh",
            "-c",
            f"openssl crl2pkcs7 -nocrl -certfile {bundle} | openssl pkcs7 -print_certs -noout",
        )
        assert "CN=SIP Post-Quantum Root CA" in said
        assert "CN=Lab SIP Root CA" in said
    assert "devices: 3" in (LAB / "pki/rollovers/pq-issuing.txt").read_text()
    assert not [
        path for path in (LAB / "pki/certificates").glob("*/*.pem") if "authority: pq-issuing" in path.read_text()
    ]
    assert podman_exec("siptls-vos", "cat", "/etc/vos/certs/crl.pem").count("BEGIN X509 CRL") == 4
    settled(serial("gw1"), serial("gw2"))


def test_a_second_chain_and_a_gateway_with_a_post_quantum_certificate() -> None:
    stage("certificates", CERTIFICATES)
    assert reported()["gw1"]["key_type"] == "ml-dsa-65"
    assert reported()["gw2"]["key_type"] == "ecdsa-p256"
    settled(serial("gw1"), serial("gw2"))
    (one,) = (one for one in registrations() if one.gateway == "gw1")
    assert one.tls_version == "TLSv1.3"
    text = podman_exec("siptls-gw1", "openssl", "x509", "-in", "/etc/gateway/certs/gateway.crt", "-noout", "-text")
    assert "Public Key Algorithm: ML-DSA-65" in text
    assert text.count("Signature Algorithm: ML-DSA-65") == 2


@pytest.mark.parametrize("gateway", ["gw1", "gw2"])
@pytest.mark.parametrize(
    ("name", "signature", "issuer"),
    [
        ("vos.example.com", "ecdsa_secp256r1_sha256", "Lab SIP Issuing CA"),
        ("pq.vos.example.com", "mldsa65", "SIP Post-Quantum Issuing CA"),
    ],
)
def test_the_name_that_a_client_asks_for_chooses_the_chain(
    gateway: str, name: str, signature: str, issuer: str
) -> None:
    said = s_client(gateway, name, "-verify_return_error", "-verify_hostname", name)
    assert f"subject=CN={name}" in said
    assert f"CN={issuer}" in said
    assert f"Peer signature type: {signature}" in said
    assert "Verification: OK" in said


def test_the_post_quantum_chain_is_for_tls_1_3_alone() -> None:
    assert "no peer certificate available" in s_client("gw2", "pq.vos.example.com", "-tls1_2")
    assert "Peer signature type: ecdsa_secp256r1_sha256" in s_client("gw2", "vos.example.com", "-tls1_2")


def test_a_gateway_registers_with_post_quantum_signatures_on_both_sides() -> None:
    """Its registrar is the other name for a moment; what asks for it in a ClientHello is the SIP client itself."""
    try:
        with Capture() as capture:
            rename("vos.example.com", "pq.vos.example.com")
            settled(serial("gw1"))
        asked = [
            one for one in capture.packets if one.source[0] == ADDRESSES["gw1"] and b"pq.vos.example.com" in one.payload
        ]
        assert asked, "the SIP client did not ask for the name of the second chain"
    finally:
        rename("pq.vos.example.com", "vos.example.com")
    settled(serial("gw1"))


def rename(before: str, after: str) -> None:
    """Has gw1 register by another name."""
    program = f"sed -i 's/sip:{before}/sip:{after}/' /etc/gateway/gateway.conf && systemctl restart gateway"
    podman_exec("siptls-gw1", "sh", "-c", program)
    time.sleep(1)


def test_a_server_with_both_certificates_goes_by_the_signatures_that_a_client_knows() -> None:
    """One openssl s_server with the two pairs of the softswitch, as this collection made them."""
    program = """
cd /etc/vos/certs
for pair in . post_quantum; do sed '1,/-----END CERTIFICATE-----/d' $pair/vos_server.crt >/run/chain.${pair#.}; done
openssl s_server -accept 127.0.0.1:5999 -cert vos_server.crt -key vos_server.key -cert_chain /run/chain. \
  -dcert post_quantum/vos_server.crt -dkey post_quantum/vos_server.key -dcert_chain /run/chain.post_quantum -quiet >/dev/null 2>&1 &
server=$!
until openssl s_client -connect 127.0.0.1:5999 </dev/null >/dev/null 2>&1; do sleep 0.1; kill -0 $server || exit 1; done
for signatures in ECDSA+SHA256:ECDSA+SHA384 mldsa65:mldsa87; do
  openssl s_client -connect 127.0.0.1:5999 -sigalgs $signatures -CAfile ca_bundle.crt -verify_return_error </dev/null 2>&1 |
    sed -n "s/^subject=/$signatures &/p; s/^Peer signature type/$signatures &/p; s/^Verification/$signatures &/p"
done
kill $server
"""
    said = podman_exec("siptls-vos", "timeout", "60", "sh", "-c", program).splitlines()
    assert said == [
        "ECDSA+SHA256:ECDSA+SHA384 subject=CN=vos.example.com",
        "ECDSA+SHA256:ECDSA+SHA384 Peer signature type: ecdsa_secp256r1_sha256",
        "ECDSA+SHA256:ECDSA+SHA384 Verification: OK",
        "mldsa65:mldsa87 subject=CN=pq.vos.example.com",
        "mldsa65:mldsa87 Peer signature type: mldsa65",
        "mldsa65:mldsa87 Verification: OK",
    ]


def verified() -> dict[str, Any]:
    """What siptls.vos.verify says of the softswitch: its entry in the document, each check by its name."""
    variables = {**CERTIFICATES, "verify_report": str(LAB / "verification.json")}
    said = run(variables, "--limit", "vos", playbook="verify")[1]
    (entry,) = json.loads((LAB / "verification.json").read_text())["devices"]
    assert entry["device"] == "vos", said
    return {**entry, "checks": {one["check"]: one for one in entry["checks"]}}


def test_verification_looks_at_both_chains() -> None:
    entry = verified()
    assert entry["state"] == "ok", entry
    second = entry["checks"]["second_certificate"]
    assert entry["second_certificate"]["name"] == "vos.post-quantum"
    assert entry["second_certificate"]["key_type"] == "ml-dsa-65"
    assert entry["certificate"]["key_type"] == "ecdsa-p256"
    assert f"served: vos.example.com:5061 serves {entry['second_certificate']['serial_number']}" in second["evidence"]
    print("\n" + "\n".join(second["evidence"]))


def test_what_is_wrong_with_the_second_chain_alone_is_found() -> None:
    """Somebody has put the files of the first chain into its place, and the service has not loaded them."""
    folder = "/etc/vos/certs/post_quantum"
    podman_exec("siptls-vos", "cp", "-a", f"{folder}/.", "/run/kept")
    try:
        podman_exec("siptls-vos", "sh", "-c", f"cat /etc/vos/certs/vos_server.crt >{folder}/vos_server.crt")
        entry = verified()
    finally:
        podman_exec("siptls-vos", "sh", "-c", f"cat /run/kept/vos_server.crt >{folder}/vos_server.crt")
    failed = [name for name, one in entry["checks"].items() if one["state"] == "failed"]
    # The service has loaded other files than those on disk, which is what the configuration says of it
    assert failed == ["second_certificate", "configuration"]
    cause = entry["checks"]["second_certificate"]["cause"]
    for check in ("pair", "record", "identity", "served"):
        assert f"{check}: " in cause
    assert verified()["state"] == "ok"


def test_a_second_run_changes_nothing() -> None:
    said = stage("certificates", CERTIFICATES)
    assert changed(said) == {"gw1": 0, "gw2": 0, "localhost": 0, "vos": 0}
