# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The PKI directory as somebody edited it who can merge, and what the next run has to say. A new fault of this kind is one line.

The gateway gw1 has two certificates, and the newer one was revoked, which is in the CRL; gw2 has one, which is good. No edit may
make gw1 look good, certify it again, or add a trust anchor. What it has to say names the file.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.authority import StoredKey
from ansible_collections.siptls.vos.plugins.module_utils.pki.issuing.key_signer import KeySigner
from ansible_collections.siptls.vos.plugins.module_utils.pki.issuing.revocation_lists import RevocationLists
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.ocsp import statuses
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.validity import Freshness
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.certificate_record import render_record
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.directory import PkiDirectory
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.revocation_record import Revocation
from ansible_collections.siptls.vos.plugins.module_utils.pki.survey.survey import Survey
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import (
    build_authority_certificate,
    fingerprint,
    lifetime,
    pem,
    serial_hex,
)
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.identity import Identity
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import encrypt_private_key
from ansible_collections.siptls.vos.plugins.module_utils.serial_numbers import serial_digits
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import (
    DAY,
    NOW,
    Maker,
    authority,
    issued,
    issuer_of,
    key,
    name,
)
from cryptography import x509

ROOT = authority("Root", number=101)
ISSUING = authority("Issuing", above=ROOT, path_length=0)
EVIL = authority("Root", number=106)
OTHER_EVIL = authority("Other Root", number=107)
WEEK = Freshness(7 * DAY, 3 * DAY)
OLD = issued(ISSUING, identity=Identity("gw1", dns=("gw1.example.com",)), made=NOW - 20 * DAY, number=1)
REVOKED = issued(ISSUING, identity=Identity("gw1", dns=("gw1.example.com",)), made=NOW - 10 * DAY, number=2)
GOOD = issued(ISSUING, identity=Identity("gw2", dns=("gw2.example.com",)), made=NOW - 5 * DAY, number=3)
LONGEST = 20


@dataclass(frozen=True)
class Edited:
    """The directory, and the paths that edits are about."""

    path: Path

    @property
    def revocation(self) -> Path:
        return self.path / f"revocations/issuing/{serial_hex(REVOKED)}.txt"

    @property
    def record(self) -> Path:
        return self.path / f"certificates/gw1/{serial_hex(REVOKED)}.pem"

    @property
    def crl(self) -> Path:
        return next((self.path / "revocation_lists/issuing").glob("*.pem"))

    def authority(self, file: str, of: str = "issuing") -> Path:
        return self.path / "authorities" / of / file

    def put(self, path: str, content: str | bytes) -> None:
        target = self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)

    def rewrite(self, path: Path, old: str, new: str) -> None:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("edited") / "pki"
    directory = PkiDirectory(path)
    for called, maker, chain in (("root", ROOT, ()), ("issuing", ISSUING, (ROOT.certificate,))):
        own = StoredKey.encrypted(encrypt_private_key(maker.key, "secret"))
        directory.add_authority(called, maker.certificate, chain, own)
    for device, certificate, age in (("gw1", OLD, 20), ("gw1", REVOKED, 10), ("gw2", GOOD, 5)):
        directory.claim_key(device, certificate.public_key())
        directory.record_certificate(device, "gateway", certificate, authority="issuing", issued=NOW - age * DAY)
    directory.revoke("issuing", Revocation("gw1", REVOKED.serial_number, "key_compromise", NOW - DAY))
    RevocationLists(directory, directory.authority("issuing")).renew(
        KeySigner(directory.authority("issuing"), "secret"), WEEK, NOW
    )
    return path


@pytest.fixture
def edited(made: Path, tmp_path: Path) -> Iterator[Edited]:
    """A copy for each edit, and an end to what would read without end."""
    signal.alarm(LONGEST)
    yield Edited(Path(shutil.copytree(made, tmp_path / "pki")))
    signal.alarm(0)


def certify(edited: Edited, *pins: str) -> str:
    """What siptls.vos.device_certificate says that is to certify gw1 again; empty where it would."""
    try:
        issuer = issuer_of(edited.path, "issuing", "secret", pins)
        directory = PkiDirectory(edited.path, pins)
        directory.anchors(["issuing"])
        issuer.is_recorded("gw1", REVOKED)
        revocation = issuer.revocation(REVOKED)
        issuer.refuse_revoked("gw1")
    except SiptlsError as error:
        return str(error)
    return "" if revocation is None else "the certificate in use is revoked, and the device would get another"


def crl(edited: Edited) -> str:
    """What siptls.vos.revocation_list says; the serial numbers in the next one where it makes it."""
    directory = PkiDirectory(edited.path)
    try:
        lists = RevocationLists(directory, directory.authority("issuing"))
        found = lists.renew(KeySigner(directory.authority("issuing"), "secret"), WEEK, NOW + 6 * DAY)
    except SiptlsError as error:
        return str(error)
    return f"CRL {found.number} with " + " ".join(serial_digits(one) for one in found.serials)


def inventory(edited: Edited) -> str:
    """What the inventory plugin says of gw1: that it stops, or the state and the reason."""
    try:
        survey = Survey(PkiDirectory(edited.path), renew_before=30 * DAY, now=NOW)
        if survey.problems:
            return str(survey.problems[0])
        found = survey.newest("gw1")
    except SiptlsError as error:
        return str(error)
    return f"{found.standing.state}: {found.standing.reason}" if found else "none"


def ocsp(edited: Edited) -> str:
    """What an OCSP response says of the revoked certificate."""
    directory = PkiDirectory(edited.path)
    try:
        known = statuses(directory, directory.authority("issuing"), NOW)
    except SiptlsError as error:
        return str(error)
    return next(
        (
            "revoked" if one.revocation else "good"
            for one in known
            if one.certificate.serial_number == REVOKED.serial_number
        ),
        "unknown",
    )


# The edits


def forged(*, signed_by: Maker, device: str = "gw1") -> x509.Certificate:
    return issued(
        signed_by,
        identity=Identity(device, dns=(f"{device}.example.com",)),
        valid=lifetime(NOW + 1000 * DAY, timedelta(days=90), None),
        number=8,
    )


def add_forged_record(edited: Edited) -> None:
    # The same name as the issuing CA, another key
    certificate = forged(signed_by=Maker(ISSUING.certificate, key(9)))
    text = render_record("gw1", "gateway", "issuing", NOW + 26000 * DAY, certificate)
    edited.put(f"certificates/gw1/{serial_hex(certificate)}.pem", text)


def add_self_signed_record(edited: Edited) -> None:
    text = render_record("gw1", "gateway", "issuing", NOW + 26000 * DAY, EVIL.certificate)
    edited.put("certificates/gw1/00aa.pem", text)


def copy_record_of_another(edited: Edited) -> None:
    shutil.copy(edited.path / f"certificates/gw2/{serial_hex(GOOD)}.pem", edited.path / "certificates/gw1")


def take_over_record(edited: Edited) -> None:
    copy_record_of_another(edited)
    for path in edited.path.glob("keys/*/*.txt"):
        path.write_text(path.read_text().replace("device: gw2", "device: gw1"))


def copy_record_under_a_name(edited: Edited) -> None:
    edited.put("certificates/gw1/ff.pem", edited.record.with_name(f"{serial_hex(OLD)}.pem").read_bytes())


def date_the_old_record_later(edited: Edited) -> None:
    path = edited.record.with_name(f"{serial_hex(OLD)}.pem")
    issued_line = next(line for line in path.read_text().splitlines() if line.startswith("issued: "))
    edited.rewrite(path, issued_line, "issued: 2099-01-01T00:00:00Z")


def resign_issuing(by: Maker) -> Callable[[Edited], None]:
    """The key of the issuing CA below another root, which takes no private key of ours."""

    def edit(edited: Edited) -> None:
        certificate = build_authority_certificate(
            subject=name("Issuing"),
            public_key=ISSUING.key.public_key(),
            issuer=by.certificate,
            signing_key=by.key,
            valid=lifetime(NOW, 1000 * DAY, by.certificate),
            path_length=0,
        )
        edited.authority("certificate.pem").write_text(pem(certificate))
        edited.authority("chain.pem").write_text(pem(by.certificate))

    return edit


def exchange_issuing(edited: Edited) -> None:
    """Another CA of the same name, below the true root's evil twin, with its CRLs removed."""
    evil = authority("Issuing", above=OTHER_EVIL, number=108)
    edited.authority("certificate.pem").write_text(pem(evil.certificate))
    edited.authority("chain.pem").write_text(pem(OTHER_EVIL.certificate))
    shutil.rmtree(edited.path / "revocation_lists")


def append(path: str, maker: Maker) -> Callable[[Edited], None]:
    def edit(edited: Edited) -> None:
        with (edited.path / path).open("a") as stream:
            stream.write(pem(maker.certificate))

    return edit


def link(path: str, target: str) -> Callable[[Edited], None]:
    def edit(edited: Edited) -> None:
        (edited.path / path).parent.mkdir(parents=True, exist_ok=True)
        (edited.path / path).unlink(missing_ok=True)
        (edited.path / path).symlink_to(target)

    return edit


def move_out(path: str) -> Callable[[Edited], None]:
    """A folder that is a link to where it was moved."""

    def edit(edited: Edited) -> None:
        outside = edited.path.parent / "outside"
        (edited.path / path).rename(outside)
        (edited.path / path).symlink_to(outside)

    return edit


def put(path: str, content: str) -> Callable[[Edited], None]:
    return lambda edited: edited.put(path, content)


def remove(what: str) -> Callable[[Edited], None]:
    return lambda edited: getattr(edited, what).unlink()


def fifo(edited: Edited) -> None:
    os.mkfifo(edited.path / "certificates/gw1/ff.pem")


def too_large(edited: Edited) -> None:
    os.truncate(edited.record, 3 << 20)


def crl_of(maker: Maker, number: int, file: int) -> Callable[[Edited], None]:
    def edit(edited: Edited) -> None:
        built = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(ISSUING.certificate.subject)
            .last_update(NOW - DAY)
            .next_update(NOW + 7 * DAY)
            .add_extension(x509.CRLNumber(number), critical=False)
            .sign(maker.key, _hash())
        )
        from cryptography.hazmat.primitives.serialization import Encoding

        edited.put(f"revocation_lists/issuing/{file:020}.pem", built.public_bytes(Encoding.PEM))

    return edit


def _hash() -> object:
    from cryptography.hazmat.primitives import hashes

    return hashes.SHA256()


NO_RECORD = "was revoked, and its record is missing"
MISSING = "the record of that is missing"
NOT_FOLLOWED = "a symbolic link in the PKI directory is not followed"
NO_LIST = "this revocation list cannot be read, or is not one of this CA"
CHAIN = "the chain of this CA is not what its certificate needs"
PUBLICATION = "authorities/issuing/publication.txt"
REVOKED_GW1 = "was revoked"

#: By name: the edit, and words that certify, crl, inventory and ocsp have to say; None where the edit is nothing to them.
EDITS: dict[str, tuple[Callable[[Edited], None], str, str | None, str, str | None]] = {
    "nothing": (lambda edited: None, REVOKED_GW1, serial_hex(REVOKED), "revoked: ", "revoked"),
    # A merge request adds a trust anchor
    "root appended to the chain": (append("authorities/issuing/chain.pem", EVIL), CHAIN, CHAIN, "revoked: ", CHAIN),
    "root appended to the certificate": (
        append("authorities/issuing/certificate.pem", EVIL),
        CHAIN,
        CHAIN,
        "revoked: ",
        CHAIN,
    ),
    "root appended to the root": (append("authorities/root/chain.pem", EVIL), REVOKED_GW1, None, "revoked: ", None),
    "chain empty": (lambda edited: edited.authority("chain.pem").write_text(""), CHAIN, CHAIN, "revoked: ", CHAIN),
    "re-signed by a root of the same name": (
        resign_issuing(EVIL),
        "holds another CN=Root than this PKI directory",
        "holds another CN=Root",
        "revoked: ",
        "holds another CN=Root",
    ),
    "exchanged with its root": (
        exchange_issuing,
        "did not sign the certificates that were recorded",
        "private key does not",
        "revoked: ",
        None,
    ),
    # Revocation undone by editing text
    "forged record of 2099": (
        add_forged_record,
        "is not valid. Expected",
        None,
        "unknown: ",
        "no CA of this PKI directory signed it",
    ),
    "self-signed record of 2099": (add_self_signed_record, REVOKED_GW1, None, "revoked: ", None),
    "record of another device": (
        copy_record_of_another,
        "the key is that of gw2",
        None,
        "unknown: ",
        "the key is that of gw2",
    ),
    "record under another name": (copy_record_under_a_name, REVOKED_GW1, None, "revoked: ", "revoked"),
    "old record dated later": (date_the_old_record_later, REVOKED_GW1, None, "revoked: ", "revoked"),
    "revocation removed": (remove("revocation"), MISSING, MISSING, MISSING, MISSING),
    "all revocations removed": (
        lambda edited: shutil.rmtree(edited.path / "revocations"),
        MISSING,
        MISSING,
        MISSING,
        MISSING,
    ),
    "one digit of the serial changed": (
        lambda edited: edited.rewrite(edited.revocation, f"serial: {serial_hex(REVOKED)}", "serial: 0a"),
        "is not about the certificate that its file name says",
        "is not about the certificate",
        "revoked: ",
        "is not about the certificate",
    ),
    "revocation of 10,000 digits": (
        lambda edited: edited.rewrite(edited.revocation, "serial: ", "serial: " + "1" * 10000),
        "this is no record of a revocation",
        "this is no record of a revocation",
        "revoked: ",
        "this is no record of a revocation",
    ),
    "header names another CA": (
        lambda edited: edited.rewrite(edited.record, "authority: issuing", "authority: root"),
        REVOKED_GW1,
        serial_hex(REVOKED),
        "revoked: ",
        "revoked",
    ),
    "record removed": (remove("record"), NO_RECORD, serial_hex(REVOKED), NO_RECORD, "revoked"),
    "record and key of another device": (
        take_over_record,
        "it is recorded for gw2 too",
        None,
        "unknown: ",
        "recorded for gw2 too",
    ),
    # Numbers and names of CRLs
    "CRL of 20 nines": (
        put("revocation_lists/issuing/99999999999999999999.pem", "x"),
        NO_LIST,
        NO_LIST,
        NO_LIST,
        NO_LIST,
    ),
    "CRL name of 240 digits": (
        put(f"revocation_lists/issuing/{'9' * 240}.pem", "x"),
        NO_LIST,
        NO_LIST,
        NO_LIST,
        NO_LIST,
    ),
    "CRL name that is no number": (put("revocation_lists/issuing/x.pem", "x"), NO_LIST, NO_LIST, NO_LIST, NO_LIST),
    "CRL signed by another key": (crl_of(EVIL, 1 << 60, 1 << 60), NO_LIST, NO_LIST, NO_LIST, NO_LIST),
    "CRL under a higher number": (crl_of(ISSUING, 5, 1 << 60), NO_LIST, NO_LIST, NO_LIST, NO_LIST),
    "CRL damaged": (lambda edited: edited.crl.write_text("x"), NO_LIST, NO_LIST, NO_LIST, NO_LIST),
    # Links and endless files
    "record linked to /dev/zero": (
        link("certificates/gw1/ff.pem", "/dev/zero"),
        NOT_FOLLOWED,
        None,
        NOT_FOLLOWED,
        NOT_FOLLOWED,
    ),
    "record that is a FIFO": (fifo, "Is a FIFO", None, "Is a FIFO", "Is a FIFO"),
    "record of 3 MiB": (too_large, "is too large", None, "is too large", "is too large"),
    "folder of a device linked": (move_out("certificates/gw1"), NOT_FOLLOWED, None, NOT_FOLLOWED, NOT_FOLLOWED),
    "certificates linked": (move_out("certificates"), NOT_FOLLOWED, None, NOT_FOLLOWED, NOT_FOLLOWED),
    "revocations linked": (move_out("revocations/issuing"), NOT_FOLLOWED, NOT_FOLLOWED, NOT_FOLLOWED, NOT_FOLLOWED),
    "CRLs linked": (move_out("revocation_lists"), NOT_FOLLOWED, NOT_FOLLOWED, NOT_FOLLOWED, NOT_FOLLOWED),
    "authority linked": (move_out("authorities/issuing"), NOT_FOLLOWED, NOT_FOLLOWED, "revoked: ", NOT_FOLLOWED),
    "lock linked": (
        link(".locks/revocation_list_issuing", "/nonexistent/x"),
        REVOKED_GW1,
        NOT_FOLLOWED,
        "revoked: ",
        "revoked",
    ),
    # Addresses in certificates
    "ldap": (
        put(PUBLICATION, "crl_url: ldap://evil/\n"),
        "publication.crl_url",
        "publication.crl_url",
        "revoked: ",
        "publication.crl_url",
    ),
    "https": (
        put(PUBLICATION, "ocsp_url: https://evil/\n"),
        "publication.ocsp_url",
        "publication.ocsp_url",
        "revoked: ",
        "publication",
    ),
    "non-ASCII": (
        put(PUBLICATION, "crl_url: http://\u0435vil/x\n"),
        "publication.crl_url",
        "publication",
        "revoked: ",
        "publication",
    ),
    "userinfo": (
        put(PUBLICATION, "crl_url: http://a@evil/x\n"),
        "publication.crl_url",
        "publication",
        "revoked: ",
        "publication",
    ),
    "port": (
        put(PUBLICATION, "crl_url: http://evil:99999/\n"),
        "publication.crl_url",
        "publication",
        "revoked: ",
        "publication",
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of_the_pki_directory_hides_no_revocation_and_adds_no_anchor(edit: str, edited: Edited) -> None:
    change, *expected = EDITS[edit]
    change(edited)
    for decide, words in zip((certify, crl, inventory, ocsp), expected, strict=True):
        if words is None:
            continue
        said = decide(edited)
        assert words in said, f"{decide.__name__}: {said}"
        assert not said.startswith(("ok: ", "due: ")), f"{decide.__name__}: {said}"
        assert decide is not certify or "would get another" not in said


@pytest.mark.parametrize("by", [EVIL, OTHER_EVIL], ids=["same name", "another name"])
def test_a_root_that_is_not_pinned_is_refused(by: Maker, edited: Edited) -> None:
    pin = fingerprint(ROOT.certificate)
    for form in (pin, pin.lower(), pin.replace(":", "").lower()):
        assert REVOKED_GW1 in certify(edited, form)
    resign_issuing(by)(edited)
    said = certify(edited, pin)
    assert f"Found: {fingerprint(by.certificate)}" in said
    assert pin in said
    assert "pki_root_fingerprints" in said
    with pytest.raises(SiptlsError, match="64 hexadecimal digits"):
        PkiDirectory(edited.path, ["AA:BB"])


def remove_record_and_revocation(edited: Edited) -> None:
    edited.record.unlink()
    edited.revocation.unlink()


def remove_folder_and_revocation(edited: Edited) -> None:
    shutil.rmtree(edited.record.parent)
    edited.revocation.unlink()


def name_another_device(edited: Edited) -> None:
    edited.record.unlink()
    edited.rewrite(edited.revocation, "device: gw1", "device: gw2")


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda edited: None, "was revoked, so it gets no other"),
        (remove("record"), NO_RECORD),
        (remove("revocation"), MISSING),
        (remove_record_and_revocation, MISSING),
        (remove_folder_and_revocation, MISSING),
        (name_another_device, NO_RECORD),
    ],
)
def test_revoked_device_that_was_reset_is_not_certified_whatever_is_removed(
    edit: Callable[[Edited], None], words: str, edited: Edited
) -> None:
    """It has no certificate installed, whose serial number would tell: the PKI directory alone decides."""
    edit(edited)
    with pytest.raises(SiptlsError, match=words):
        issuer_of(edited.path, "issuing", "secret").refuse_revoked("gw1")


def roll_over(edited: Edited) -> str:
    """A CA below another root takes over; gw2 has a certificate of it, gw1 none. The pin of the new root, which is the only one now."""
    root = authority("Root 2", number=201)
    issuing = authority("Issuing 2", above=root, path_length=0, number=202)
    directory = PkiDirectory(edited.path)
    for called, maker, chain in (("root2", root, ()), ("issuing2", issuing, (root.certificate,))):
        own = StoredKey.encrypted(encrypt_private_key(maker.key, "secret"))
        directory.add_authority(called, maker.certificate, chain, own)
    made = issued(issuing, identity=Identity("gw2", dns=("gw2.example.com",)), made=NOW - DAY, number=33)
    directory.claim_key("gw2", made.public_key())
    directory.record_certificate("gw2", "gateway", made, authority="issuing2", issued=NOW - DAY)
    return fingerprint(root.certificate)


def test_device_that_a_rollover_left_behind_stops_nobody_else_once_the_old_root_is_not_pinned(edited: Edited) -> None:
    directory = PkiDirectory(edited.path, [roll_over(edited)])
    known = statuses(directory, directory.authority("issuing2"), NOW)
    assert [one.certificate.subject for one in known] == [name("gw2")]
    issuer_of(edited.path, "issuing2", "secret", directory.pins.fingerprints).refuse_revoked("gw2")


def test_device_that_a_rollover_left_behind_is_refused_with_the_way_to_take_it_back(edited: Edited) -> None:
    new = roll_over(edited)
    with pytest.raises(SiptlsError, match="was issued by issuing, which is not trusted") as refused:
        issuer_of(edited.path, "issuing2", "secret", [new]).refuse_revoked("gw1")
    assert fingerprint(ROOT.certificate) in str(refused.value)
    assert "for one run with --limit gw1" in str(refused.value)
    # As it says; and this one was revoked by the old CA
    with pytest.raises(SiptlsError, match="was revoked, so it gets no other"):
        issuer_of(edited.path, "issuing2", "secret", [new, fingerprint(ROOT.certificate)]).refuse_revoked("gw1")
