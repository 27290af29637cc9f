# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From nothing to certificates that openssl accepts, by ansible-playbook."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.tasks import (
    assert_pair,
    authority,
    gateway,
    issuing,
    left_over,
    openssl,
    records,
    serial,
    softswitch,
    verify,
)

NAMES = ["The root authority", "The issuing authority", "The certificate"]


def text_of(certificate: Path) -> str:
    return openssl("x509", "-in", certificate, "-noout", "-text")


def test_root_then_issuing_then_device_foretold_then_made_then_unchanged(play: Play) -> None:
    everything = [authority(), issuing(), gateway()]
    foretold = play(everything, check=True, diff=True)
    assert [foretold.of("gw1", name)["changed"] for name in NAMES] == [True] * 3
    assert not (play.folder / "pki").exists()
    assert not list(play.device("gw1").iterdir())
    assert "+subject: CN=Example SIP Root CA,O=Example" in foretold.output

    made = play(everything, diff=True)
    assert [made.of("gw1", name)["changed"] for name in NAMES] == [True] * 3
    assert made.of("gw1")["reason"].startswith("no certificate installed")
    assert "+names: URI:sip:gw1@example.com, DNS:gw1.example.com" in made.output
    certs = play.device("gw1") / "certs"
    verify(certs)
    assert_pair(certs)
    assert made.of("gw1")["serial_number"] == made.of("gw1")["generation"] == serial(certs / "gateway.crt")

    again = play(everything, diff=True)
    assert again.nothing_changed
    assert "reason" not in again.of("gw1")
    assert again.of("gw1")["serial_number"] == made.of("gw1")["serial_number"]
    assert again.of("gw1")["not_after"] == made.of("gw1")["not_after"]
    assert play(everything, check=True, diff=True).nothing_changed


def test_a_renewal_is_foretold_with_the_reason_of_the_real_run(play: Play, pki: Path) -> None:
    play([gateway(valid_for="20d", renew_before="5d")])
    due = [gateway(valid_for="20d", renew_before="20h", identity={"dns": ["gw1.example.net"]})]
    before = (play.device("gw1") / "certs/gateway.crt").read_bytes()
    foretold = play(due, check=True, diff=True)
    assert (play.device("gw1") / "certs/gateway.crt").read_bytes() == before
    assert len(records(pki)) == 1
    assert not left_over(play.folder)
    real = play(due, diff=True)
    assert (
        foretold.of("gw1")["reason"]
        == real.of("gw1")["reason"]
        == ("names differ: DNS:gw1.example.net is missing, DNS:gw1.example.com is not wanted")
    )
    for outcome in (foretold, real):
        assert outcome.changed() == {"gw1": True}
        assert "-names: URI:sip:gw1@example.com, DNS:gw1.example.com" in outcome.output
        assert "+names: URI:sip:gw1@example.com, DNS:gw1.example.net" in outcome.output


def test_what_a_device_has_and_what_is_on_record(play: Play, pki: Path) -> None:
    made = play([gateway()])
    certs = play.device("gw1") / "certs"
    generation = made.of("gw1")["generation"]
    assert os.readlink(certs / "current") == f"generations/{generation}"
    assert os.readlink(certs / "gateway.crt") == "current/gateway.crt"
    assert os.readlink(certs / "gateway.key") == "current/gateway.key"
    own = {"current", "generations", "gateway.crt", "gateway.key", "ca.crt"}
    # For the way back: there was no bundle before
    assert {path.name for path in certs.iterdir()} == {*own, ".ca.crt.siptls-absent"}
    assert not left_over(play.folder)
    modes = {name: stat.S_IMODE((certs / name).stat().st_mode) for name in ("gateway.crt", "gateway.key", "ca.crt")}
    assert modes == {"gateway.crt": 0o644, "gateway.key": 0o600, "ca.crt": 0o644}
    leaf, above = (certs / "gateway.crt").read_text().split("-----BEGIN CERTIFICATE-----")[1:]
    bundle = (certs / "ca.crt").read_text().split("-----BEGIN CERTIFICATE-----")[1:]
    assert above == bundle[1], "the issuing authority stands behind the leaf and last in the bundle"
    assert len(bundle) == 2
    record = records(pki)[generation].read_text()
    assert record.startswith("device: gw1\nprofile: gateway\nauthority: issuing\nissued: 20")
    assert leaf.strip() in record


def test_a_softswitch_speaks_for_its_domains(play: Play, pki: Path) -> None:
    play([softswitch()], hosts=["vos"])
    certs = play.device("vos") / "certs"
    verify(certs, "vos_server.crt", "ca_bundle.crt")
    assert_pair(certs, "vos_server.crt", "vos_server.key")
    text = text_of(certs / "vos_server.crt")
    assert "URI:sip:example.com, URI:sip:vos.example.com, DNS:example.com, DNS:vos.example.com" in text
    assert "TLS Web Server Authentication, TLS Web Client Authentication, 1.3.6.1.5.5.7.3.20" in text
    purposes = openssl("verify", "-purpose", "sslserver", "-CAfile", certs / "ca_bundle.crt", certs / "vos_server.crt")
    assert purposes.strip().endswith("OK")


def test_a_gateway_is_a_client_and_a_server(play: Play, pki: Path) -> None:
    play([gateway()])
    certs = play.device("gw1") / "certs"
    for purpose in ("sslclient", "sslserver"):
        openssl("verify", "-purpose", purpose, "-x509_strict", "-CAfile", certs / "ca.crt", certs / "gateway.crt")
    assert "1.3.6.1.5.5.7.3.20" not in text_of(certs / "gateway.crt")


@pytest.mark.nightly
def test_every_kind_of_key_by_every_kind_of_authority(play: Play) -> None:
    """RSA 4096 for the root, as the requirement has it; a device key of each kind below it."""
    kinds = ["rsa-2048", "rsa-3072", "ecdsa-p256", "ecdsa-p384", "ed25519"]
    hosts = {kind: {"kind": kind} for kind in kinds}
    once = [
        {**authority(key={"type": "rsa-4096"}), "run_once": True},
        {**issuing(key={"type": "rsa-2048"}), "run_once": True},
    ]
    certificate = gateway(key={"type": "{{ kind }}"})
    play([*once, certificate], hosts=hosts)
    expected = {
        "rsa-2048": "Public-Key: (2048 bit)",
        "rsa-3072": "Public-Key: (3072 bit)",
        "ecdsa-p256": "NIST CURVE: P-256",
        "ecdsa-p384": "NIST CURVE: P-384",
        "ed25519": "ED25519",
    }
    for kind in kinds:
        certs = play.device(kind) / "certs"
        verify(certs)
        assert_pair(certs)
        assert expected[kind] in text_of(certs / "gateway.crt")
    assert "Public-Key: (4096 bit)" in text_of(play.folder / "pki/authorities/root/certificate.pem")
    assert play([certificate], hosts=hosts).nothing_changed


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa-p384"])
def test_an_issuing_authority_of_this_kind_serves(play: Play, kind: str) -> None:
    play([authority(key={"type": kind}), issuing(key={"type": kind}), gateway()])
    verify(play.device("gw1") / "certs")


def test_a_wrong_value_stops_the_task_before_anything_is_touched(play: Play, pki: Path) -> None:
    cases = {
        "a": (gateway(valid_for="90"), "valid_for is not a duration"),
        "b": (gateway(renew_before="90d"), "renew_before is not shorter than valid_for"),
        "c": (gateway(identity={"sip_uris": ["sip:gw1@example.com:5061"]}), "no port"),
        "d": (softswitch(identity={"sip_uris": []}), "names no SIP domain"),
        "e": (gateway(profile="pbx"), "value of profile must be one of: softswitch, gateway"),
        "f": (gateway(key={"type": "rsa-1024"}), "must be one of: rsa-2048"),
        "g": (gateway(directory="etc/certs"), "no absolute path"),
        "h": (gateway(certificate="../gateway.crt"), "cannot be the name of a file"),
        "i": (gateway(private_key="gateway.crt"), "to be three files"),
        "j": (gateway(issuer={"authority": "isuing"}), "there is no authority named 'isuing'"),
        "k": (gateway(dirctory="/x"), "Unsupported parameters"),
        "l": (gateway(owner="root", group="0"), "two names or two numbers"),
    }
    steps = [
        {**task, "name": host, "when": f"inventory_hostname == '{host}'"} for host, (task, _words) in cases.items()
    ]
    outcome = play(steps, hosts=list(cases), fails=True)
    for host, (_task, words) in cases.items():
        assert words in outcome.message(host, host), host
        assert outcome.of(host, host)["status"] == "failed"
        assert not records(pki)
        assert not list(play.device(host).rglob("*.crt"))
        assert not left_over(play.device(host))


def test_a_wrong_passphrase_is_told_before_a_device_makes_a_key(play: Play, pki: Path) -> None:
    for check in (True, False):
        refused = play([gateway(issuer={"passphrase": "wrong"})], check=check, fails=True)
        assert "check the passphrase first" in refused.message("gw1")
        assert not list(play.device("gw1").iterdir())
