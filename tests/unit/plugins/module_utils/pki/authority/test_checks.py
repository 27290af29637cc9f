# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CAs made by the real openssl: which of them devices accept, and what is said about the others before they are recorded."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.checks import MAKE_A_ROOT, check_usable, fault_of
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import read_certificates
from ansible_collections.siptls.vos.plugins.module_utils.timestamps import utc_now

BASIC = "basicConstraints=critical,CA:TRUE\n"
USAGE = "keyUsage=critical,keyCertSign,cRLSign\n"
IDENTIFIERS = "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
GOOD = BASIC + USAGE + IDENTIFIERS

#: extensions, options of openssl req -x509, and what is said of a root like that; None: it may be used
ROOTS = {
    "good": (GOOD, (), None),
    "as the requirement makes it": (BASIC + IDENTIFIERS, (), None),
    "as an old default configuration makes it": ("basicConstraints=CA:true\n" + IDENTIFIERS, (), None),
    "without key identifiers": (BASIC, (), None),
    "RSA 1024": (GOOD, ("-newkey", "rsa:1024"), "too short, .*RSA of at least 2048 bits.*Found: rsa-1024"),
    "P-192": (GOOD, ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-192"), "too short, .*Found: ecdsa-secp192r1"),
    "SHA-1": (GOOD, ("-sha1",), "signed with SHA-1, .*Expected: SHA-256"),
    "MD5": (GOOD, ("-md5",), "signed with MD5, .*Expected: SHA-256"),
    "no basicConstraints": (USAGE, (), "not the certificate of a certificate authority.*Found: no basicConstraints"),
    "a device's": (
        "basicConstraints=critical,CA:FALSE\n",
        (),
        "not the certificate of a .* authority.*Found: CA:FALSE",
    ),
    "signs no certificates": (BASIC + "keyUsage=cRLSign\n", (), "Found: a keyUsage without keyCertSign"),
    "signs no CRLs": (BASIC + "keyUsage=keyCertSign\n", (), "Found: a keyUsage without cRLSign"),
    "serial 0": (GOOD, ("-set_serial", "0"), "serial number of this CA is invalid.*Found: 0"),
    "negative serial": (GOOD, ("-set_serial", "-5"), "serial number of this CA is invalid.*Found: -5"),
    "long serial": (GOOD, ("-set_serial", "0x" + "7f" * 21), "serial number of this CA is invalid.*Found: 167 bits"),
    "code signing": (GOOD + "extendedKeyUsage=codeSigning\n", (), "without serverAuth and clientAuth"),
    "both uses": (GOOD + "extendedKeyUsage=serverAuth,clientAuth\n", (), None),
    "names of URIs": (GOOD + "nameConstraints=permitted;URI:.example.com\n", (), "name constraints .* are for URIs"),
    "names of hosts": (GOOD + "nameConstraints=critical,permitted;DNS:example.com\n", (), None),
    "unknown": (GOOD + "1.2.3.4=critical,DER:0500\n", (), "critical extension of this CA is unknown.*Found: 1.2.3.4"),
}
INTERMEDIATES = {
    "good": (GOOD, None),
    "no key usage": (BASIC + IDENTIFIERS, "intermediate CA without key usage.*only a root can do without"),
    "not critical": ("basicConstraints=CA:TRUE\n" + USAGE + IDENTIFIERS, "are not critical"),
    "no identifiers": (BASIC + USAGE + "subjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n", "key identifiers"),
}


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)


def root(folder: Path, extensions: str, *options: str) -> None:
    """Root.crt and root.key, by openssl req -x509."""
    (folder / "root.cnf").write_text(
        f"[req]\ndistinguished_name=n\nprompt=no\nx509_extensions=e\n[n]\nCN=Root\n[e]\n{extensions}"
    )
    key = () if "-newkey" in options else ("-newkey", "rsa:2048")
    command = (
        "req",
        "-x509",
        "-config",
        "root.cnf",
        "-nodes",
        "-keyout",
        "root.key",
        "-out",
        "root.crt",
        "-days",
        "3650",
    )
    openssl(folder, *command, *key, *options)


@pytest.mark.parametrize("case", ROOTS)
def test_root_is_accepted_or_refused_with_the_true_reason(case: str, tmp_path: Path) -> None:
    extensions, options, words = ROOTS[case]
    root(tmp_path, extensions, *options)
    path = read_certificates((tmp_path / "root.crt").read_bytes(), where="root.crt")
    if words is None:
        check_usable(path, utc_now())
        return
    with pytest.raises(SiptlsError, match=words) as refused:
        check_usable(path, utc_now())
    assert "CN=Root: " in str(refused.value)
    assert MAKE_A_ROOT in refused.value.remedy


def test_certificate_of_version_1_is_refused(tmp_path: Path) -> None:
    openssl(
        tmp_path, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-subj", "/CN=Old", "-out", "csr"
    )
    # From 3.2 on, "x509 -req" writes version 3 whatever is asked for; "req -x509v1" is older than the versions in which it is needed
    if "-x509v1" in subprocess.run(["openssl", "req", "-help"], capture_output=True, text=True, check=False).stderr:
        openssl(tmp_path, "req", "-x509v1", "-config", "/dev/null", "-in", "csr", "-key", "key", "-out", "root.crt")
    else:
        openssl(tmp_path, "x509", "-req", "-in", "csr", "-signkey", "key", "-out", "root.crt")
    (certificate,) = read_certificates((tmp_path / "root.crt").read_bytes(), where="root.crt")
    fault = fault_of(certificate, is_root=True)
    assert fault is not None
    assert fault.found == "version 1, which has no basicConstraints"


def test_command_of_the_remedy_makes_a_root_that_is_accepted(tmp_path: Path) -> None:
    command = MAKE_A_ROOT.removeprefix("openssl ").split()
    openssl(tmp_path, *command, "-subj", "/CN=Root", "-nodes")
    check_usable(read_certificates((tmp_path / "ca.crt").read_bytes(), where="ca.crt"), utc_now())
    openssl(tmp_path, "verify", "-x509_strict", "-CAfile", "ca.crt", "ca.crt")


@pytest.mark.parametrize("case", INTERMEDIATES)
def test_intermediate_ca_has_to_pass_strict_verification(case: str, tmp_path: Path) -> None:
    extensions, words = INTERMEDIATES[case]
    root(tmp_path, BASIC + IDENTIFIERS)
    openssl(
        tmp_path, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-subj", "/CN=Sub", "-out", "csr"
    )
    (tmp_path / "e.cnf").write_text(extensions)
    signer = ("-CA", "root.crt", "-CAkey", "root.key", "-CAcreateserial", "-days", "100")
    openssl(tmp_path, "x509", "-req", "-in", "csr", *signer, "-extfile", "e.cnf", "-out", "sub.crt")
    text = (tmp_path / "sub.crt").read_bytes() + (tmp_path / "root.crt").read_bytes()
    path = read_certificates(text, where="sub.crt")
    if words is None:
        check_usable(path, utc_now())
        return
    with pytest.raises(SiptlsError, match=f"CN=Sub: .*{words}"):
        check_usable(path, utc_now())
