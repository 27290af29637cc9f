# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""siptls.vos.revoke, and the revocation lists that siptls.vos.site brings, on a fleet that is folders of this machine."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.fleet import Fleet
from ansible_collections.siptls.vos.tests.integration.test_site import changes, files_below, settings, succeeded
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import DAY, authority
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

pytestmark = pytest.mark.nightly


class Watched(Fleet):
    """A fleet whose softswitch checks revocation. What raises the alarm is tested in the lab: it takes systemd."""

    def _softswitch(self) -> dict[str, object]:
        return {**super()._softswitch(), "vos_crl_file": str(self.crl), "vos_crl_alarm": False}

    @property
    def crl(self) -> Path:
        return self.device("vos") / "etc" / "crl.pem"

    def revoke(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.play("siptls.vos.revoke", *options)

    def lists(self) -> list[x509.CertificateRevocationList]:
        """Those that the softswitch has."""
        end = "-----END X509 CRL-----\n"
        return [x509.load_pem_x509_crl((part + end).encode()) for part in self.crl.read_text().split(end)[:-1]]

    def serial(self, gateway: str) -> int:
        text = (self.device(gateway) / "etc" / "certs" / "gateway.crt").read_bytes()
        return x509.load_pem_x509_certificate(text).serial_number

    def verified(self, certificate: Path) -> str:
        """What openssl says with the files of the softswitch."""
        certs = self.device("vos") / "etc" / "certs"
        command = ["openssl", "verify", "-x509_strict", "-crl_check_all", "-CRLfile", str(self.crl)]
        anchors = ["-CAfile", str(certs / "ca_bundle.crt"), "-untrusted", str(certificate), str(certificate)]
        done = subprocess.run([*command, *anchors], capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    @property
    def reloads(self) -> int:
        return len((self.device("vos") / "reloads").read_text().splitlines())


@pytest.fixture
def fleet(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_a_list_of_every_authority_comes_with_the_configuration_and_goes_with_it(fleet: Watched) -> None:
    foretold = succeeded(fleet.site("--check", "--diff"))
    assert not (fleet.folder / "pki").exists()
    assert changes(succeeded(fleet.site()))["vos"] >= changes(foretold)["vos"] > 0
    assert len(fleet.lists()) == 2
    assert fleet.verified(fleet.device("gw1") / "etc" / "certs" / "gateway.crt").endswith(": OK\n")
    assert settings(fleet.device("vos") / "etc" / "tls.conf", "tls_server")["crl_file"] == str(fleet.crl)
    for options in ([], ["--check", "--diff"]):
        assert changes(succeeded(fleet.site(*options))) == {"vos": 0, "gw1": 0, "gw2": 0}
    assert fleet.reloads == 1

    succeeded(fleet.site("--limit", "vos", changed={"vos": {"vos_crl_file": ""}}))
    assert "crl_file" not in settings(fleet.device("vos") / "etc" / "tls.conf", "tls_server")
    assert fleet.reloads == 2


def test_a_device_is_revoked(fleet: Watched) -> None:
    succeeded(fleet.site())
    before = files_below(fleet.folder / "pki"), files_below(fleet.folder / "devices")
    arguments = ("-e", "device=gw1", "-e", "reason=key_compromise")
    foretold = succeeded(fleet.revoke(*arguments, "--check", "--diff"))
    assert "+reason: key_compromise" in foretold.stdout
    assert "will be made anew and brought to this host" in foretold.stdout
    assert changes(foretold)["vos"] > 0
    assert (files_below(fleet.folder / "pki"), files_below(fleet.folder / "devices")) == before

    assert changes(succeeded(fleet.revoke(*arguments)))["vos"] > 0
    revoked = [entry for crl in fleet.lists() for entry in crl]
    assert [entry.serial_number for entry in revoked] == [fleet.serial("gw1")]
    assert revoked[0].extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.key_compromise
    assert "certificate revoked" in fleet.verified(fleet.device("gw1") / "etc" / "certs" / "gateway.crt")
    assert fleet.verified(fleet.device("gw2") / "etc" / "certs" / "gateway.crt").endswith(": OK\n")
    assert fleet.reloads == 2

    for options in ([], ["--check", "--diff"]):
        assert changes(succeeded(fleet.revoke(*arguments, *options))) == {"vos": 0}
    assert changes(succeeded(fleet.site("--limit", "vos"))) == {"vos": 0}
    assert fleet.reloads == 2


def test_one_certificate_is_revoked_by_its_number(fleet: Watched) -> None:
    succeeded(fleet.site())
    digits = f"{fleet.serial('gw2'):x}"
    succeeded(fleet.revoke("-e", f"serial_number={digits}", "--limit", "vos"))
    assert [entry.serial_number for crl in fleet.lists() for entry in crl] == [fleet.serial("gw2")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "Say which device or which certificate, and not both"),
        (["-e", "device=gw1", "-e", "serial_number=01"], "Say which device or which certificate, and not both"),
        (["-e", "device="], "Say which device or which certificate, and not both"),
        (["-e", "device=gw9"], "no certificate of this device is on record"),
        (["-e", "serial_number=0123456789"], "no certificate with this serial number is recorded"),
        (["-e", "serial_number=gw1"], "serial_number"),
        (["-e", "device=gw1", "-e", "reason=stolen"], "key_compromise"),
        (["-e", "device=gw1", "--limit", "gw1"], "--limit leaves no host to work on"),
        (["-e", "device=gw1", "-e", "vos_crl_file=relative"], "vos_crl_file"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_touched(
    site_once: Watched, options: list[str], words: str
) -> None:
    before = files_below(site_once.folder / "pki")
    done = site_once.revoke(*options)
    assert done.returncode != 0
    assert words in done.stdout + done.stderr
    assert files_below(site_once.folder / "pki") == before
    assert not site_once.touched


@pytest.fixture(scope="module")
def site_once(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """A fleet that is set up; what is refused leaves it as it is."""
    fleet = Watched(tmp_path_factory.mktemp("fleet"))
    succeeded(fleet.site())
    (fleet.folder / "touched").unlink()
    return fleet


def test_a_list_that_cannot_be_signed_stops_the_run_before_a_device_is_touched(fleet: Watched) -> None:
    succeeded(fleet.site())
    (fleet.folder / "touched").unlink()
    done = fleet.revoke("-e", "device=gw1", "-e", "pki_issuing_passphrase=wrong")
    assert done.returncode != 0
    assert "passphrase" in done.stdout + done.stderr
    assert not fleet.touched
    # What was said stays said, and the next run goes on from there
    succeeded(fleet.revoke("-e", "device=gw1"))
    assert [entry.serial_number for crl in fleet.lists() for entry in crl] == [fleet.serial("gw1")]


def test_a_softswitch_that_is_itself_revoked_keeps_what_it_has_until_it_is_trusted_again(fleet: Watched) -> None:
    succeeded(fleet.site())
    before = fleet.crl.read_text()
    done = fleet.revoke("-e", "device=vos")
    assert done.returncode != 0
    assert "certificate revoked" in done.stdout + done.stderr
    assert fleet.crl.read_text() == before
    refused = fleet.site("--limit", "vos").stdout
    assert "it gets no other" in refused
    # The words of who runs a playbook
    assert "vos_after_revocation: issue" in refused
    succeeded(fleet.site("--limit", "vos", "-e", "vos_after_revocation=issue"))
    assert len([entry for crl in fleet.lists() for entry in crl]) == 1
    assert fleet.verified(fleet.device("vos") / "etc" / "certs" / "vos_server.crt").endswith(": OK\n")
    assert changes(succeeded(fleet.site("--limit", "vos"))) == {"vos": 0}


def test_a_gateway_that_is_trusted_again_gets_a_new_certificate_when_somebody_says_so(fleet: Watched) -> None:
    succeeded(fleet.site())
    revoked = fleet.serial("gw1")
    succeeded(fleet.revoke("-e", "device=gw1"))
    refused = fleet.site("--limit", "gw1").stdout
    assert "it gets no other" in refused
    assert "gateway_after_revocation: issue" in refused
    assert fleet.serial("gw1") == revoked
    succeeded(fleet.site("--limit", "gw1", "-e", "gateway_after_revocation=issue"))
    assert fleet.serial("gw1") != revoked
    assert changes(succeeded(fleet.site("--limit", "gw1"))) == {"gw1": 0}


def test_a_root_below_another_authority_needs_the_list_of_that_one_too(fleet: Watched) -> None:
    top = authority("Top", made=datetime.now(UTC) - DAY, number=201)
    sub = authority("Company SIP Root", above=top, made=datetime.now(UTC) - DAY, number=202)
    now = datetime.now(UTC)
    crl = x509.CertificateRevocationListBuilder(top.certificate.subject, now, now + DAY).sign(top.key, hashes.SHA256())
    for name, pem in (
        ("top.crl", crl.public_bytes(serialization.Encoding.PEM)),
        ("top.pem", top.certificate.public_bytes(serialization.Encoding.PEM)),
        ("root.pem", sub.certificate.public_bytes(serialization.Encoding.PEM)),
        ("root.key", pem_of(sub.key)),
    ):
        (fleet.folder / name).write_bytes(pem)
    brought = {"certificate": "root.pem", "private_key": "root.key", "chain": "top.pem"}
    variables: dict[str, object] = {f"pki_root_{key}": str(fleet.folder / name) for key, name in brought.items()}
    without = fleet.site("--limit", "vos", "-e", json.dumps(variables))
    assert without.returncode != 0
    assert "unable to get certificate CRL" in without.stdout + without.stderr
    assert not fleet.crl.exists()

    variables["vos_crl_others"] = [str(fleet.folder / "top.crl")]
    succeeded(fleet.site("--limit", "vos", "-e", json.dumps(variables)))
    assert len(fleet.lists()) == 3
    assert fleet.verified(fleet.device("vos") / "etc" / "certs" / "vos_server.crt").endswith(": OK\n")
    assert changes(succeeded(fleet.site("--limit", "vos", "-e", json.dumps(variables)))) == {"vos": 0}


def pem_of(key: CertificateIssuerPrivateKeyTypes) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def test_a_softswitch_that_checks_no_list_is_told_of(fleet: Watched) -> None:
    succeeded(fleet.site())
    done = fleet.play("siptls.vos.revoke", "-e", "device=gw1", changed={"vos": {"vos_crl_file": ""}})
    assert done.returncode != 0
    assert re.search(r"vos checks no revocation list.*Set vos_crl_file", done.stdout + done.stderr)
