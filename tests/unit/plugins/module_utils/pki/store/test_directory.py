# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.authority import StoredKey
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.directory import PkiDirectory, file_name
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import read_certificates, serial_hex
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import encrypt_private_key
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.issuing import test_renewal
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import (
    DAY,
    NOW,
    Maker,
    authority,
    issued,
    issuer_of,
    key,
    request,
)
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.x509.test_requests import GREEDY
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

ROOT = authority("Root", number=101)
ISSUING = authority("Issuing", above=ROOT, path_length=0)


@pytest.fixture
def pki(tmp_path: Path) -> PkiDirectory:
    """A PKI directory with a root and an issuing authority."""
    directory = PkiDirectory(tmp_path / "pki")
    add(directory, "root", ROOT)
    add(directory, "issuing", ISSUING, ROOT)
    return directory


def add(directory: PkiDirectory, name: str, made: Maker, *above: Maker) -> None:
    chain = tuple(maker.certificate for maker in above)
    directory.add_authority(name, made.certificate, chain, StoredKey.encrypted(encrypt_private_key(made.key, "secret")))


def tree(path: Path) -> dict[str, int]:
    return {
        str(file.relative_to(path)): stat.S_IMODE(file.stat().st_mode) for file in path.rglob("*") if file.is_file()
    }


def test_an_authority_is_three_files_and_its_key_is_0600_and_encrypted(pki: PkiDirectory) -> None:
    expected = {
        f"authorities/{name}/{file}": mode
        for name in ("root", "issuing")
        for file, mode in (("certificate.pem", 0o644), ("chain.pem", 0o644), ("private_key.pem", 0o600))
    }
    assert tree(pki.path) == {**expected, ".gitignore": 0o644}
    for name in ("root", "issuing"):
        text = (pki.path / f"authorities/{name}/private_key.pem").read_text()
        assert text.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")


def test_an_authority_is_read_as_it_was_added(pki: PkiDirectory) -> None:
    issuing = pki.authority("issuing")
    assert issuing.certificate == ISSUING.certificate
    assert issuing.chain == (ROOT.certificate,)
    assert issuing.path == (ISSUING.certificate, ROOT.certificate)
    assert issuing.presented == (ISSUING.certificate,), "a device presents no trust anchor"
    assert issuing.trust_bundle == (ROOT.certificate, ISSUING.certificate), "the trust anchor first"
    assert pki.authority("root").trust_bundle == (ROOT.certificate,)
    assert pki.authority("root").presented == ()
    assert issuing.signing_key("secret").public_key() == ISSUING.key.public_key()


def test_an_authority_that_is_there_is_not_added_again(pki: PkiDirectory) -> None:
    before = {path: path.read_bytes() for path in pki.path.rglob("*") if path.is_file()}
    with pytest.raises(FileExistsError):
        add(pki, "root", authority("Other", number=104))
    assert {path: path.read_bytes() for path in pki.path.rglob("*") if path.is_file()} == before


def test_an_authority_that_is_not_there_is_told_which_there_are(pki: PkiDirectory, tmp_path: Path) -> None:
    with pytest.raises(
        SiptlsError, match="no authority named 'isuing'. Expected: one of: issuing, root. Remedy: make it"
    ):
        pki.authority("isuing")
    with pytest.raises(SiptlsError, match="one of: none"):
        PkiDirectory(tmp_path / "nowhere").authority("root")
    assert pki.find_authority("isuing") is None


def break_key(folder: Path) -> None:
    (folder / "private_key.pem").write_bytes(encrypt_private_key(key(9), "secret"))


@pytest.mark.parametrize(
    ("damage", "passphrase", "words"),
    [
        (lambda folder: None, "wrong", "the private key cannot be read.*check the passphrase first"),
        (lambda folder: (folder / "private_key.pem").unlink(), "secret", "has no private key here, so it cannot sign"),
        (break_key, "secret", "the private key does not belong to this authority's certificate"),
        (lambda folder: (folder / "private_key.pem").write_text("x"), "secret", "the private key cannot be read"),
    ],
    ids=["passphrase", "missing", "another's", "garbage"],
)
def test_a_key_that_cannot_sign_for_the_authority_says_why(damage, passphrase, words, pki: PkiDirectory) -> None:
    folder = pki.path / "authorities/issuing"
    damage(folder)
    with pytest.raises(SiptlsError, match=words) as refused:
        pki.authority("issuing").signing_key(passphrase)
    assert f"authority issuing ({folder}/private_key.pem)" in str(refused.value)


@pytest.mark.parametrize("file", ["certificate.pem", "chain.pem"])
@pytest.mark.parametrize("content", [None, b"garbage"], ids=["missing", "garbage"])
def test_a_damaged_file_of_an_authority_is_named(file: str, content: bytes | None, pki: PkiDirectory) -> None:
    path = pki.path / "authorities/issuing" / file
    path.unlink()
    if content:
        path.write_bytes(content)
    with pytest.raises(SiptlsError, match=str(path)):
        pki.authority("issuing")


def test_a_record_says_for_whom_and_holds_the_certificate(pki: PkiDirectory) -> None:
    certificate = issued(ISSUING)
    assert not pki.has_record("gw1", certificate)
    path = pki.record_certificate("gw1", "gateway", certificate, authority="issuing", issued=NOW)
    assert path == pki.path / f"certificates/gw1/{serial_hex(certificate)}.pem"
    assert path.read_text().startswith(
        "device: gw1\nprofile: gateway\nauthority: issuing\nissued: 2026-11-23T12:00:00Z\nsubject: CN=gw1\n"
    )
    assert read_certificates(path.read_bytes(), where="") == (certificate,)
    assert pki.has_record("gw1", certificate)
    assert not pki.has_record("gw2", certificate)


def test_a_record_is_never_overwritten(pki: PkiDirectory) -> None:
    certificate = issued(ISSUING)
    path = pki.record_certificate("gw1", "gateway", certificate, authority="issuing", issued=NOW)
    before = path.read_bytes(), path.stat().st_ino
    assert pki.record_certificate("gw1", "softswitch", certificate, authority="issuing", issued=NOW) == path
    assert (path.read_bytes(), path.stat().st_ino) == before
    assert [left.name for left in path.parent.iterdir()] == [path.name]


@given(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=40),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=40),
)
def test_names_of_devices_become_names_of_files_one_to_one(one: str, other: str) -> None:
    if not one or not other:
        return
    first, second = file_name(one), file_name(other)
    assert (first == second) == (one == other)
    assert set(first) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-%")
    assert not first.startswith(".")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("gw1.example.com", "gw1.example.com"),
        ("gw_1-a", "gw_1-a"),
        ("../../etc", "%2E.%2F..%2Fetc"),
        (".", "%2E"),
        ("..", "%2E."),
        ("gw/1", "gw%2F1"),
        ("a%2Fb", "a%252Fb"),
        ("网关", "%E7%BD%91%E5%85%B3"),
        ("a b\n", "a%20b%0A"),
    ],
)
def test_a_name_cannot_lead_out_of_the_directory(name: str, file: str) -> None:
    assert file_name(name) == file


def test_an_empty_name_is_refused(pki: PkiDirectory) -> None:
    with pytest.raises(SiptlsError, match="cannot be empty"):
        pki.record_certificate("", "gateway", issued(ISSUING), authority="issuing", issued=NOW)


def test_what_killed_runs_leave_behind_is_kept_out_of_git_and_a_gitignore_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    add(PkiDirectory(tmp_path), "root", ROOT)
    assert (tmp_path / ".gitignore").read_text() == "mine\n"
    add(PkiDirectory(tmp_path / "other"), "root", ROOT)
    assert (tmp_path / "other/.gitignore").read_text() == ".*.tmp\n/.locks/\n"


def test_nothing_is_handed_out_before_it_is_on_record(pki: PkiDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = issuer_of(pki.path, "issuing", "secret")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SiptlsError, match="No space left"):
        issuer.sign("gw1", request(key(1)), test_renewal.wanted(), NOW)
    monkeypatch.undo()
    certificate = issuer.sign("gw1", request(key(1)), test_renewal.wanted(), NOW)
    assert issuer.is_recorded("gw1", certificate)


def test_a_request_for_more_gets_no_more(pki: PkiDirectory) -> None:
    certificate = issuer_of(pki.path, "issuing", "secret").sign("gw1", GREEDY, test_renewal.wanted(), NOW)
    assert certificate.subject.rfc4514_string() == "CN=gw1"
    extensions = certificate.extensions
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [name.value for name in names] == ["sip:gw1@example.com", "gw1.example.com"]
    usages = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert "2.5.29.37.0" not in {usage.dotted_string for usage in usages}
    assert len(list(extensions)) == 6


def test_an_authority_about_to_end_makes_certificates_that_end_with_it(tmp_path: Path) -> None:
    ending = authority("Ending", above=ROOT, number=105, valid_for=110 * DAY)
    add(PkiDirectory(tmp_path), "ending", ending, ROOT)
    certificate = issuer_of(tmp_path, "ending", "secret").sign("gw1", request(key(1)), test_renewal.wanted(), NOW)
    assert certificate.not_valid_after_utc == ending.certificate.not_valid_after_utc == NOW + 10 * DAY


def test_an_expired_authority_signs_nothing_and_records_nothing(tmp_path: Path) -> None:
    ended = authority("Ended", above=ROOT, number=105, valid_for=99 * DAY)
    add(PkiDirectory(tmp_path), "ended", ended, ROOT)
    with pytest.raises(SiptlsError, match="CN=Ended: the authority's certificate is not valid now"):
        issuer_of(tmp_path, "ended", "secret").sign("gw1", request(key(1)), test_renewal.wanted(), NOW)
    assert not (tmp_path / "certificates").exists()
