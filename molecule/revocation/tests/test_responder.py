# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the revocation host says to those who ask: by GET and by POST, of good, revoked and unknown certificates."""

from __future__ import annotations

import time

import pytest
import testinfra
from lab.registrar import podman_exec
from testinfra.host import Host

URL = "http://pki.example.com"
ANCHORS = "/etc/gateway/certs/ca.crt"
ASKER = "siptls-gw2"
#: By word: the certificate that is asked about
ANSWERS = {"good": "gw2", "revoked": "gw1", "unknown": "nobody"}
NOBODY = "0x0123456789abcdef0123456789abcdef"
STATUS = "curl -sS -o /dev/null -w %{http_code} --max-time 30"


@pytest.fixture(scope="module")
def pki() -> Host:
    return testinfra.get_host("podman://siptls-pki")


@pytest.fixture(scope="module")
def asker() -> Host:
    """A gateway, with the certificates of both and that of the issuing authority in /tmp."""
    host = testinfra.get_host(f"podman://{ASKER}")
    for gateway in ("gw1", "gw2"):
        text = podman_exec(f"siptls-{gateway}", "cat", "/etc/gateway/certs/gateway.crt")
        assert host.run(f"cat >/tmp/{gateway}.crt <<'EOT'\n{text}EOT").rc == 0
    # The bundle holds the root and then the issuing authority
    assert host.run(f"awk '/BEGIN CERT/ {{ n++ }} n == 2' {ANCHORS} >/tmp/issuing.crt").rc == 0
    return host


def about(word: str) -> str:
    """The arguments of openssl ocsp that name the certificate."""
    name = ANSWERS[word]
    return f"-issuer /tmp/issuing.crt {f'-serial {NOBODY}' if name == 'nobody' else f'-cert /tmp/{name}.crt'}"


@pytest.mark.parametrize("digest", ["-sha1", "-sha256"])
@pytest.mark.parametrize("nonce", ["", "-no_nonce"])
@pytest.mark.parametrize("word", ANSWERS)
def test_openssl_asks_by_post(asker: Host, word: str, nonce: str, digest: str) -> None:
    said = asker.run(f"openssl ocsp {digest} {nonce} {about(word)} -url {URL}/ocsp/issuing -CAfile {ANCHORS}")
    assert said.rc == 0, said.stderr
    assert "Response verify OK" in said.stderr
    assert f": {word}\n" in said.stdout
    assert ("Reason: keyCompromise" in said.stdout) is (word == "revoked")


@pytest.mark.parametrize("digest", ["-sha1", "-sha256"])
@pytest.mark.parametrize("nonce", ["", "-no_nonce"])
@pytest.mark.parametrize("word", ANSWERS)
def test_a_client_asks_by_get(asker: Host, pki: Host, word: str, nonce: str, digest: str) -> None:
    """As RFC 6960, appendix A.1, has it: the base64 text of the request, URL encoded, behind the address."""
    assert asker.run(f"openssl ocsp {digest} {nonce} {about(word)} -reqout /tmp/request").rc == 0
    path = asker.check_output("openssl base64 -A -in /tmp/request")
    for spelled in (path, path.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")):
        headers = pki.check_output(f"curl -sS -D - -o /tmp/response --max-time 10 '{URL}/ocsp/issuing/{spelled}'")
        assert headers.startswith("HTTP/1.1 200"), headers
        assert "content-type: application/ocsp-response" in headers.lower()
        text = pki.check_output("openssl base64 -A -in /tmp/response")
        assert asker.run(f"echo {text} | openssl base64 -d -A >/tmp/response").rc == 0
        said = asker.run(f"openssl ocsp {digest} -no_nonce {about(word)} -respin /tmp/response -CAfile {ANCHORS}")
        assert f": {word}\n" in said.stdout
        assert "Response verify OK" in said.stderr
        # What was signed beforehand is a file, and may be kept by caches; what is answered live is not
        is_file = bool(nonce) and word != "unknown"
        assert ("etag:" in headers.lower()) is is_file
        assert ("max-age=" in headers.lower()) is is_file


@pytest.mark.parametrize("name", ["root", "issuing"])
def test_lists_and_certificates_are_der(pki: Host, name: str) -> None:
    for path, kind in ((f"crl/{name}.crl", "pkix-crl"), (f"certificates/{name}.cer", "pkix-cert")):
        headers = pki.check_output(f"curl -sS -D - -o /tmp/fetched --max-time 10 {URL}/{path}")
        assert f"content-type: application/{kind}" in headers.lower()
        command = "crl" if kind == "pkix-crl" else "x509"
        assert pki.run(f"openssl {command} -inform DER -in /tmp/fetched -noout").rc == 0


def test_certificates_of_gateways_lead_here(asker: Host) -> None:
    text = asker.check_output("openssl x509 -in /tmp/gw2.crt -noout -text")
    for path in ("crl/issuing.crl", "ocsp/issuing", "certificates/issuing.cer"):
        assert f"URI:{URL}/{path}" in text


def path_of(asker: Host, word: str) -> str:
    """What a client that asks without a nonce appends to the address."""
    assert asker.run(f"openssl ocsp -no_nonce {about(word)} -reqout /tmp/request").rc == 0
    return asker.check_output("openssl base64 -A -in /tmp/request")


def test_what_is_signed_beforehand_is_served_while_the_live_responder_is_down(asker: Host, pki: Host) -> None:
    path = path_of(asker, "good")
    assert pki.run("systemctl stop siptls-ocsp.socket").rc == 0
    try:
        assert pki.run(f"curl -fsS -o /dev/null --max-time 10 '{URL}/ocsp/issuing/{path}'").rc == 0
        assert pki.check_output(f"{STATUS} '{URL}/ocsp/issuing'") == "502"
    finally:
        assert pki.run("systemctl start siptls-ocsp.socket").rc == 0
    wait_for_an_answer(asker)


def test_what_is_killed_comes_back_however_often(asker: Host, pki: Host) -> None:
    for _time in range(7):
        process = pki.check_output("systemctl show -p MainPID --value siptls-revocation")
        if process != "0":
            assert pki.run(f"kill -9 {process}").rc == 0
        time.sleep(1.2)
    wait_for_an_answer(asker)


def wait_for_an_answer(asker: Host) -> None:
    for _attempt in range(50):
        said = asker.run(f"openssl ocsp {about('unknown')} -url {URL}/ocsp/issuing -CAfile {ANCHORS}")
        if said.rc == 0 and "unknown" in said.stdout:
            return
        time.sleep(0.2)
    raise AssertionError(said.stdout + said.stderr)


def test_what_is_no_request_is_answered_at_once_and_keeps_nobody_waiting(asker: Host, pki: Host) -> None:
    """By malformedRequest (RFC 6960, section 2.3), which is 5 octets."""
    for what in ("--data-binary garbage", "--data-binary 0", "--request POST", ""):
        assert pki.check_output(f"curl -sS --max-time 5 {what} {URL}/ocsp/issuing | openssl base64 -A") == "MAMKAQE="
    assert pki.check_output(f"curl -sS --max-time 5 {URL}/ocsp/issuing/MFE | openssl base64 -A") == "MAMKAQE="
    # Ten that promise more than they send
    program = f"for n in 1 2 3 4 5 6 7 8 9 10; do printf 0 | curl -sS --max-time 5 -T - -X POST {URL}/ocsp/issuing & done; wait"
    assert pki.run(f"sh -c '{program}' >/dev/null").rc == 0
    wait_for_an_answer(asker)


def test_many_at_once_are_all_answered(asker: Host, pki: Host) -> None:
    path_of(asker, "good")
    text = asker.check_output("openssl base64 -A -in /tmp/request")
    assert pki.run(f"echo {text} | openssl base64 -d -A >/tmp/request").rc == 0
    one = f"{STATUS} --data-binary @/tmp/request {URL}/ocsp/issuing"
    program = f"n=0; while [ $n -lt 60 ]; do {one} & n=$((n + 1)); done; wait"
    assert pki.check_output(f"sh -c '{program}'") == "200" * 60


def test_services_have_no_privileges_and_the_key_is_the_hosts_own(pki: Host) -> None:
    assert pki.run("command -v python3").rc != 0
    process = pki.check_output("systemctl show -p MainPID --value siptls-revocation")
    assert pki.check_output(f"stat -c %U /proc/{process}") == "siptls-revocation"
    assert pki.check_output("systemctl show -p User --value siptls-ocsp@1") == "siptls-revocation"
    socket = pki.file("/run/siptls-ocsp.sock")
    assert (socket.mode, socket.user) == (0o600, "siptls-revocation")
    # Nothing but the web server can be reached from elsewhere
    listening = {line.split()[3].rpartition(":")[2] for line in pki.check_output("ss -Hltn").splitlines()}
    assert listening == {"80"}
    key = pki.file(pki.check_output("readlink -f /etc/siptls-revocation/responder/responder.key"))
    assert (key.mode, key.user) == (0o600, "siptls-revocation")
    for path in ("/", "/etc/passwd", "/../etc/passwd", "/ocsp/", "/crl/", "/ocsp/issuing/contents.txt", "/ocsp/other"):
        assert pki.check_output(f"{STATUS} --path-as-is '{URL}{path}'") in ("400", "403", "404")
