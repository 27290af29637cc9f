# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway and a softswitch as folders of this machine, over real TLS: what the diagnosis says of them, in one play."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import serial_hex
from ansible_collections.siptls.vos.plugins.module_utils.sip.message import Message, Request
from ansible_collections.siptls.vos.tests.integration.playground import Outcome, Play
from ansible_collections.siptls.vos.tests.integration.sip_peer import SipPeer, answer, seen_from
from ansible_collections.siptls.vos.tests.shared import probe_material
from ansible_collections.siptls.vos.tests.shared.probe_material import GATEWAYS, ISSUING, NOW, ROOT
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.diagnosis.packets import capture, hello, said

SECRET = "Ohgh9ahvOfGw1"
BOUND = ("Contact", "<sip:gw1@127.0.0.1:41472;transport=tls>;expires=25")
DOMAIN = """<?xml version="1.0" encoding="UTF-8"?>
<!-- Written by hand -->
<sip_domain name="example.com">
  <transport protocol="tls" port="5061"/>
  <security><tls_verify enable="true"/><srtp_policy require="true" auth="sdes"/></security>
</sip_domain>
"""


@dataclass(frozen=True)
class Case:
    """A pair of hosts of which one thing is wrong.

    :ivar conf: keys of gateway.conf that are otherwise
    :ivar conf_text: all of it
    :ivar above: what an operator has in front of our section in both files
    :ivar served: what the softswitch serves
    :ivar vos: keys of tls.conf that are otherwise; a file's name stands for its path
    :ivar cause: identifier of the first cause; empty where nothing is wrong
    :ivar words: in that cause
    """

    id: str
    cause: str = ""
    words: str = ""
    conf: Mapping[str, str] = field(default_factory=dict)
    conf_text: str = ""
    above: str = ""
    served: str = "good"
    vos: Mapping[str, str] = field(default_factory=dict)
    asked: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)


def pair(name: str) -> dict[str, str]:
    return {"tls_client_cert": f"{name}.crt", "tls_client_key": f"{name}.key"}


def served(name: str) -> dict[str, str]:
    return {"cert_file": f"{name}.crt", "key_file": f"{name}.key"}


ODD = """\
transport = udp
[https]
cert_file = /gone.crt
tls_client_cert: /gone.crt
gain = 3 ; dB
gain = 4
title = 'x
[https]
no INI at all
"""
CASES = [
    Case("healthy"),
    Case("odd", above=ODD),
    Case("not-asked", asked=False),
    Case("no-conf", options={"configuration": ""}),
    Case("captured", options={"capture": {"pcap": "own.pcap"}}),
    Case("on-the-wire", options={"capture": {"seconds": 60}}),
    Case("no-tcpdump", options={"capture": {"seconds": 60}}),
    Case("expired", "certificate_expired", "siptls.vos.rotate --limit expired", pair("gw-expired")),
    Case("told-to-fail", "certificate_expired", "expired at", pair("gw-expired"), options={"fail": True}),
    Case("foreign", "authority_unknown_to_softswitch", "CN=Foreign is not in", pair("gw-foreign")),
    Case("no-client-auth", "client_auth_missing", "lacks clientAuth", pair("gw-server-only")),
    Case("no-pair", "pair_mismatch", "no pair", {"tls_client_key": "gw-foreign.key"}),
    Case("encrypted", "key_encrypted", "passphrase", {"tls_client_key": "encrypted.key"}),
    Case("broken", "pem_unreadable", "line 2", {"tls_client_cert": "broken.crt"}),
    Case("gone", "file_missing", "gone.crt does not exist", {"tls_client_cert": "gone.crt"}),
    Case("plain", "plain_sip", "transport = udp", {"transport": "udp"}),
    Case("no-ini", "configuration_unreadable", "line 2", conf_text="[sip]\npassword\n"),
    Case("closed", "nothing_listens", "refused at once", {"register": "sip:127.0.0.1:9"}, asked=False),
    Case("no-name", "name_unresolved", "nowhere.invalid", {"register": "sip:nowhere.invalid:5061"}),
    Case("keying", "srtp_keying_mismatch", "keys by DTLS", {"srtp_auth": "dtls"}),
    Case("server-foreign", "authority_unknown_to_device", "ca.crt", {"tls_ca_cert": "foreign-ca.crt"}),
    Case("server-name", "server_name_wrong", "other.example", served="other-name", vos=served("other-name")),
    Case("server-expired", "certificate_expired", "vos_server", served="expired", vos=served("expired")),
    Case("stale", "crl_stale", "nextUpdate", vos={"crl_file": "lists-stale.pem"}),
    Case("revoked", "certificate_revoked", "revocation list", pair("gw-revoked"), vos={"crl_file": "lists.pem"}),
    Case("dead", "device_service_down", "log: sip: cannot bind to 5061", options={"service": "gateway"}),
    Case("behind", "served_behind_disk", "not reloaded", vos=served("plain-names")),
]  # fmt: skip


def fine(request: Request) -> Iterable[Message]:
    told = seen_from(request)
    yield answer(told, 200, "OK", *([BOUND] if request.method == "REGISTER" else []))


def write_pair(folder: Path, certs: Path, case: Case, port: int) -> None:
    """The configuration of both ends."""
    folder.mkdir()
    conf = {
        "register": f"sip:127.0.0.1:{port}", "transport": "tls", "tls_client_cert": "gw1.crt", "tls_client_key": "gw1.key",
        "tls_ca_cert": "ca.crt", "srtp_encryption": "aes128_cm", "srtp_auth": "sdes", "auth_pass": SECRET, **case.conf,
    }  # fmt: skip
    tls = {
        "port": str(port), "cert_file": "good.crt", "key_file": "good.key", "ca_file": "ca.crt",
        "verify_mode": "require_and_verify_client_cert", "min_version": "TLSv1.2", **case.vos,
    }  # fmt: skip
    for name, section, settings in (("gateway.conf", "sip", conf), ("tls.conf", "tls_server", tls)):
        lines = [
            f"{key} = {certs / value if value.endswith(('.crt', '.key', '.pem')) else value}"
            for key, value in settings.items()
        ]
        (folder / name).write_text(f"{case.above}[{section}]\n" + "\n".join(lines) + "\n")
    if case.conf_text:
        (folder / "gateway.conf").write_text(case.conf_text)
    (folder / "domains").mkdir()
    (folder / "domains/example.com.xml").write_text(DOMAIN)


def path_with(folder: Path, port: int) -> str:
    """A tcpdump that has seen one ClientHello to this port. It goes on until somebody ends it, as the real one."""
    (folder / "wire.pcap").write_bytes(capture(said(hello(), (90,), 5, port=port)))
    programs = folder / "bin"
    programs.mkdir()
    stand_in = programs / "tcpdump"
    stand_in.write_text(f"""#!/bin/sh
printf '%s\\n' "$*" >{folder}/asked_of_tcpdump
while [ "$1" != -w ]; do shift; done
cat {folder}/wire.pcap >"$2"
exec sleep 100
""")
    stand_in.chmod(0o755)
    return f"{programs}:{os.environ['PATH']}"


def path_without_tcpdump(folder: Path) -> str:
    """All that is on PATH but tcpdump."""
    programs = folder / "programs"
    if not programs.exists():
        programs.mkdir()
        for place in os.environ["PATH"].split(":"):
            for program in Path(place).glob("*") if place else ():
                if program.name != "tcpdump" and not (programs / program.name).exists():
                    (programs / program.name).symlink_to(program)
    return str(programs)


def path_with_dead_service(folder: Path) -> str:
    """A systemd whose unit ends again and again, and a journal in which systemd says more of it than it does itself."""
    programs = folder / "systemd"
    programs.mkdir()
    for name, text in {
        "systemctl": "printf '%s\\n' Id=gateway.service InvocationID=0123abcd LoadState=loaded ActiveState=activating "
        "SubState=auto-restart User=root MainPID=0",
        "journalctl": """case "$*" in
  *'-p err'*) ;;
  *_SYSTEMD_INVOCATION_ID=0123abcd*) echo 'sip: cannot bind to 5061: address in use'; echo 'sip: bye' ;;
  *-u*) echo 'gateway.service: Main process exited, code=exited, status=1/FAILURE'; echo 'Failed to start gateway.service' ;;
esac""",
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    return f"{programs}:{path_without_tcpdump(folder)}"


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """One play, a host for each case."""
    folder = tmp_path_factory.mktemp("diagnosis")
    certs = folder / "certs"
    certs.mkdir()
    probe_material.write(certs)
    root = probe_material.revocation_list(ROOT)
    (certs / "lists.pem").write_text(root + probe_material.revocation_list(ISSUING, GATEWAYS["gw-revoked"]))
    (certs / "lists-stale.pem").write_text(
        root + probe_material.revocation_list(ISSUING, ends=NOW - probe_material.DAY)
    )
    with ExitStack() as cleanup:
        hosts: dict[str, dict[str, Any]] = {}
        for case in CASES:
            peer = SipPeer(certs, fine, certificate=case.served)
            cleanup.callback(peer.close)
            write_pair(folder / case.id, certs, case, peer.port)
            serial = serial_hex(GATEWAYS["gw1"])
            options = dict(case.options)
            if case.id == "no-conf":
                names = {"certificate": "gw1.crt", "private_key": "gw1.key", "trust_bundle": "ca.crt"}
                options |= {name: str(certs / file) for name, file in names.items()}
                options["connect"] = f"127.0.0.1:{peer.port}"
            if case.id == "captured":
                (folder / "own.pcap").write_bytes(capture(said(hello(), (), 5, port=peer.port)))
                options["capture"] = {"pcap": str(folder / "own.pcap")}
            hosts[case.id] = {
                "asked": {
                    "kind": "softswitch", "configuration": str(folder / case.id / "tls.conf"), "domains": str(folder / case.id / "domains"),
                    "registrations_command": f"echo sip:gw1@example.com {serial} 10", "connect": f"127.0.0.1:{peer.port}",
                },
                "options": {
                    "aor": "sip:gw1@example.com", "configuration": str(folder / case.id / "gateway.conf"), "timeout": "10s",
                    "report": str(folder / f"reports/{case.id}.json"), **options,
                },
                "uses": case.asked,
                "its_environment": {
                    "PATH": path_with(folder, peer.port) if case.id == "on-the-wire"
                    else path_with_dead_service(folder) if case.id == "dead"
                    else path_without_tcpdump(folder)
                },
            }  # fmt: skip
        yield Play(folder)(
            [
                {"name": "Ask", "siptls.vos.diagnosis": "{{ asked }}", "register": "told"},
                {
                    "name": "It",
                    "siptls.vos.diagnosis": "{{ options | combine({'softswitch': told.softswitch if uses else {}}) }}",
                    "check_mode": True,
                    "failed_when": False,
                    "environment": "{{ its_environment }}",
                },
            ],
            hosts=hosts,
            forks=8,
        )


@pytest.mark.parametrize("case", CASES, ids=lambda one: one.id)
def test_the_first_cause(outcome: Outcome, case: Case) -> None:
    result = outcome.of(case.id, "It")
    causes = result["causes"]
    if not case.cause:
        assert causes == []
        assert result["verdict"] == "ok"
        return
    assert causes, result
    assert causes[0]["id"] == case.cause, causes
    words = case.words.replace("vos_server", "expired.crt")
    assert words in json.dumps(causes[0])
    assert causes[0]["evidence"]
    assert result["verdict"] == "failed"


def test_a_cause_fails_the_task_where_that_is_asked_for(outcome: Outcome) -> None:
    assert "told-to-fail: the certificate of told-to-fail" in outcome.message("told-to-fail", "It")
    (step,) = outcome.of("expired", "It")["causes"][0]["steps"]
    ran, inventory = step["arguments"][:2], Path(step["arguments"][2])
    assert ran == ["ansible-playbook", "-i"]
    assert inventory.name == "inventory.json"
    assert f"Remedy: ansible-playbook -i {inventory} siptls.vos.rotate --limit told-to-fail" in outcome.message(
        "told-to-fail", "It"
    )
    assert outcome.message("expired", "It") == ""


def test_nothing_changes_and_no_secret_is_told(outcome: Outcome) -> None:
    assert outcome.nothing_changed
    assert SECRET not in outcome.output
    assert SECRET not in json.dumps(outcome.results)
    assert "PRIVATE KEY" not in json.dumps(outcome.results)


def test_what_is_unknown_is_told(outcome: Outcome) -> None:
    whats = " | ".join(one["what"] for one in outcome.of("not-asked", "It")["unknown"])
    assert "only the softswitch knows" in whats
    assert "a call agrees on" in whats


def test_what_was_seen_is_told(outcome: Outcome) -> None:
    facts = outcome.of("healthy", "It")["facts"]
    assert facts["tls"]["protocol"] == "TLSv1.3"
    assert facts["register"]["status"] == 200
    assert facts["device"]["clock_ahead"] == 0
    assert facts["softswitch"]["registrations"] == 1
    assert isinstance(facts["device"]["aes_accelerated"], bool)
    (seen,) = outcome.of("captured", "It")["facts"]["captured"]
    assert "asks for vos.example.com" in seen["client_hello"]


def test_the_gateways_own_tcpdump_is_asked_within_bounds_and_nothing_of_it_stays(
    outcome: Outcome, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (seen,) = outcome.of("on-the-wire", "It")["facts"]["captured"]
    assert "offers TLSv1.3, TLSv1.2" in seen["client_hello"]
    (asked,) = {one.resolve() for one in tmp_path_factory.getbasetemp().glob("diagnosis*/asked_of_tcpdump")}
    assert "-c 2000" in asked.read_text()
    assert outcome.left == []
    assert outcome.of("no-tcpdump", "It")["facts"]["captured"] == []
    whys = [one["why"] for one in outcome.of("no-tcpdump", "It")["unknown"]]
    assert "there is no tcpdump on the device" in whys


def test_the_report_is_what_was_returned(outcome: Outcome, tmp_path_factory: pytest.TempPathFactory) -> None:
    (report,) = {one.resolve() for one in tmp_path_factory.getbasetemp().glob("diagnosis*/reports/expired.json")}
    written = json.loads(report.read_text())
    assert written["device"] == "expired"
    assert written["causes"] == outcome.of("expired", "It")["causes"]
    assert report.stat().st_mode & 0o777 == 0o600
