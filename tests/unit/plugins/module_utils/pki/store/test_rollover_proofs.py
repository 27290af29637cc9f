# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a CA rollover has proven: a file that is there proves nothing by being there."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.authority import StoredKey
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.directory import PkiDirectory
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.revocation_record import Revocation
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.rollover_proof import Proof
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import serial_hex
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.identity import Identity
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import encrypt_private_key
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import (
    DAY,
    NOW,
    Maker,
    authority,
    issued,
)

OLD = authority("Old", number=130)
NEW = authority("New", number=131)


def record(pki: PkiDirectory, device: str, by: Maker, name: str, number: int, age: int = 10) -> str:
    made = issued(by, identity=Identity(device, dns=("gw.example.com",)), made=NOW - age * DAY, number=number)
    pki.record_certificate(device, "gateway", made, authority=name, issued=NOW - age * DAY)
    return serial_hex(made)


@pytest.fixture
def pki(tmp_path: Path) -> PkiDirectory:
    directory = PkiDirectory(tmp_path / "pki")
    for name, maker in (("old", OLD), ("new", NEW)):
        directory.add_authority(
            name, maker.certificate, (), StoredKey.encrypted(encrypt_private_key(maker.key, "secret"))
        )
    return directory


@pytest.fixture
def seen(pki: PkiDirectory) -> dict[str, str]:
    return {device: record(pki, device, OLD, "old", at) for at, device in enumerate(("gw1", "gw2", "网关"))}


def test_what_was_proven_is_read_as_it_was_written(pki: PkiDirectory, seen: dict[str, str]) -> None:
    assert pki.record_trust("new", before="old", seen=seen, now=NOW)
    assert not pki.record_trust("new", before="old", seen=seen, now=NOW), "once"
    proof = pki.trust_proof("new", now=NOW + DAY, thorough=True)
    assert proof is not None
    assert (proof.other, proof.proven, len(proof.seen)) == ("old", NOW, 3)
    assert pki.predecessor("new") == "old"
    assert "devices: 3\n" in (pki.path / "rollovers/new.txt").read_text()


def test_a_device_that_was_not_asked_is_named_and_one_that_came_later_is_nobodys_business(
    pki: PkiDirectory, seen: dict[str, str]
) -> None:
    gone = record(pki, "gw9", OLD, "old", 9)
    assert pki.record_trust("new", before="old", seen=seen, now=NOW)
    assert "not asked: gw9\n" in (pki.path / "rollovers/new.txt").read_text(), gone
    record(pki, "gw10", OLD, "old", 10, age=-1)
    assert pki.trust_proof("new", now=NOW + 2 * DAY, thorough=True)


def text(pki: PkiDirectory) -> str:
    return (pki.path / "rollovers/new.txt").read_text()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda said: "", "written by hand or by an older version"),
        (
            lambda said: "authority: new\ntakes over from: old\nproven: 2026-01-01T00:00:00Z\ndevices: 3\n",
            "older version",
        ),
        (lambda said: said.replace("authority: new", "authority: newer"), "it is about 'newer'"),
        (lambda said: said.replace("predecessor: ", "successor: "), "without a predecessor"),
        (lambda said: said.replace("devices: 3", "devices: 4"), "counts 4 devices and names 3"),
        (lambda said: said.replace("proven: 2026", "proven: 2096"), "which is in the future"),
        (lambda said: said.replace("proven: 2026", "proven: \u0660026"), "is not a time"),
        (lambda said: said.replace("seen: gw2", "seen: ../gw2"), "is not one that siptls.vos.rollover writes"),
        (lambda said: said.replace("seen: gw2", "seen: gw1"), "is not one that siptls.vos.rollover writes"),
        (lambda said: said.replace("seen: gw2", "seen: gw7"), "it names gw7, which has no record"),
        (
            lambda said: said.replace("devices: 3", "devices: 2").replace(line(said, "gw2"), ""),
            "gw2 has a valid certificate of old",
        ),
        (lambda said: said.replace(line(said, "gw2"), "seen: gw2 00aa\n"), "certificate 00aa of gw2 is not on record"),
    ],
)
def test_a_file_that_proves_nothing_is_refused_and_says_how_to_prove_it_again(
    change: object, words: str, pki: PkiDirectory, seen: dict[str, str]
) -> None:
    pki.record_trust("new", before="old", seen=seen, now=NOW)
    path = pki.path / "rollovers/new.txt"
    path.write_text(change(path.read_text()))  # type: ignore[operator]
    with pytest.raises(SiptlsError, match="does not prove") as refused:
        pki.trust_proof("new", now=NOW, thorough=True)
    assert words in str(refused.value)
    assert str(path) in str(refused.value)
    assert "run siptls.vos.rollover with the same phase again" in str(refused.value)
    assert ("-e rollover_is_proven=true" in str(refused.value)) == ("older version" in words)


def line(said: str, device: str) -> str:
    return next(one for one in said.splitlines(keepends=True) if one.startswith(f"seen: {device} "))


def test_a_revoked_certificate_needs_no_proof(pki: PkiDirectory, seen: dict[str, str]) -> None:
    serial = int(record(pki, "gw9", OLD, "old", 9), 16)
    pki.revoke("old", Revocation("gw9", serial, "superseded", NOW))
    assert pki.record_trust("new", before="old", seen=seen, now=NOW)
    assert "gw9" not in text(pki)


def test_a_retirement_is_proven_by_certificates_of_the_successor_alone(pki: PkiDirectory, seen: dict[str, str]) -> None:
    with pytest.raises(SiptlsError, match="was issued by old"):
        pki.record_retirement("old", after="new", seen=seen, now=NOW)
    renewed = {device: record(pki, device, NEW, "new", 20 + at, age=1) for at, device in enumerate(seen)}
    assert pki.record_retirement("old", after="new", seen=renewed, now=NOW)
    assert pki.retirement_proof("old", now=NOW, thorough=True)
    assert pki.successor("old") == "new"
    (pki.path / "retirements/old.txt").write_text("authority: old\ntaken over by: new\n")
    assert pki.successor("old") == "new", "who is named is kept, since that permits nothing"
    with pytest.raises(SiptlsError, match="does not prove"):
        pki.retirement_proof("old", now=NOW)


def test_ten_thousand_devices_fit() -> None:
    seen = {f"gw{number:06}.example.com": f"{number:040x}" for number in range(10_000)}
    proof = Proof("new", "predecessor", "old", NOW, seen)
    rendered = proof.render()
    assert len(rendered) < 1 << 20
    assert Proof.parse(rendered, authority="new", role="predecessor", now=NOW, where="") == proof
