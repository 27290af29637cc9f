# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's translators refuse what they would not carry out, in words. A lab that passes over a policy would prove nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

IMAGES = Path(__file__).resolve().parents[3] / "molecule" / "resources" / "images"
DOMAIN = (
    '<sip_domain name="{name}"><transport protocol="tls" port="5061"/><security><tls_verify enable="true"/>'
    "<srtp_policy {policy}/></security></sip_domain>"
)
GATEWAY = {
    "register": "sip:vos.example.com:5061",
    "transport": "tls",
    "tls_client_cert": "{folder}/gateway.crt",
    "tls_client_key": "{folder}/gateway.key",
    "tls_ca_cert": "{folder}/ca.crt",
    "srtp_encryption": "aes128_cm",
}


def read_domains(folder: Path, *policies: str) -> str:
    """What the softswitch's translator reads in SIP domains with these policies, or why it refuses them."""
    for number, policy in enumerate(policies, 1):
        (folder / f"{number}.xml").write_text(DOMAIN.format(name=f"d{number}.example", policy=policy))
    program = (
        "import sys; from pathlib import Path; from kamailio_translator.vos_files import RefusedError, read_sip_domains\n"
        "try:\n    print(read_sip_domains(Path(sys.argv[1])))\nexcept RefusedError as error:\n    print('refused:', error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        env={"PYTHONPATH": str(IMAGES / "vos"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def test_suites_are_read(tmp_path: Path) -> None:
    said = read_domains(tmp_path, 'require="true" auth="sdes" suites="AEAD_AES_256_GCM AES_256_CM_HMAC_SHA1_80"')
    assert "srtp_suites=('AEAD_AES_256_GCM', 'AES_256_CM_HMAC_SHA1_80')" in said


@pytest.mark.parametrize(
    ("policies", "words"),
    [
        (('require="true" auth="zrtp"',), "srtp_policy auth: expected one of sdes, dtls; found zrtp"),
        (('require="true" auth="sdes" suites="NULL_HMAC_SHA1_80"',), "found NULL_HMAC_SHA1_80"),
        (('require="true" auth="sdes" suites=""',), "found none"),
        (('require="true" auth="dtls" suites="AES_256_CM_HMAC_SHA1_80"',), "with auth=dtls: expected one of"),
        (('require="true" auth="sdes" lifetime="1h"',), "expected srtp_policy with the attributes require, auth"),
        (
            ('require="true" auth="dtls" suites="AEAD_AES_256_GCM"', 'require="true" auth="dtls"'),
            "this lab's relay wants the same suites for all domains with auth=dtls",
        ),
    ],
)
def test_a_policy_that_the_relay_could_not_keep_is_refused(
    tmp_path: Path, policies: tuple[str, ...], words: str
) -> None:
    said = read_domains(tmp_path, *policies)
    assert said.startswith("refused:")
    assert words in said


TLS_SERVER = """[tls_server]
port = 5061
cert_file = /c
key_file = /k
ca_file = /a
verify_mode = require_and_verify_client_cert
ciphers = ECDHE+AESGCM
"""
SECOND = """[tls_server:post_quantum]
server_name = pq.vos.example.com
cert_file = /pq/c
key_file = /pq/k
ca_file = /pq/a
"""


def tls_cfg(folder: Path, text: str) -> str:
    """What Kamailio is told of TLS by this tls.conf, or why it is refused."""
    (folder / "tls.conf").write_text(text)
    program = (
        "import sys; from pathlib import Path; from kamailio_translator.kamailio_files import tls_cfg\n"
        "from kamailio_translator.vos_files import RefusedError, read_named_servers, read_tls_server\n"
        "path = Path(sys.argv[1])\n"
        "try:\n    print(tls_cfg(read_tls_server(path), read_named_servers(path)))\n"
        "except RefusedError as error:\n    print('refused:', error)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program, str(folder / "tls.conf")],
        env={"PYTHONPATH": str(IMAGES / "vos"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def test_a_second_certificate_is_served_by_its_name(tmp_path: Path) -> None:
    said = tls_cfg(tmp_path, TLS_SERVER + SECOND)
    named = said[said.index("[server:any]") : said.index("[client:default]")]
    for line in ("server_name = pq.vos.example.com", "certificate = /pq/c", "ca_list = /pq/a", "method = TLSv1.3+"):
        assert f"{line}\n" in named
    assert "verify_client = on" in named


@pytest.mark.parametrize("text", [TLS_SERVER, f"{TLS_SERVER}\n[tls_server:post_quantum]\n"])
def test_without_a_second_certificate_there_is_one(tmp_path: Path, text: str) -> None:
    assert "[server:any]" not in tls_cfg(tmp_path, text)


@pytest.mark.parametrize(
    "second", [SECOND + "crl = /pq/crl\n", SECOND.replace("key_file = /pq/k\n", ""), SECOND.replace("/pq/a", "")]
)
def test_a_second_certificate_that_is_not_understood_is_refused(tmp_path: Path, second: str) -> None:
    said = tls_cfg(tmp_path, TLS_SERVER + second)
    assert said.startswith("refused:")
    assert "expected the keys server_name, cert_file, key_file, ca_file" in said


def translate(folder: Path, image: str, **changed: str) -> subprocess.CompletedProcess[str]:
    """A gateway's translator at work in a folder that stands for its whole file system."""
    (folder / "run").mkdir()
    certificate = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"),
        *("-subj", "/CN=gw3", "-addext", "subjectAltName=URI:sip:gw3@example.com"),
        *("-keyout", str(folder / "gateway.key"), "-out", str(folder / "gateway.crt")),
    ]
    subprocess.run(certificate, capture_output=True, check=True, timeout=60)
    lines = [f"{key} = {value.format(folder=folder)}" for key, value in {**GATEWAY, **changed}.items()]
    (folder / "gateway.conf").write_text("\n".join(["[sip]", *lines]) + "\n")
    conf = (IMAGES / "gateway" / "gateway_conf.sh").read_text()
    conf = conf.replace("/etc/gateway/gateway.conf", f"{folder}/gateway.conf").replace("/run/gateway", f"{folder}/run")
    (folder / "gateway_conf.sh").write_text(conf)
    name = {"gateway": "gateway_translator", "linphone": "linphone_translator"}[image]
    program = folder / name
    text = (IMAGES / image / name).read_text()
    program.write_text(text.replace("/usr/local/lib/gateway_conf.sh", f"{folder}/gateway_conf.sh"))
    return subprocess.run(["sh", str(program)], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("keying", "encryption", "media"),
    [
        ("sdes", "aes128_cm", ";mediaenc=srtp-mand"),
        ("dtls", "aes128_cm", ";mediaenc=dtls_srtp"),
        ("dtls", "aes256_gcm", ";mediaenc=dtls_srtp"),
        ("sdes", "none", ""),
    ],
)
def test_keying_and_encryption_reach_baresip(tmp_path: Path, keying: str, encryption: str, media: str) -> None:
    done = translate(tmp_path, "gateway", srtp_auth=keying, srtp_encryption=encryption, register_expires="10m")
    assert done.returncode == 0, done.stderr
    account = (tmp_path / "run" / "accounts").read_text()
    assert f"regint=600;answermode=auto;audio_codecs=PCMU,PCMA{media}\n" in account


def test_a_keepalive_makes_baresip_keep_its_connection(tmp_path: Path) -> None:
    done = translate(tmp_path, "gateway", keepalive_interval="120s")
    assert ";sipnat=outbound\n" in (tmp_path / "run" / "accounts").read_text()
    assert "baresip goes by what the registrar says, and else by 120 s" in done.stderr


def test_keying_and_encryption_reach_linphone(tmp_path: Path) -> None:
    done = translate(tmp_path, "linphone", srtp_encryption="aes256_gcm")
    assert done.returncode == 0, done.stderr
    linphonerc = (tmp_path / "run" / "linphonerc").read_text()
    assert "\nsrtp_crypto_suites=AEAD_AES_256_GCM\n" in linphonerc
    assert "\nmedia_encryption_mandatory=1\n" in linphonerc


@pytest.mark.parametrize(
    ("image", "changed", "words"),
    [
        (
            "gateway",
            {"srtp_encryption": "aes256_gcm"},
            "by SDES this gateway's client, baresip, offers aes128_cm alone",
        ),
        ("gateway", {"srtp_encryption": "rot13"}, "expected one of none aes128_cm aes256_gcm; found rot13"),
        ("gateway", {"srtp_auth": "zrtp"}, "srtp_auth: expected one of sdes dtls; found zrtp"),
        ("gateway", {"register_expires": "soon"}, "register_expires: expected a duration such as 120s; found soon"),
        ("gateway", {"keepalive_interval": "1w"}, "keepalive_interval: expected a duration such as 120s; found 1w"),
        ("gateway", {"codec": "opus"}, "codec: not a key"),
        ("gateway", {"transport": ""}, "transport is missing"),
        ("linphone", {"srtp_auth": "dtls"}, "linphone, is set up for sdes"),
    ],
)
def test_a_gateway_that_could_not_do_as_it_is_told_is_refused(
    tmp_path: Path, image: str, changed: dict[str, str], words: str
) -> None:
    done = translate(tmp_path, image, **changed)
    assert done.returncode == 1
    assert words in done.stderr
    assert not (tmp_path / "run" / "accounts").exists()
