# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authorities: brought along, never replaced, never two under one name."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.tasks import (
    ISSUING_PASSPHRASE,
    ROOT_PASSPHRASE,
    authority,
    gateway,
    issuing,
    left_over,
    openssl,
    records,
    verify,
)


def files(pki: Path) -> dict[str, bytes]:
    return {str(path.relative_to(pki)): path.read_bytes() for path in pki.rglob("*") if path.is_file()}


@pytest.fixture(scope="session")
def own_ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root as the requirement makes it, with the commands that it gives, once with a passphrase and once without."""
    folder = tmp_path_factory.mktemp("own-ca")
    subject = ["-subj", "/C=DE/O=Beispiel GmbH/CN=Beispiel Root CA"]
    openssl(
        *("req", "-x509", "-newkey", "rsa:4096", "-days", "3650", "-passout", "pass:from-before", *subject),
        *("-keyout", folder / "ca.key", "-out", folder / "ca.crt"),
    )
    openssl("rsa", "-in", folder / "ca.key", "-passin", "pass:from-before", "-out", folder / "clear.key")
    openssl("genrsa", "-out", folder / "other.key", "2048")
    # What no default configuration of openssl makes: a root that strict verification accepts.
    openssl(
        *("req", "-x509", "-key", folder / "clear.key", "-days", "3650", *subject, "-out", folder / "strict.crt"),
        *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
    )
    for name, options in {"short": ("-newkey", "rsa:1024"), "sha1": ("-newkey", "rsa:2048", "-sha1")}.items():
        openssl(
            *("req", "-x509", *options, "-nodes", "-days", "3650", *subject),
            *("-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt"),
        )
    openssl("req", "-new", "-key", folder / "other.key", "-subj", "/CN=gateway", "-out", folder / "gateway.csr")
    openssl(
        *("x509", "-req", "-in", folder / "gateway.csr", "-CA", folder / "ca.crt", "-CAkey", folder / "clear.key"),
        *("-CAcreateserial", "-out", folder / "gateway.crt", "-days", "1095"),
    )
    return folder


def brought(folder: Path, certificate: str = "ca.crt", key: str = "ca.key", **options: object) -> dict[str, object]:
    defaults = {
        "subject": None,
        # A path that is joined loses one of two slashes, and PEM text may have them
        "certificate": certificate if certificate.startswith("-----BEGIN") else str(folder / certificate),
        "private_key": str(folder / key),
        "private_key_passphrase": "from-before" if key == "ca.key" else None,
    }
    return authority(**{**defaults, **options})


@pytest.mark.parametrize("key", ["ca.key", "clear.key"])
def test_a_root_made_by_openssl_is_brought_along_and_issues(play: Play, own_ca: Path, key: str) -> None:
    everything = [brought(own_ca, key=key), issuing(), gateway()]
    foretold = play(everything, check=True, diff=True)
    assert foretold.of("gw1", "The root authority")["changed"]
    assert not (play.folder / "pki").exists()
    play(everything)
    certs = play.device("gw1") / "certs"
    said = openssl("verify", "-CAfile", certs / "ca.crt", certs / "gateway.crt")
    assert said.strip().endswith("gateway.crt: OK")
    assert (certs / "ca.crt").read_text().startswith((own_ca / "ca.crt").read_text())
    kept = play.folder / "pki/authorities/root/private_key.pem"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    openssl("rsa", "-in", kept, "-passin", f"pass:{ROOT_PASSPHRASE}", "-noout", "-check")
    # What the platforms' validation asks: all of it, and all below the trust anchor strictly
    strictly = ("-x509_strict", "-partial_chain", "-untrusted", certs / "gateway.crt")
    said = openssl("verify", *strictly, "-CAfile", certs / "ca.crt", certs / "gateway.crt")
    assert said.strip().endswith("gateway.crt: OK")
    assert play(everything, diff=True).nothing_changed


def test_a_root_that_strict_verification_accepts_gives_certificates_that_it_accepts(play: Play, own_ca: Path) -> None:
    text = {"certificate": (own_ca / "strict.crt").read_text(), "private_key": (own_ca / "clear.key").read_text()}
    play([brought(own_ca, private_key_passphrase=None, **text), issuing(), gateway()])
    verify(play.device("gw1") / "certs")


def test_an_issuing_authority_is_brought_along_with_its_chain(play: Play, pki: Path, tmp_path: Path) -> None:
    clear = tmp_path / "issuing.key"
    source = pki / "authorities/issuing"
    openssl("pkey", "-in", source / "private_key.pem", "-passin", f"pass:{ISSUING_PASSPHRASE}", "-out", clear)
    moved = {
        "pki": "other",
        "subject": None,
        "certificate": str(source / "certificate.pem"),
        "private_key": str(clear),
        "key": {"passphrase": ISSUING_PASSPHRASE},
    }
    without = play([authority("issuing", **moved)], fails=True)
    assert "the chain does not lead from the certificate to a self-signed trust anchor" in without.message("gw1")
    assert not (tmp_path / "other").exists()
    chain = str(source / "chain.pem")
    play([authority("issuing", **moved, chain=chain), gateway(issuer={"pki": "other"})])
    verify(play.device("gw1") / "certs")


def test_what_is_no_whole_authority_is_refused_and_nothing_is_written(play: Play, own_ca: Path) -> None:
    cases = {
        "another key": (brought(own_ca, key="other.key"), "private_key does not belong to certificate"),
        "wrong passphrase": (brought(own_ca, private_key_passphrase="wrong"), "check the passphrase first"),
        "no passphrase": (brought(own_ca, private_key_passphrase=None), "is encrypted. Remedy: give its passphrase"),
        "certificate alone": (brought(own_ca, private_key=None), "needs a certificate and its private key"),
        "no file": (brought(own_ca, "nowhere.crt"), "nowhere.crt: no such file on the controller"),
        "no certificate": (brought(own_ca, "ca.key"), "holds no readable certificate"),
        "a gateway's": (brought(own_ca, "gateway.crt", "other.key"), "not the certificate of a certificate authority"),
        "a short key": (brought(own_ca, "short.crt", "short.key"), "too short, and devices refuse it"),
        "SHA-1": (brought(own_ca, "sha1.crt", "sha1.key"), "signed with SHA-1, which can be forged"),
        "no subject": (authority(subject=None), "subject of authority root is missing"),
        "empty passphrase": (authority(key={"passphrase": ""}), "key.passphrase of authority root is empty"),
        "no authority above": (issuing(), "there is no authority named 'root'"),
    }
    steps = [{**task, "name": name, "ignore_errors": True} for name, (task, _words) in cases.items()]
    outcome = play(steps)
    for name, (_task, words) in cases.items():
        assert outcome.of("gw1", name)["status"] == "failed"
        assert words in outcome.message("gw1", name)
    assert not (play.folder / "pki").exists()


def test_an_authority_that_is_there_is_never_replaced(play: Play, pki: Path, own_ca: Path) -> None:
    before = files(pki)
    cases = {
        "subject": (
            authority(subject={"common_name": "New"}),
            "subject is CN=Example SIP Root CA,O=Example, asked for CN=New",
        ),
        "key type": (authority(key={"type": "rsa-4096"}), "key type is ecdsa-p256, asked for rsa-4096"),
        "path length": (authority(path_length=1), "path length is unlimited, asked for 1"),
        "lifetime": (authority(valid_for="7300d"), "made to be valid for 3650 d, asked for 7300 d"),
        "issuer": (issuing(issuer=None), "asked for CN=Example SIP Issuing CA"),
        "brought": (brought(own_ca), "certificate is "),
    }
    for check in (False, True):
        steps = [{**task, "name": name, "ignore_errors": True} for name, (task, _words) in cases.items()]
        outcome = play(steps, check=check)
        for name, (_task, words) in cases.items():
            assert outcome.of("gw1", name)["status"] == "failed", name
            assert words in outcome.message("gw1", name)
            assert "is there already and is another than the one asked for" in outcome.message("gw1", name)
            assert "give the new one another name" in outcome.message("gw1", name)
    assert files(pki) == before


def test_a_wrong_passphrase_is_told_before_anything_else_happens(play: Play, pki: Path) -> None:
    before = files(pki)
    cases = {
        "of the authority itself": authority(key={"passphrase": "wrong"}),
        "of the one above": authority("third", issuer={"authority": "root", "passphrase": "wrong"}),
    }
    outcome = play([{**task, "name": name, "ignore_errors": True} for name, task in cases.items()])
    for name in cases:
        assert "authority root (" in outcome.message("gw1", name)
        assert "the private key cannot be read" in outcome.message("gw1", name)
        assert "check the passphrase first" in outcome.message("gw1", name)
    assert files(pki) == before


def test_an_issuing_authority_signs_no_further_authority(play: Play, pki: Path) -> None:
    third = authority("third", issuer={"authority": "issuing", "passphrase": ISSUING_PASSPHRASE})
    assert "this authority may issue to devices only" in play([third], fails=True).message("gw1")
    assert not (pki / "authorities/third").exists()


def test_runs_at_once_make_one_authority(play: Play) -> None:
    """Eight processes of ansible-playbook, with two hosts each, all at once."""
    runs = [play.start([authority(), issuing()], hosts=["a", "b"], forks=2) for _each in range(8)]
    outcomes = [run.finish() for run in runs]
    assert [outcome.rc for outcome in outcomes] == [0] * 8, [outcome.output for outcome in outcomes if outcome.rc]
    for name in ("The root authority", "The issuing authority"):
        results = [outcome.of(host, name) for outcome in outcomes for host in ("a", "b")]
        assert len({result["fingerprint_sha256"] for result in results}) == 1
        assert sum(result["changed"] for result in results) == 1, "one made it, the others found it"
    pki = play.folder / "pki"
    assert sorted(path.name for path in (pki / "authorities").iterdir()) == ["issuing", "root"]
    assert not left_over(pki)
    assert not records(pki)
    play([gateway()])
    verify(play.device("gw1") / "certs")
