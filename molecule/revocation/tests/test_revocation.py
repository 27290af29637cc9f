# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway that is registered is revoked: it is out at once and stays out, and nobody else notices."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import testinfra
from lab.registrar import kamcmd, podman_exec, registrations
from lab.sip import request, send
from testinfra.host import Host

LAB = Path(__file__).resolve().parents[3] / ".cache/lab"
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


def test_it_does_not_come_back() -> None:
    """It goes on trying: its own client, and anybody with its key and certificate."""
    answer = send("siptls-gw1", request("REGISTER", "sip:gw1@example.com"), *OWN)
    assert answer.sip == ""
    assert "certificate revoked" in answer.tls
    end = time.monotonic() + 35
    while time.monotonic() < end:
        assert [one.aor for one in registrations()] == ["sip:gw2@example.com"]
        time.sleep(5)


def test_another_is_answered_as_before() -> None:
    assert send("siptls-gw2", request("OPTIONS", "sip:gw2@example.com"), *OWN).status == 200


def test_every_authority_has_a_list_and_openssl_goes_by_them(vos: Host) -> None:
    checked = "openssl verify -x509_strict -crl_check_all -CRLfile /etc/vos/certs/crl.pem -CAfile /etc/vos/certs/ca_bundle.crt"
    own = vos.run(f"{checked} -untrusted /etc/vos/certs/vos_server.crt /etc/vos/certs/vos_server.crt")
    assert own.stdout.strip() == "/etc/vos/certs/vos_server.crt: OK"
    for gateway, words in (("gw1", "certificate revoked"), ("gw2", ": OK")):
        text = podman_exec(f"siptls-{gateway}", "cat", "/etc/gateway/certs/gateway.crt")
        assert vos.run(f"cat >/tmp/{gateway}.crt <<'EOT'\n{text}EOT").rc == 0
        said = vos.run(f"{checked} -untrusted /tmp/{gateway}.crt /tmp/{gateway}.crt")
        assert words in said.stdout + said.stderr


def test_the_lists_are_watched(vos: Host) -> None:
    assert vos.run("systemctl is-active siptls-crl-alarm.timer").stdout.strip() == "active"
    assert vos.run("systemctl start siptls-crl-alarm.service").rc == 0
    assert "holds for 2d or longer" in vos.check_output("journalctl --no-pager --quiet --unit siptls-crl-alarm.service")


def test_a_list_that_runs_out_raises_an_alarm(vos: Host) -> None:
    conf, crl = "/etc/vos/tls.conf", "/etc/vos/certs/crl.pem"
    script = "/etc/vos/check_revocation_lists.sh"
    # The same list, with more time asked for than is left: in the lab no week goes by.
    assert vos.run(f"cp -p {script} {script}.kept && sed -i 's/^before=.*/before=52w/' {script}").rc == 0
    try:
        assert vos.run("systemctl start siptls-crl-alarm.service").rc != 0
        assert "siptls-crl-alarm.service" in vos.check_output("systemctl --failed --plain --no-legend")
        said = vos.check_output("journalctl --no-pager --quiet --priority crit --unit siptls-crl-alarm.service")
        assert f"siptls: revocation list on vos: {crl} of " in said
        assert "Lab SIP Issuing CA" in said
        assert "after that everybody is refused" in said
    finally:
        assert vos.run(f"mv {script}.kept {script} && systemctl reset-failed").rc == 0
    assert vos.run("systemctl start siptls-crl-alarm.service").rc == 0
    assert vos.file(conf).contains(f"crl_file = {crl}")
