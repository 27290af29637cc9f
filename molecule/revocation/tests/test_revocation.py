# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway that is registered is revoked: it is out at once and stays out, and nobody else notices."""

from __future__ import annotations

import os
import re
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import testinfra
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from lab.registrar import kamcmd, podman_exec, registrations
from lab.sip import request, send
from testinfra.host import Host

ROOT = Path(__file__).resolve().parents[3]
LAB = ROOT / ".cache/lab"
CRL = "/etc/vos/certs/crl.pem"
ALARM = "siptls-crl-alarm"
OWN = (
    "-cert /etc/gateway/certs/gateway.crt",
    "-key /etc/gateway/certs/gateway.key",
    "-CAfile /etc/gateway/certs/ca.crt",
)


@pytest.fixture
def vos() -> Host:
    return testinfra.get_host("podman://siptls-vos")


def connections(dump: str) -> dict[str, str]:
    """By AoR: connection, and since when it is registered over it, as the registrar keeps them."""
    return {aor: value.split("|")[0] for aor, value in re.findall(r"name: (\S+)\s+value: (.+)", dump)}


def test_the_revoked_gateway_was_registered_and_is_no_more() -> None:
    before = connections((LAB / "before").read_text())
    assert set(before) == {"sip:gw1@example.com", "sip:gw2@example.com"}
    assert [one.aor for one in registrations()] == ["sip:gw2@example.com"]


def test_its_connection_was_closed_at_once(vos: Host) -> None:
    """By the softswitch, before the gateway had reason to send anything: its registration is refreshed every half minute."""
    identifier = connections((LAB / "before").read_text())["sip:gw1@example.com"].split(":")[0]
    assert f"registration of <sip:gw1@example.com> ended, connection {identifier}:" in vos.check_output(
        "journalctl --no-pager --quiet --unit vos"
    )
    assert f"id: {identifier}\n" not in kamcmd("tls.list")


def test_the_others_keep_registration_and_connection() -> None:
    before = connections((LAB / "before").read_text())
    after = connections(kamcmd("htable.dump", "seen"))
    assert after["sip:gw2@example.com"] == before["sip:gw2@example.com"]
    assert "sip:gw1@example.com" not in after


def test_it_does_not_come_back(vos: Host) -> None:
    """It goes on trying: its own client, which refreshes every half minute, and anybody with its key and certificate."""
    answer = send("siptls-gw1", request("REGISTER", "sip:gw1@example.com"), *OWN)
    assert answer.sip == ""
    assert "certificate revoked" in answer.tls
    revoked = datetime.fromisoformat((LAB / "revoked").read_text().strip()).timestamp()
    time.sleep(max(0, revoked + 35 - time.time()))
    journal = vos.check_output("journalctl --no-pager --quiet --unit vos")
    assert "certificate verify failed" in journal
    assert journal.count("registration of <sip:gw1@example.com> ended") == 1
    assert [one.aor for one in registrations()] == ["sip:gw2@example.com"]


def test_another_is_answered_as_before() -> None:
    assert send("siptls-gw2", request("OPTIONS", "sip:gw2@example.com"), *OWN).status == 200


def test_every_authority_has_a_list_and_openssl_goes_by_them(vos: Host) -> None:
    checked = f"openssl verify -x509_strict -crl_check_all -CRLfile {CRL} -CAfile /etc/vos/certs/ca_bundle.crt"
    own = vos.run(f"{checked} -untrusted /etc/vos/certs/vos_server.crt /etc/vos/certs/vos_server.crt")
    assert own.stdout.strip() == "/etc/vos/certs/vos_server.crt: OK"
    for gateway, words in (("gw1", "certificate revoked"), ("gw2", ": OK")):
        text = podman_exec(f"siptls-{gateway}", "cat", "/etc/gateway/certs/gateway.crt")
        assert vos.run(f"cat >/tmp/{gateway}.crt <<'EOT'\n{text}EOT").rc == 0
        said = vos.run(f"{checked} -untrusted /tmp/{gateway}.crt /tmp/{gateway}.crt")
        assert words in said.stdout + said.stderr


def test_the_lists_are_watched(vos: Host) -> None:
    assert vos.run(f"systemctl is-active {ALARM}.timer").stdout.strip() == "active"
    assert vos.run(f"systemctl start {ALARM}.service").rc == 0
    assert "holds for 2d or longer" in vos.check_output(f"journalctl --no-pager --quiet --unit {ALARM}.service")


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(hours=47), "is to be updated before .*, in 4[67] h; after that everybody is refused"),
        (timedelta(hours=-3), "was to be updated before .*, [23] h ago: everybody is refused"),
    ],
)
def test_a_list_that_runs_out_raises_an_alarm(vos: Host, left: timedelta, words: str) -> None:
    begin = vos.check_output("date +%s")
    assert vos.run(f"cp -p {CRL} {CRL}.kept && cat >>{CRL} <<'EOT'\n{crl(left)}EOT").rc == 0
    try:
        assert vos.run(f"systemctl start {ALARM}.service").rc != 0
        assert f"{ALARM}.service" in vos.check_output("systemctl --failed --plain --no-legend")
        said = vos.check_output(
            f"journalctl --no-pager --quiet --since @{begin} --priority crit --unit {ALARM}.service"
        )
        assert re.search(
            f"siptls: revocation list on vos: {CRL} of CN ?= ?Run Out CA {words}. Remedy: run the playbook", said
        )
    finally:
        assert vos.run(f"mv {CRL}.kept {CRL}").rc == 0
    assert vos.run(f"systemctl start {ALARM}.service").rc == 0
    assert vos.check_output("systemctl --failed --plain --no-legend") == ""


def crl(left: timedelta) -> str:
    """A list that runs out after ``left``."""
    end = datetime.now(UTC) + left
    builder = x509.CertificateRevocationListBuilder(
        issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Run Out CA")]),
        last_update=end - timedelta(days=7),
        next_update=end,
    )
    made = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def test_without_lists_there_is_no_alarm_left(vos: Host) -> None:
    """The last test, as it undoes what the others look at."""
    folder = ROOT / "molecule/revocation"
    command = ["ansible-playbook", "-i", str(ROOT / "inventories/lab"), "-i", str(folder / "inventory")]
    environment = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache")}
    for changed in (True, False):
        done = subprocess.run(
            [*command, "--limit", "vos", "-e", "vos_crl_file=", str(ROOT / "playbooks/site.yml")],
            env={**os.environ, **environment, "ANSIBLE_NOCOLOR": "1"},
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert ("changed=0" not in done.stdout) is changed, done.stdout
    assert vos.run(f"systemctl list-units --all --plain --no-legend '{ALARM}*'").stdout == ""
    assert vos.run("find /etc -name '*crl*alarm*' -o -name 'check_revocation_lists*'").stdout == ""
    assert not vos.file("/etc/vos/tls.conf").contains("crl_file")
    assert vos.service("vos").is_running
