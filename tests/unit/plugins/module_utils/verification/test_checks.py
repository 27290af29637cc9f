# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each check by itself: what it makes of what was seen, and that what was not seen stays unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.findings import Finding, State
from ansible_collections.siptls.vos.plugins.module_utils.fleet.checks import Check
from ansible_collections.siptls.vos.plugins.module_utils.fleet.device import Aes
from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.authority import Authority
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.crl import build_list
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.validity import Freshness
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.revocation_record import Revocation
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import Lifetime, pem, serial_hex
from ansible_collections.siptls.vos.plugins.module_utils.probe.result import ProbeResult, Registering
from ansible_collections.siptls.vos.plugins.module_utils.probe.settings import DeviceFacts as ProbingDevice
from ansible_collections.siptls.vos.plugins.module_utils.probe.settings import DeviceFile, Own, Target
from ansible_collections.siptls.vos.plugins.module_utils.probe.steps import ProbeStep
from ansible_collections.siptls.vos.plugins.module_utils.sip.message import HeaderField, Response
from ansible_collections.siptls.vos.plugins.module_utils.sip.registrations import Connection, Registration
from ansible_collections.siptls.vos.plugins.module_utils.sip.talk import Answered
from ansible_collections.siptls.vos.plugins.module_utils.tls.handshake import ServerHello
from ansible_collections.siptls.vos.plugins.module_utils.tls.observation import Observation
from ansible_collections.siptls.vos.plugins.module_utils.verification import (
    certificates,
    configuration,
    files,
    lists,
    registration,
    service,
)
from ansible_collections.siptls.vos.plugins.module_utils.verification.lists import WantedList
from ansible_collections.siptls.vos.plugins.module_utils.verification.registration import CertificateHolder
from ansible_collections.siptls.vos.plugins.module_utils.verification.settings import (
    FileMode,
    Observed,
    OwnConnection,
    VerificationTarget,
)
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import (
    DAY,
    GATEWAY,
    NOW,
    Maker,
    authority,
    issued,
)
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

ROOT = authority("Root", valid_for=3650 * DAY, number=101)
ISSUING = authority("Issuing", above=ROOT, path_length=0)
FOREIGN = authority("Foreign", number=102)
LEAF = issued(ISSUING, valid=Lifetime(NOW - DAY, NOW + 89 * DAY))
SERIAL = serial_hex(LEAF)
BUNDLE = (ISSUING.certificate, ROOT.certificate)
UNUSED = DeviceFile("", "unused")
WANTED = VerificationTarget(
    device="gw1",
    kind="gateway",
    identity=GATEWAY,
    aor="sip:gw1@example.com",
    owner="root",
    group="gateway",
    anchors=BUNDLE,
    renew_before=30 * DAY,
    anchors_renew_before=90 * DAY,
    lists_renew_before=2 * DAY,
    clock_tolerance=300,
    min_version="TLSv1.2",
)
SOFTSWITCH = replace(WANTED, kind="softswitch", aor="")
MODES = {
    "certificate": FileMode("rw-r--r--", "root", "gateway"),
    "private_key": FileMode("rw-------", "root", "gateway"),
    "trust_bundle": FileMode("rw-r--r--", "root", "gateway"),
    "folder": FileMode("rwxr-xr-x", "root", "root"),
}


def seen(leaf: x509.Certificate | None = LEAF, *above: x509.Certificate, **more: Any) -> Observed:
    """A device in order, with these certificates in its file."""
    chain = () if leaf is None else (leaf, *(above or (ISSUING.certificate,)))
    text = pem(*chain)
    own = Own(
        DeviceFile("/etc/gw/gateway.crt", "there" if text else "missing", text),
        DeviceFile("/etc/gw/gateway.key", "there"),
        "KEY",
        "KEY" if leaf else "",
    )
    usual: dict[str, Any] = {
        "now": NOW,
        "ahead": 0,
        "openssl": "OpenSSL 3.0.19",
        "own": own,
        "trust_bundle": DeviceFile("/etc/gw/ca.crt", "there", pem(*BUNDLE)),
        "crl": UNUSED,
        "certificates": chain,
        "bundle": BUNDLE,
        "modes": MODES,
    }
    return Observed(**usual | more)


def brief(check: Check) -> tuple[str, str]:
    return check.state, check.cause


def test_files_that_are_missing_or_no_pem_are_all_named() -> None:
    assert brief(files.files_check(seen())) == ("ok", "")
    broken = seen(
        None,
        trust_bundle=DeviceFile("/etc/gw/ca.crt", "there", "no pem"),
        bundle=(),
        crl=DeviceFile("/crl", "unreadable"),
    )
    state, cause = brief(files.files_check(broken))
    assert state == "failed"
    assert cause.split("; ") == [
        "the certificate /etc/gw/gateway.crt does not exist on the device",
        "the trust bundle /etc/gw/ca.crt is not readable PEM",
        "the revocation list /crl cannot be read by this user of the device",
    ]


LOOSE = [
    ("private_key", FileMode("rw-r-----", "root", "gateway"), ""),
    ("private_key", FileMode("rw-r--r--", "root", "gateway"), "others than owner and group may use the key"),
    ("private_key", FileMode("rw-rw----", "root", "gateway"), "its group may replace the key"),
    ("private_key", FileMode("rw-------", "nobody", "gateway"), "owner is nobody, to be root"),
    ("certificate", FileMode("rw-rw-rw-", "root", "gateway"), "everybody may write to it"),
    ("trust_bundle", FileMode("rw-r--r--", "root", "users"), "group is users, to be gateway"),
    ("folder", FileMode("rwxrwxrwx", "root", "root"), "everybody may write to it"),
    ("folder", FileMode("rwxrwxrwt", "root", "root"), ""),
    ("folder", FileMode("rwxrwxr-x", "root", "root"), ""),
    ("folder", FileMode("rwxrwx---", "root", "sip"), "its group sip may write to it"),
]


@pytest.mark.parametrize(("name", "mode", "expected"), LOOSE)
def test_modes(name: str, mode: FileMode, expected: str) -> None:
    state, cause = brief(files.modes_check(WANTED, seen(modes={**MODES, name: mode})))
    assert state == ("failed" if expected else "ok")
    assert expected in cause
    anybody = replace(WANTED, owner="", group="")
    assert ("owner" in cause or "group is" in cause) or files.modes_check(
        anybody, seen(modes={**MODES, name: mode})
    ).state == state


def test_modes_that_cannot_be_told_are_unknown() -> None:
    assert files.modes_check(WANTED, seen(modes={})).state == "unknown"


def test_pair() -> None:
    good = seen()
    assert files.pair_check(good).state == "ok"
    assert "are no pair" in files.pair_check(replace(good, own=replace(good.own, public_key="OTHER"))).cause
    encrypted = replace(good.own, public_key="", key_problem="it is encrypted")
    assert files.pair_check(replace(good, own=encrypted)).evidence == ("it is encrypted",)
    assert files.pair_check(replace(good, openssl="")).state == "unknown"
    assert files.pair_check(seen(None)).state == "unknown"


def test_chain_to_each_anchor_on_the_device() -> None:
    assert brief(certificates.chain_check(seen())) == ("ok", "")
    other = authority("Root", valid_for=3650 * DAY, number=104)
    crossed = authority("Root", above=other, number=101)
    both = certificates.chain_check(seen(bundle=(*BUNDLE, crossed.certificate, other.certificate)))
    assert (both.state, len(both.evidence)) == ("ok", 2)
    # Its issuer is on the device even where the file has the leaf alone
    assert certificates.chain_check(replace(seen(), certificates=(LEAF,))).state == "ok"


@pytest.mark.parametrize(
    ("device", "state", "words"),
    [
        (seen(bundle=(FOREIGN.certificate,)), "failed", "the certificate leads to no anchor on the device"),
        (seen(issued(FOREIGN), FOREIGN.certificate), "failed", "the certificate leads to no anchor on the device"),
        (
            seen(now=NOW + 90 * DAY),
            "failed",
            "no way to an anchor on the device verifies: the certificate of CN=gw1 ended",
        ),
        (seen(now=NOW - 2 * DAY), "failed", "begins"),
        (seen(None), "unknown", "the certificate cannot be read"),
        (seen(bundle=()), "unknown", "the trust bundle cannot be read"),
    ],
)
def test_chain_that_does_not_verify(device: Observed, state: str, words: str) -> None:
    check = certificates.chain_check(device)
    assert check.state == state
    assert words in check.cause


LIVES = [
    (NOW, "ok"),
    (NOW + 58 * DAY, "ok"),
    (NOW + 59 * DAY, "due"),
    (NOW + 88 * DAY, "due"),
    (NOW + 89 * DAY, "failed"),
    (NOW - 2 * DAY, "failed"),
]


@pytest.mark.parametrize(("now", "state"), LIVES)
def test_lifetime(now: datetime, state: str) -> None:
    assert certificates.lifetime_check(WANTED, seen(now=now)).state == state


def test_certificate_that_no_rotation_could_renew_is_due_on_the_first_day() -> None:
    lacks = (Finding("gw1 does not tell whether calls are up", (), "set gateway_calls_command"),)
    for now, state in LIVES:
        check = certificates.lifetime_check(WANTED, seen(now=now), lacks)
        assert check.state == ("due" if state == "ok" else state)
        assert ("set gateway_calls_command" in check.remedy) is (check.state == "due")
        assert (check.cause == lacks[0].cause) is (state == "ok")


def test_first_to_end_on_the_way_that_holds_longest_counts() -> None:
    dying = authority("Dying", valid_for=20 * DAY, made=NOW - 10 * DAY, number=105)
    leaf = issued(dying, valid=Lifetime(NOW - DAY, NOW + 89 * DAY))
    check = certificates.lifetime_check(WANTED, seen(leaf, dying.certificate, bundle=(dying.certificate,)))
    assert check.state == "due"
    assert "it ends with an authority above it, which has to be replaced first" in check.cause
    # The same authority lives on below another one
    saved = authority("Dying", above=ROOT, number=105)
    both = (dying.certificate, saved.certificate, ROOT.certificate)
    assert certificates.lifetime_check(WANTED, seen(leaf, dying.certificate, bundle=both)).state == "ok"
    assert certificates.lifetime_check(WANTED, seen(None)).state == "unknown"


def test_identity_is_what_the_inventory_wants_and_what_is_registered() -> None:
    assert brief(certificates.identity_check(WANTED, seen())) == ("ok", "")
    assert certificates.identity_check(replace(WANTED, aor="sip:gw1@EXAMPLE.com"), seen()).state == "ok"
    other = certificates.identity_check(replace(WANTED, aor="sip:gw2@example.com"), seen())
    assert brief(other) == ("failed", "the certificate does not name sip:gw2@example.com, which the device registers")
    named = replace(WANTED, identity=replace(GATEWAY, common_name="gw2", sip_uris=("sip:gw2@example.com",)))
    check = certificates.identity_check(named, seen())
    assert check.evidence[:3] == (
        "common name 'gw1' is to be 'gw2'",
        "URI:sip:gw2@example.com is missing",
        "URI:sip:gw1@example.com is not wanted",
    )
    assert certificates.identity_check(WANTED, seen(None)).state == "unknown"


def test_anchors_are_those_wanted_and_no_others() -> None:
    assert certificates.anchors_check(WANTED, seen()).state == "ok"
    more = certificates.anchors_check(WANTED, seen(bundle=(*BUNDLE, FOREIGN.certificate)))
    assert more.state == "failed"
    assert more.cause.startswith("the device trusts CN=Foreign (")
    fewer = certificates.anchors_check(WANTED, seen(bundle=BUNDLE[:1]))
    assert fewer.cause.startswith("the device does not trust CN=Root (")
    end = ISSUING.certificate.not_valid_after_utc
    assert certificates.anchors_check(WANTED, seen(now=end - 90 * DAY)).state == "due"
    assert certificates.anchors_check(WANTED, seen(now=end)).state == "failed"
    assert certificates.anchors_check(WANTED, seen(bundle=())).state == "unknown"


@pytest.mark.parametrize(
    ("ahead", "state", "words"),
    [
        (0, "ok", ""),
        (300, "ok", ""),
        (-300, "ok", ""),
        (301, "failed", "301 s ahead of"),
        (-172800, "failed", "(172800 s) behind"),
    ],
)
def test_clock(ahead: int, state: str, words: str) -> None:
    check = service.clock_check(WANTED, seen(ahead=ahead))
    assert check.state == state
    assert words in check.cause


def crl(by: Maker, name: str, revoked: tuple[int, ...] = (), *, made: datetime = NOW, days: int = 7) -> str:
    entries = [Revocation("gw9", serial, "superseded", made - DAY) for serial in revoked]
    made_list = build_list(
        Authority(name, Path(), by.certificate, ()), by.key, entries, 1, Freshness(days * DAY, DAY), made
    )
    return made_list.public_bytes(Encoding.PEM).decode()


BOTH = (WantedList("root", ROOT.certificate, frozenset()), WantedList("issuing", ISSUING.certificate, frozenset({7})))
LISTS = [
    (crl(ROOT, "root") + crl(ISSUING, "issuing", (7,)), NOW, "ok", ""),
    (crl(ISSUING, "issuing", (7,)), NOW, "failed", "there is no revocation list of root in it"),
    (crl(ROOT, "root") + crl(ISSUING, "issuing"), NOW, "failed", "1 revoked by issuing are not in its list"),
    (crl(ROOT, "root") + crl(ISSUING, "issuing", (7,)), NOW + 5 * DAY, "due", "ends in 2 d"),
    (crl(ROOT, "root") + crl(ISSUING, "issuing", (7,)), NOW + 8 * DAY, "failed", "ended 1 d ago: everybody is refused"),
    ("no list", NOW, "failed", "is no revocation list that can be read"),
    (
        "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
        NOW,
        "failed",
        "is no revocation list that can be read",
    ),
]


@pytest.mark.parametrize(("text", "now", "state", "words"), LISTS)
def test_revocation_lists_of_a_softswitch(text: str, now: datetime, state: str, words: str) -> None:
    check = lists.list_check(SOFTSWITCH, seen(crl=DeviceFile("/crl", "there", text), now=now), BOTH)
    assert check.state == state, check
    assert words in check.cause


def test_revocation_lists_where_there_are_to_be_none() -> None:
    assert lists.list_check(WANTED, seen(), ()).state == "not_applicable"
    assert lists.list_check(SOFTSWITCH, seen(), ()).state == "not_applicable"
    assert lists.list_check(SOFTSWITCH, seen(crl=DeviceFile("/crl", "missing")), ()).state == "failed"
    forged = crl(replace(ROOT, key=FOREIGN.key), "root") + crl(ISSUING, "issuing", (7,))
    check = lists.list_check(SOFTSWITCH, seen(crl=DeviceFile("/crl", "there", forged)), BOTH)
    assert check.cause == "there is no revocation list of root in it"
    assert lists.serials_in(seen(crl=DeviceFile("/crl", "there", crl(ISSUING, "issuing", (7,))))) == {7}


REFUSED = Finding("it refused", ("alert 42",), "see")


def probed(
    state: State = State.OK,
    *,
    served: x509.Certificate | None = LEAF,
    version: int = 0x0304,
    answer: Registering | None = None,
    registrations: tuple[Registration, ...] | None = None,
) -> OwnConnection:
    """A connection that came to this, and served this certificate."""
    unused = Own(UNUSED, UNUSED)
    result = ProbeResult(
        Target("127.0.0.1:5061", "example.com", "example.com"),
        ProbingDevice("OpenSSL 3.5.7", 0, NOW, unused, UNUSED, UNUSED),
        Observation(
            chosen=ServerHello(version, 0x1302, 0x11EC, retry=False),
            suite="TLS_AES_256_GCM_SHA384",
            group="X25519MLKEM768",
        ),
        tls=ProbeStep(state, () if state is State.OK else (REFUSED,)),
        options=ProbeStep(State.OK),
        served=(served,) if served else (),
        registering=answer,
    )
    return OwnConnection(result, registrations=registrations)


def test_connection() -> None:
    assert service.tls_check(WANTED, probed()).evidence == ("TLSv1.3", "TLS_AES_256_GCM_SHA384", "X25519MLKEM768")
    assert brief(service.tls_check(WANTED, probed(State.FAILED))) == ("failed", "it refused")
    assert brief(service.tls_check(WANTED, probed(State.UNKNOWN))) == ("unknown", "it refused")
    assert service.tls_check(WANTED, OwnConnection()).state == "not_applicable"
    assert brief(service.tls_check(WANTED, OwnConnection(problem="no openssl"))) == ("unknown", "no openssl")
    old = service.tls_check(replace(WANTED, min_version="TLSv1.3"), probed(version=0x0303))
    assert brief(old) == ("failed", "TLSv1.2 was agreed on, TLSv1.3 is the least wanted")
    group = service.tls_check(replace(WANTED, groups=("X25519",)), probed())
    assert brief(group) == ("failed", "the key exchange is X25519MLKEM768, wanted is one of X25519")


def test_what_a_softswitch_serves() -> None:
    assert service.served_check(WANTED, seen(), probed()).state == "not_applicable"
    assert service.served_check(SOFTSWITCH, seen(), probed()).state == "ok"
    other = issued(ISSUING)
    old = service.served_check(SOFTSWITCH, seen(), probed(served=other))
    assert brief(old) == ("failed", f"a new connection gets certificate {serial_hex(other)}, on disk is {SERIAL}")
    none = service.served_check(SOFTSWITCH, seen(), probed(State.FAILED, served=None))
    assert none.cause == "a new connection gets no certificate: it refused"
    assert service.served_check(SOFTSWITCH, seen(), OwnConnection()).state == "not_applicable"
    assert service.served_check(SOFTSWITCH, seen(None), probed()).state == "unknown"


def test_established_connections() -> None:
    assert service.connections_check(WANTED, seen()).state == "not_applicable"
    assert service.connections_check(SOFTSWITCH, seen(connections_problem="no")).cause == "no"
    mixed = (
        Connection("10.0.0.1:1", "0a1b", 9),
        Connection("10.0.0.2:1", SERIAL, 9),
        Connection("10.0.0.3:1", "", None),
    )
    check = service.connections_check(SOFTSWITCH, seen(connections=mixed))
    assert brief(check) == ("due", "1 of 3 established connections were made with an older certificate")
    assert check.evidence == ("10.0.0.1:1: 0a1b, 9 s old",)
    assert service.connections_check(SOFTSWITCH, seen(connections=mixed[1:])).state == "ok"


@pytest.mark.parametrize(
    ("processor", "has_aes", "aes", "state"),
    [
        ("flags", True, Aes(True, "aes-ni"), "ok"),
        ("Features", True, Aes(True, "armv8-ce"), "ok"),
        ("flags", False, Aes(False), "ok"),
        ("", False, Aes(None), "unknown"),
    ],
)
def test_acceleration_is_told_and_never_failed(processor: str, has_aes: bool, aes: Aes, state: str) -> None:
    device = seen(processor=processor, has_aes=has_aes)
    assert service.accelerated(device) == aes
    assert service.accelerated_check(device).state == state


AOR = "sip:gw1@example.com"
MINE = Registration(AOR, SERIAL, 95)


def answered(status: int, reason: str, *contacts: str) -> Registering:
    """What the registrar answers to a REGISTER."""
    step = ProbeStep(State.OK if status < 300 else State.FAILED)
    headers = tuple(HeaderField("Contact", one) for one in contacts)
    return Registering(step, Answered(final=Response(headers=headers, status=status, reason=reason)))


OK_ANSWER, NONE_THERE = answered(200, "OK", "<sip:x@192.0.2.1>;expires=3"), answered(200, "OK")
FORBIDDEN, NO_ANSWER = answered(403, "Forbidden"), Registering()
REGISTERED: list[tuple[str, Any, Any, str, bool | None]] = [
    ("its own", (MINE,), OK_ANSWER, "ok", True),
    ("its own, nobody asked", (MINE,), None, "ok", True),
    ("another certificate", (replace(MINE, serial="0a1b"),), OK_ANSWER, "failed", True),
    ("both", (MINE, replace(MINE, serial="0a1b")), OK_ANSWER, "failed", True),
    ("unknown certificate", (replace(MINE, serial=""),), OK_ANSWER, "unknown", True),
    ("nobody", (), OK_ANSWER, "failed", False),
    ("its certificate for another", (MINE, replace(MINE, aor="sip:gw2@example.com")), OK_ANSWER, "failed", True),
    ("refused now", (MINE,), FORBIDDEN, "failed", True),
    ("asked for a password", (MINE,), answered(401, "No"), "ok", True),
    ("nobody tells, the registrar does", None, OK_ANSWER, "unknown", True),
    ("nobody tells, the registrar has none", None, NONE_THERE, "failed", False),
    ("nobody tells, refused", None, FORBIDDEN, "failed", None),
    ("nobody tells, no answer", None, NO_ANSWER, "unknown", None),
    ("nobody tells or asks", None, None, "unknown", None),
]


@pytest.mark.parametrize(
    ("told", "answer", "state", "registered"), [row[1:] for row in REGISTERED], ids=[row[0] for row in REGISTERED]
)
def test_registration_of_a_gateway(told: Any, answer: Any, state: str, registered: bool | None) -> None:
    found = registration.registration_of(WANTED, seen(), probed(registrations=told, answer=answer))
    assert (found.check.state, found.registered) == (state, registered), found


HOLDERS = {
    "0a": CertificateHolder("gw1", (AOR,)),
    "0b": CertificateHolder("gw2", ("sip:gw2@example.com",)),
    "0c": CertificateHolder("gw3", (AOR,), "revoked today"),
}
AT_SOFTSWITCH = [
    (None, "unknown", ""),
    ((), "ok", ""),
    ((Registration(AOR, "0a", 1),), "ok", ""),
    ((Registration(AOR, "", 1),), "unknown", "of 1 registrations nobody knows the certificate"),
    ((Registration(AOR, "0b", 1),), "failed", "of gw2, which names sip:gw2@example.com"),
    ((Registration(AOR, "0c", 1),), "failed", "with certificate 0c, revoked today"),
    ((Registration(AOR, "0d", 1),), "failed", "0d, which is not on record"),
    (tuple(Registration(AOR, "0d", 1) for _turn in range(30)), "failed", "and 10 more"),
]


@pytest.mark.parametrize(("told", "state", "words"), AT_SOFTSWITCH)
def test_identity_of_every_registration_at_a_softswitch(told: Any, state: str, words: str) -> None:
    check = registration.registered_devices_check(told, HOLDERS.get)
    assert check.state == state
    assert words in check.cause


def test_configuration_and_drift() -> None:
    assert configuration.configuration_check(None).state == "unknown"
    assert configuration.configuration_check({"skipped": True}).state == "unknown"
    assert (
        configuration.configuration_check({"failed": True, "msg": "no"}).cause
        == "the configuration cannot be compared: no"
    )
    assert configuration.configuration_check({"changed": False}).state == "ok"
    drifted = configuration.configuration_check({"changed": True, "reasons": ["a; b differs", "c is gone"]})
    assert (drifted.state, drifted.evidence) == ("failed", ("a; b differs", "c is gone"))
    due = Check.because("lifetime", "due", "renewal due")
    assert configuration.drift_of([drifted, due, Check.because("tls", "failed", "no")]) == (
        "a; b differs",
        "c is gone",
        "lifetime: renewal due",
    )


CONFIGURED = {"required": True, "keying": "sdes", "suite": "AES_CM_128_HMAC_SHA1_80"}
PROVEN = {"verdict": "ok", "media": {"encrypted": True, "keying": "dtls", "suite": "AEAD_AES_256_GCM"}}
MEDIA: list[tuple[Any, Any, str, Any]] = [
    (None, None, "unknown", None),
    (CONFIGURED, None, "ok", ("sdes", "AES_CM_128_HMAC_SHA1_80", False)),
    ({"required": False}, None, "ok", (None, None, False)),
    (CONFIGURED, PROVEN, "ok", ("dtls", "AEAD_AES_256_GCM", True)),
    (CONFIGURED, {"skipped": True}, "ok", ("sdes", "AES_CM_128_HMAC_SHA1_80", False)),
    (CONFIGURED, {"verdict": "failed", "cause": "488"}, "failed", ("sdes", "AES_CM_128_HMAC_SHA1_80", False)),
    (CONFIGURED, {"verdict": "unknown", "cause": "silence"}, "unknown", ("sdes", "AES_CM_128_HMAC_SHA1_80", False)),
    (
        CONFIGURED,
        {"verdict": "ok", "media": {"encrypted": False}},
        "failed",
        ("sdes", "AES_CM_128_HMAC_SHA1_80", False),
    ),
]


@pytest.mark.parametrize(("configured", "call", "state", "expected"), MEDIA)
def test_media_are_as_configured_until_a_call_shows_them(configured: Any, call: Any, state: str, expected: Any) -> None:
    check, srtp = configuration.media_of(configured, call)
    assert check.state == state
    assert (srtp and (srtp.keying, srtp.suite, srtp.seen)) == expected
