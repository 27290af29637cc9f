# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of certificate, list and response that the collection makes, before judges that are not of its making."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import judges
import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Outcome, Play
from ansible_collections.siptls.vos.tests.integration.tasks import (
    ISSUING_PASSPHRASE,
    ROOT_PASSPHRASE,
    Task,
    authority,
    gateway,
    issuing,
    openssl,
    serial,
    softswitch,
)

#: By name: the type of the root's key, and of the keys of the issuing authority and of the devices
KINDS = {
    "rsa": ("rsa-3072", "rsa-2048"),
    "p256": ("ecdsa-p384", "ecdsa-p256"),
    "p384": ("ecdsa-p384", "ecdsa-p384"),
    "ed25519": ("ed25519", "ed25519"),
}
URL = "http://pki.example.com"
DEVICES = ("gw1", "gw2", "vos", "responder")
ISSUERS = {
    "root": {"pki": "pki", "authority": "root", "passphrase": ROOT_PASSPHRASE},
    "issuing": {"pki": "pki", "authority": "issuing", "passphrase": ISSUING_PASSPHRASE},
}


@dataclass(frozen=True)
class Site:
    """A PKI with devices, after the certificate of gw2 was revoked.

    :ivar folder: of the playbooks; ``root.pem``, ``issuing.pem`` and the devices' certificates, each alone, are there, and
        ``lists.pem``, the lists of both authorities, as OpenSSL wants them
    """

    folder: Path

    def file(self, name: str) -> Path:
        """One of the files."""
        return self.folder / f"{name}.pem"

    def verify(self, device: str, *options: str | Path) -> str:
        """What OpenSSL says of a device's certificate."""
        bundle, own = (self.folder / f"devices/{device}/certs/{name}" for name in ("ca.crt", "device.crt"))
        return openssl("verify", "-x509_strict", *options, "-CAfile", bundle, own, check=False)


def published(name: str, *kinds: str) -> dict[str, str]:
    """Where an authority publishes these."""
    paths = {"crl": f"crl/{name}.crl", "ocsp": f"ocsp/{name}", "certificate": f"certificates/{name}.cer"}
    return {f"{kind}_url": f"{URL}/{paths[kind]}" for kind in kinds}


def authorities(above: str, below: str) -> list[Task]:
    """A root and an issuing authority with all that a certificate can say."""
    domains = {"permitted_domains": ["example.com"]}
    return [
        authority(key={"type": above}, publication=published("root", "crl", "certificate"), **domains),
        issuing(key={"type": below}, publication=published("issuing", "crl", "ocsp", "certificate"), **domains),
    ]


def revocation_lists() -> list[Task]:
    """The lists of both."""
    return [
        {"name": f"The list of {name}", "siptls.vos.revocation_list": {"issuer": issuer}, "run_once": True}
        for name, issuer in ISSUERS.items()
    ]


def certificates(kind: str) -> list[Task]:
    """A certificate for each device, by its name."""
    files = {"certificate": "device.crt", "private_key": "device.key", "trust_bundle": "ca.crt", "key": {"type": kind}}
    responder = {"common_name": "pki.example.com", "sip_uris": [], "dns": ["pki.example.com"]}
    return [
        {**gateway(**files), "when": "inventory_hostname is match('gw')"},
        {**softswitch(**files), "when": "inventory_hostname == 'vos'"},
        {**gateway(**files, profile="ocsp_responder", identity=responder), "when": "inventory_hostname == 'responder'"},
    ]


def revocation(**options: Any) -> Task:
    """A revocation by the issuing authority."""
    return {
        "name": "The revocation",
        "siptls.vos.certificate_revocation": {"pki": "pki", "authority": "issuing", **options},
        "run_once": True,
    }


def responses() -> Task:
    """The OCSP responses of the issuing authority."""
    options = {"issuer": ISSUERS["issuing"], "path": "responses.tar"}
    return {"name": "The responses", "siptls.vos.ocsp_responses": options, "run_once": True}


def laid_out(folder: Path, outcome: Outcome) -> Site:
    """The files of a site, each alone."""
    lists = [outcome.of("gw1", f"The list of {name}")["crl"] for name in ISSUERS]
    (folder / "lists.pem").write_text("".join(lists))
    for name, text in zip(ISSUERS, lists, strict=True):
        (folder / f"list-{name}.pem").write_text(text)
        openssl_alone(folder / f"pki/authorities/{name}/certificate.pem", folder / f"{name}.pem")
    for device in DEVICES:
        own = folder / f"devices/{device}/certs/device.crt"
        if own.exists():
            openssl_alone(own, folder / f"{device}.pem")
    with tarfile.open(folder / "responses.tar") as tar:
        tar.extractall(folder / "responses", filter="data")
    return Site(folder)


def openssl_alone(path: Path, to: Path) -> None:
    """The first certificate of a file."""
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----\n"
    text = path.read_text()
    to.write_text(text[text.index(begin) : text.index(end) + len(end)])


@pytest.fixture(scope="module", params=list(KINDS))
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with keys of each kind."""
    folder = tmp_path_factory.mktemp(f"judged-{request.param}")
    tasks = [*authorities(*KINDS[request.param]), *certificates(KINDS[request.param][1])]
    tasks += [revocation(device="gw2", reason="key_compromise"), *revocation_lists(), responses()]
    return laid_out(folder, Play(folder)(tasks, hosts=DEVICES))


def test_pkilint_finds_nothing_in_certificates(site: Site) -> None:
    for name in (*ISSUERS, *DEVICES):
        assert judges.lint_certificate(site.file(name)) == [], name
    assert judges.lint_pair(site.file("root"), site.file("issuing")) == []
    for device in DEVICES:
        assert judges.lint_pair(site.file("issuing"), site.file(device)) == [], device


def test_pkilint_finds_nothing_in_lists_and_responses(site: Site, tmp_path: Path) -> None:
    for name in ISSUERS:
        assert judges.lint_list(site.file(f"list-{name}")) == []
    found = [path for path in (site.folder / "responses").rglob("*") if path.is_file() and path.name != "contents.txt"]
    assert len(found) == 2 * len(DEVICES), "for each certificate one for SHA-1 and one for SHA-256"
    for path in found:
        # A judge reads files by a name without slashes and equals signs as well
        assert judges.lint_response(path) == [], path


def test_openssl_accepts_all_but_the_revoked_one_with_every_list_checked(site: Site) -> None:
    checked = ("-crl_check_all", "-CRLfile", site.file("lists"))
    for device, purpose in (
        ("gw1", "sslclient"),
        ("gw1", "sslserver"),
        ("vos", "sslserver"),
        ("responder", "ocsphelper"),
    ):
        assert site.verify(device, "-purpose", purpose, *checked).strip().endswith(": OK"), device
    refused = site.verify("gw2", *checked)
    assert "error 23 at 0 depth lookup: certificate revoked" in refused
    assert site.verify("gw2").strip().endswith(": OK"), "revoked is all that is wrong with it"
    assert "error 3 at 1 depth lookup: unable to get certificate CRL" in site.verify(
        "gw1", "-crl_check_all", "-CRLfile", site.file("list-issuing")
    )


def test_gnutls_accepts_chains_and_lists(site: Site, tmp_path: Path) -> None:
    for device in ("gw1", "vos", "responder"):
        chain = tmp_path / f"{device}.pem"
        chain.write_text("".join(site.file(name).read_text() for name in (device, "issuing", "root")))
        said = judges.certtool_verify_chain(chain)
        assert "Chain verification output: Verified. The certificate is trusted." in said, said
    for name in ISSUERS:
        assert "Verification output: Verified." in judges.certtool_verify_list(
            site.file(name), site.file(f"list-{name}")
        )


def test_openssl_reads_good_and_revoked_in_the_responses(site: Site) -> None:
    for device, word in (("gw1", "good"), ("vos", "good"), ("gw2", "revoked")):
        for digest in ("-sha1", "-sha256"):
            said = openssl(
                *("ocsp", digest, "-issuer", site.file("issuing"), "-cert", site.file(device)),
                *("-respin", response_for(site, device, digest), "-CAfile", site.file("root")),
                *("-verify_other", site.file("issuing")),
            )
            assert "Response verify OK" in said, said
            assert f"{site.file(device)}: {word}" in said
            assert ("Reason: keyCompromise" in said) is (word == "revoked")


def response_for(site: Site, device: str, digest: str) -> Path:
    """The response that lies where a client's own request by GET leads to."""
    request = site.folder / "request.der"
    openssl(
        *("ocsp", digest, "-no_nonce", "-issuer", site.file("issuing"), "-cert", site.file(device), "-reqout", request)
    )
    path = openssl("base64", "-A", "-in", request).strip()
    return site.folder / "responses" / (f"{path}-" if path.endswith("/") else path)


def test_openssl_answers_by_the_index(site: Site, play: Play) -> None:
    """The live responder of openssl answers from the index: good, revoked, and unknown for what was never issued."""
    found = Play(site.folder / "again")
    (found.folder / "pki").symlink_to(site.folder / "pki")
    (site.folder / "index.txt").write_text(found([responses()]).of("gw1")["index"])
    certs = site.folder / "devices/responder/certs"
    serials = {device: serial(site.file(device)) for device in DEVICES}
    for device, word in (("gw1", "good"), ("gw2", "revoked"), ("nobody", "unknown")):
        number = serials.get(device, "0123456789abcdef")
        for digest in ("-sha1", "-sha256"):
            request, response = site.folder / "live.req", site.folder / "live.resp"
            about = ("-no_nonce", "-issuer", site.file("issuing"), "-serial", f"0x{number}")
            openssl("ocsp", digest, *about, "-reqout", request)
            openssl(
                *("ocsp", "-index", site.folder / "index.txt", "-CA", site.file("issuing"), "-reqin", request),
                *("-rsigner", certs / "device.crt", "-rkey", certs / "device.key", "-respout", response, "-ndays", "1"),
            )
            said = openssl(
                "ocsp",
                digest,
                *about,
                "-respin",
                response,
                "-CAfile",
                site.file("root"),
                "-verify_other",
                site.file("issuing"),
            )
            assert "Response verify OK" in said, said
            assert f"{number}: {word}" in said.lower(), said
            assert judges.lint_response(response) == []


def test_certificates_say_where_they_are_to_be_checked(site: Site) -> None:
    text = openssl("x509", "-in", site.file("gw1"), "-noout", "-text")
    for url in published("issuing", "crl", "ocsp", "certificate").values():
        assert f"URI:{url}\n" in text
    above = openssl("x509", "-in", site.file("issuing"), "-noout", "-text")
    assert f"URI:{URL}/crl/root.crl\n" in above
    assert "OCSP - URI" not in above
    assert "X509v3 Name Constraints: critical" in above
    assert "DNS:example.com" in above


@pytest.mark.parametrize("kind", ["ml-dsa-44", "ml-dsa-65", "ml-dsa-87"])
def test_post_quantum_authorities_and_lists_are_sound(kind: str, play: Play) -> None:
    """What a device's own openssl says of them needs its version 3.5, which not every device has."""
    outcome = play([*authorities(kind, kind), *revocation_lists(), responses()])
    site = laid_out(play.folder, outcome)
    for name in ISSUERS:
        assert judges.lint_certificate(site.file(name)) == []
        assert judges.lint_list(site.file(f"list-{name}")) == []
    assert judges.lint_pair(site.file("root"), site.file("issuing")) == []
    if kind.upper() in openssl("list", "-signature-algorithms"):
        said = openssl(
            "verify",
            "-x509_strict",
            "-crl_check",
            "-CRLfile",
            site.file("lists"),
            "-CAfile",
            site.file("root"),
            site.file("issuing"),
        )
        assert said.strip().endswith(": OK")
