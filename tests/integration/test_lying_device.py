# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A device whose openssl lies: a stolen gateway gets a certificate for itself or none, never one for somebody else.

The wrapper stands first in the PATH of all devices, and lies as the name of the device says.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.tasks import (
    assert_pair,
    gateway,
    left_over,
    openssl,
    records,
    serial,
    verify,
)

WRAPPER = r"""#!/bin/sh
real={real}
lie=${{PWD#*/devices/}}; lie=${{lie%%/*}}
[ "$1 $2" = "req -new" ] || [ "$1" = genpkey ] || exec $real "$@"
case $1-$lie in
  req-greedy)
    printf '[req]\ndistinguished_name=n\nprompt=no\nreq_extensions=e\n[n]\nCN=vos.bank.example\n[e]\n' >greedy.cnf
    printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n' >>greedy.cnf
    printf 'extendedKeyUsage=anyExtendedKeyUsage\nsubjectAltName=URI:sip:bank.example,DNS:*.bank.example\n' >>greedy.cnf
    exec $real req -new -config greedy.cnf -key gateway.key -out request.csr ;;
  req-tampered)
    $real "$@" && exec {python} {tamper} request.csr ;;
  req-anothers)
    $real ecparam -name P-256 -genkey -noout -out anothers.key
    $real req -new -config request.cnf -key anothers.key -out request.csr; exit ;;
  req-clone) exec $real req -new -config request.cnf -key "${{PWD%/clone/*}}/honest/certs/gateway.key" -out request.csr ;;
  req-garbage) echo 'not a request' >request.csr; exit ;;
  req-empty) : >request.csr; exit ;;
  req-huge) head -c 3000000 /dev/zero | tr '\0' 'A' >request.csr; exit ;;
  req-binary) head -c 100000 /dev/urandom >request.csr; exit ;;
  req-silent) exit 0 ;;
  genpkey-keeper)
    [ ! -f ../../current/gateway.key ] || exec cp ../../current/gateway.key gateway.key
    exec $real "$@" ;;
  genpkey-short) exec $real genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out gateway.key ;;
  genpkey-other-type) exec $real genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out gateway.key ;;
esac
exec $real "$@"
"""
TAMPER = """
import base64, sys
lines = open(sys.argv[1]).read().splitlines()
der = bytearray(base64.b64decode("".join(lines[1:-1])))
der[-1] ^= 1
body = base64.encodebytes(bytes(der)).decode()
open(sys.argv[1], "w").write(lines[0] + "\\n" + body + lines[-1] + "\\n")
"""
#: what the device does, and what the task says of it
REFUSED = {
    "tampered": "tampered: the signature of the certificate signing request does not verify",
    "garbage": "garbage: the certificate signing request cannot be read",
    "empty": "empty: the certificate signing request cannot be read",
    "huge": "huge: the certificate signing request cannot be read",
    "binary": "binary: the certificate signing request cannot be read",
    "silent": "silent: ",
    "short": "short: the certificate signing request holds another type of key than was asked for. "
    "Expected: ecdsa-p256. Found: rsa-1024",
    "other-type": "other-type: the certificate signing request holds another type of key than was asked for",
}


@pytest.fixture
def lying(play: Play, tmp_path: Path) -> Play:
    """A playground whose devices have the wrapper."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (tmp_path / "tamper.py").write_text(TAMPER)
    real = next(path for each in os.environ["PATH"].split(":") if os.access(path := f"{each}/openssl", os.X_OK))
    wrapper = folder / "openssl"
    wrapper.write_text(WRAPPER.format(real=real, python=sys.executable, tamper=tmp_path / "tamper.py"))
    wrapper.chmod(0o755)
    play.environment["PATH"] = f"{folder}:{play.environment['PATH']}"
    return play


def test_a_request_for_more_gets_what_the_inventory_says_and_no_more(lying: Play, pki: Path) -> None:
    lying([gateway()], hosts=["greedy"])
    certs = lying.device("greedy") / "certs"
    text = openssl("x509", "-in", certs / "gateway.crt", "-noout", "-text")
    assert (
        openssl("x509", "-in", certs / "gateway.crt", "-noout", "-subject", "-nameopt", "RFC2253")
        == "subject=CN=greedy\n"
    )
    assert "CA:FALSE" in text
    assert "URI:sip:greedy@example.com, DNS:greedy.example.com" in text
    for never in ("bank", "CA:TRUE", "Certificate Sign", "Any Extended Key Usage"):
        assert never not in text
    verify(certs)


def test_a_request_that_proves_nothing_gets_nothing(lying: Play, pki: Path) -> None:
    outcome = lying([gateway()], hosts=[*REFUSED, "honest"], fails=True)
    for host, words in REFUSED.items():
        assert outcome.of(host)["status"] == "failed", host
        assert words in outcome.message(host)
        assert len(outcome.message(host)) < 2000
        assert not (lying.device(host) / "certs/gateway.crt").exists()
        assert not (pki / "certificates" / host).exists()
    assert "Traceback" not in outcome.output
    assert not outcome.of("honest").get("failed")
    verify(lying.device("honest") / "certs")
    assert len(records(pki)) == 1
    assert not left_over(pki)


def test_a_request_for_anothers_key_harms_nobody_but_the_liar(lying: Play, pki: Path) -> None:
    """The request is a good one, for a key that the device holds elsewhere: what it gets does not fit what it staged."""
    refused = lying([gateway()], hosts=["anothers"], fails=True)
    assert "the new certificate does not belong to the new key" in refused.message("anothers")
    assert not (lying.device("anothers") / "certs/gateway.crt").exists()


@pytest.mark.nightly
def test_a_key_that_is_another_devices_is_refused_and_the_device_named(lying: Play, pki: Path) -> None:
    lying([gateway()], hosts=["honest"])
    message = lying([gateway()], hosts=["clone"], fails=True).message("clone")
    assert "clone: the key in the certificate signing request is another device's" in message
    assert "Found: the key of honest" in message
    assert "run with key.rekey: always" in message
    assert not (pki / "certificates/clone").exists()
    assert lying([gateway()], hosts=["honest"]).nothing_changed


def test_a_device_that_was_copied_from_another_gets_a_key_of_its_own(play: Play, pki: Path) -> None:
    play([gateway()], hosts=["gw1"])
    shutil.copytree(play.device("gw1"), play.device("gw2"), symlinks=True)
    kept = play([gateway(key={"rekey": "never"})], hosts=["gw2"], fails=True).message("gw2")
    assert "Found: the key of gw1" in kept
    assert play([gateway()], hosts=["gw1", "gw2"]).changed() == {"gw1": False, "gw2": True}
    for host in ("gw1", "gw2"):
        assert_pair(play.device(host) / "certs")
        verify(play.device(host) / "certs")
    keys = {(play.device(host) / "certs/gateway.key").read_text() for host in ("gw1", "gw2")}
    assert len(keys) == 2


def test_a_device_that_begins_to_lie_keeps_the_certificate_it_has(lying: Play, pki: Path, tmp_path: Path) -> None:
    wrapper = tmp_path / "bin/openssl"
    hosts = ["tampered", "short", "anothers", "silent"]
    aside = wrapper.rename(tmp_path / "aside")
    lying([gateway()], hosts=hosts)
    before = {host: serial(lying.device(host) / "certs/gateway.crt") for host in hosts}
    aside.rename(wrapper)
    lying([gateway(identity={"dns": ["new.example.com"]})], hosts=hosts, fails=True)
    for host in hosts:
        certs = lying.device(host) / "certs"
        assert serial(certs / "gateway.crt") == before[host]
        assert_pair(certs)
        verify(certs)
    aside = wrapper.rename(tmp_path / "aside")
    lying([gateway(identity={"dns": ["new.example.com"]})], hosts=hosts)
    for host in hosts:
        assert serial(lying.device(host) / "certs/gateway.crt") != before[host]
        assert not left_over(lying.device(host))


@pytest.mark.parametrize("rekey", ["always", "never"])
def test_device_that_offers_its_compromised_key_again_is_refused(lying: Play, pki: Path, rekey: str) -> None:
    lying([gateway()], hosts=["keeper"])
    old = serial(lying.device("keeper") / "certs/gateway.crt")
    revoke = {"pki": "pki", "authority": "issuing", "device": "keeper", "reason": "key_compromise"}
    lying([{"name": "Revoke", "siptls.vos.certificate_revocation": revoke}], hosts=["keeper"])
    again = gateway(after_revocation="issue", key={"rekey": rekey})
    message = lying([again], hosts=["keeper"], fails=True).message("keeper")
    assert "keeper: the key in the certificate signing request is that of a revoked certificate" in message
    assert f"the key of certificate {old}, revoked" in message
    assert "(key_compromise)" in message
    assert len(records(pki)) == 1


def test_device_that_was_told_to_make_a_new_key_and_offers_its_old_one_is_refused(lying: Play, pki: Path) -> None:
    lying([gateway()], hosts=["keeper"])
    before = serial(lying.device("keeper") / "certs/gateway.crt")
    renewed = gateway(identity={"dns": ["new.example.com"]})
    message = lying([renewed], hosts=["keeper"], fails=True).message("keeper")
    assert "keeper: the device was told to make a new key, and offers one that is recorded already" in message
    assert len(records(pki)) == 1
    assert serial(lying.device("keeper") / "certs/gateway.crt") == before
