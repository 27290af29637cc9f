# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two gateways register over mutual TLS, and nobody else gets anything. Read from the running system."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
import testinfra
from lab.registrar import podman_exec, registrations
from lab.sip import REGISTRAR, request, send
from testinfra.host import Host

PROJECT = Path(__file__).resolve().parents[3]
GATEWAYS = ("gw1", "gw2")
OWN = (
    "-cert /etc/gateway/certs/gateway.crt",
    "-key /etc/gateway/certs/gateway.key",
    "-CAfile /etc/gateway/certs/ca.crt",
)
ANCHORS = "-CAfile /etc/gateway/certs/ca.crt"


def device(name: str) -> Host:
    return testinfra.get_host(f"podman://siptls-{name}")


@pytest.fixture
def vos() -> Host:
    return device("vos")


def serial_on_disk(gateway: str) -> str:
    said = podman_exec(
        f"siptls-{gateway}", "openssl", "x509", "-in", "/etc/gateway/certs/gateway.crt", "-noout", "-serial"
    )
    return said.strip().partition("=")[2].lower()


def test_both_gateways_are_in_the_location_table() -> None:
    assert [one.aor for one in registrations()] == ["sip:gw1@example.com", "sip:gw2@example.com"]


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_gateway_registered_over_tls_with_its_own_certificate(gateway: str) -> None:
    (one,) = [each for each in registrations() if each.gateway == gateway]
    assert one.tls_version in ("TLSv1.2", "TLSv1.3")
    assert one.contact.endswith(";transport=tls")
    assert one.serial == serial_on_disk(gateway)


def test_certificates_of_the_gateways_differ() -> None:
    assert len({one.serial for one in registrations()}) == len(GATEWAYS)


def test_certificate_served_is_the_one_on_disk(vos: Host) -> None:
    of_pem = "openssl x509 -noout -fingerprint -sha256"
    on_disk = vos.check_output(f"{of_pem} -in /etc/vos/certs/vos_server.crt")
    served = device("gw1").check_output(
        f"openssl s_client -connect {REGISTRAR}:5061 -servername {REGISTRAR} {' '.join(OWN)} </dev/null 2>/dev/null | {of_pem}"
    )
    assert served == on_disk


def test_softswitch_is_accepted_by_name_and_chain() -> None:
    answer = send(
        "siptls-gw1",
        request("OPTIONS", "sip:gw1@example.com"),
        *OWN,
        "-verify_return_error",
        f"-verify_hostname {REGISTRAR}",
    )
    assert answer.status == 200, answer.tls


def test_softswitch_listens_on_tls_and_on_nothing_else(vos: Host) -> None:
    """Its media relay is told what to do on the loopback interface, and opens ports for the length of a call."""
    listening = [line.split()[:5] for line in vos.check_output("ss -Htuln").splitlines()]
    assert [(line[0], line[4]) for line in listening if not line[4].startswith("127.0.0.1:")] == [
        ("tcp", "10.77.61.10:5061")
    ]


@pytest.mark.parametrize("port", [5060, 5061])
def test_plain_sip_gets_no_answer(port: int) -> None:
    plain = request("OPTIONS", "sip:gw1@example.com").replace("SIP/2.0/TLS", "SIP/2.0/TCP")
    program = f"exec 3<>/dev/tcp/{REGISTRAR}/{port} && printf %s '{plain}' >&3 && timeout 3 cat <&3"
    said = subprocess.run(
        ["podman", "exec", "siptls-gw1", "bash", "-c", program], capture_output=True, text=True, check=False
    )
    assert "SIP/2.0" not in said.stdout


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_private_key_is_readable_by_its_owner_alone(gateway: str) -> None:
    key = device(gateway).file("/etc/gateway/certs/gateway.key")
    resolved = device(gateway).file(device(gateway).check_output("readlink -f /etc/gateway/certs/gateway.key"))
    assert key.is_symlink
    assert (resolved.mode, resolved.user, resolved.group) == (0o600, "root", "root")


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_private_key_exists_on_its_gateway_alone(gateway: str) -> None:
    body = device(gateway).check_output("sed -n 2p /etc/gateway/certs/gateway.key")
    assert len(body) >= 60
    assert files_on_the_controller_with(body) == []
    for other in {"vos", "gw1", "gw2", "appliance"} - {gateway}:
        found = device(other).run(f"grep -rlF '{body}' /etc /root /tmp /var /run")
        assert found.stdout == "", other
    for name in ("vos", "gw1", "gw2"):
        assert body not in device(name).check_output("journalctl --no-pager --quiet")


def files_on_the_controller_with(text: str) -> list[str]:
    """Files below the project, logs of this run and PKI directory included, that hold ``text``. What comes and goes is passed over."""
    found = []
    for folder, folders, names in os.walk(PROJECT):
        if folder == str(PROJECT):
            folders[:] = [name for name in folders if name not in (".venv", ".git")]
        for path in (Path(folder, name) for name in names):
            with suppress(FileNotFoundError):
                if path.is_file() and not path.is_symlink() and text.encode() in path.read_bytes():
                    found.append(str(path))
    return found


def test_the_run_was_logged_where_the_search_for_keys_looks() -> None:
    logs = list((PROJECT / ".cache").glob("molecule/*/ansible.log"))
    assert any("siptls.vos.gateway : The gateway has a valid certificate" in log.read_text() for log in logs)


@pytest.mark.parametrize(
    ("name", "bundle", "certificate"),
    [
        ("vos", "/etc/vos/certs/ca_bundle.crt", "/etc/vos/certs/vos_server.crt"),
        ("gw1", "/etc/gateway/certs/ca.crt", "/etc/gateway/certs/gateway.crt"),
        ("gw2", "/etc/gateway/certs/ca.crt", "/etc/gateway/certs/gateway.crt"),
        ("appliance", "/etc/certs/ca.crt", "/etc/certs/gateway.crt"),
    ],
)
def test_chain_is_strictly_valid_on_the_device(name: str, bundle: str, certificate: str) -> None:
    assert (
        device(name).check_output(f"openssl verify -x509_strict -CAfile {bundle} {certificate}") == f"{certificate}: OK"
    )


def test_stranger_without_certificate_gets_nothing() -> None:
    answer = send("siptls-gw1", request("REGISTER", "sip:gw1@example.com"), ANCHORS)
    assert answer.sip == ""
    assert "certificate required" in answer.tls


def test_stranger_with_foreign_certificate_gets_nothing() -> None:
    make = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=gw1 "
        "-addext subjectAltName=URI:sip:gw1@example.com -keyout /tmp/foreign.key -out /tmp/foreign.crt"
    )
    assert device("gw1").run(make).rc == 0
    answer = send(
        "siptls-gw1",
        request("REGISTER", "sip:gw1@example.com"),
        "-cert /tmp/foreign.crt",
        "-key /tmp/foreign.key",
        ANCHORS,
    )
    assert answer.sip == ""
    assert "unknown ca" in answer.tls


def test_nobody_registers_as_another() -> None:
    answer = send("siptls-gw1", request("REGISTER", "sip:gw2@example.com"), *OWN)
    assert answer.status == 403


def test_response_carries_strict_transport_security() -> None:
    answer = send("siptls-gw1", request("OPTIONS", "sip:gw1@example.com"), *OWN)
    assert answer.status == 200
    assert "\nStrict-Transport-Security: max-age=31536000" in answer.sip.replace("\r", "")


@pytest.mark.parametrize("name", ["gw1", "gw2", "appliance"])
def test_gateways_have_no_python(name: str) -> None:
    assert device(name).run("for name in python python3; do command -v $name; done").stdout == ""


def test_appliance_has_busybox_and_a_pair_that_matches() -> None:
    appliance = device("appliance")
    assert "BusyBox" in appliance.check_output("ls --help 2>&1 | head -n 1")
    of_key = appliance.check_output("openssl pkey -in /etc/certs/gateway.key -pubout")
    assert of_key == appliance.check_output("openssl x509 -in /etc/certs/gateway.crt -noout -pubkey")
    assert appliance.check_output("ls -lL /etc/certs/gateway.key").startswith("-rw------- ")
