# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema of a SIP domain, by xmllint, as on a softswitch."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCHEMA = Path(__file__).resolve().parents[3] / "roles/vos/platforms/vos/files/sip_domain.xsd"
# As in the requirement, section 3.2
SAMPLE = (
    '<sip_domain name="example.com"><transport protocol="tls" port="5061"/><security><tls_verify enable="true"/>'
    '<srtp_policy require="true" auth="sdes"/></security></sip_domain>'
)

pytestmark = pytest.mark.skipif(not shutil.which("xmllint"), reason="needs xmllint (package libxml2-utils)")


def validates(folder: Path, text: str) -> bool:
    document = folder / "domain.xml"
    document.write_text(text)
    command = ["xmllint", "--noout", "--nonet", "--schema", str(SCHEMA), str(document)]
    return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("sdes", "dtls"),
        ('enable="true"', 'enable="false"'),
        ("5061", "65535"),
        ("example.com", "xn--bcher-kva.example"),
        ('auth="sdes"', 'auth="sdes" suites="AEAD_AES_256_GCM"'),
        ('auth="sdes"', 'auth="dtls" suites="AES_CM_128_HMAC_SHA1_80 AEAD_AES_256_GCM"'),
    ],
)
def test_a_sip_domain_validates(tmp_path: Path, old: str, new: str) -> None:
    assert validates(tmp_path, SAMPLE.replace(old, new) if old else SAMPLE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("5061", "99999"),
        ("5061", "0"),
        ("5061", ""),
        ('protocol="tls"', 'protocol="udp"'),
        ("sdes", "zrtp"),
        ('require="true"', 'require="yes"'),
        ("example.com", "a b"),
        ('auth="sdes"', 'auth="sdes" suites=""'),
        ('auth="sdes"', 'auth="sdes" suites="NULL_HMAC_SHA1_80"'),
        ('auth="sdes"', 'auth="sdes" suites="AEAD_AES_256_GCM,AES_CM_128_HMAC_SHA1_80"'),
        (' name="example.com"', ""),
        ('<srtp_policy require="true" auth="sdes"/>', ""),
        ("<security>", '<security level="high">'),
        ("</security>", "</security><more/>"),
        ("sip_domain", "sip_domains"),
        ("</security>", ""),
    ],
)
def test_what_is_no_sip_domain_does_not(tmp_path: Path, old: str, new: str) -> None:
    assert not validates(tmp_path, SAMPLE.replace(old, new))
