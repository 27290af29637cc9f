# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.ocsp import Status, index_text
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.ocsp_archive import (
    archive,
    contents_of,
    read_archive,
)
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.validity import Freshness
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.certificate_record import (
    Record,
    parse_record,
    render_record,
)
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.revocation_record import (
    REASONS,
    Revocation,
    barring,
    parse_serial,
    revocable,
)
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.publication import Publication
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import DAY, NOW, authority, issued
from hypothesis import given
from hypothesis import strategies as st

ISSUING = authority("Issuing")
SECONDS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda time: time.replace(microsecond=0)
)
DEVICES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1)
WEEK = Freshness(7 * DAY, 3 * DAY)


@given(
    st.builds(
        Revocation,
        device=DEVICES,
        serial=st.integers(1, 2**159),
        reason=st.sampled_from(REASONS),
        revoked=SECONDS,
        not_after=st.none() | SECONDS,
    )
)
def test_a_revocation_is_read_as_it_was_written(revocation: Revocation) -> None:
    assert Revocation.parse(revocation.render(), where="") == revocation


@given(st.binary())
def test_anything_else_is_no_revocation_and_says_so(text: bytes) -> None:
    with pytest.raises(SiptlsError, match="there: this is no record of a revocation"):
        Revocation.parse(text, where="there")


@given(DEVICES, st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_a_record_is_read_as_it_was_written(device: str, time: datetime) -> None:
    certificate = issued(ISSUING)
    record = parse_record(device, Path("x"), render_record(device, "gateway", "issuing", time, certificate))
    assert record == Record(device, "gateway", "issuing", time, certificate, Path("x"))


@given(st.binary())
def test_a_damaged_record_is_told_with_its_path(text: bytes) -> None:
    with pytest.raises(SiptlsError, match="there.pem: this record of a certificate cannot be read"):
        parse_record("gw1", Path("there.pem"), text)


def record_of(serial_of: object, at: datetime, name: str = "issuing") -> Record:
    return Record("gw1", "gateway", name, at, serial_of, Path("x"))  # type: ignore[arg-type]


def test_a_device_is_barred_while_the_newest_of_its_certificates_is_revoked() -> None:
    old, new = issued(ISSUING), issued(ISSUING, number=1)
    records = [record_of(old, NOW - DAY), record_of(new, NOW)]
    revoked = {one: Revocation("gw1", one.serial_number, "superseded", NOW) for one in (old, new)}
    assert barring([], [revoked[old]]) is None
    assert barring(records, []) is None
    assert barring(records, [revoked[old]]) is None
    assert barring(records, [revoked[old], revoked[new]]) == revoked[new]
    assert barring(records[:1], [revoked[old]]) == revoked[old]


@pytest.mark.parametrize("reason", ["superseded", "key_compromise"])
def test_a_leftover_that_was_revoked_bars_no_device_that_uses_another_certificate(reason: str) -> None:
    old, leftover, expired, other = (
        issued(ISSUING, made=NOW - DAY, number=1),
        issued(ISSUING, number=2),
        issued(ISSUING, made=NOW - 99 * DAY, number=3),
        issued(ISSUING, number=4),
    )
    records = [record_of(expired, NOW - 99 * DAY), record_of(old, NOW - DAY), record_of(leftover, NOW)]
    by = {one: Revocation("gw1", one.serial_number, reason, NOW) for one in (old, leftover, expired, other)}
    assert barring(records, [by[leftover]], in_use=old, now=NOW) is None
    # Who has the revoked one, one that was revoked as well, one that has expired, another's or none is barred
    assert barring(records, [by[leftover]], in_use=leftover, now=NOW) == by[leftover]
    assert barring(records, [by[leftover], by[old]], in_use=old, now=NOW) == by[leftover]
    assert barring(records, [by[leftover]], in_use=expired, now=NOW) == by[leftover]
    assert barring(records, [by[leftover]], in_use=other, now=NOW) == by[leftover]
    assert barring(records, [by[leftover]], in_use=None, now=NOW) == by[leftover]
    disbelieved = [replace(records[1], problem="not its key"), records[2]]
    assert barring(disbelieved, [by[leftover]], in_use=old, now=NOW) == by[leftover]


def test_what_has_ended_or_is_anothers_is_not_revoked() -> None:
    ended, good = issued(ISSUING, made=NOW - 99 * DAY), issued(ISSUING)
    records = [record_of(ended, NOW), record_of(good, NOW), record_of(good, NOW, "other")]
    assert revocable(records, "issuing", NOW) == (records[1],)


@pytest.mark.parametrize(
    ("text", "number"),
    [("0A", 10), ("0a:1B", 0xA1B), ("serial=FF", 255), (" 7f ", 127), ("f" * 40, 2**160 - 1)],
)
def test_serial_numbers_as_openssl_prints_them(text: str, number: int) -> None:
    assert parse_serial(text) == number


@pytest.mark.parametrize("text", ["", "0x1", "12 34", "g", "f" * 41, "-1", ":"])
def test_no_serial_numbers(text: str) -> None:
    with pytest.raises(SiptlsError, match="1 to 40 hexadecimal digits"):
        parse_serial(text)


@pytest.mark.parametrize(
    ("left", "reason"),
    [
        (timedelta(days=7), None),
        (timedelta(days=3, seconds=1), None),
        (timedelta(days=3), "renewal due: 3 d left, renewed 3 d before the end"),
        (timedelta(seconds=1), "renewal due: 1 s left"),
        (timedelta(0), "next update was due 0 s ago"),
        (timedelta(days=-2), "next update was due 2 d ago"),
        (timedelta(days=7, hours=2), "valid for another 7 d, longer than the 7 d wanted"),
    ],
)
def test_when_a_statement_about_revocation_is_made_anew(left: timedelta, reason: str | None) -> None:
    said = WEEK.reason_to_renew(NOW + left, NOW, ISSUING.certificate)
    assert said == reason if reason is None else (said or "").startswith(reason)


def test_a_statement_that_ends_with_its_authority_is_not_made_anew_for_nothing() -> None:
    short = authority("Short", made=NOW, valid_for=2 * DAY)
    assert WEEK.next_update(NOW, short.certificate) == NOW + 2 * DAY
    assert WEEK.reason_to_renew(NOW + 2 * DAY, NOW, short.certificate) is None
    assert WEEK.reason_to_renew(NOW + DAY, NOW, short.certificate)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"valid_for": "7d", "renew_before": "7d"}, "renew_before is not shorter than valid_for"),
        ({"valid_for": "7", "renew_before": "3d"}, "valid_for is not a duration"),
    ],
)
def test_what_does_not_go_together_is_told(options: dict[str, str], words: str) -> None:
    with pytest.raises(SiptlsError, match=words):
        Freshness.checked(**options)


@pytest.mark.parametrize(
    ("interval", "renewed"),
    [
        ("", 3 * DAY),
        ("24h", 3 * DAY),
        ("36h", 3 * DAY),
        ("2d", 4 * DAY),
        ("3d", 6 * DAY),
        ("4d", 3 * DAY),
        ("1w", 3 * DAY),
    ],
)
def test_what_would_not_last_for_two_runs_is_renewed(interval: str, renewed: timedelta) -> None:
    found = Freshness.checked(valid_for="7d", renew_before="3d", run_interval=interval)
    assert found == Freshness(7 * DAY, renewed)


def test_addresses_are_read_as_they_were_written() -> None:
    full = Publication.checked(crl_url="http://a.example/x.crl", ocsp_url="http://a.example:8080/o", certificate_url="")
    assert Publication.parse(full.render()) == full
    assert full.render() == b"crl_url: http://a.example/x.crl\nocsp_url: http://a.example:8080/o\n"
    assert Publication.parse(b"other: thing\ngarbage\n") == Publication()


def test_the_index_is_that_of_openssl_ca() -> None:
    good, revoked, plain = (issued(ISSUING, number=number) for number in range(3))
    far = issued(ISSUING, made=NOW, valid=None)
    lines = index_text(
        [
            Status(good, None),
            Status(revoked, Revocation("gw1", revoked.serial_number, "key_compromise", NOW)),
            Status(plain, Revocation("gw1", plain.serial_number, "privilege_withdrawn", NOW)),
            Status(far, None),
        ]
    ).splitlines()
    rows = [line.split("\t") for line in lines]
    assert [len(row) for row in rows] == [6] * 4
    assert [row[0] for row in rows] == ["V", "R", "R", "V"]
    assert [row[2] for row in rows] == ["", "261123120000Z,keyCompromise", "261123120000Z", ""]
    assert rows[0][1] == "270221120000Z"
    assert rows[1][3] == f"{revoked.serial_number:X}".zfill(
        len(f"{revoked.serial_number:X}") + len(f"{revoked.serial_number:X}") % 2
    )


def test_responses_whose_path_ends_with_a_slash_are_unpacked_like_all_others(tmp_path: Path) -> None:
    paths = {"MFUw/abc": b"one", "MFUw/abd/": b"two", "MFUw//abe+=": b"three"}
    contents = contents_of(ISSUING.certificate, [], NOW)
    (tmp_path / "a.tar").write_bytes(archive(contents, paths.items(), NOW))
    subprocess.run(["tar", "-xf", "a.tar"], cwd=tmp_path, check=True)
    for path, response in paths.items():
        assert (tmp_path / (f"{path}-" if path.endswith("/") else path)).read_bytes() == response
    files = {f"{path}-" if path.endswith("/") else path: response for path, response in paths.items()}
    assert read_archive(tmp_path / "a.tar", len(paths)) == (contents, files)
