# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each remedy that a diagnosis names is taken, word by word: the fault is gone afterwards, and nothing else has changed."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.mended_fleet import MendedFleet
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

DAY = timedelta(days=1)


def openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=60)


def certificate(fleet: MendedFleet) -> Path:
    return (fleet.certs("gw1") / "gateway.crt").resolve()


def key(fleet: MendedFleet) -> Path:
    return (fleet.certs("gw1") / "gateway.key").resolve()


def issuing(fleet: MendedFleet) -> tuple[x509.Certificate, object]:
    """The fleet's issuing CA, with its key."""
    (folder,) = (fleet.folder / "pki/authorities").glob("issuing*")
    texts = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    own = next(one for one in texts if b"BEGIN CERTIFICATE" in one)
    secret = next(one for one in texts if b"PRIVATE KEY" in one)
    begin = secret.index(b"-----BEGIN")
    return x509.load_pem_x509_certificate(own), serialization.load_pem_private_key(
        secret[begin:], b"of the issuing authority"
    )


def crl(fleet: MendedFleet, *, end: timedelta = DAY, serials: tuple[int, ...] = ()) -> None:
    """A CRL of the issuing CA in the place of the right one; that of the root stays. The softswitch loads it."""
    path = fleet.device("vos") / "etc/crl.pem"
    authority, secret = issuing(fleet)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(now - 3 * DAY)
        .next_update(now + end)
        .add_extension(x509.CRLNumber(99), critical=False)
    )
    for serial in serials:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - DAY).build()
        )
    mine = builder.sign(secret, hashes.SHA384()).public_bytes(serialization.Encoding.PEM).decode()  # type: ignore[arg-type]
    others = [f"{one}-----END X509 CRL-----\n" for one in path.read_text().split("-----END X509 CRL-----\n")[:-1]]
    kept = [one for one in others if x509.load_pem_x509_crl(one.encode()).issuer != authority.subject]
    path.write_text("".join(kept) + mine)
    fleet.serve()
    fleet.restart("gw1")


def foreign(fleet: MendedFleet, name: str = "Elsewhere") -> Path:
    """A CA that nobody here knows."""
    folder = fleet.folder / "foreign"
    folder.mkdir(exist_ok=True)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-days", "9",
            "-keyout", str(folder / "ca.key"), "-out", str(folder / "ca.crt"), "-addext", "basicConstraints=critical,CA:TRUE")  # fmt: skip
    return folder / "ca.crt"


def wrong_key(fleet: MendedFleet) -> None:
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(key(fleet)))
    fleet.restart("gw1")


def encrypted_key(fleet: MendedFleet) -> None:
    text = key(fleet).read_text()
    subprocess.run(["openssl", "pkey", "-aes256", "-passout", "pass:nobody", "-out", str(key(fleet))],
                   input=text, text=True, check=True, capture_output=True)  # fmt: skip
    fleet.restart("gw1")


def garbled(fleet: MendedFleet) -> None:
    lines = certificate(fleet).read_text().splitlines()
    lines[2] = "#!! no base64"
    certificate(fleet).write_text("\n".join(lines) + "\n")
    fleet.restart("gw1")


def self_signed(fleet: MendedFleet) -> None:
    openssl("req", "-x509", "-key", str(key(fleet)), "-subj", "/CN=gw1", "-days", "9", "-out", str(certificate(fleet)),
            "-addext", "subjectAltName=URI:sip:gw1@example.com")  # fmt: skip
    fleet.restart("gw1")


def foreign_certificate(fleet: MendedFleet) -> None:
    authority = foreign(fleet)
    openssl("req", "-x509", "-key", str(key(fleet)), "-subj", "/CN=gw1", "-days", "9", "-out", str(certificate(fleet)),
            "-CA", str(authority), "-CAkey", str(authority.with_suffix(".key")), "-addext", "extendedKeyUsage=clientAuth",
            "-addext", "subjectAltName=URI:sip:gw1@example.com")  # fmt: skip
    fleet.restart("gw1")


def no_bundle(fleet: MendedFleet) -> None:
    (fleet.certs("gw1") / "ca.crt").resolve().unlink()
    fleet.restart("gw1")


def foreign_bundle(fleet: MendedFleet) -> None:
    shutil.copy(foreign(fleet), (fleet.certs("gw1") / "ca.crt").resolve())
    fleet.restart("gw1")


def softswitch_trusts_others(fleet: MendedFleet) -> None:
    shutil.copy(foreign(fleet), (fleet.certs("vos") / "ca_bundle.crt").resolve())
    fleet.serve()
    fleet.restart("gw1")


def others_in_memory(fleet: MendedFleet) -> None:
    """The wrong CA was loaded, and then the right one came back to the disk: no file is otherwise than after the last run."""
    bundle = (fleet.certs("vos") / "ca_bundle.crt").resolve()
    right = bundle.read_text()
    shutil.copy(foreign(fleet), bundle)
    fleet.serve()
    bundle.write_text(right)
    fleet.restart("gw1")


def other_certificate_in_memory(fleet: MendedFleet) -> None:
    """Likewise with the softswitch's own pair: it serves a certificate of the right CA that is not on its disk."""
    mine, secret = ((fleet.certs("vos") / name).resolve() for name in ("vos_server.crt", "vos_server.key"))
    before = mine.read_text(), secret.read_text()
    authority, signer = issuing(fleet)
    leaf = x509.load_pem_x509_certificate(mine.read_bytes())
    builder = x509.CertificateBuilder(
        issuer_name=authority.subject, subject_name=leaf.subject, public_key=leaf.public_key(),
        serial_number=x509.random_serial_number(), not_valid_before=leaf.not_valid_before_utc, not_valid_after=leaf.not_valid_after_utc,
    )  # fmt: skip
    for extension in leaf.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    other = builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()  # type: ignore[arg-type]
    mine.write_text(other + before[0].partition("-----END CERTIFICATE-----\n")[2])
    fleet.serve()
    mine.write_text(before[0])


def setting(name: str, value: str) -> Callable[[MendedFleet], None]:
    def inject(fleet: MendedFleet) -> None:
        conf = fleet.device("gw1") / "etc/gateway.conf"
        lines = [f"{name} = {value}" if one.startswith(f"{name} =") else one for one in conf.read_text().splitlines()]
        conf.write_text("\n".join(lines) + "\n")
        fleet.restart("gw1")

    return inject


def domain_suites(fleet: MendedFleet) -> None:
    domain = fleet.device("vos") / "etc/sip_domains/example.com.xml"
    domain.write_text(domain.read_text().replace('auth="sdes"', 'auth="sdes" suites="AEAD_AES_256_GCM"'))


def old_firmware(fleet: MendedFleet) -> None:
    settings = fleet.folder / "ssl/openssl.cnf"
    text = "openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = all\n[all]\n"
    settings.write_text(text + "MinProtocol = TLSv1\nMaxProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n")
    fleet.restart("gw1")


def registered_in_plain(fleet: MendedFleet) -> None:
    """Its file says TLS, and it runs with what it loaded before: registered, and nobody knows a certificate of it."""
    (fleet.state / "gw1.registered").write_text("sip:gw1@example.com - 700\n")


def registered_with_old(fleet: MendedFleet) -> None:
    (fleet.state / "gw1.registered").write_text("sip:gw1@example.com 0BADCAFE 700\n")


def revoked_on_disk_alone(fleet: MendedFleet) -> None:
    """A CRL that the PKI never made."""
    crl(fleet, serials=(x509.load_pem_x509_certificate(certificate(fleet).read_bytes()).serial_number,))


def nft(fleet: MendedFleet, *rules: str) -> None:
    fleet.softswitch.run("nft", "add table inet others")
    fleet.softswitch.run("nft", "add chain inet others input { type filter hook input priority 0; policy accept; }")
    for rule in rules:
        fleet.softswitch.run("nft", f"add rule inet others input {rule}")


def dropped_by_others(fleet: MendedFleet) -> None:
    nft(fleet, "tcp dport 22 accept", f"tcp dport {fleet.port} counter drop", "udp dport 53 drop")


def dropped_by_policy(fleet: MendedFleet) -> None:
    nft(fleet, "iifname lo accept", "ct state established accept", "tcp dport 22 accept")
    fleet.softswitch.run("nft", "chain inet others input { policy drop; }")


def media_dropped_by_others(fleet: MendedFleet) -> None:
    nft(fleet, "udp dport 9000-30000 drop")


def not_on_our_list(fleet: MendedFleet) -> None:
    fleet.softswitch.run(
        "nft",
        f"table inet siptls {{ chain input {{ type filter hook input priority -10; policy accept; iifname lo accept; "
        f"tcp dport {fleet.port} goto signalling; }}; chain signalling {{ ip saddr 192.0.2.12 accept; drop; }}; }}",
    )


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    :ivar cause: the first
    :ivar mended: the host that its remedy may touch
    :ivar words: of the remedy's command
    """

    id: str
    inject: Callable[[MendedFleet], None]
    cause: str
    mended: str = "gw1"
    words: str = ""


FAULTS = [
    Fault("wrong-key", wrong_key, "pair_mismatch", words="siptls.vos.rotate"),
    Fault("encrypted-key", encrypted_key, "key_encrypted", words="siptls.vos.rotate"),
    Fault("garbled", garbled, "pem_unreadable", words="siptls.vos.rotate"),
    Fault("self-signed", self_signed, "certificate_self_signed", words="siptls.vos.rotate"),
    Fault("foreign-certificate", foreign_certificate, "authority_unknown_to_softswitch", words="siptls.vos.rotate"),
    Fault("no-bundle", no_bundle, "file_missing", words="siptls.vos.site"),
    Fault("foreign-bundle", foreign_bundle, "authority_unknown_to_device", words="siptls.vos.site"),
    Fault("softswitch-trusts-others", softswitch_trusts_others, "authority_unknown_to_softswitch", "vos"),
    Fault("others-in-memory", others_in_memory, "served_behind_disk", "vos", "vos_reload_now=true"),
    Fault("certificate-in-memory", other_certificate_in_memory, "served_behind_disk", "vos", "vos_reload_now=true"),
    Fault("plain", setting("transport", "udp"), "plain_sip"),
    Fault("registered-in-plain", registered_in_plain, "plain_sip", words="gateway_reload_now=true"),
    Fault("registered-with-old", registered_with_old, "device_behind_disk", words="gateway_reload_now=true"),
    Fault("name", setting("register", "sip:nowhere.invalid:5061"), "name_unresolved", words="--tags configuration"),
    Fault("keying", setting("srtp_auth", "dtls"), "srtp_keying_mismatch"),
    Fault("srtp-off", setting("srtp_encryption", "none"), "srtp_off"),
    Fault("suites", domain_suites, "srtp_suite_mismatch", "vos"),
    Fault("old-firmware", old_firmware, "no_common_version", words="MaxProtocol"),
    Fault("stale-crl", lambda fleet: crl(fleet, end=-DAY), "crl_stale", "vos"),
    Fault("revoked-on-disk-alone", revoked_on_disk_alone, "certificate_revoked", "vos"),
    Fault("dropped-by-others", dropped_by_others, "port_blocked", "vos", "insert rule inet others input handle"),
    Fault("dropped-by-policy", dropped_by_policy, "port_blocked", "vos", "insert rule inet others input ip saddr"),
    Fault(
        "media-dropped", media_dropped_by_others, "media_ports_closed", "vos", "insert rule inet others input handle"
    ),
    Fault("not-on-our-list", not_on_our_list, "source_not_admitted", "vos", "siptls.vos.allowlist"),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MendedFleet]:
    """Set up once."""
    fleet = MendedFleet(tmp_path_factory.mktemp("fleet"))
    try:
        fleet.begin()
        yield fleet
    finally:
        fleet.close()


@pytest.fixture
def fleet(made: MendedFleet, tmp_path: Path) -> Iterator[MendedFleet]:
    """As it was set up, whatever the test before did to it."""
    kept = tmp_path / "kept"
    for name in ("devices", "pki", "state"):
        shutil.copytree(made.folder / name, kept / name, symlinks=True)
    yield made
    made.softswitch.run("nft", "flush", "ruleset")
    shutil.copy("/etc/ssl/openssl.cnf", made.folder / "ssl/openssl.cnf")
    for name in ("devices", "pki"):
        shutil.rmtree(made.folder / name)
        shutil.copytree(kept / name, made.folder / name, symlinks=True)
    for one in (kept / "state").glob("*.registered"):
        shutil.copy(one, made.state / one.name)
    made.serve()


def is_healthy(fleet: MendedFleet) -> None:
    status, report = fleet.diagnose()
    assert report["causes"] == [], json.dumps(report["causes"], indent=1)
    assert (report["verdict"], status) == ("ok", 0)


def test_nothing_is_found_where_nothing_is_wrong(fleet: MendedFleet) -> None:
    is_healthy(fleet)


@pytest.mark.nightly(
    "certificate-in-memory",
    "dropped-by-policy",
    "encrypted-key",
    "foreign-bundle",
    "foreign-certificate",
    "garbled",
    "keying",
    "media-dropped",
    "name",
    "no-bundle",
    "not-on-our-list",
    "old-firmware",
    "plain",
    "registered-with-old",
    "revoked-on-disk-alone",
    "self-signed",
    "softswitch-trusts-others",
    "srtp-off",
    "stale-crl",
    "suites",
    "wrong-key",
)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.id)
def test_the_remedy_mends_the_fault_and_nothing_else(fleet: MendedFleet, fault: Fault) -> None:
    fault.inject(fleet)
    status, report = fleet.diagnose()
    assert report["causes"], report["unknown"]
    first = report["causes"][0]
    assert (first["id"], status) == (fault.cause, 2), json.dumps(report["causes"], indent=1)
    assert fault.words in first["fix"]
    others = sorted({"vos", *fleet.gateways} - {fault.mended})
    before, rules = fleet.digests(*others), fleet.rules()
    fleet.take(first["steps"])
    if fault.mended == "vos":
        # Its gateways try again by themselves, which takes up to 30 s (RFC 5626, section 4.5)
        fleet.restart("gw1")
    is_healthy(fleet)
    assert fleet.digests(*others) == before
    if fault.mended != "vos":
        assert fleet.rules() == rules


def test_a_fix_has_what_this_run_was_given_and_no_secret(fleet: MendedFleet) -> None:
    setting("transport", "udp")(fleet)
    more, variables, opener = (fleet.folder / name for name in ("more.json", "variables.json", "opener"))
    more.write_text('{"all": {"vars": {"nothing": 1}}}')
    variables.write_text('{"nothing_else": 1}')
    opener.write_text("#!/bin/sh\necho nobody\n")
    opener.chmod(0o755)
    given = ("-i", str(more), "-e", f"@{variables}", "--vault-password-file", str(opener))
    _status, report = fleet.diagnose(*given, "-e", "diagnose_password=Ohgh9ahvO")
    (step,) = report["causes"][0]["steps"]
    words = step["arguments"]
    assert words[:5] == ["ansible-playbook", "-i", str(fleet.folder / "hosts.json"), "-i", str(more)]
    assert (
        f"--vault-password-file {opener} --extra-vars @{variables} siptls.vos.site --limit gw1"
        in report["causes"][0]["fix"]
    )
    assert "Ohgh9ahvO" not in json.dumps(report)
    fleet.take([step])
    is_healthy(fleet)
