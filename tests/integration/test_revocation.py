# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Revocation as an operator does it: what is revoked stays so, reaches the list, and is not undone by the next run."""

from __future__ import annotations

import io
import os
import shutil
import stat
import tarfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.tasks import (
    ISSUER,
    Task,
    assert_pair,
    authority,
    gateway,
    issuing,
    openssl,
    serial,
    verify,
)

pytestmark = pytest.mark.nightly


def revoke(**options: Any) -> Task:
    return {
        "name": "The revocation",
        "siptls.vos.certificate_revocation": {"pki": "pki", "authority": "issuing", **options},
    }


def revocation_list(**options: Any) -> Task:
    return {"name": "The list", "siptls.vos.revocation_list": {"issuer": ISSUER, **options}}


def responses(**options: Any) -> Task:
    return {"name": "The responses", "siptls.vos.ocsp_responses": {"issuer": ISSUER, "path": "ocsp.tar", **options}}


def listed(crl: str, folder: Path) -> set[str]:
    """The serial numbers in a list, as openssl reads them."""
    (folder / "crl.pem").write_text(crl)
    text = openssl("crl", "-in", folder / "crl.pem", "-noout", "-text")
    return {line.split(": ")[1].lower() for line in text.splitlines() if "Serial Number:" in line}


def test_a_revoked_device_is_in_the_next_list_and_stays_there(play: Play, pki: Path) -> None:
    play([gateway()], hosts=["gw1", "gw2"])
    number = serial(play.device("gw1") / "certs/gateway.crt")
    first = play([revocation_list()]).of("gw1")
    assert first["changed"]
    assert first["reason"] == "no revocation list yet"
    assert listed(first["crl"], play.folder) == set()
    assert play([revocation_list()]).nothing_changed
    task = revoke(device="gw1", reason="key_compromise")
    foretold = play([task], check=True, diff=True)
    assert foretold.of("gw1")["changed"]
    assert not (pki / "revocations").exists()
    assert f"+serial: {number}" in foretold.output
    done = play([task], diff=True).of("gw1")
    assert done["reason"] == f"not revoked before: {number}"
    assert [item["serial_number"] for item in done["revoked"]] == [number]
    assert done["revoked"][0]["reason"] == "key_compromise"
    assert play([task]).nothing_changed
    foretold = play([revocation_list()], check=True).of("gw1")
    assert foretold["changed"]
    assert listed(foretold["crl"], play.folder) == set()
    second = play([revocation_list()]).of("gw1")
    assert second["reason"] == f"revoked since the last list: {number} (gw1, key_compromise)"
    assert listed(second["crl"], play.folder) == {number}
    assert int(second["crl_number"]) > int(first["crl_number"])
    text = openssl("crl", "-in", play.folder / "crl.pem", "-noout", "-text")
    assert "Key Compromise" in text
    assert "X509v3 Authority Key Identifier" in text
    assert play([revocation_list(), task]).nothing_changed
    again = play([revocation_list(valid_for="2d", renew_before="1d")]).of("gw1")
    assert "longer than the 2 d wanted" in again["reason"]
    assert listed(again["crl"], play.folder) == {number}


def test_by_serial_number_one_certificate_of_a_device_is_revoked(play: Play, pki: Path) -> None:
    play([gateway()])
    old = serial(play.device("gw1") / "certs/gateway.crt")
    play([gateway(identity={"dns": ["new.example.com"]})])
    colons = ":".join(old[at : at + 2] for at in range(0, len(old), 2)).upper()
    done = play([revoke(serial_number=colons, reason="superseded")]).of("gw1")
    assert [item["serial_number"] for item in done["revoked"]] == [old]
    assert done["revoked"][0]["device"] == "gw1"
    assert play([gateway(identity={"dns": ["new.example.com"]})]).nothing_changed, "the one in use is a good one"
    refused = play([gateway(state="previous", identity={"dns": ["new.example.com"]})], fails=True).message("gw1")
    assert f"the certificate of the generation before, {old}, was revoked" in refused


def test_no_run_gives_back_what_was_taken_away_until_somebody_says_so(play: Play, pki: Path) -> None:
    play([gateway(key={"rekey": "never"})], hosts=["gw1", "gw2"])
    certs = play.device("gw1") / "certs"
    before = serial(certs / "gateway.crt")
    play([revoke(device="gw1")])
    for options in ({}, {"check": True}):
        outcome = play([gateway()], hosts=["gw1", "gw2"], fails=True, **options)
        assert (
            f"the newest certificate of this device was revoked, so it gets no other. Found: certificate {before}"
            in (outcome.message("gw1"))
        )
        assert "after_revocation: issue" in outcome.message("gw1")
        assert not outcome.of("gw2")["changed"]
    shutil.rmtree(certs)
    assert "gets no other" in play([gateway()], fails=True).message("gw1"), "a device that was wiped as well"
    key = (play.device("gw2") / "certs/gateway.key").read_text()
    play([revoke(device="gw2", reason="key_compromise")])
    again = gateway(after_revocation="issue", key={"rekey": "never"})
    done = play([again], hosts=["gw1", "gw2"], diff=True)
    assert done.of("gw2")["reason"].startswith("revoked 20")
    assert done.of("gw2")["reason"].endswith("(key_compromise)")
    assert (play.device("gw2") / "certs/gateway.key").read_text() != key, (
        "a key that was revoked is not certified again"
    )
    for host in ("gw1", "gw2"):
        assert_pair(play.device(host) / "certs")
        verify(play.device(host) / "certs")
    assert play([gateway(key={"rekey": "never"})], hosts=["gw1", "gw2"]).nothing_changed, (
        "readmitted, it is like all others"
    )


def test_a_revocation_stands_and_another_reason_is_told_but_not_recorded(play: Play, pki: Path) -> None:
    play([gateway()])
    play([revoke(device="gw1", reason="superseded")])
    files = {path: path.read_bytes() for path in (pki / "revocations").rglob("*.txt")}
    outcome = play([revoke(device="gw1", reason="key_compromise")])
    assert outcome.nothing_changed
    assert "as superseded; that stands, and key_compromise is not recorded" in outcome.output.replace("\n", " ")
    assert {path: path.read_bytes() for path in (pki / "revocations").rglob("*.txt")} == files


def test_what_cannot_be_revoked_is_told(play: Play, pki: Path) -> None:
    play([gateway(), authority("other", key={"passphrase": "other-passphrase"})])
    number = serial(play.device("gw1") / "certs/gateway.crt")
    cases = {
        "gw9, ": revoke(device="gw9"),
        "no certificate with this serial number is recorded": revoke(serial_number="0123456789"),
        "serial_number is no serial number": revoke(serial_number="12 34"),
        "there is no authority named 'nobody'": revoke(device="gw1", authority="nobody"),
        "authority other has issued nothing to this device": revoke(device="gw1", authority="other"),
        "this certificate was issued by another authority": revoke(serial_number=number, authority="other"),
        "one of the following is required: device, serial_number": revoke(),
        "parameters are mutually exclusive: device|serial_number": revoke(device="gw1", serial_number=number),
        "value of reason must be one of": revoke(device="gw1", reason="certificate_hold"),
    }
    for words, task in cases.items():
        assert words in play([task], fails=True).message("gw1")
    assert not (pki / "revocations").exists()
    elsewhere = play([revoke(serial_number="0123456789", on_record=False), revocation_list()])
    assert elsewhere.of("gw1", "The revocation")["changed"]
    assert listed(elsewhere.of("gw1")["crl"], play.folder) == {"0123456789"}


def test_a_list_that_cannot_be_signed_fails_in_check_mode_too_and_one_that_is_not_due_needs_no_passphrase(
    play: Play, pki: Path
) -> None:
    wrong = {"issuer": {**ISSUER, "passphrase": "wrong"}}
    for options in ({}, {"check": True}):
        assert "check the passphrase first" in play([revocation_list(**wrong)], fails=True, **options).message("gw1")
    assert not list(pki.glob("revocation_lists/*/*.pem"))
    play([revocation_list()])
    assert play([revocation_list(**wrong)]).nothing_changed
    damaged = next(pki.glob("revocation_lists/issuing/*.pem"))
    text = damaged.read_text()
    damaged.write_text("nonsense\n")
    assert "this revocation list cannot be read" in play([revocation_list()], fails=True).message("gw1")
    damaged.write_text(text)
    record = pki / "revocations/issuing/0a.txt"
    record.parent.mkdir(parents=True)
    record.write_text("reason: key_compromise\n")
    message = play([revocation_list()], fails=True).message("gw1")
    assert str(record) in message
    assert "this is no record of a revocation" in message


def test_runs_at_once_make_lists_whose_numbers_only_grow_and_forget_nobody(play: Play, pki: Path) -> None:
    hosts = [f"gw{number}" for number in range(6)]
    play([gateway()], hosts=hosts, forks=6)
    numbers = {serial(play.device(host) / "certs/gateway.crt") for host in hosts}
    tasks = [revoke(device="{{ inventory_hostname }}"), revocation_list()]
    runs = [play.start(tasks, hosts=hosts[at::3], forks=3) for at in range(3)]
    outcomes = [run.finish() for run in runs]
    assert [outcome.rc for outcome in outcomes] == [0, 0, 0], [outcome.output for outcome in outcomes]
    made = sorted(pki.glob("revocation_lists/issuing/*.pem"))
    seen: set[str] = set()
    for path in made:
        now = listed(path.read_text(), play.folder)
        assert seen <= now, "no later list forgets what an earlier one had"
        seen = now
        said = openssl("crl", "-in", path, "-noout", "-crlnumber").strip()
        assert int(said.removeprefix("crlNumber="), 16) == int(path.stem)
    assert seen == numbers
    assert play(tasks, hosts=hosts).nothing_changed


def test_responses_follow_the_certificates(play: Play, pki: Path) -> None:
    play([gateway()], hosts=["gw1", "gw2"])
    foretold = play([responses()], check=True, diff=True)
    assert "+good: 2" in foretold.output
    assert not (play.folder / "ocsp.tar").exists()
    first = play([responses()]).of("gw1")
    assert (first["good"], first["revoked"]) == (2, 0)
    assert first["index"].count("\n") == 2
    assert play([responses()]).nothing_changed
    play([revoke(device="gw1")])
    changed = play([responses()]).of("gw1")
    assert changed["reason"] == "certificates have changed: 2 good and 0 revoked before, 1 good and 1 revoked now"
    assert play([responses()]).nothing_changed
    (play.folder / "ocsp.tar").write_bytes(b"damaged")
    assert play([responses()]).of("gw1")["reason"] == "no responses there yet"
    assert oct(os.stat(play.folder / "ocsp.tar").st_mode)[-3:] == "600"
    assert len(list(pki.glob("ocsp/issuing/*.pem"))) == 3, "each responder that signed is on record"


def test_an_authority_for_one_domain_issues_for_no_other(play: Play) -> None:
    play([authority(), issuing(permitted_domains=["example.com"])])
    play([gateway()])
    verify(play.device("gw1") / "certs")
    for identity, name in (
        ({"dns": ["gw1.example.org"]}, "gw1.example.org"),
        ({"sip_uris": ["sip:gw1@badexample.com"]}, "sip:gw1@badexample.com"),
    ):
        for options in ({}, {"check": True}):
            message = play([gateway(identity=identity)], fails=True, **options).message("gw1")
            assert "the authority may not issue for these names. Expected: names in example.com" in message
            assert f"Found: {name}" in message
    message = play([authority(), issuing(permitted_domains=["example.org"])], fails=True).message("gw1")
    assert "permitted domains are example.com, asked for example.org" in message
    assert "holds a value that is no host name" in play(
        [issuing("third", permitted_domains=["*.example.com"])], fails=True
    ).message("gw1")


def test_the_addresses_of_an_authority_may_change_and_reach_the_next_certificate(play: Play, pki: Path) -> None:
    play([gateway()])
    urls = {"crl_url": "http://pki.example.com/crl/issuing.crl"}
    task = issuing(publication=urls)
    foretold = play([task], check=True, diff=True)
    assert "+crl_url: http://pki.example.com/crl/issuing.crl" in foretold.output
    assert not (pki / "authorities/issuing/publication.txt").exists()
    assert play([task]).of("gw1")["reason"] == "the addresses that its certificates carry differ"
    assert play([task, issuing(), gateway()]).nothing_changed, "no certificate is made again for an address"
    play([gateway(identity={"dns": ["new.example.com"]})])
    assert urls["crl_url"] in openssl("x509", "-in", play.device("gw1") / "certs/gateway.crt", "-noout", "-text")
    for wrong in ("https://pki.example.com/a", "pki.example.com", "http://pki.example.com/a b", "ldap://x"):
        assert "publication.crl_url is no address" in play(
            [issuing(publication={"crl_url": wrong})], fails=True
        ).message("gw1")
    play([issuing(publication={})])
    assert (pki / "authorities/issuing/publication.txt").read_text() == ""


def test_responses_are_in_the_users_cache_and_an_altered_archive_is_made_anew(play: Play, pki: Path) -> None:
    play.environment["XDG_CACHE_HOME"] = str(play.folder / "cache")
    task = responses(path=None)
    play([gateway()])
    made = play([task])
    path = Path(made.of("gw1")["path"])
    assert path.parent.parent == play.folder / "cache/siptls"
    assert path.name == "ocsp_issuing.tar"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert play([task]).nothing_changed
    good = path.read_bytes()
    play([revoke(device="gw1", reason="key_compromise")])
    play([task])
    revoked = path.read_bytes()
    with tarfile.open(path) as tar:
        contents = tar.extractfile("contents.txt").read()
    # The responses of before, with the contents of today, and a file that root would run
    with tarfile.open(fileobj=io.BytesIO(good)) as old, tarfile.open(path, "w") as new:
        entry = old.getmember("contents.txt")
        entry.size = len(contents)
        new.addfile(entry, io.BytesIO(contents))
        for entry in old.getmembers()[1:]:
            new.addfile(entry, old.extractfile(entry))
    reason = play([task]).of("gw1")["reason"]
    assert reason.startswith("the archive was altered: the response for certificate ")
    assert reason.endswith("it says good, and the PKI directory revoked")
    assert play([task]).nothing_changed
    entry = tarfile.TarInfo("shell")
    entry.mode, entry.size = 0o4755, 4
    path.write_bytes(revoked)
    with tarfile.open(path, "a") as tar:
        tar.addfile(entry, io.BytesIO(b"root"))
    assert play([task]).of("gw1")["changed"]
    with tarfile.open(path) as tar:
        assert "shell" not in tar.getnames()
    inside = play([responses(path="pki/ocsp.tar")], fails=True).message("gw1")
    assert "the archive of OCSP responses cannot be in the PKI directory" in inside


def test_a_leftover_that_is_not_in_use_may_be_revoked_and_bars_nobody(play: Play, pki: Path) -> None:
    play([gateway()])
    certs = play.device("gw1") / "certs"
    in_use = serial(certs / "gateway.crt")
    # A certificate that was recorded and is not in use: the device went back to the one before
    play([gateway(renew_now=True)])
    leftover = serial(certs / "gateway.crt")
    play([gateway(state="previous")])
    assert serial(certs / "gateway.crt") == in_use
    play([revoke(serial_number=leftover, reason="key_compromise")])
    assert play([gateway()]).nothing_changed
    shorter = gateway(valid_for="60d", renew_before="10d")
    renewed = play([shorter]).of("gw1")
    assert "longer than the 60 d allowed" in renewed["reason"]
    assert serial(certs / "gateway.crt") not in {in_use, leftover}
    verify(certs)

    # A device that shows no certificate of its own, or a revoked one, is barred as before
    play([revoke(serial_number=renewed["serial_number"])])
    assert "gets no other" in play([shorter], fails=True).message("gw1")
    shutil.rmtree(certs)
    assert "gets no other" in play([shorter], fails=True).message("gw1")


def test_a_renewal_can_be_forced_and_is_recorded_as_that(play: Play, pki: Path) -> None:
    play([gateway()])
    certs = play.device("gw1") / "certs"
    first, key = serial(certs / "gateway.crt"), (certs / "gateway.key").read_text()
    foretold = play([gateway(renew_now=True)], check=True).of("gw1")
    assert foretold["changed"]
    assert foretold["reason"] == "renewal forced"
    assert foretold["forced"]
    assert serial(certs / "gateway.crt") == first
    done = play([gateway(renew_now=True)]).of("gw1")
    assert done["forced"]
    second = serial(certs / "gateway.crt")
    assert second == done["serial_number"] != first
    assert (certs / "gateway.key").read_text() != key
    # rekey: never keeps the key of a forced renewal too
    key = (certs / "gateway.key").read_text()
    play([gateway(renew_now=True, key={"rekey": "never"})])
    assert (certs / "gateway.key").read_text() == key
    assert not play([gateway()]).of("gw1")["forced"]
    info = {"name": "info", "siptls.vos.certificate_info": {"pki": "pki", "all": True}}
    told = {one["serial_number"]: one["forced"] for one in play([info]).of("gw1")["certificates"]}
    assert told.pop(first) is False
    assert list(told.values()) == [True, True]
    assert "reason: forced" in (pki / f"certificates/gw1/{second}.pem").read_text()
