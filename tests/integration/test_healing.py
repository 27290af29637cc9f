# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is wrong on a device is put right, for the reason that it is, and then stays so.

Each case is a host of one play: all are given certificates, each is broken in its own way, one run heals them all.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.tasks import (
    ISSUING_PASSPHRASE,
    assert_pair,
    gateway,
    issuing,
    left_over,
    openssl,
    records,
    serial,
    verify,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

pytestmark = pytest.mark.nightly

KEPT, RENEWED = True, False  # whether the certificate stays


def in_use(certs: Path) -> Path:
    return certs / os.readlink(certs / "current")


def remove(name: str) -> Callable[[Path], None]:
    return lambda certs: (certs / name).unlink()


def overwrite(name: str, content: str) -> Callable[[Path], None]:
    return lambda certs: (in_use(certs) / name).write_text(content) and None


def chmod(name: str, mode: int) -> Callable[[Path], None]:
    return lambda certs: (certs / name).chmod(mode)


def new_key(certs: Path) -> None:
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", in_use(certs) / "gateway.key")


def encrypt_key(certs: Path) -> None:
    key = in_use(certs) / "gateway.key"
    openssl("pkey", "-in", key, "-aes256", "-passout", "pass:x", "-out", certs / "encrypted")
    (certs / "encrypted").replace(key)


def cut_certificate(certs: Path) -> None:
    path = in_use(certs) / "gateway.crt"
    path.write_bytes(path.read_bytes()[:400])


def leaf_alone(certs: Path) -> None:
    path = in_use(certs) / "gateway.crt"
    path.write_text(path.read_text().partition("-----END CERTIFICATE-----\n")[0] + "-----END CERTIFICATE-----\n")


def make_regular(certs: Path) -> None:
    for name in ("gateway.crt", "gateway.key"):
        content = (certs / name).read_bytes()
        (certs / name).unlink()
        (certs / name).write_bytes(content)


def point_nowhere(certs: Path) -> None:
    (certs / "current").unlink()
    (certs / "current").symlink_to("generations/00")


def lose_record(certs: Path) -> None:
    pki = certs.parents[2] / "pki"
    records(pki)[serial(certs / "gateway.crt")].unlink()


def killed_before(certs: Path) -> None:
    """What a run that was killed while it staged leaves behind."""
    (certs / "staging/0123456789abcdef").mkdir(parents=True, mode=0o700)
    (certs / "staging/0123456789abcdef/gateway.key").write_text("half a key")


def foreign_certificate(*options: str) -> Callable[[Path], None]:
    def install(certs: Path) -> None:
        folder = in_use(certs)
        openssl(
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=someone else", *options),
            *("-keyout", folder / "gateway.key", "-out", folder / "gateway.crt"),
        )

    return install


LINKS = "the paths of certificate and key do not lead to the generation in use"
BUNDLE = "the trust bundle is not the issuer's"
MISSING = "the private key is missing or unreadable"
#: what happens to the device; what the inventory wants now; the beginning of the reason; whether the certificate stays
CASES: dict[str, tuple[Callable[[Path], None] | None, dict[str, object], str | None, bool]] = {
    "untouched": (None, {}, None, KEPT),
    "key-mode": (chmod("gateway.key", 0o644), {}, "current/gateway.key: mode is rw-r--r--, to be rw-------", KEPT),
    "certificate-mode": (
        chmod("gateway.crt", 0o600),
        {},
        "current/gateway.crt: mode is rw-------, to be rw-r--r--",
        KEPT,
    ),
    "bundle-mode": (chmod("ca.crt", 0o666), {}, "ca.crt: mode is rw-rw-rw-, to be rw-r--r--", KEPT),
    "certificate-link-missing": (remove("gateway.crt"), {}, LINKS, KEPT),
    "key-link-missing": (remove("gateway.key"), {}, LINKS, KEPT),
    "links-replaced-by-files": (make_regular, {}, LINKS, KEPT),
    "bundle-missing": (remove("ca.crt"), {}, "the trust bundle is missing", KEPT),
    "bundle-changed": (lambda certs: (certs / "ca.crt").write_text("x") and None, {}, BUNDLE, KEPT),
    "record-lost": (lose_record, {}, "the certificate in use was not on record", KEPT),
    "killed-before": (killed_before, {}, None, KEPT),
    "current-missing": (remove("current"), {}, "no certificate installed", RENEWED),
    "current-points-nowhere": (point_nowhere, {}, "the certificate in use cannot be read", RENEWED),
    "certificate-damaged": (overwrite("gateway.crt", "x"), {}, "the certificate in use cannot be read", RENEWED),
    "certificate-cut-short": (cut_certificate, {}, "the certificate in use cannot be read", RENEWED),
    "key-missing": (lambda certs: (in_use(certs) / "gateway.key").unlink(), {}, MISSING, RENEWED),
    "key-damaged": (overwrite("gateway.key", "x"), {}, MISSING, RENEWED),
    "key-encrypted": (encrypt_key, {}, MISSING, RENEWED),
    "key-of-another": (new_key, {}, "private key and certificate do not match", RENEWED),
    "foreign-certificate": (foreign_certificate(), {}, "issued by CN=someone else, not by ", RENEWED),
    "unreadable-extension": (
        foreign_certificate("-addext", "keyUsage=DER:0500"),
        {},
        "the certificate in use cannot be read",
        RENEWED,
    ),
    "chain-missing": (leaf_alone, {}, "the chain behind the certificate is not the issuer's", RENEWED),
    "names-changed": (None, {"dns": ["new.example.com"]}, "names differ: DNS:new.example.com is missing", RENEWED),
    "key-type-changed": (None, {"kind": "ecdsa-p384"}, "key type is ecdsa-p256, to be ecdsa-p384", RENEWED),
    "profile-changed": (
        None,
        {"profile": "softswitch", "uris": ["sip:example.com"]},
        "names differ: URI:sip:example.com",
        RENEWED,
    ),
    "issuer-changed": (None, {"issuing": "other"}, "issued by ", RENEWED),
    "shorter": (None, {"valid_for": "40d"}, "valid for another 89 d, longer than the 40 d allowed", RENEWED),
    "not-due-yet": (None, {"renew_before": "89d"}, None, KEPT),
    "due": (
        None,
        {"renew_before": "90d", "valid_for": "91d"},
        "renewal due: 89 d left, renewed 90 d before the end",
        RENEWED,
    ),
}
TASK = gateway(
    issuer={"authority": "{{ issuing | default('issuing') }}"},
    profile="{{ profile | default('gateway') }}",
    identity={
        "sip_uris": "{{ uris | default(['sip:' ~ inventory_hostname ~ '@example.com']) }}",
        "dns": "{{ dns | default([inventory_hostname ~ '.example.com']) }}",
    },
    key={"type": "{{ kind | default('ecdsa-p256') }}", "rekey": "{{ rekey | default('always') }}"},
    valid_for="{{ valid_for | default('90d') }}",
    renew_before="{{ renew_before | default('30d') }}",
)


def test_each_thing_that_is_wrong_is_put_right_for_its_reason_and_stays_right(play: Play, pki: Path) -> None:
    other = issuing("other", subject={"common_name": "Other Issuing CA"})
    play([{**other, "run_once": True}, TASK], hosts=list(CASES), forks=4)
    certs = {case: play.device(case) / "certs" for case in CASES}
    before = {case: serial(certs[case] / "gateway.crt") for case in CASES}
    for case, (harm, _want, _reason, _kept) in CASES.items():
        if harm:
            harm(certs[case])
    hosts = {case: want for case, (_harm, want, _reason, _kept) in CASES.items()}

    foretold = play([TASK], hosts=hosts, check=True, diff=True, forks=4)
    healed = play([TASK], hosts=hosts, diff=True, forks=4)
    for case, (_harm, _want, reason, kept) in CASES.items():
        found = healed.of(case)
        assert found.get("reason") == foretold.of(case).get("reason"), case
        assert found["changed"] == foretold.of(case)["changed"] == (reason is not None), case
        assert found.get("reason", "").startswith(reason or ""), (case, found["reason"])
        if case == "bundle-changed":
            assert "-no readable certificate" in healed.output
        assert (serial(certs[case] / "gateway.crt") == before[case]) == kept, case
        assert found["serial_number"] == serial(certs[case] / "gateway.crt"), case
    again = play([TASK], hosts=hosts, forks=4)
    assert [case for case, changed in again.changed().items() if changed] == []
    for case in CASES:
        verify(certs[case])
        assert_pair(certs[case])
        assert os.stat(certs[case] / "gateway.key").st_mode & 0o777 == 0o600
        assert serial(certs[case] / "gateway.crt") in records(pki)
        if case != "killed-before":
            assert not left_over(certs[case]), case
        assert len(list((certs[case] / "generations").iterdir())) <= 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to somebody else")
def test_owner_and_group_are_as_told_and_put_right(play: Play, pki: Path) -> None:
    owned = gateway(owner="daemon", group="{{ group | default('daemon') }}")
    by_number = gateway(owner="4711", group="4712", directory="{{ device }}/numbers")
    play([owned, {**by_number, "name": "By number"}])
    certs = play.device("gw1") / "certs"
    names = ("gateway.crt", "gateway.key", "ca.crt")
    assert {(os.stat(certs / name).st_uid, os.stat(certs / name).st_gid) for name in names} == {(1, 1)}
    assert os.stat(play.device("gw1") / "numbers/gateway.key").st_uid == 4711
    os.chown(certs / "gateway.key", 0, 0)
    healed = play([owned])
    assert healed.of("gw1")["reason"] == (
        "current/gateway.key: owner is root, to be daemon; current/gateway.key: group is root, to be daemon"
    )
    assert os.stat(certs / "gateway.key").st_uid == 1
    changed = play([owned], variables={"group": "sys"})
    assert changed.of("gw1")["reason"].count(": group is daemon, to be sys") == 3
    assert {os.stat(certs / name).st_gid for name in names} == {3}
    assert play([owned], variables={"group": "sys"}).nothing_changed
    unknown = play([gateway(owner="nobody-of-that-name")], fails=True)
    assert "nobody-of-that-name" in unknown.message("gw1")
    assert_pair(certs)


@pytest.mark.parametrize(("rekey", "same"), [("always", False), ("never", True)])
def test_a_new_certificate_has_a_new_key_always_or_never(play: Play, pki: Path, rekey: str, same: bool) -> None:
    certs = play.device("gw1") / "certs"
    keys = []
    for dns in ("a.example.com", "b.example.com", "c.example.com"):
        play([gateway(key={"rekey": rekey}, identity={"dns": [dns]})])
        keys.append((certs / "gateway.key").read_text())
        assert_pair(certs)
    assert len(records(pki)) == 3
    assert len(set(keys)) == (1 if same else 3)


def test_a_key_that_cannot_be_kept_is_replaced_even_where_it_should_be_kept(play: Play, pki: Path) -> None:
    cases = {
        "missing": (lambda certs: (in_use(certs) / "gateway.key").unlink(), {}),
        "damaged": (overwrite("gateway.key", "x"), {}),
        "encrypted": (encrypt_key, {}),
    }
    play([TASK], hosts=list(cases), variables={"rekey": "never"})
    for case, (harm, _want) in cases.items():
        harm(play.device(case) / "certs")
    play([TASK], hosts={case: want for case, (_harm, want) in cases.items()}, variables={"rekey": "never"})
    for case in cases:
        assert_pair(play.device(case) / "certs")


def test_a_key_of_another_type_than_is_wanted_now_is_replaced_even_where_it_should_be_kept(
    play: Play, pki: Path
) -> None:
    play([TASK], variables={"rekey": "never"})
    play([TASK], variables={"rekey": "never", "kind": "rsa-2048"})
    assert_pair(play.device("gw1") / "certs")


def install_pair(certs: Path, issuer: Path | None = None) -> None:
    """A pair of regular files of other origin, as an operator installed it by hand."""
    certs.mkdir()
    openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365", "-subj", "/CN=by hand"),
        *("-keyout", certs / "gateway.key", "-out", certs / "gateway.crt"),
    )
    (certs / "gateway.key").chmod(0o600)


def test_a_pair_of_other_origin_is_kept_and_can_come_back(play: Play, pki: Path) -> None:
    certs = play.device("gw1") / "certs"
    play.device("gw1").mkdir()
    install_pair(certs)
    by_hand = {name: (certs / name).read_bytes() for name in ("gateway.crt", "gateway.key")}
    first = play([gateway()])
    assert first.changed() == {"gw1": True}
    assert sorted(path.name for path in (certs / "generations").iterdir()) == sorted(
        ["imported", first.of("gw1")["generation"]]
    )
    assert {name: (certs / "generations/imported" / name).read_bytes() for name in by_hand} == by_hand
    verify(certs)

    foretold = play([gateway(state="previous")], check=True, diff=True)
    back = play([gateway(state="previous")], diff=True)
    for outcome in (foretold, back):
        assert outcome.of("gw1")["changed"]
        assert outcome.of("gw1")["generation"] == "imported"
        assert outcome.of("gw1")["reason"] == f"back from generation {first.of('gw1')['generation']}"
        assert "+subject: CN=by hand" in outcome.output
    assert {name: (certs / name).read_bytes() for name in by_hand} == by_hand
    assert play([gateway(state="previous")]).nothing_changed

    again = play([gateway()])
    assert again.of("gw1")["reason"].startswith("issued by CN=by hand, not by ")
    verify(certs)
    assert_pair(certs)
    assert play([gateway()]).nothing_changed


def test_the_generation_before_comes_back_and_stays_until_it_is_due(play: Play, pki: Path) -> None:
    certs = play.device("gw1") / "certs"
    nothing = play([gateway(state="previous")], fails=True)
    assert "there is no generation before the one in use" in nothing.message("gw1")
    serials = [
        play([gateway(identity={"dns": [dns]})]).of("gw1")["serial_number"] for dns in ("a.com", "b.com", "c.com")
    ]
    assert sorted(path.name for path in (certs / "generations").iterdir()) == sorted(serials[1:])
    for _each in range(2):
        assert play([gateway(state="previous")]).of("gw1")["serial_number"] == serials[1]
        assert serial(certs / "gateway.crt") == serials[1]
        assert_pair(certs)
    assert play([gateway(identity={"dns": ["b.com"]})]).nothing_changed, "the one that is back is as wanted"
    last = play([gateway(identity={"dns": ["d.com"]})]).of("gw1")["serial_number"]
    assert sorted(path.name for path in (certs / "generations").iterdir()) == sorted([*serials[1:], last])
    newest = play([gateway(identity={"dns": ["e.com"]})]).of("gw1")["serial_number"]
    assert sorted(path.name for path in (certs / "generations").iterdir()) == sorted([last, newest])
    verify(certs)


def expired_pair(certs: Path) -> None:
    """Made by hand: the openssl command of all versions cannot sign for the past."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "old")])
    end = datetime.now(UTC) - timedelta(days=1)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), end - timedelta(days=1), end
    )
    plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (certs / "gateway.crt").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    (certs / "gateway.key").write_bytes(key.private_bytes(*plain))


def test_a_generation_that_has_expired_does_not_come_back(play: Play, pki: Path) -> None:
    certs = play.device("gw1") / "certs"
    play.device("gw1").mkdir()
    certs.mkdir()
    expired_pair(certs)
    made = play([gateway()]).of("gw1")["serial_number"]
    refused = play([gateway(state="previous")], fails=True)
    assert "the certificate of the generation before, imported, has expired" in refused.message("gw1")
    assert serial(certs / "gateway.crt") == made


def test_a_bundle_that_is_a_symlink_is_not_put_right_again_and_again(play: Play, pki: Path) -> None:
    play([gateway()])
    certs = play.device("gw1") / "certs"
    shutil.copy(certs / "ca.crt", certs.parent / "site.crt")
    (certs / "ca.crt").unlink()
    (certs / "ca.crt").symlink_to("../site.crt")
    play([gateway()])
    assert play([gateway()]).nothing_changed
    verify(certs)


def test_no_passphrase_is_needed_where_nothing_is_issued(play: Play, pki: Path) -> None:
    play([gateway()])
    key = pki / "authorities/issuing/private_key.pem"
    away = key.rename(key.with_name("away"))
    assert play([gateway()]).nothing_changed
    refused = play([gateway(identity={"dns": ["new.example.com"]})], fails=True)
    assert "this authority has no private key here" in refused.message("gw1")
    away.rename(key)
    assert ISSUING_PASSPHRASE not in refused.output
    assert_pair(play.device("gw1") / "certs")
