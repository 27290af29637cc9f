# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""siptls.vos.site on a fleet that is folders of this machine: what an operator has before and after."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from ansible_collections.siptls.vos.tests.integration.fleet import Fleet

OPERATORS_TLS_CONF = """\
; tls.conf of rack 4
[logging]
level = 3 ; was 5

[tls_server]
# agreed with the carrier
port = 5062
verify_mode = no_client_cert
crl_file = /old/crl.pem
keepalive = 90

[tls_client]
port = 5063
"""
DTLS_SUITES = ["AEAD_AES_256_GCM", "AES_CM_128_HMAC_SHA1_80"]
DOMAINS = [
    {"name": "example.com"},
    {"name": "calls.example.com", "srtp_auth": "dtls", "srtp_suites": DTLS_SUITES, "tls_verify": False},
]


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


def succeeded(done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def changes(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """By host, how many tasks changed something."""
    return {
        host: int(count) for host, count in re.findall(r"^(\S+) +: ok=\d+ +changed=(\d+)", done.stdout, re.MULTILINE)
    }


def shown_pins(output: str) -> dict[str, list[str]]:
    """The variable that the output shows, as it is after it was pasted into a file of the inventory."""
    shown = re.search(r"pki_root_fingerprints: .*\]", output)
    assert shown, output
    return yaml.safe_load(shown[0])


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def settings(path: Path, section: str) -> dict[str, str]:
    parser = configparser.RawConfigParser(delimiters="=")
    parser.read_string(path.read_text())
    return dict(parser[section])


def test_the_whole_way_twice(fleet: Fleet) -> None:
    foretold = succeeded(fleet.site("--check", "--diff"))
    assert all(changes(foretold).values())
    assert not (fleet.folder / "pki").exists()
    assert not (fleet.folder / "devices").exists()

    first = succeeded(fleet.site())
    assert changes(first) == changes(foretold)
    before = files_below(fleet.folder / "devices")

    assert changes(succeeded(fleet.site())) == {"vos": 0, "gw1": 0, "gw2": 0}
    pins = shown_pins(first.stdout)
    assert len(pins["pki_root_fingerprints"]) == 1
    assert changes(succeeded(fleet.site("--check", "--diff", "-e", json.dumps(pins)))) == {"vos": 0, "gw1": 0, "gw2": 0}
    assert files_below(fleet.folder / "devices") == before

    for host in ("vos", "gw1", "gw2"):
        assert (fleet.device(host) / "reloads").read_text() == "reloaded\n"
    etc = fleet.device("vos") / "etc"
    assert settings(etc / "tls.conf", "tls_server") == {
        "port": "5061",
        "cert_file": f"{etc}/certs/vos_server.crt",
        "key_file": f"{etc}/certs/vos_server.key",
        "ca_file": f"{etc}/certs/ca_bundle.crt",
        "verify_mode": "require_and_verify_client_cert",
        "min_version": "TLSv1.2",
        "ciphers": "ECDHE+AESGCM:ECDHE+CHACHA20",
        "ssl_session_cache": "shared:10m",
        "ssl_session_timeout": "1h",
        "keepalive_interval": "120s",
        "connection_lifetime": "2h",
    }
    gateway = fleet.device("gw1") / "etc"
    assert settings(gateway / "gateway.conf", "sip") == {
        "register": "sip:vos.example.com:5061",
        "transport": "tls",
        "tls_client_cert": f"{gateway}/certs/gateway.crt",
        "tls_client_key": f"{gateway}/certs/gateway.key",
        "tls_ca_cert": f"{gateway}/certs/ca.crt",
        "srtp_encryption": "aes128_cm",
        "srtp_auth": "sdes",
        "register_expires": "1h",
        "keepalive_interval": "120s",
    }


def test_the_rest_of_tls_conf_is_the_operators(fleet: Fleet) -> None:
    tls_conf = fleet.device("vos") / "etc" / "tls.conf"
    tls_conf.parent.mkdir(parents=True)
    tls_conf.write_text(OPERATORS_TLS_CONF)
    succeeded(fleet.site("--limit", "vos"))
    text = tls_conf.read_text()
    assert text.startswith(
        "; tls.conf of rack 4\n[logging]\nlevel = 3 ; was 5\n\n[tls_server]\n# agreed with the carrier\nport = 5061\n"
    )
    assert text.endswith("\n\n[tls_client]\nport = 5063\n")
    found = settings(tls_conf, "tls_server")
    assert found["keepalive"] == "90"
    assert found["verify_mode"] == "require_and_verify_client_cert"
    assert "crl_file" not in found


def test_sip_domains_come_and_go(fleet: Fleet) -> None:
    folder = fleet.device("vos") / "etc" / "sip_domains"
    folder.mkdir(parents=True)
    (folder / "operators.example.xml").write_text("<sip_domain/>\n")
    succeeded(fleet.site("--limit", "vos", changed={"vos": {"vos_sip_domains": DOMAINS}}))
    domain = ElementTree.parse(folder / "calls.example.com.xml").getroot()
    assert (domain.tag, domain.attrib) == ("sip_domain", {"name": "calls.example.com"})
    assert {element.tag: element.attrib for element in domain.iter() if element is not domain} == {
        "transport": {"protocol": "tls", "port": "5061"},
        "security": {},
        "tls_verify": {"enable": "false"},
        "srtp_policy": {"require": "true", "auth": "dtls", "suites": "AEAD_AES_256_GCM AES_CM_128_HMAC_SHA1_80"},
    }
    assert "suites" not in (folder / "example.com.xml").read_text()
    gone = [DOMAINS[0], {"name": "calls.example.com", "state": "absent"}]
    succeeded(fleet.site("--limit", "vos", changed={"vos": {"vos_sip_domains": gone}}))
    assert sorted(path.name for path in folder.glob("*.xml")) == ["example.com.xml", "operators.example.xml"]
    certificate = fleet.device("vos") / "etc" / "certs" / "vos_server.crt"
    text = subprocess.run(
        ["openssl", "x509", "-in", str(certificate), "-noout", "-text"], capture_output=True, text=True, check=True
    ).stdout
    assert "URI:sip:example.com, URI:sip:vos.example.com, DNS:example.com, DNS:vos.example.com" in text
    assert (fleet.device("vos") / "reloads").read_text() == "reloaded\nreloaded\n"


def test_a_new_certificate_alone_makes_a_reload_due(fleet: Fleet) -> None:
    succeeded(fleet.site("--limit", "gw1"))
    succeeded(fleet.site("--limit", "gw1", changed={"gw1": {"gateway_certificate_valid_for": "80d"}}))
    assert (fleet.device("gw1") / "reloads").read_text() == "reloaded\nreloaded\n"


def test_a_configuration_that_the_device_refuses_changes_nothing(fleet: Fleet) -> None:
    succeeded(fleet.site("--limit", "vos"))
    etc = fleet.device("vos") / "etc"
    (etc / "certs" / "vos_server.key").write_text("somebody was here\n")
    before = files_below(etc)
    options = ("--limit", "vos", "--tags", "configuration")
    done = fleet.site(*options, changed={"vos": {"vos_tls_port": 5071}})
    assert done.returncode == 2
    assert "key_file: expected a private key without a passphrase; found" in done.stdout + done.stderr
    assert files_below(etc) == before
    assert (fleet.device("vos") / "reloads").read_text() == "reloaded\n"


def test_one_gateway_at_a_time(fleet: Fleet) -> None:
    done = succeeded(fleet.site("-e", "gateway_serial=1"))
    assert done.stdout.count("PLAY [Set up the gateways]") == 2


def test_only_certificates(fleet: Fleet) -> None:
    succeeded(fleet.site("--tags", "pki,certificates"))
    assert (fleet.device("gw1") / "etc" / "certs" / "gateway.crt").exists()
    assert not (fleet.device("gw1") / "etc" / "gateway.conf").exists()


@pytest.mark.nightly
@pytest.mark.skipif(not shutil.which("xmllint"), reason="needs xmllint (package libxml2-utils)")
def test_sip_domains_are_held_against_the_schema_on_the_softswitch(fleet: Fleet) -> None:
    checked = {"vos": {"vos_xml_schema_check": True, "vos_sip_domains": DOMAINS}}
    succeeded(fleet.site("--limit", "vos", changed=checked))
    etc = fleet.device("vos") / "etc"
    assert (etc / "schema" / "sip_domain.xsd").exists()
    assert changes(succeeded(fleet.site("--limit", "vos", changed=checked))) == {"vos": 0}
