# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.authority import StoredKey
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.certificate_record import render_record
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.directory import PkiDirectory, file_name
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.revocation_record import Revocation
from ansible_collections.siptls.vos.plugins.module_utils.pki.survey.status import STATES
from ansible_collections.siptls.vos.plugins.module_utils.pki.survey.survey import RecordedCertificate, Survey, by_itself
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import Lifetime, serial_hex
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.identity import Identity
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import encrypt_private_key
from ansible_collections.siptls.vos.plugins.module_utils.serial_numbers import serial_digits
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import (
    DAY,
    NOW,
    Maker,
    authority,
    issued,
)
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = authority("Root", number=101)
ISSUING = authority("Issuing", above=ROOT, path_length=0)
FOREIGN = authority("Foreign", number=102)
# The same name, but not the same key: what a rebuilt authority looks like.
IMPOSTOR = authority("Issuing", above=ROOT, number=103)
GOOD = Lifetime(NOW - DAY, NOW + 90 * DAY)


class Pki:
    """A PKI directory that is written without waiting for the disk."""

    def __init__(self, folder: Path) -> None:
        self.directory = PkiDirectory(folder)
        self.add("root", ROOT)
        self.add("issuing", ISSUING, ROOT)

    def add(self, name: str, made: Maker, *above: Maker) -> None:
        key = StoredKey.encrypted(encrypt_private_key(made.key, "secret"))
        self.directory.add_authority(name, made.certificate, tuple(one.certificate for one in above), key)

    def issue(
        self,
        device: str = "gw1",
        *,
        by: Maker = ISSUING,
        name: str = "issuing",
        valid: Lifetime = GOOD,
        at: datetime = NOW,
    ) -> x509.Certificate:
        certificate = issued(by, identity=Identity(device, dns=("gw.example.com",)), valid=valid)
        folder = self.directory.path / "certificates" / file_name(device)
        folder.mkdir(parents=True, exist_ok=True)
        self.record(certificate, device).write_bytes(render_record(device, "gateway", name, at, certificate))
        return certificate

    def record(self, certificate: x509.Certificate, device: str = "gw1") -> Path:
        return self.directory.path / "certificates" / file_name(device) / f"{serial_hex(certificate)}.pem"

    def revoke(self, certificate: x509.Certificate, *, name: str = "issuing") -> Path:
        revocation = Revocation("gw1", certificate.serial_number, "superseded", NOW - DAY)
        path = self.directory.path / "revocations" / name / f"{serial_digits(certificate.serial_number)}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(revocation.render())
        return path

    def survey(self, *, verify: bool = False) -> Survey:
        return Survey(self.directory, renew_before=30 * DAY, now=NOW, verify=verify)

    def newest(self, device: str = "gw1") -> RecordedCertificate:
        """The same whether signatures are verified or not."""
        fast, slow = (self.survey(verify=verify).newest(device) for verify in (False, True))
        assert fast is not None
        assert slow is not None
        assert fast.standing == slow.standing
        return fast

    def state(self, device: str = "gw1") -> str:
        return self.newest(device).standing.state

    def reason(self, device: str = "gw1") -> str:
        return self.newest(device).standing.reason


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    """A PKI directory with a root and an issuing authority."""
    return Pki(tmp_path / "pki")


def test_a_device_is_found_with_its_record_and_its_authority(pki: Pki) -> None:
    certificate = pki.issue("gw 1/ä")
    found = pki.newest("gw 1/ä")
    assert pki.survey().devices() == ["gw 1/ä"]
    assert (found.device, found.authority, found.standing.state) == ("gw 1/ä", "issuing", "ok")
    assert found.path == pki.record(certificate, "gw 1/ä")
    assert found.record is not None
    assert (found.record.certificate, found.record.profile, found.record.issued) == (certificate, "gateway", NOW)


def test_the_newest_is_the_one_that_was_issued_last_whatever_its_lifetime_and_its_name(pki: Pki) -> None:
    for age in range(6):
        pki.issue(valid=Lifetime(NOW - DAY, NOW + (90 + age) * DAY), at=NOW - timedelta(microseconds=age + 1))
    last = pki.issue(valid=Lifetime(NOW - DAY, NOW + 10 * DAY), at=NOW)
    found = pki.newest()
    assert found.record is not None
    assert found.record.certificate == last
    assert found.standing.state == "due"
    every = list(pki.survey().every("gw1"))
    assert [one.record.issued for one in every if one.record] == sorted(
        one.record.issued for one in every if one.record
    )
    assert len(every) == 7


def test_a_revocation_counts_for_the_newest_only(pki: Pki) -> None:
    old = pki.issue(at=NOW - 10 * DAY)
    pki.revoke(old)
    assert pki.state() == "revoked"
    new = pki.issue()
    assert pki.state() == "ok"
    assert [one.standing.state for one in pki.survey().every("gw1")] == ["revoked", "ok"]
    pki.revoke(new)
    assert pki.reason() == "revoked 2026-11-22 12:00:00 UTC (superseded)"
    other = pki.issue("gw2")
    pki.revoke(other, name="root")
    assert pki.state("gw2") == "ok", "the revocation of another authority's certificate of that number"


def test_a_record_that_is_damaged_is_unknown_and_hides_nothing_else(pki: Pki) -> None:
    certificate = pki.issue()
    pki.issue("gw2")
    text = pki.record(certificate).read_bytes()
    for damaged in (b"", b"nonsense", text[:-300], text.replace(b"MII", b"MIX"), text.partition(b"-----BEGIN")[0]):
        pki.record(certificate).write_bytes(damaged)
        found = pki.newest()
        assert found.standing.state == "unknown"
        assert str(pki.record(certificate)) in found.standing.reason
        assert "Remedy: restore the file from git" in found.standing.reason
        assert pki.state("gw2") == "ok"
    pki.record(certificate).unlink()
    pki.record(certificate).mkdir()
    assert "cannot be read. Found: Is a directory" in pki.reason()


def test_a_record_that_does_not_tell_when_it_was_issued_may_be_the_newest(pki: Pki) -> None:
    old = pki.issue(at=NOW - DAY)
    new = pki.issue()
    text = pki.record(old).read_bytes()
    pki.record(old).write_bytes(text[:-300])
    assert pki.state() == "unknown", "the lines above it are not signed"
    pki.record(old).write_bytes(text[text.index(b"subject: ") :])
    assert pki.newest().path == pki.record(new), "it is as old as its certificate"
    pki.record(old).write_bytes(b"nonsense")
    assert pki.state() == "unknown"
    assert str(pki.record(old)) in pki.reason()


def test_who_is_not_in_the_directory_has_issued_nothing_here(pki: Pki) -> None:
    pki.issue("foreign", by=FOREIGN)
    pki.issue("impostor", by=IMPOSTOR)
    for device, issuer in (("foreign", "CN=Foreign"), ("impostor", "CN=Issuing")):
        path = next((pki.directory.path / "certificates" / device).iterdir())
        assert pki.reason(device) == f"issued by {issuer}, which is not in the PKI directory ({path})"
    pki.add("other", FOREIGN)
    found = pki.newest("foreign")
    assert (found.standing.state, found.authority) == ("ok", "other"), (
        "the certificate counts, not what its record names"
    )
    pki.issue("lost", by=IMPOSTOR, name="lost")
    pki.revoke(next(one.record.certificate for one in pki.survey().every("lost") if one.record), name="lost")
    assert pki.state("lost") == "revoked", "though its authority is gone"


def test_a_signature_that_is_no_signature_is_seen_whoever_asks(pki: Pki) -> None:
    forged = issued(Maker(ISSUING.certificate, IMPOSTOR.key), valid=GOOD)
    folder = pki.directory.path / "certificates" / "gw1"
    folder.mkdir(parents=True)
    pki.record(forged).write_bytes(render_record("gw1", "gateway", "issuing", NOW, forged))
    assert [pki.survey(verify=verify).newest("gw1").standing.state for verify in (False, True)] == ["unknown"] * 2


def test_what_an_authority_is_so_are_its_certificates(pki: Pki) -> None:
    pki.issue()
    path = pki.revoke(ISSUING.certificate, name="root")
    assert pki.reason() == "its authority issuing was revoked 2026-11-22 12:00:00 UTC (superseded)"
    assert {one.name: one.standing.state for one in pki.survey().authorities} == {"issuing": "revoked", "root": "ok"}
    path.write_text("nonsense")
    assert pki.state() == "revoked", "that it is there says so"
    path.unlink()
    short = authority("Short", above=ROOT, valid_for=110 * DAY, number=110)
    pki.add("short", short, ROOT)
    pki.issue("gw2", by=short, name="short", valid=Lifetime(NOW - DAY, NOW + 10 * DAY))
    assert pki.reason("gw2").endswith("it ends with its authority short, which has to be replaced first")
    assert {one.name: one.standing.state for one in pki.survey().authorities}["short"] == "due"


def test_an_authority_that_is_damaged_hides_no_other(pki: Pki) -> None:
    pki.issue()
    pki.add("other", FOREIGN)
    pki.issue("gw2", by=FOREIGN, name="other")
    (pki.directory.path / "authorities/other/certificate.pem").write_text("nonsense")
    assert pki.state() == "ok"
    found = pki.newest("gw2")
    assert found.standing.state == "unknown"
    assert found.standing.reason.startswith("its authority: ")
    assert "holds no readable certificate" in found.standing.reason
    survey = pki.survey()
    assert [one.name for one in survey.authorities] == ["issuing", "root"]
    assert survey.unreadable["other"].state == "unknown"


def test_a_revocation_that_is_damaged_still_revokes(pki: Pki) -> None:
    path = pki.revoke(pki.issue())
    path.write_text("nonsense\n")
    assert pki.state() == "revoked"
    assert f"the record of that cannot be read: {path}" in pki.reason()


def test_a_folder_without_a_record_is_no_device_on_record(pki: Pki) -> None:
    pki.issue()
    certificates = pki.directory.path / "certificates"
    (certificates / "gw2").mkdir()
    (certificates / "gw3").mkdir()
    (certificates / "gw3/.0a.pem.x.tmp").write_text("left behind by a killed run")
    (certificates / "README").write_text("a note")
    survey = pki.survey()
    assert [device for device in survey.devices() if survey.newest(device)] == ["gw1"]
    assert survey.newest("nobody") is None


def test_a_path_that_is_no_pki_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, found in ((tmp_path, "a folder without it"), (tmp_path / "file", "a file"), (tmp_path / "no", "nothing")):
        with pytest.raises(SiptlsError) as error:
            Survey(PkiDirectory(path), renew_before=DAY, now=NOW)
        assert str(error.value).startswith(f"{path}: there is no PKI directory here")
        assert f"Found: {found}." in str(error.value)


def test_a_certificate_from_anywhere_is_looked_up(pki: Pki) -> None:
    mine = pki.issue("gw2")
    found = pki.survey(verify=True).look_up(mine)
    assert (found.device, found.path, found.authority) == ("gw2", pki.record(mine, "gw2"), "issuing")
    # Whoever it is looked for at first, it is found where it is
    assert {pki.survey(verify=True).look_up(mine, first=name).device for name in ("", "gw2", "gw1")} == {"gw2"}
    assert pki.survey().holders() == {serial_hex(mine): "gw2"}
    assert pki.survey().recorded("gw2", serial_hex(mine)).standing.state == "ok"
    elsewhere = issued(ISSUING, valid=GOOD)
    found = pki.survey(verify=True).look_up(elsewhere)
    assert (found.device, found.path, found.authority, found.standing.state) == ("", None, "issuing", "ok")
    pki.revoke(elsewhere)
    assert pki.survey(verify=True).look_up(elsewhere).standing.state == "revoked"
    assert pki.survey(verify=True).look_up(issued(FOREIGN, valid=GOOD)).standing.state == "unknown"


def test_by_itself_a_certificate_has_its_lifetime_and_what_is_known_of_its_chain() -> None:
    def state(*above: Maker, now: datetime) -> str:
        certificates = [maker.certificate for maker in above]
        return by_itself(issued(ISSUING, valid=GOOD), certificates, renew_before=30 * DAY, now=now).standing.state

    assert state(now=NOW) == "ok"
    assert state(now=NOW + 60 * DAY) == "due"
    assert state(now=NOW + 90 * DAY) == "expired"
    assert state(authority("Short", valid_for=101 * DAY), now=NOW) == "due"


@dataclass(frozen=True)
class Given:
    """What was done for a device, from which its state follows."""

    age: int
    left: int
    revoked: bool
    damaged: bool
    foreign: bool

    @property
    def state(self) -> str:
        if self.damaged:
            return "unknown"
        if self.revoked:
            return "revoked"
        if self.foreign:
            return "unknown"
        return "expired" if self.left <= 0 else "due" if self.left <= 30 else "ok"


given_record = st.builds(
    Given,
    age=st.integers(0, 200),
    left=st.integers(-20, 60),
    revoked=st.booleans(),
    damaged=st.booleans(),
    foreign=st.booleans(),
)
fleets = st.dictionaries(
    st.sampled_from([f"gw{number}" for number in range(6)]),
    st.lists(given_record, min_size=1, max_size=4, unique_by=lambda one: one.age),
    max_size=6,
)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Authorities that all examples share."""
    path = tmp_path_factory.mktemp("authorities")
    Pki(path)
    return path / "authorities"


@settings(max_examples=60)
@given(fleet=fleets)
def test_any_mix_gives_every_device_the_state_of_its_newest_certificate(
    fresh: Path, fleet: dict[str, list[Given]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(fresh, Path(folder) / "authorities")
        pki = object.__new__(Pki)
        pki.directory = PkiDirectory(Path(folder))
        for device, records in fleet.items():
            for record in records:
                by = FOREIGN if record.foreign else ISSUING
                valid = Lifetime(NOW - 300 * DAY, NOW + record.left * DAY)
                certificate = pki.issue(device, by=by, valid=valid, at=NOW - record.age * DAY)
                if record.revoked:
                    pki.revoke(certificate)
                if record.damaged:
                    os.truncate(pki.record(certificate, device), 600)
        survey = pki.survey()
        assert survey.devices() == sorted(fleet)
        for device, records in fleet.items():
            # A damaged one may be the newest: nobody can tell
            by_age = sorted(records, key=lambda record: (record.damaged, -record.age))
            assert pki.state(device) == by_age[-1].state
            every = [one.standing.state for one in survey.every(device)]
            assert every == [one.state for one in by_age]
            assert set(every) <= set(STATES)
