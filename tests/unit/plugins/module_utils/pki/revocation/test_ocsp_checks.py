# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive of OCSP responses that somebody has altered: whatever was done to it, nothing of it is used."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.durations import parse_duration
from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.authority import Authority
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation import ocsp as made_here
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.ocsp import Responder, Status
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.ocsp_archive import (
    archive,
    contents_of,
    read_archive,
)
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.ocsp_checks import Responses
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.validity import Freshness
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.revocation_record import Revocation
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.profiles import profile_named
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import DAY, NOW, authority, issued
from cryptography.x509.ocsp import load_der_ocsp_response

ROOT = authority("Root", number=101)
ISSUING = authority("Issuing", above=ROOT, path_length=0)
IMPOSTOR = authority("Issuing", above=ROOT, path_length=0, number=103)
GOOD, OTHER, GONE = (issued(ISSUING, number=number) for number in range(3))
REVOCATION = Revocation("gw3", GONE.serial_number, "key_compromise", NOW - DAY, None)
KNOWN = [Status(GOOD, None), Status(OTHER, None), Status(GONE, REVOCATION)]
FRESH = Freshness(parse_duration("7d"), parse_duration("3d"))
CA = Authority("issuing", Path("/pki"), ISSUING.certificate, (ROOT.certificate,))
RECORDED: set[bytes] = set()


def responder(*, by=ISSUING, now=NOW, recorded: bool = True) -> Responder:
    made = Responder.made(Authority("issuing", Path("/pki"), by.certificate, ()), by.key, FRESH, now)
    if recorded:
        RECORDED.add(made.certificate.serial_number.to_bytes(20, "big"))
    return Responder(CA, made.certificate, made.key, FRESH, now)


def packed(known: list[Status], by: Responder) -> tuple[bytes, dict[str, bytes]]:
    """An archive, and its responses by the names that they have in it."""
    contents = contents_of(ISSUING.certificate, known, FRESH.next_update(by.now, ISSUING.certificate))
    text = archive(contents, by.responses(known), by.now)
    with tarfile.open(fileobj=io.BytesIO(text)) as tar:
        files = {entry.name: tar.extractfile(entry).read() for entry in tar}
    del files["contents.txt"]
    return text, files


def fault(files: dict[str, bytes], *, now=NOW, end=None) -> str:
    checks = Responses(CA, lambda found: found.serial_number.to_bytes(20, "big") in RECORDED, now)
    return checks.fault(files, KNOWN, end or FRESH.next_update(NOW, ISSUING.certificate))


BY = responder()
_TEXT, FILES = packed(KNOWN, BY)
NAMES = list(FILES)


def test_responses_that_were_signed_here_are_used_again() -> None:
    assert fault(FILES) == ""


def swapped() -> dict[str, bytes]:
    return {**FILES, NAMES[0]: FILES[NAMES[2]]}


def flipped() -> dict[str, bytes]:
    """One bit of the signature."""
    text = FILES[NAMES[0]]
    signature = load_der_ocsp_response(text).signature
    return {**FILES, NAMES[0]: text.replace(signature, signature[:-1] + bytes([signature[-1] ^ 1]))}


def good_again() -> dict[str, bytes]:
    """The responses of the time before the revocation."""
    return packed([Status(status.certificate, None) for status in KNOWN], BY)[1]


def without_the_usage() -> dict[str, bytes]:
    """Signed by a device with its own certificate."""
    device = responder()
    RECORDED.add(GOOD.serial_number.to_bytes(20, "big"))
    key = made_here.key_type_named("ecdsa-p256").generate()
    certificate = made_here.build_device_certificate(
        identity=made_here.Identity("gw1", ("sip:gw1@example.com",), ("gw1.example.com",)),
        profile=profile_named("gateway"),
        public_key=key.public_key(),
        issuer=ISSUING.certificate,
        signing_key=ISSUING.key,
        valid=made_here.lifetime(NOW, 7 * DAY, ISSUING.certificate),
    )
    RECORDED.add(certificate.serial_number.to_bytes(20, "big"))
    return packed(KNOWN, Responder(CA, certificate, key, FRESH, device.now))[1]


ALTERED: dict[str, tuple[Callable[[], dict[str, bytes]], str]] = {
    "one is missing": (lambda: {name: FILES[name] for name in NAMES[1:]}, "it is missing"),
    "one more": (lambda: {**FILES, "AAAA": b"x"}, "1 files that answer no request"),
    "one for another": (swapped, "another certificate"),
    "a bit flipped": (flipped, "its signature does not verify"),
    "garbage": (lambda: {**FILES, NAMES[0]: b"garbage"}, "it cannot be read"),
    "from before the revocation": (good_again, "it says good, and the PKI directory revoked"),
    "by another CA": (lambda: packed(KNOWN, responder(by=IMPOSTOR))[1], "not certified by this CA"),
    "by a device": (without_the_usage, "not certified to sign OCSP responses"),
    "not recorded": (lambda: packed(KNOWN, responder(recorded=False))[1], "not recorded in the PKI directory"),
    "from last month": (lambda: packed(KNOWN, responder(now=NOW - 30 * DAY))[1], "it holds until"),
    "from tomorrow": (lambda: packed(KNOWN, responder(now=NOW + DAY))[1], "it holds until"),
}


@pytest.mark.parametrize("case", ALTERED)
def test_altered_responses_are_not_used(case: str) -> None:
    make, words = ALTERED[case]
    assert words in fault(make())


def test_claimed_end_is_no_proof() -> None:
    later = FRESH.next_update(NOW, ISSUING.certificate) + timedelta(days=365)
    assert "is said to hold until" in fault(FILES, end=later)
    old = packed(KNOWN, responder(now=NOW - 30 * DAY))[1]
    end = FRESH.next_update(NOW - 30 * DAY, ISSUING.certificate)
    assert "the certificate of its responder is not valid now" in fault(old, end=end)


def member(name: str, *, kind: bytes = tarfile.REGTYPE, size: int = 1, target: str = "") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        about = io.BytesIO(contents_of(ISSUING.certificate, KNOWN, NOW).render())
        entry = tarfile.TarInfo("contents.txt")
        entry.size = len(about.getvalue())
        tar.addfile(entry, about)
        entry = tarfile.TarInfo(name)
        entry.type, entry.size, entry.linkname = kind, size if kind == tarfile.REGTYPE else 0, target
        tar.addfile(entry, io.BytesIO(b"x" * size))
    return stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        member("a", kind=tarfile.SYMTYPE, target="/etc/passwd"),
        member("a", kind=tarfile.LNKTYPE, target="contents.txt"),
        member("a", kind=tarfile.DIRTYPE),
        member("a", kind=tarfile.CHRTYPE),
        member("a", size=100_000),
        b"x" * 10_000_000,
        b"",
        b"\x1f\x8b" + b"\0" * 100,
    ],
    ids=["symlink", "hard link", "folder", "device", "large file", "large archive", "empty", "compressed"],
)
def test_archive_with_anything_but_small_files_is_not_read(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(text)
    assert read_archive(tmp_path / "a.tar", 6) is None


def test_archive_that_is_no_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "real.tar").write_bytes(_TEXT)
    assert read_archive(tmp_path / "real.tar", 6) is not None
    assert read_archive(tmp_path / "real.tar", 5) is None, "more files than there are responses"
    (tmp_path / "link.tar").symlink_to("real.tar")
    assert read_archive(tmp_path / "link.tar", 6) is None
    assert read_archive(tmp_path, 6) is None
    assert read_archive(tmp_path / "nothing.tar", 6) is None
