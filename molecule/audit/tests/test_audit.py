# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role audit on the lab's softswitch: real handshakes that fail, and a record of each."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from lab.clients import Pair, authority, clients
from lab.hello import client_hello
from lab.registrar import podman_exec
from lab.sip import PORT, REGISTRAR

ROOT = Path(__file__).resolve().parents[3]
LAB = ROOT / ".cache/lab"
PKI = LAB / "pki"
RECORDS = "/var/log/siptls-audit/tls_failures.json"
SOFTSWITCH, SOFTSWITCH_ADDRESS = "siptls-vos", "10.77.61.10"
GATEWAY, GATEWAY_ADDRESS = "siptls-gw1", "10.77.61.21"
HERE = "10.77.61.1"
CERTIFICATES = "/run/clients"
BURST, THREADS = 10_000, 4
PATIENCE = 60

FATAL_HANDSHAKE_FAILURE = bytes.fromhex("15030300020228")
VERIFICATION = (
    "the peer's certificate is from an authority that is not trusted here, or its chain is not complete",
    "the peer's certificate has expired or is not valid yet",
    "the peer's certificate is revoked",
)
NO_CERTIFICATE = "the peer sent no certificate"
NO_VERSION = "the peer offers no TLS version that is allowed here"
NO_GROUP = "the peer offers no key exchange group that is allowed here"
NO_SUITE = "the peer offers no cipher suite that is allowed here"
NO_TRUST = (
    "the peer broke off with the alert unknown_ca: it does not trust the authority of the softswitch's certificate"
)
PLAIN = "plain text on the TLS port, such as HTTP or SIP without TLS"
STRANGER = f"{CERTIFICATES}/self-signed.pem"
OLD = "-cipher DEFAULT@SECLEVEL=0"

# How a client fails: its arguments for openssl s_client, and the causes and the alert of its record
FAILURES: Mapping[str, tuple[str, tuple[str, ...], int | None]] = {
    "no certificate, TLS 1.3": ("", (NO_CERTIFICATE,), None),
    "no certificate, TLS 1.2": ("-tls1_2", (NO_CERTIFICATE,), None),
    "self-signed": ("self-signed", VERIFICATION, None),
    "foreign CA": ("foreign CA", VERIFICATION, None),
    "expired": ("expired", VERIFICATION, None),
    "not yet valid": ("not yet valid", VERIFICATION, None),
    "revoked": ("revoked", VERIFICATION, None),
    "TLS 1.0": (f"-tls1 {OLD}", (NO_VERSION,), 70),
    "TLS 1.1": (f"-tls1_1 {OLD}", (NO_VERSION,), 70),
    "no common cipher, TLS 1.2": ("-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA", (NO_SUITE,), 40),
    "no common cipher, TLS 1.3": ("-tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256", (NO_SUITE,), 40),
    "no common group, TLS 1.3": ("-tls1_3 -groups P-521", (NO_GROUP,), 40),
    "rejects the server, TLS 1.3": (f"-verify_return_error -CAfile {STRANGER}", (NO_TRUST,), 48),
    "rejects the server, TLS 1.2": (f"-verify_return_error -CAfile {STRANGER} -tls1_2", (NO_TRUST,), 48),
}

NO_NAME = ("TLS 1.0", "TLS 1.1", "no common cipher, TLS 1.3")


def play(playbook: str, *options: str) -> str:
    """Runs a playbook of the collection on the softswitch. What it said."""
    environment = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache")}
    done = subprocess.run(
        ["ansible-playbook", "-i", "inventories/lab", "-i", "molecule/audit/inventory", "--limit", "vos", *options,
         f"playbooks/{playbook}.yml"],
        cwd=ROOT, env={**os.environ, **environment, "ANSIBLE_FORCE_COLOR": "0"},
        capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def changes(said: str) -> int:
    """How many tasks changed something on the softswitch."""
    found = re.search(r"^vos +: .*changed=(\d+)", said, re.MULTILINE)
    assert found
    return int(found[1])


def on_softswitch(program: str) -> str:
    return podman_exec(SOFTSWITCH, "sh", "-c", program)


def lines() -> list[str]:
    """All records, the oldest first, as they stand in the files. In a rotation, one that goes away is read again."""
    program = (
        f"for n in $(seq 9 -1 2); do zcat {RECORDS}.$n.gz 2>/dev/null; done; cat {RECORDS}.1 {RECORDS} 2>/dev/null; :"
    )
    return on_softswitch(program).splitlines()


def records() -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines()]


def until(count: int) -> list[dict[str, Any]]:
    """The records, once there are so many; a moment later, so that one too many is seen."""
    give_up = time.monotonic() + PATIENCE
    while len(lines()) < count and time.monotonic() < give_up:
        time.sleep(0.2)
    time.sleep(0.3)
    return records()


def new_records(fail: Callable[[], None], count: int = 1) -> list[dict[str, Any]]:
    """The records that come while ``fail`` does ``count`` things that fail."""
    before = len(lines())
    fail()
    return until(before + count)[before:]


def s_client(arguments: str) -> str:
    program = (
        f"echo | timeout 10 openssl s_client -connect {REGISTRAR}:{PORT} -servername {REGISTRAR} {arguments} 2>&1 || :"
    )
    return podman_exec(GATEWAY, "sh", "-c", program)


def say(data: bytes, then: bytes = b"") -> int:
    """Connects from here, says something, waits for the end. The port that it came from."""
    with socket.create_connection((SOFTSWITCH_ADDRESS, PORT), timeout=PATIENCE) as connection:
        port: int = connection.getsockname()[1]
        connection.sendall(data)
        if then:
            connection.recv(16384)
            connection.sendall(then)
        try:
            while connection.recv(16384):
                pass
        except ConnectionResetError:
            pass
        return port


@pytest.fixture(scope="module")
def given() -> Mapping[str, Pair | None]:
    made = clients("gw7", authority(PKI / "authorities/issuing", (LAB / "issuing_passphrase").read_text().strip()))
    revoked = made["revoked"]
    assert revoked
    subprocess.run(
        ["ansible", "localhost", "-m", "siptls.vos.certificate_revocation", "-a",
         f"pki={PKI} authority=issuing serial_number={revoked.certificate.serial_number:x} on_record=false"],
        cwd=ROOT, check=True, capture_output=True, timeout=60,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache")},
    )  # fmt: skip
    play("site", "--tags", "revocation")
    for name, pair in made.items():
        if pair:
            program = f"umask 077; mkdir -p {CERTIFICATES}; cat >'{CERTIFICATES}/{name}.pem'"
            subprocess.run(
                ["podman", "exec", "-i", GATEWAY, "sh", "-c", program],
                input=pair.pem,
                text=True,
                check=True,
                timeout=30,
            )
    return made


@pytest.fixture(scope="module")
def seen(given: Mapping[str, Pair | None]) -> Mapping[str, list[dict[str, Any]]]:
    """By how a client failed: the records of it."""

    def fail(arguments: str) -> Callable[[], None]:
        own = f"-cert '{CERTIFICATES}/{arguments}.pem' -key '{CERTIFICATES}/{arguments}.pem'"
        return lambda: assert_failed(s_client(own if arguments in given else arguments))

    table = {name: new_records(fail(arguments)) for name, (arguments, _causes, _alert) in FAILURES.items()}
    print("\n" + "\n".join(f"{name:28} {one['cause']}" for name, found in table.items() for one in found))
    return table


def assert_failed(said: str) -> None:
    """A handshake that nobody tried is no failure, and one that succeeded is none."""
    assert "CONNECTED" in said or "Connecting to" in said, said
    assert re.search(r"alert|verif|error", said), said


def test_a_second_run_changes_nothing_and_the_softswitch_was_left_alone() -> None:
    started = on_softswitch("systemctl show vos -P ActiveEnterTimestampMonotonic")
    assert changes(play("audit")) == 0
    assert changes(play("audit", "--check", "--diff")) == 0
    assert on_softswitch("systemctl show vos -P ActiveEnterTimestampMonotonic") == started


@pytest.mark.parametrize("name", FAILURES)
def test_each_failure_is_one_record_with_its_cause(seen: Mapping[str, list[dict[str, Any]]], name: str) -> None:
    _arguments, causes, alert = FAILURES[name]
    (record,) = seen[name]
    assert tuple(record["causes"][: len(causes)]) == causes
    assert record["certainty"] == ("certain" if len(record["causes"]) == 1 else "one of")
    assert record["cause"] == ("one of: " if len(record["causes"]) > 1 else "") + "; ".join(record["causes"])
    assert record["alert"] == alert
    assert record["source_address"] == GATEWAY_ADDRESS
    assert 1024 <= record["source_port"] <= 65535
    assert (record["destination_address"], record["destination_port"]) == (SOFTSWITCH_ADDRESS, PORT)
    # Some fail before the server has read which name is asked for
    assert record["server_name"] == (None if name in NO_NAME else REGISTRAR)
    assert (record["event"], record["direction"], record["host"]) == ("tls_handshake_failure", "inbound", "vos")
    assert abs(time.time() - epoch(record["time"])) < 300


def epoch(text: str) -> float:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text)
    done = subprocess.run(["date", "-u", "-d", text, "+%s.%N"], capture_output=True, text=True, check=True)
    return float(done.stdout)


@pytest.mark.parametrize("text", [b"REGISTER sip:example.com SIP/2.0\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n"])
def test_plain_text_on_the_tls_port_is_one_record(text: bytes) -> None:
    ports: list[int] = []
    (record,) = new_records(lambda: ports.append(say(text)))
    assert any("plain text" in cause or "not TLS" in cause for cause in record["causes"])
    assert (record["source_address"], record["source_port"]) == (HERE, ports[0])


FAKE = (
    b'x")\nERROR: tls [tls_server.c:1316]: tls_h_read_f(): src addr: 10.77.61.21:5\n'
    b"ERROR: tls [tls_server.c:1319]: tls_h_read_f(): dst addr: 10.77.61.10:5061\n"
    b"ERROR: tls [tls_server.c:1312]: tls_h_read_f(): protocol level error\n(sni: "
)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (FAKE, FAKE.decode()),
        (b'","source_address":"10.77.61.21","x":"', '","source_address":"10.77.61.21","x":"'),
        (b'q\x01\x1b[31m\xff\\\\"\\u0041', 'q\x01\x1b[31m\xff\\\\"\\u0041'),
        ("hä中".encode(), "hä中"),
        (b"\x7f" * 60 + b"y" * 190, "\x7f" * 60 + "y" * 190),
    ],
)
def test_a_name_that_a_stranger_asks_for_forges_nothing(name: bytes, kept: str) -> None:
    ports: list[int] = []
    (record,) = new_records(lambda: ports.append(say(client_hello(name), then=FATAL_HANDSHAKE_FAILURE)))
    assert (record["source_address"], record["source_port"]) == (HERE, ports[0])
    assert record["cause"] == "the peer broke off with the alert handshake_failure"
    if "\\" not in kept:
        assert record["server_name"].startswith(kept[:40])
    assert [line for line in lines() if not line.isprintable()] == []


def test_what_a_gateway_says_in_sip_is_no_record() -> None:
    """The softswitch logs the From of whoever it refuses."""
    forged = "ERROR: tls [tls_util.h:49]: tls_err_ret(): TLS accept:error:0A0000C7:SSL routines::no (sni: x)"
    fields = (
        "OPTIONS sip:example.com SIP/2.0",
        "Via: SIP/2.0/TLS test.invalid;branch=z9hG4bK1",
        f'From: "{forged}" <sip:{forged.replace(" ", "%20")}@example.com>;tag=1',
        "To: <sip:example.com>",
        "Call-ID: forged",
        "CSeq: 1 OPTIONS",
        "Content-Length: 0",
    )

    def refused() -> None:
        pair = "-cert /etc/gateway/certs/gateway.crt -key /etc/gateway/certs/gateway.key"
        program = f"(cat; sleep 2) | timeout 5 openssl s_client -quiet -connect {REGISTRAR}:{PORT} {pair}"
        subprocess.run(
            ["podman", "exec", "-i", GATEWAY, "sh", "-c", program],
            input="\r\n".join((*fields, "", "")), text=True, check=False, capture_output=True, timeout=30,
        )  # fmt: skip

    assert new_records(refused, count=0) == []
    assert "TLS accept:error" in on_softswitch("journalctl --quiet --no-pager --unit vos --lines 20")


def test_ten_thousand_failures_are_ten_thousand_records_whatever_happens_meanwhile() -> None:
    """While they come, the recorder is restarted and killed, the journal is restarted, and the file is put aside twice."""
    before = len(lines())
    meanwhile = (
        "systemctl restart siptls-audit",
        f"logrotate --force --state /var/lib/siptls-audit/logrotate.state /etc/siptls-audit/logrotate.conf; test -s {RECORDS}.1",
        "systemctl kill --signal KILL siptls-audit",
        "systemctl restart systemd-journald",
        "systemctl start siptls-audit-rotate",
        f"logrotate --force --state /var/lib/siptls-audit/logrotate.state /etc/siptls-audit/logrotate.conf; test -s {RECORDS}.2.gz",
        "systemctl kill --signal KILL siptls-audit",
    )
    began = time.monotonic()
    with ThreadPoolExecutor(THREADS + 1) as pool:
        disturbed = pool.submit(lambda: [on_softswitch(f"sleep 0.3; {one}") for one in meanwhile])
        ports = Counter(pool.map(lambda _number: say(b"GET / HTTP/1.0\r\n\r\n"), range(BURST)))
        took = time.monotonic() - began
        disturbed.result()
    found = until(before + BURST)[before:]
    print(
        f"\n{BURST} handshakes failed in {took:.1f} s; the last record was there after {time.monotonic() - began:.1f} s"
    )
    assert len(found) == BURST
    assert Counter(one["source_port"] for one in found) == ports
    assert {one["cause"] for one in found} == {PLAIN}
    assert len({one["id"] for one in found}) == BURST
    assert on_softswitch(f"cd {Path(RECORDS).parent}; stat -c '%a %U %G %n' .; stat -c '%a %U %G' *").split(
        "\n", 1
    ) == [
        "750 root adm .",
        "640 root adm\n" * 3,
    ]


def test_fail2ban_bans_who_fails_and_no_gateway() -> None:
    everything = len(lines())
    said = play(
        "audit", "-e", "audit_fail2ban=true", "-e", "audit_fail2ban_maxretry=5", "-e", "audit_fail2ban_findtime=1h"
    )
    assert changes(said) == 1
    on_softswitch(
        f"for n in $(seq 9 -1 2); do zcat {RECORDS}.$n.gz 2>/dev/null; done >/run/all; cat {RECORDS}.1 {RECORDS} >>/run/all"
    )
    matched = on_softswitch(
        "fail2ban-regex --no-check-all /run/all siptls-audit 2>&1 || fail2ban-regex /run/all siptls-audit"
    )
    assert f"{everything} matched" in matched, matched[-2000:]
    for _attempt in range(6):
        assert_failed(s_client(""))
    wait_for_ban()
    banned = on_softswitch("fail2ban-client get siptls-audit banip").split()
    assert banned == [HERE]
    assert not connects()
    assert "Verification" in s_client("-cert /etc/gateway/certs/gateway.crt -key /etc/gateway/certs/gateway.key")
    assert (
        changes(
            play(
                "audit",
                "-e",
                "audit_fail2ban=true",
                "-e",
                "audit_fail2ban_maxretry=5",
                "-e",
                "audit_fail2ban_findtime=1h",
            )
        )
        == 0
    )
    # Off again: nobody is banned any more
    assert changes(play("audit")) == 1
    assert connects()


def connects() -> bool:
    try:
        socket.create_connection((SOFTSWITCH_ADDRESS, PORT), timeout=2).close()
    except (ConnectionError, TimeoutError):
        return False
    return True


def wait_for_ban() -> None:
    give_up = time.monotonic() + PATIENCE
    while not on_softswitch("fail2ban-client get siptls-audit banip").strip():
        assert time.monotonic() < give_up
        time.sleep(0.5)


def test_absent_takes_everything_away_but_the_records() -> None:
    everything = len(lines())
    assert changes(play("audit", "-e", "audit_state=absent", "--check", "--diff")) >= 1
    assert on_softswitch("systemctl is-active siptls-audit").strip() == "active"
    assert changes(play("audit", "-e", "audit_state=absent")) >= 1
    left = on_softswitch("find /etc /run /var/lib -path '*siptls-audit*' ! -type d -o -name 'log-rate-limit*'").split()
    assert left == []
    assert on_softswitch("systemctl list-units --all --no-legend --plain 'siptls-audit*'") == ""
    assert len(lines()) == everything
    assert changes(play("audit", "-e", "audit_state=absent")) == 0
