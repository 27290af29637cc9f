# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cause is named first, where a real handshake cannot be had in a test: clocks, alerts of other stacks, what stays unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.findings import State
from ansible_collections.siptls.vos.plugins.module_utils.probe.connection import no_connection, no_handshake
from ansible_collections.siptls.vos.plugins.module_utils.probe.facts import tls_facts, verdict_facts
from ansible_collections.siptls.vos.plugins.module_utils.probe.refusal import refusal
from ansible_collections.siptls.vos.plugins.module_utils.probe.server_certificate import not_accepted, notes_on
from ansible_collections.siptls.vos.plugins.module_utils.probe.settings import DeviceFacts, DeviceFile, Own, Target
from ansible_collections.siptls.vos.plugins.module_utils.probe.steps import NOT_TRIED, ProbeStep, tls_step
from ansible_collections.siptls.vos.plugins.module_utils.sip.talk import Answered
from ansible_collections.siptls.vos.plugins.module_utils.tls.alerts import ALERTS, Alert
from ansible_collections.siptls.vos.plugins.module_utils.tls.chains import paths_to_anchors
from ansible_collections.siptls.vos.plugins.module_utils.tls.handshake import ServerHello
from ansible_collections.siptls.vos.plugins.module_utils.tls.observation import Observation, Reach, VerifyError
from ansible_collections.siptls.vos.plugins.module_utils.tls.pem import read_pem
from ansible_collections.siptls.vos.tests.shared import probe_material as material
from ansible_collections.siptls.vos.tests.shared.probe_material import GATEWAYS, ISSUING, NOW, ROOT, SERVERS
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

TARGET = Target("vos.example.com:5061", "example.com", "example.com")
BUNDLE = DeviceFile("/etc/ca.crt", "there", material.pem(ROOT.certificate, ISSUING.certificate))
UNUSED = DeviceFile("", "unused")
CHOSEN = ServerHello(0x0304, 0x1302, 0x1D, retry=False)
HANDSHAKE = Observation(
    reach=Reach.CONNECTED, established=True, chosen=CHOSEN, suite="TLS_AES_256_GCM_SHA384", asked=True, presented=2
)
DAY = 86400


def device(certificate: str = "gw1", *, ahead: int = 0, bundle: DeviceFile = BUNDLE) -> DeviceFacts:
    chain = material.pem(GATEWAYS[certificate], ISSUING.certificate)
    own = Own(DeviceFile("/etc/gw.crt", "there", chain), DeviceFile("/etc/gw.key", "there"), "KEY", "KEY")
    return DeviceFacts("OpenSSL 3.0.19", ahead, NOW, own, bundle, UNUSED)


def presenting(*certificates: x509.Certificate, errors: tuple[VerifyError, ...] = ()) -> Observation:
    chain = tuple(one.public_bytes(Encoding.DER) for one in certificates)
    return replace(HANDSHAKE, chain=chain, verify_errors=errors)


def refused(number: int, *, authorities: tuple[bytes, ...] = ()) -> Observation:
    alert = Alert(number, sent=False, fatal=True)
    return replace(HANDSHAKE, alerts=(alert,), ended=True, authorities=authorities)


@pytest.mark.parametrize(
    ("name", "number", "ahead", "cause"),
    [
        (
            "good",
            10,
            2 * 365 * DAY,
            "the device's clock is 730.0 days (63072000 s) ahead of the controller's, so that a valid certificate seems expired",
        ),
        (
            "good",
            9,
            -2 * DAY,
            "the device's clock is 2.0 days (172800 s) behind the controller's, so that a valid certificate seems not yet valid",
        ),
        ("expired", 10, 2 * DAY, "the server's certificate expired at"),
        ("expired", 10, 0, "the server's certificate expired at"),
        ("not-yet", 9, 0, "the server's certificate is not valid before"),
        ("good", 10, 30, "the server's certificate expired"),
    ],
)
def test_a_clock_that_is_off_is_the_cause_where_the_certificate_is_valid(
    name: str, number: int, ahead: int, cause: str
) -> None:
    error = VerifyError(0, number, "CN = vos", "not valid")
    found = not_accepted(presenting(SERVERS[name], errors=(error,)), device(ahead=ahead), [SERVERS[name]])
    assert found
    assert found[0].cause.startswith(cause)


def test_an_authority_that_seems_expired_to_a_clock_that_is_off() -> None:
    error = VerifyError(2, 10, "CN = Root", "certificate has expired")
    found = not_accepted(presenting(SERVERS["good"], errors=(error,)), device(ahead=5000 * DAY), [SERVERS["good"]])
    assert found
    assert "ahead of the controller's" in found[0].cause


def test_a_clock_that_is_off_is_told_though_nothing_fails() -> None:
    assert any(
        "2 s" not in note and "ahead" in note for note in notes_on(HANDSHAKE, device(ahead=100), [SERVERS["good"]])
    )
    assert not any("ahead" in note for note in notes_on(HANDSHAKE, device(ahead=30), [SERVERS["good"]]))


def test_of_several_errors_the_one_that_the_others_come_from_is_named() -> None:
    errors = (VerifyError(0, 10, "CN = x", "expired"), VerifyError(0, 20, "CN = x", "no issuer"))
    found = not_accepted(presenting(SERVERS["foreign"], errors=errors), device(), [SERVERS["foreign"]])
    assert found
    assert "CN=Foreign" in found[0].cause
    assert len(found[0].evidence) == 2


@pytest.mark.parametrize(
    ("number", "certificate", "cause"),
    [
        (44, "gw1", "the device's certificate is revoked"),
        (
            45,
            "gw1",
            "the server holds something expired, and by the controller's clock the device's certificate is valid: one of",
        ),
        (45, "gw-expired", "the device's certificate expired at"),
        (42, "gw1", "the server does not accept the device's certificate: one of"),
        (42, "gw-not-yet", "the device's certificate is not valid before"),
        (46, "gw-server-only", "the device's certificate is not for clients"),
        (51, "gw1", "a signature does not fit"),
        (48, "gw1", "the server does not accept the chain of the device's certificate: one of"),
        (49, "gw1", "the server refuses the device: the certificate is valid, and its holder is not admitted"),
        (80, "gw1", "the server refuses the device: something failed in the sender itself"),
    ],
)
def test_one_alert_stands_for_several_causes_and_what_is_known_decides(
    number: int, certificate: str, cause: str
) -> None:
    found = refusal(refused(number), device(certificate))
    assert found
    assert found.cause.startswith(cause)
    assert any(ALERTS[number].words in one for one in found.evidence)


def test_whether_a_certificate_was_presented_is_not_guessed() -> None:
    unknown = replace(refused(48), presented=None)
    found = refusal(unknown, device())
    assert found
    assert "presented none" not in found.cause


@pytest.mark.parametrize("number", sorted(set(ALERTS) - {0}))
def test_no_alert_is_without_a_cause(number: int) -> None:
    """Before anything was chosen, and after."""
    early = Observation(reach=Reach.CONNECTED, ended=True, alerts=(Alert(number, sent=False, fatal=True),))
    found = no_handshake(early, TARGET)
    assert found
    assert ALERTS[number].words in " ".join((found.cause, *found.evidence))
    assert refusal(refused(number), device())


def test_what_openssl_says_is_shown_where_nothing_here_understands_it() -> None:
    found = no_connection(
        Observation(reach=Reach.UNKNOWN, ended=True), TARGET, "s_client: Unknown option -x\ns_client: Use -help"
    )
    assert found
    assert "s_client: Use -help" in found.evidence[0]


def test_after_tls13_alone_nothing_is_known() -> None:
    seen = presenting(SERVERS["good"], ISSUING.certificate)
    step = tls_step(seen, device(), TARGET, [SERVERS["good"]], said="", answered=Answered())
    assert step.state is State.UNKNOWN
    older = replace(seen, chosen=replace(CHOSEN, version=0x0303))
    assert tls_step(older, device(), TARGET, [SERVERS["good"]], said="", answered=Answered()).state is State.OK


def test_what_was_not_seen_is_none_and_never_no() -> None:
    nothing = Observation(reach=Reach.SILENT)
    facts = tls_facts(nothing, device(), TARGET, [], step=NOT_TRIED, milliseconds=None)
    for name in ("protocol", "cipher", "group", "client_certificate_requested", "client_certificate_presented"):
        assert facts[name] is None, name
    for name in ("verification", "revocation"):
        assert facts[name] == "unknown", name
    assert facts["identity"]["state"] == "unknown"


def test_the_verdict_is_that_of_the_worst_step() -> None:
    ok, failed = ProbeStep(State.OK), ProbeStep(State.FAILED)
    assert verdict_facts({"a": ok, "b": ok}, [])["verdict"] == "ok"
    assert verdict_facts({"a": ok, "b": NOT_TRIED}, [])["verdict"] == "unknown"
    assert verdict_facts({"a": failed, "b": NOT_TRIED}, [])["verdict"] == "failed"


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (DeviceFile("/x", "missing"), "the trust bundle /x does not exist on the device"),
        (DeviceFile("/x", "unreadable"), "the trust bundle /x cannot be read by this user"),
        (DeviceFile("/x", "there", ""), "the trust bundle /x is not readable PEM"),
    ],
)
def test_files_of_the_device_come_before_all_else(file: DeviceFile, words: str) -> None:
    problem = device(bundle=file).problem()
    assert problem
    assert problem.cause.startswith(words)


GOOD_PEM = material.pem(ROOT.certificate)


@pytest.mark.parametrize(
    ("text", "found", "problem"),
    [
        (GOOD_PEM * 2, 2, ""),
        (f"subject: x\n{GOOD_PEM}\n\n", 1, ""),
        (GOOD_PEM.replace("\n", "\r\n"), 1, ""),
        (GOOD_PEM + GOOD_PEM[:200], 1, f"line {GOOD_PEM.count(chr(10)) + 1}: the certificate that begins here does not end"),
        (GOOD_PEM[:100] + "\n" + GOOD_PEM, 0, "line 4: a certificate begins before the one of line 1 ends"),
        (GOOD_PEM.replace("M", "#", 1), 0, "line 2: no base64"),
        (GOOD_PEM.replace("MII", "AII", 1), 0, "line 1: the certificate that begins here cannot be read"),
        ("", 0, "it is empty"),
        ("-----BEGIN PRIVATE KEY-----\n", 0, "line 1: no -----BEGIN CERTIFICATE-----"),
    ],
)  # fmt: skip
def test_pem_that_cannot_be_read_is_named_by_its_line(text: str, found: int, problem: str) -> None:
    read = read_pem(text)
    assert len(read.certificates) == found
    assert read.problem.startswith(problem)
    assert bool(read.problem) is bool(problem)


def test_each_path_to_each_anchor_the_one_that_ends_first_in_front() -> None:
    cross = material.authority("Root 2", end=NOW + timedelta(days=30))
    builder = x509.CertificateBuilder(
        issuer_name=cross.certificate.subject,
        subject_name=ISSUING.certificate.subject,
        public_key=ISSUING.key.public_key(),
        serial_number=5,
        not_valid_before=NOW - timedelta(days=1),
        not_valid_after=NOW + timedelta(days=400),
    )
    crossed = builder.sign(cross.key, material.hashes.SHA256())
    bundle = [ROOT.certificate, ISSUING.certificate, cross.certificate, crossed]
    paths = paths_to_anchors([SERVERS["good"], ISSUING.certificate], bundle)
    subjects = [[one.subject.rfc4514_string() for one in path.certificates] for path in paths]
    assert subjects == [["CN=vos", "CN=Issuing", "CN=Root 2"], ["CN=vos", "CN=Issuing", "CN=Root"]]
    assert paths[0].first_to_end == cross.certificate
    assert paths_to_anchors([SERVERS["foreign"]], bundle) == ()
    assert paths_to_anchors([], bundle) == ()
