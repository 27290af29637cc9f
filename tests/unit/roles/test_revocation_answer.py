# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that answers one OCSP request, in every shell of this machine, with the real openssl; read by cryptography."""

from __future__ import annotations

import base64
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.ocsp import Status, index_text
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.revocation_record import Revocation
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.identity import Identity
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.profiles import profile_named
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import DAY, authority, issued, key
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp

SCRIPT = Path(__file__).resolve().parents[3] / "roles/revocation/files/answer.sh"
SHELLS = {"sh": ["sh"], "dash": ["dash"], "bash": ["bash", "--posix"], "busybox": ["busybox", "ash"]}
PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
NOW = datetime.now(UTC)
ISSUING = authority("Issuing", number=301, made=NOW - 9 * DAY)
OTHER = authority("Other", number=302, made=NOW - 9 * DAY)
GOOD, REVOKED, UNKNOWN = (issued(ISSUING, made=NOW, number=number) for number in (1, 2, 3))
RESPONDER = issued(ISSUING, made=NOW, number=4, identity=Identity("pki"), profile=profile_named("ocsp_responder"))
WHEN = NOW.replace(microsecond=0)
MALFORMED, INTERNAL = ocsp.OCSPResponseStatus.MALFORMED_REQUEST, ocsp.OCSPResponseStatus.INTERNAL_ERROR

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="the script runs the openssl command")

Answer = Callable[[bytes], ocsp.OCSPResponse]


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """The folder of settings as the role leaves it, with many other certificates in the index."""
    pair = tmp_path / "responder/generations/1"
    for folder in (tmp_path / "certificates", tmp_path / "ocsp", pair, tmp_path / "work"):
        folder.mkdir(parents=True)
    (tmp_path / "certificates/issuing.pem").write_bytes(ISSUING.certificate.public_bytes(PEM))
    revocation = Revocation("gw1", REVOKED.serial_number, "key_compromise", WHEN, None)
    others = "".join(f"V\t270101000000Z\t\t{number:040X}\tunknown\t/CN={number}\n" for number in range(2000))
    (tmp_path / "ocsp/index.txt").write_text(others + index_text([Status(GOOD, None), Status(REVOKED, revocation)]))
    (pair / "responder.crt").write_bytes(RESPONDER.public_bytes(PEM) + ISSUING.certificate.public_bytes(PEM))
    own = key(4).private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (pair / "responder.key").write_bytes(own)
    (tmp_path / "responder/current").symlink_to("generations/1")
    return tmp_path


@pytest.fixture(params=[name for name, command in SHELLS.items() if shutil.which(command[0])])
def answer(request: pytest.FixtureRequest, settings: Path) -> Answer:
    """What comes back for what nginx passes on."""

    def answer(sent: bytes) -> ocsp.OCSPResponse:
        for left in (settings / "work").iterdir():
            left.unlink()
        done = subprocess.run(
            [*SHELLS[request.param], str(SCRIPT), str(settings), "issuing", str(settings / "work")],
            input=sent, capture_output=True, check=True, timeout=60,
        )  # fmt: skip
        head, _end, body = done.stdout.partition(b"\r\n\r\n")
        first, *headers = head.decode().split("\r\n")
        assert first == "HTTP/1.0 200 OK"
        assert headers == ["Content-Type: application/ocsp-response", f"Content-Length: {len(body)}"]
        return ocsp.load_der_ocsp_response(body)

    return answer


def asked(
    certificate: x509.Certificate,
    algorithm: hashes.HashAlgorithm,
    nonce: bytes = b"",
    issuer: x509.Certificate = ISSUING.certificate,
) -> bytes:
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, algorithm)
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(DER)


def post(body: bytes, length: int | str | None = None) -> bytes:
    length = len(body) if length is None else length
    return b"POST / HTTP/1.0\r\nHost: pki\r\ncontent-length: %b\r\n\r\n%b" % (str(length).encode(), body)


def get(body: bytes) -> bytes:
    return b"GET /%b HTTP/1.0\r\nHost: pki\r\n\r\n" % base64.b64encode(body)


@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256()], ids=lambda it: it.name)
@pytest.mark.parametrize("sent", [post, get], ids=["POST", "GET"])
def test_good_revoked_and_unknown(answer: Answer, sent: Callable[[bytes], bytes], algorithm) -> None:
    for certificate, nonce, status in (
        (GOOD, b"", ocsp.OCSPCertStatus.GOOD),
        (GOOD, b"nonce" * 6, ocsp.OCSPCertStatus.GOOD),
        (REVOKED, b"", ocsp.OCSPCertStatus.REVOKED),
        (UNKNOWN, b"\n\0\r\n nonce", ocsp.OCSPCertStatus.UNKNOWN),
    ):
        said = answer(sent(asked(certificate, algorithm, nonce)))
        assert said.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
        assert (said.certificate_status, said.serial_number) == (status, certificate.serial_number)
        assert [extension.value.nonce for extension in said.extensions] == ([nonce] if nonce else [])
        if status is ocsp.OCSPCertStatus.REVOKED:
            assert said.revocation_time_utc == WHEN
            assert said.revocation_reason is x509.ReasonFlags.key_compromise
        signer = said.certificates[0]
        assert signer == RESPONDER
        assert said.signature_hash_algorithm is not None
        RESPONDER.public_key().verify(said.signature, said.tbs_response_bytes, ec.ECDSA(said.signature_hash_algorithm))


def test_another_authority_is_unknown_whatever_the_serial_number(answer: Answer) -> None:
    said = answer(post(asked(GOOD, hashes.SHA256(), issuer=OTHER.certificate)))
    assert said.certificate_status is ocsp.OCSPCertStatus.UNKNOWN


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET /MFE HTTP/1.0\r\n\r\n",
        b"GET /$(touch${IFS}x) HTTP/1.0\r\n\r\n",
        b"POST / HTTP/1.0\r\n\r\n",
        post(b""),
        post(b"garbage"),
        post(asked(GOOD, hashes.SHA256())[:-1]),
        post(asked(GOOD, hashes.SHA256()), "1x"),
        post(asked(GOOD, hashes.SHA256()), "-1"),
        post(asked(GOOD, hashes.SHA256()), "99999"),
        post(asked(GOOD, hashes.SHA256()), "9" * 40),
        b"POST / HTTP/1.0\r\nContent-Length: 5",
    ],
)
def test_what_is_no_request_is_called_that(answer: Answer, settings: Path, sent: bytes) -> None:
    assert answer(sent).response_status is MALFORMED
    assert {path.name for path in (settings / "work").iterdir()} <= {"request", "request.txt", "error"}


@pytest.mark.parametrize("lost", ["ocsp/index.txt", "responder/current", "responder/generations/1/responder.key"])
def test_what_cannot_be_answered_is_said_to_the_client(answer: Answer, settings: Path, lost: str) -> None:
    (settings / lost).unlink()
    assert answer(post(asked(GOOD, hashes.SHA256()))).response_status is INTERNAL


def test_a_pair_that_does_not_match_answers_nothing(answer: Answer, settings: Path) -> None:
    wrong = key(5).private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (settings / "responder/generations/1/responder.key").write_bytes(wrong)
    assert answer(post(asked(GOOD, hashes.SHA256()))).response_status is INTERNAL
