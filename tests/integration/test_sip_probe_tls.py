# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each cause why TLS fails, by a real handshake of openssl with openssl, and what the probe says of it."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Outcome, Play
from ansible_collections.siptls.vos.tests.shared import probe_material

OWN = {"certificate": "gw1.crt", "private_key": "gw1.key", "trust_bundle": "ca.crt"}
VERIFY = ("-Verify", "3", "-verify_return_error", "-CAfile", "ca.crt")
# Which files an option names; the others are text.
FILES = ("certificate", "private_key", "trust_bundle", "crl")


@dataclass(frozen=True)
class Case:
    """A server, a probe, and what is to come of it.

    :ivar server: arguments of s_server; or the name of a plain server; or HOST:PORT where nobody is
    :ivar cause: what the first cause holds
    :ivar evidence: what the evidence of it holds
    :ivar tls: facts, by dotted name
    """

    id: str
    server: tuple[str, ...] | str
    cause: str
    probe: Mapping[str, Any] = field(default_factory=dict)
    evidence: str = ""
    state: str = "failed"
    tls: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""


def with_pair(name: str) -> dict[str, str]:
    return {"certificate": f"{name}.crt", "private_key": f"{name}.key"}


def serves(name: str, *more: str) -> tuple[str, ...]:
    chain = ("-cert_chain", f"{name}.crt") if name != "alone" else ()
    return ("-cert", f"{name}.crt", "-key", f"{'good' if name == 'alone' else name}.key", *chain, *more)


GOOD = serves("good")
NONE = {"certificate": "", "private_key": ""}
CASES = [
    # The way there
    Case("name", "nowhere.invalid:5061", "the name nowhere.invalid does not resolve on the device"),
    Case("refused", "refused", "nothing listens at 127.0.0.1:"),
    Case("silent-network", "full", "does not answer", evidence="no answer to the first packet"),
    # What answers
    Case("plain-sip", "plain", "speaks plain SIP, and no TLS", evidence="'SIP/2'"),
    Case("something-else", "binary", "speaks something else, and no TLS", evidence="00 01 02 03 04"),
    Case("mute", "mute", "takes the connection and does not answer a ClientHello"),
    Case("closes", "closes", "closes the connection at the first word of TLS"),
    # What the two have in common
    Case("version", (*GOOD, "-tls1_3"), "no protocol version in common", {"max_version": "TLSv1.2"}, "TLSv1.3", tls={"alert.number": 70}),
    Case("old-server", (*GOOD, "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"), "no protocol version in common", evidence="TLSv1.1"),
    Case(
        "cipher",
        (*GOOD, "-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"),
        "no cipher suite in common",
        {"ciphers": "ECDHE-ECDSA-AES256-GCM-SHA384"},
        "the server chose TLSv1.2, ECDHE-ECDSA-CHACHA20-POLY1305",
    ),
    Case("group", (*GOOD, "-tls1_3", "-groups", "P-521"), "no key exchange group in common", {"groups": "X25519"}, "P-521"),
    Case(
        "cannot-tell",
        (*GOOD, "-sigalgs", "RSA-PSS+SHA256"),
        "no cipher suite, no group or no signature algorithm in common; the server does not say which",
        tls={"alert.number": 40},
    ),
    Case("own-offer", GOOD, "openssl on the device made no connection", {"ciphers": "NOTHING"}),
    # What the server presents
    Case("foreign", serves("foreign"), "the server's chain ends at CN=Foreign, which is not in", tls={"verification": "failed"}),
    Case("namesake", serves("namesake"), "another certificate of the same name than the one that signed: CN=Root"),
    Case("self-signed", serves("self-signed"), "self-signed and no anchor of this device"),
    Case("no-intermediate", serves("alone"), "CN=Issuing, is neither sent by the server nor in", {"trust_bundle": "root.crt"}),
    Case("other-anchor", GOOD, "the server's chain ends at CN=Root, which is not in", {"trust_bundle": "foreign-ca.crt"}),
    Case("expired", serves("expired"), "the server's certificate expired at 20", tls={"verification": "failed"}),
    Case("not-yet", serves("not-yet"), "the server's certificate is not valid before 20"),
    Case("expired-anchor", serves("expired-root"), "the certificate of the authority", {"trust_bundle": "expired-ca.crt"}, "expired"),
    Case("wrong-name", serves("other-name"), "wrong name: the certificate is for 'other.example'", tls={"identity.state": "failed"}),
    Case("wildcard", serves("wildcard"), "a wildcard is no identity in SIP"),
    Case("other-domain", GOOD, "wrong name", {"domain": "sip.example"}, "the name asked for (SNI) was sip.example"),
    Case("not-for-servers", serves("client-only"), "is not for servers", evidence="purpose"),
    Case("revoked", serves("revoked"), "the server's certificate is revoked", {"crl": "revoked.pem"}, tls={"revocation": "revoked"}),
    # What the server makes of ours
    Case("none-1.3", (*GOOD, *VERIFY, "-tls1_3"), "requires a client certificate, and this device presented none", NONE,
         "after the handshake", tls={"alert.number": 116, "client_certificate_requested": True, "client_certificate_presented": False}),
    Case("none-1.2", (*GOOD, *VERIFY, "-tls1_2"), "requires a client certificate, and this device presented none", NONE,
         tls={"alert.number": 40, "protocol": "TLSv1.2"}),
    Case("ours-foreign", (*GOOD, *VERIFY), "of an authority that the server does not ask for", with_pair("gw-foreign"),
         "CN=Root", tls={"alert.number": 48}),
    Case("ours-foreign-1.2", (*GOOD, *VERIFY, "-tls1_2"), "of an authority that the server does not ask for", with_pair("gw-foreign")),
    Case("ours-expired", (*GOOD, *VERIFY), "the device's certificate expired at 20", with_pair("gw-expired"), tls={"alert.number": 45}),
    Case("ours-not-yet", (*GOOD, *VERIFY), "the device's certificate is not valid before 20", with_pair("gw-not-yet")),
    Case("ours-revoked", (*GOOD, *VERIFY, "-CAfile", "ca-crl.crt", "-crl_check"), "the device's certificate is revoked",
         with_pair("gw-revoked"), tls={"alert.number": 44}),
    Case("stale-list", (*GOOD, *VERIFY, "-CAfile", "ca-stale.crt", "-crl_check"), "the server's revocation list has run out",
         tls={"alert.number": 45}),
    Case("ours-for-servers", (*GOOD, *VERIFY), "lacks clientAuth", with_pair("gw-server-only"), tls={"alert.number": 43}),
    # What the device itself has
    Case("no-file", GOOD, "gone.crt does not exist on the device", {"certificate": "gone.crt"}),
    Case("no-pair", GOOD, "certificate and private key of the device are no pair", {"private_key": "gw-foreign.key"}),
    Case("encrypted-key", GOOD, "is not readable PEM, or is encrypted", {"private_key": "encrypted.key"}, "it is encrypted"),
    Case("broken-key", GOOD, "is not readable PEM, or is encrypted", {"private_key": "broken.key"}, "line 2: no base64"),
    Case("broken-certificate", GOOD, "broken.crt is not readable PEM", {"certificate": "broken.crt"}, "line 2: no base64"),
    Case("no-certificate-in-it", GOOD, "text.crt is not readable PEM", {"trust_bundle": "text.crt"}, "line 1: no -----BEGIN"),
    # Nothing is wrong with TLS, and a server that says nothing proves nothing
    Case("mute-1.3", (*GOOD, *VERIFY, "-tls1_3"), "the server does not answer to OPTIONS", tls={"state": "unknown", "verification": "ok"}),
    Case("mute-1.2", (*GOOD, *VERIFY, "-tls1_2"), "the server does not answer to OPTIONS", tls={"state": "ok", "group": "X25519"}),
    Case("by-dns-name", serves("plain-names"), "the server does not answer to OPTIONS", tls={"identity.state": "ok"}, notes="no sipDomain"),
    Case("no-list", GOOD, "does not answer to OPTIONS", {"crl": "ca.crt"}, tls={"revocation": "unknown"}, notes="is revoked is unknown"),
    Case("stale-own-list", GOOD, "does not answer", {"crl": "stale.pem"}, tls={"revocation": "unknown"}, notes="CRL has expired"),
    Case("good-by-list", GOOD, "does not answer", {"crl": "revoked.pem"}, tls={"revocation": "good"}, notes="asks for no client"),
]  # fmt: skip


def openssl_server(certs: Path, arguments: tuple[str, ...], cleanup: ExitStack) -> int:
    """A server of openssl, and its port. It answers nothing."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    process = subprocess.Popen(
        ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-quiet", *arguments],
        cwd=certs,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    cleanup.callback(process.wait)
    cleanup.callback(process.kill)
    return port


def wait_for(port: int) -> None:
    for _attempt in range(200):
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"no server at {port}")


def plain_server(kind: str, cleanup: ExitStack) -> int:
    """Something that listens and speaks no TLS, or nothing that does."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    port = int(listening.getsockname()[1])
    if kind == "refused":
        listening.close()
        return port
    cleanup.callback(listening.close)
    listening.listen(0)
    if kind == "full":
        # Its queue is full, so the kernel drops what comes, as a firewall would.
        for _each in range(2):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
            cleanup.callback(waiting.close)
        return port
    said = {"plain": b"SIP/2.0 400 Bad Request\r\n\r\n", "binary": bytes(range(9))}.get(kind, b"")

    def serve() -> None:
        held = []
        while True:
            try:
                connection, _peer = listening.accept()
                connection.recv(100)
            except OSError:
                return
            connection.sendall(said) if said else None
            connection.close() if kind == "closes" else held.append(connection)

    threading.Thread(target=serve, daemon=True).start()
    return port


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """One play, a host for each case."""
    folder = tmp_path_factory.mktemp("probe")
    certs = folder / "certs"
    certs.mkdir()
    probe_material.write(certs)
    with ExitStack() as cleanup:
        hosts, ports = {}, []
        for case in CASES:
            if isinstance(case.server, tuple):
                port = openssl_server(certs, case.server, cleanup)
                ports.append(port)
                connect = f"127.0.0.1:{port}"
            else:
                connect = case.server if ":" in case.server else f"127.0.0.1:{plain_server(case.server, cleanup)}"
            options = {**OWN, **case.probe}
            options = {
                name: str(certs / value) if name in FILES and value else value for name, value in options.items()
            }
            hosts[case.id] = {"probe": {"aor": "sip:gw1@example.com", "connect": connect, "timeout": "3s", **options}}
        for port in ports:
            wait_for(port)
        play = Play(folder)
        yield play([{"name": "It", "siptls.vos.sip_probe": "{{ probe }}", "failed_when": False}], hosts=hosts, forks=16)


@pytest.fixture
def results(outcome: Outcome) -> dict[str, Mapping[str, Any]]:
    """What the probe says in each case."""
    return {case.id: outcome.of(case.id) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_cause_is_named(results: dict[str, Mapping[str, Any]], case: Case) -> None:
    result = results[case.id]
    assert result["verdict"] == case.state, result
    assert case.cause in result["cause"], result["causes"]
    assert case.evidence in " / ".join(result["evidence"]), result["evidence"]
    assert case.notes in " / ".join(result["notes"]), result["notes"]
    for name, wanted in case.tls.items():
        found: Any = result["tls"]
        for part in name.split("."):
            found = found[part]
        assert found == wanted, (name, result["tls"])
    assert result["changed"] is False
    assert result["causes"][0]["remedy"] or case.id in ("own-offer", "mute-1.3")


def test_nothing_is_ok_before_something_was_answered(results: dict[str, Mapping[str, Any]]) -> None:
    for case in CASES:
        result = results[case.id]
        assert result["verdict"] != "ok", case.id
        assert result["options"]["state"] in ("failed", "unknown"), case.id
        assert result["register"]["state"] == "unknown", case.id


def test_nothing_is_left_on_the_device(outcome: Outcome) -> None:
    assert outcome.left == []
