# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many certificates in one task: each whole, each once, whatever interrupts it."""

from __future__ import annotations

import os
import shutil
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.tasks import (
    ISSUER,
    Task,
    authority,
    issuing,
    left_over,
    merged,
    openssl,
    records,
    serial,
)

pytestmark = pytest.mark.nightly

PASSPHRASE = "pkcs12-passphrase-Eek4ooph"


def device(name: str, **options: Any) -> dict[str, Any]:
    identity = {"common_name": name, "sip_uris": [f"sip:{name}@example.com"], "dns": [f"{name}.example.com"]}
    return merged({"name": name, "identity": identity}, options)


def batch(*devices: dict[str, Any], **options: Any) -> Task:
    defaults = {"issuer": ISSUER, "devices": list(devices), "directory": "out"}
    return {"name": "The batch", "siptls.vos.device_certificate_batch": merged(defaults, options)}


def fleet(count: int) -> list[dict[str, Any]]:
    return [device(f"gw{number}") for number in range(count)]


def assert_whole(out: Path, pki: Path, *names: str) -> None:
    """Certificate and key of each device belong together, verify, and are on record."""
    for name in names:
        certificate, key = out / name / "certificate.pem", out / name / "private_key.pem"
        assert openssl("x509", "-in", certificate, "-noout", "-pubkey") == openssl("pkey", "-in", key, "-pubout")
        bundle = pki / "authorities/root/certificate.pem"
        said = openssl("verify", "-x509_strict", "-CAfile", bundle, "-untrusted", certificate, certificate)
        assert said.strip() == f"{certificate}: OK"
        assert (pki / f"certificates/{name}/{serial(certificate)}.pem").is_file()
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_each_device_gets_a_key_and_a_certificate_once(play: Play, pki: Path) -> None:
    devices = fleet(5)
    foretold = play([batch(*devices)], check=True, diff=True)
    assert "gw3: no certificate installed" in foretold.output
    assert not (play.folder / "out").exists()
    assert not (pki / "certificates").exists()
    first = play([batch(*devices)]).of("gw1")
    assert (first["issued"], first["unchanged"]) == (5, 0)
    assert first["reason"] == "no certificate installed (5)"
    assert_whole(play.folder / "out", pki, *(f"gw{number}" for number in range(5)))
    assert {entry["name"]: entry["serial_number"] for entry in first["devices"]} == {
        f"gw{number}": serial(play.folder / f"out/gw{number}/certificate.pem") for number in range(5)
    }
    assert not left_over(pki, play.folder / "out")
    again = play([batch(*devices)])
    assert again.nothing_changed
    assert again.of("gw1")["unchanged"] == 5
    before = serial(play.folder / "out/gw0/certificate.pem")
    grown = play([batch(*devices, device("gw9"), device("gw4", identity={"dns": ["new.example.com"]}))], fails=True)
    assert "gw4: a device is there twice" in grown.message("gw1")
    devices[4] = device("gw4", identity={"dns": ["new.example.com"]})
    grown = play([batch(*devices, device("gw9"))]).of("gw1")
    assert {entry["name"]: entry["reason"].partition(":")[0] for entry in grown["devices"]} == {
        "gw4": "names differ",
        "gw9": "no certificate installed",
    }
    assert serial(play.folder / "out/gw0/certificate.pem") == before
    assert_whole(play.folder / "out", pki, "gw4", "gw9")


@pytest.mark.parametrize("umask", [0o000, 0o077], ids=oct)
def test_folders_and_keys_belong_to_the_user_alone_whatever_the_umask(play: Play, pki: Path, umask: int) -> None:
    kinds = ["pair", "combined", "pkcs12", "chain", "trust_bundle"]
    before = os.umask(umask)
    try:
        play([batch(device("gw1"), outputs=kinds, pkcs12_passphrase=PASSPHRASE)])
    finally:
        os.umask(before)
    private = {"private_key.pem", "combined.pem", "device.p12"}
    for path in (play.folder / "out", *(play.folder / "out").rglob("*")):
        wanted = 0o700 if path.is_dir() else 0o600 if path.name in private else 0o644
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path
    for folder in (
        "certificates",
        "certificates/gw1",
        "keys",
        *(f"keys/{each.name}" for each in (pki / "keys").iterdir()),
    ):
        assert stat.S_IMODE((pki / folder).stat().st_mode) == 0o755, folder


def test_files_are_as_they_were_asked_for(play: Play, pki: Path) -> None:
    kinds = ["pair", "combined", "pkcs12", "chain", "trust_bundle"]
    task = batch(device("gw1"), device("gw2", pkcs12_passphrase="own"), outputs=kinds, pkcs12_passphrase=PASSPHRASE)
    made = play([task], diff=True, verbosity=5)
    out = play.folder / "out"
    assert sorted(path.name for path in (out / "gw1").iterdir()) == [
        "certificate.pem",
        "chain.pem",
        "combined.pem",
        "device.p12",
        "private_key.pem",
        "trust_bundle.pem",
    ]
    key = (out / "gw1/private_key.pem").read_text()
    assert (out / "gw1/combined.pem").read_text() == key + (out / "gw1/certificate.pem").read_text()
    for name in ("combined.pem", "device.p12", "private_key.pem"):
        assert stat.S_IMODE((out / "gw1" / name).stat().st_mode) == 0o600
    for name, passphrase in (("gw1", PASSPHRASE), ("gw2", "own")):
        said = openssl("pkcs12", "-in", out / name / "device.p12", "-passin", f"pass:{passphrase}", "-nodes")
        assert said.count("BEGIN CERTIFICATE") == 2
        assert "BEGIN PRIVATE KEY" in said
    said = openssl("verify", "-x509_strict", "-CAfile", out / "gw1/trust_bundle.pem", out / "gw1/certificate.pem")
    assert said.strip().endswith(": OK")
    assert PASSPHRASE not in made.output
    assert "PRIVATE KEY-----\n" not in made.output
    assert play([task]).nothing_changed
    (out / "gw1/combined.pem").unlink()
    before = serial(out / "gw1/certificate.pem")
    assert play([task]).of("gw1")["reason"] == "missing (1)"
    assert (out / "gw1/combined.pem").read_text() == key + (out / "gw1/certificate.pem").read_text()
    assert serial(out / "gw1/certificate.pem") == before


def test_a_renewal_leaves_the_generation_before_and_no_older_one(play: Play, pki: Path) -> None:
    out = play.folder / "out"
    for names in ("a", "b", "c", "d"):
        play([batch(device("gw1", identity={"dns": [f"{names}.example.com"]}))])
        assert_whole(out, pki, "gw1")
    assert len(list((out / ".generations").iterdir())) == 2
    assert len(records(pki)) == 4
    keys = {(path / "private_key.pem").read_text() for path in (out / ".generations").iterdir()}
    assert len(keys) == 2
    kept = (out / "gw1/private_key.pem").read_text()
    play([batch(device("gw1", identity={"dns": ["e.example.com"]}), key={"rekey": "never"})])
    assert (out / "gw1/private_key.pem").read_text() == kept


def test_a_wrong_value_of_one_device_stops_before_anything_is_written(play: Play, pki: Path) -> None:
    cases = {
        "gw1 (devices[1]): identity.dns holds a value that is no host name": device("gw1", identity={"dns": ["*.x"]}),
        "devices[1] has no name": {"identity": {}},
        "gw1 (devices[1]): this is no device": device("gw1", keys="typo"),
        "gw1 (devices[1]): identity is not one": device("gw1", identity={"sip_uris": "sip:x@example.com"}),
        "gw1 (devices[1]): unknown profile": device("gw1", profile="toaster"),
    }
    for words, wrong in cases.items():
        assert words in play([batch(device("gw0"), wrong)], fails=True).message("gw1")
    assert "no passphrase for the PKCS 12 file" in play([batch(device("gw0"), outputs=["pkcs12"])], fails=True).message(
        "gw1"
    )
    wrong = play([batch(device("gw0"), issuer={"passphrase": "wrong"})], fails=True, check=True).message("gw1")
    assert "check the passphrase first" in wrong
    assert not (play.folder / "out").exists()
    assert not (pki / "certificates").exists()


def test_a_revoked_device_gets_no_other_and_stops_the_batch(play: Play, pki: Path) -> None:
    play([batch(*fleet(2))])
    revoked = {"pki": "pki", "authority": "issuing", "device": "gw1"}
    play([{"name": "Revoke", "siptls.vos.certificate_revocation": revoked}])
    refused = play([batch(*fleet(3))], fails=True).message("gw1")
    assert "gw1: the newest certificate of this device was revoked, so it gets no other" in refused
    assert not (play.folder / "out/gw2").exists()
    done = play([batch(*fleet(3), after_revocation="issue")]).of("gw1")
    assert {entry["name"]: entry["reason"] for entry in done["devices"]} == {
        "gw1": "the certificate was revoked",
        "gw2": "no certificate installed",
    }
    assert_whole(play.folder / "out", pki, "gw0", "gw1", "gw2")


def test_compromised_key_that_is_put_back_is_not_certified_again(play: Play, pki: Path) -> None:
    """The key beside a good certificate is the one of a certificate that was revoked."""
    never = {"rekey": "never"}
    play([batch(device("gw1"))])
    old = (play.folder / "out/gw1/private_key.pem").read_text()
    play(
        [
            {
                "name": "Revoke",
                "siptls.vos.certificate_revocation": {"pki": "pki", "authority": "issuing", "device": "gw1"},
            }
        ]
    )
    play([batch(device("gw1"), after_revocation="issue", key=never)])
    assert (play.folder / "out/gw1/private_key.pem").read_text() != old
    (play.folder / "out/gw1/private_key.pem").write_text(old)
    done = play([batch(device("gw1"), key=never)]).of("gw1")
    assert done["devices"][0]["reason"] == "private key and certificate do not match"
    assert (play.folder / "out/gw1/private_key.pem").read_text() != old
    assert_whole(play.folder / "out", pki, "gw1")


@pytest.mark.parametrize("kind", ["first", "renewal"])
def test_killed_at_any_moment_it_goes_on_where_it_was_and_issues_nothing_twice(
    play: Play, pki: Path, kind: str
) -> None:
    count = 400
    devices = fleet(count)
    if kind == "renewal":
        play([batch(*devices)])
        devices = [device(entry["name"], identity={"dns": ["new.example.com"]}) for entry in devices]
    before = len(records(pki))
    out = play.folder / "out"
    for moment in range(6):
        run = play.start([batch(*devices)])
        begun = time.monotonic()
        # From before its first write to after its last
        while time.monotonic() - begun < 0.55 + 0.16 * moment and run.process.poll() is None:
            time.sleep(0.01)
        run.kill()
        for link in out.glob("gw*"):
            certificate, key = (link / name for name in ("certificate.pem", "private_key.pem"))
            assert key.is_file()
            assert certificate.is_file()
    play([batch(*devices)])
    assert play([batch(*devices)]).nothing_changed
    assert len(records(pki)) - before == count, "one certificate on record for each device"
    assert_whole(out, pki, *(f"gw{number}" for number in range(0, count, 40)))
    serials = {path.resolve().name.rpartition(".")[2] for path in out.glob("gw*")}
    assert serials <= set(records(pki))
    assert len(serials) == count


def test_two_runs_at_once_leave_every_pair_whole(play: Play, pki: Path) -> None:
    tasks = [batch(*fleet(60), directory=f"out{at}") for at in range(2)]
    runs = [play.start([task]) for task in tasks]
    assert [run.finish().rc for run in runs] == [0, 0]
    for at in range(2):
        assert_whole(play.folder / f"out{at}", pki, *(f"gw{number}" for number in range(0, 60, 10)))
    assert len(records(pki)) == 120


def test_keys_of_all_types_are_issued(play: Play) -> None:
    play([authority(), issuing()])
    for kind in ("rsa-2048", "ecdsa-p384", "ed25519", "ml-dsa-65"):
        task = batch(device("gw1"), key={"type": kind}, directory=kind, outputs=["pair", "combined"])
        assert play([task]).of("gw1")["issued"] == 1
        assert play([task]).nothing_changed
        assert os.listdir(play.folder / kind / ".next") == []
        shutil.rmtree(play.folder / kind)
