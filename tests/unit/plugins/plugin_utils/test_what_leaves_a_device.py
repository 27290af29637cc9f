# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a device sends of its files, in every POSIX shell of this machine: blocks of certificates and CRLs, settings of ours, no more."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.reading import SETTINGS
from ansible_collections.siptls.vos.plugins.module_utils.ini import parse_ini
from ansible_collections.siptls.vos.plugins.module_utils.tls.pem import private_key_line

SCRIPTS = Path(__file__).resolve().parents[4] / "plugins" / "plugin_utils" / "shell"
SHELLS = {"sh": ["sh"], "dash": ["dash"], "bash": ["bash", "--posix"], "busybox": ["busybox", "ash"]}

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nQUJD\nREVG\n-----END CERTIFICATE-----\n"
CRL = "-----BEGIN X509 CRL-----\nQUJD\n-----END X509 CRL-----\n"
KEY = "-----BEGIN {kind}PRIVATE KEY-----\nU0VDUkVU\nU0VDUkVU\n-----END {kind}PRIVATE KEY-----\n"
KINDS = ("", "RSA ", "EC ", "ENCRYPTED ", "OPENSSH ")
HIDDEN = "# private key\n#\n#\n#\n"


@pytest.fixture(params=[name for name, command in SHELLS.items() if shutil.which(command[0])])
def shell(request: pytest.FixtureRequest) -> list[str]:
    return SHELLS[request.param]


def said(shell: list[str], script: str, commands: str, text: str, folder: Path) -> str:
    """What a function says of a file with this text, without the blank in front of each line."""
    (folder / "file").write_bytes(text.encode(errors="surrogateescape"))
    shared = (SCRIPTS / "common.sh").read_text() + (SCRIPTS / "tell.sh").read_text() + (SCRIPTS / script).read_text()
    environment = {**os.environ}
    if shell[0] == "busybox":
        (folder / "bin").mkdir(exist_ok=True)
        for applet in ("sed", "grep", "dd"):
            (folder / "bin" / applet).unlink(missing_ok=True)
            (folder / "bin" / applet).symlink_to(str(shutil.which("busybox")))
        environment["PATH"] = f"{folder}/bin:{environment['PATH']}"
    done = subprocess.run(
        [*shell, "-c", f"{shared}\n{commands}"],
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=60,
        env=environment,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return re.sub(r"(?m)^ ", "", done.stdout.decode(errors="surrogateescape"))


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        (CERTIFICATE + CRL, CERTIFICATE + CRL),
        (CERTIFICATE.replace("\n", "\r\n"), CERTIFICATE.replace("\n", "\r\n")),
        (CERTIFICATE.rstrip("\n"), CERTIFICATE.rstrip("\n")),
        (f"subject=CN=gw1\n\n{CERTIFICATE}tail", f"#\n\n{CERTIFICATE}#"),
        *((KEY.format(kind=kind), HIDDEN) for kind in KINDS),
        (KEY.format(kind="").replace("\n", "\r\n"), HIDDEN),
        (CERTIFICATE + KEY.format(kind="EC ") + CERTIFICATE, CERTIFICATE + HIDDEN + CERTIFICATE),
        # What does not end as it began hides nothing behind it
        (CERTIFICATE[:33] + KEY.format(kind=""), CERTIFICATE[:33] + HIDDEN),
        (CERTIFICATE[:33] + KEY.format(kind="").replace("BEGIN", "BEGN"), CERTIFICATE[:33] + "#\n#\n#\n#\n"),
        (CERTIFICATE[:33] + CERTIFICATE, CERTIFICATE[:33] + CERTIFICATE),
        ("Bag Attributes\n" + KEY.format(kind="").replace("-----BEGIN", "  -----BEGIN"), f"#\n{HIDDEN}"),
        ("\x30\udc82\udcff\n", "#\n"),
        ("", ""),
    ],
)
def test_of_a_file_for_certificates_only_certificates_and_crls_are_sent(
    shell: list[str], tmp_path: Path, text: str, sent: str
) -> None:
    assert said(shell, "certificate_look.sh", "pem_body file", text, tmp_path).rstrip("\n") == sent.rstrip("\n")


def test_the_line_of_a_private_key_is_known() -> None:
    assert private_key_line(CERTIFICATE) == 0
    assert private_key_line(CERTIFICATE + HIDDEN) == 5


CONF = r"""# password = SECRET
[sip]
Register = sip:gw1:SECRET@example.com:5061
auth_pass = SECRET
AUTH_PASS=SECRET
 continued SECRET
key = "SECRET \
SECRET
tls_client_key = /etc/gw.key
empty =
; auth_pass = SECRET
[sip:SECRETLESS]
srtp_auth = sdes ; a comment
"""


#: By name: lines of an operator's file, and what is sent of them.
RESTS_OF_VALUES = {
    "after a backslash": ("auth_pass = SECRET\\\nSECRET:SECRET\n", "auth_pass = -\\\n-: -\n"),
    "after two": ("a = SECRET\\\nSECRET\\\nSECRET=\n", "a = -\\\n-\n-=\n"),
    "indented": ("password = SECRET\n  SECRET=SECRET\n", "password = -\n  -= -\n"),
    "setting after a backslash": ("a = SECRET\\\nport = 5061\n", "a = -\\\nport = 5061\n"),
    "private key": (
        "-----BEGIN PRIVATE KEY-----\nSECRET\nSECRET==\n-----END PRIVATE KEY-----\nport = 1\n",
        "-\n-\n-\n-\nport = 1\n",
    ),
    "private key as a value": (
        "key = -----BEGIN EC PRIVATE KEY-----\nport=SECRET\nSECRET=\n-----END EC PRIVATE KEY-----\nport = 1\n",
        "key = -\n-\n-\n-\nport = 1\n",
    ),
    "private key without an end": (
        "-----BEGIN PRIVATE KEY-----\nSECRET=\n[sip]\nport = 1\n",
        "-\n-\n[sip]\nport = 1\n",
    ),
    "private key in one line": (
        "key = -----BEGIN PRIVATE KEY-----\\nSECRET=\\n-----END PRIVATE KEY-----\nport = 1\n",
        "key = -\nport = 1\n",
    ),
    "comment about a private key": ("# -----BEGIN PRIVATE KEY-----\nport = 1\n", "#\nport = 1\n"),
    "words with a delimiter": ("my SECRET is: SECRET\n", "-: -\n"),
    "password without a scheme": ("register = gw1:SECRET@example.com\n", "register = gw1:-@example.com\n"),
    "user without a password": ("register = sip:gw1@example.com\n", "register = sip:gw1@example.com\n"),
}


@pytest.mark.parametrize("case", RESTS_OF_VALUES)
def test_rest_of_a_value_is_not_sent_as_the_name_of_a_setting(case: str, shell: list[str], tmp_path: Path) -> None:
    known = r"\|".join(sorted(SETTINGS))
    text, sent = RESTS_OF_VALUES[case]
    assert said(shell, "diagnosis_look.sh", f"known='{known}'\nsome_settings file", text, tmp_path) == f"{sent}\n"


def test_of_a_configuration_only_the_values_of_our_settings_are_sent(shell: list[str], tmp_path: Path) -> None:
    known = r"\|".join(sorted(SETTINGS))
    for text in (CONF, CONF.replace("\n", "\r\n")):
        sent = said(shell, "diagnosis_look.sh", f"known='{known}'\nsome_settings file", text, tmp_path)
        assert "SECRET" not in sent.replace("SECRETLESS", "")
        assert len(sent.splitlines()) == len(text.splitlines()) + 1
        assert "Register = sip:gw1:-@example.com:5061" in sent
        assert "tls_client_key = /etc/gw.key" in sent
        assert "srtp_auth = sdes ; a comment" in sent
        assert "auth_pass = -" in sent
    plain = "[sip]\nauth_pass = a\nregister = sip:example.com\n"
    sent = said(shell, "diagnosis_look.sh", f"known='{known}'\nsome_settings file", plain, tmp_path)
    assert parse_ini(sent) == {"sip": {"auth_pass": "-", "register": "sip:example.com"}}
