# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remedies as an operator pastes them, and which one is right for what was seen."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace

import pytest
from ansible.parsing.splitter import parse_kv
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.cause import CauseId, Certainty, Where
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.evidence import DomainPolicy, Evidence, Service
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.ranking import diagnose
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.remedy import (
    Invocation,
    Means,
    on_device,
    rotate,
    site,
    step_facts,
    words_of,
)
from ansible_collections.siptls.vos.plugins.module_utils.sip.registrations import Registration
from ansible_collections.siptls.vos.plugins.module_utils.tls.observation import Observation, Reach
from ansible_collections.siptls.vos.tests.shared.probe_material import FOREIGN, GATEWAYS, ISSUING, ROOT
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.diagnosis.healthy import (
    ADDRESS,
    SIP,
    chain_of,
    crl,
    evidence,
    gateway,
    probed,
    refused,
    softswitch,
    with_file,
)

RUN = Invocation(("/srv/my fleet/hosts.yml", "/srv/pki.siptls.yml"), ("--ask-vault-pass",))
SILENT = Observation(reach=Reach.SILENT, ended=True)
GW2 = Registration("sip:gw2@example.com", "0a1b", 10)


def first(one: Evidence) -> tuple[CauseId, Certainty, str]:
    found = diagnose(one)[0]
    return found.id, found.certainty, found.fix


def test_a_command_is_pasted_with_the_inventories_of_the_run() -> None:
    (line,) = words_of(rotate("gw1")[0], RUN)
    assert shlex.split(line) == [
        *("ansible-playbook", "-i", "/srv/my fleet/hosts.yml", "-i", "/srv/pki.siptls.yml", "--ask-vault-pass"),
        *("siptls.vos.rotate", "--limit", "gw1"),
    ]
    assert step_facts(rotate("gw1"), RUN)[0]["arguments"] == shlex.split(line)


def test_what_is_to_be_set_comes_before_the_command() -> None:
    step = site("gw1", "configuration", extra={"a": True, "b": "it's"}, inventory={"gateway_certificate_owner": "sip"})[
        0
    ]
    first_line, command = words_of(step, Invocation(("hosts",)))
    assert first_line == "set gateway_certificate_owner: sip for gw1 in the inventory"
    words = shlex.split(command)
    assert words[-4:] == ["-e", "a=true", "-e", json.dumps({"b": "it's"})]
    assert words[:7] == ["ansible-playbook", "-i", "hosts", "siptls.vos.site", "--limit", "gw1", "--tags"]


def test_a_command_on_a_device_goes_through_ansible() -> None:
    words = shlex.split(words_of(on_device("gw1", "systemctl restart 'my gateway'")[0], Invocation(("hosts",)))[0])
    assert words == [
        "ansible",
        "-i",
        "hosts",
        "gw1",
        "-m",
        "ansible.builtin.raw",
        "-a",
        "systemctl restart 'my gateway'",
    ]


def test_a_command_that_needs_a_shell_has_one_whatever_the_connection() -> None:
    command = r"sed -i 's/^\(Groups\)=/# &/' /etc/ssl/openssl.cnf && systemctl restart gateway"
    argument = shlex.split(words_of(on_device("gw1", command)[0])[0])[-1]
    assert parse_kv(argument, check_raw=True) == {"executable": "/bin/sh", "_raw_params": command}


@pytest.mark.parametrize("command", ["echo {{ passphrase }}", "echo {% x %}", "a\nb", "\x1b[31m"])
def test_what_a_device_says_is_never_a_template_nor_a_second_line(command: str) -> None:
    assert on_device("gw1", command)[0].means is Means.BY_HAND


def test_a_file_that_deviates_is_written_again_and_a_wrong_inventory_is_corrected() -> None:
    wrong = {**SIP, "srtp_auth": "dtls"}
    written = evidence(device=gateway(settings=wrong, intended=SIP))
    assert first(written)[2] == "ansible-playbook siptls.vos.site --limit gw1 --tags configuration"
    meant = evidence(device=gateway(settings=wrong, intended=wrong))
    assert first(meant)[2].startswith("set gateway_srtp_auth: sdes for gw1 in the inventory; ansible-playbook")


def test_a_domain_that_deviates_is_the_softswitchs() -> None:
    policy = DomainPolicy("example.com", srtp_require=True, srtp_auth="sdes", suites=("AEAD_AES_256_GCM",))
    meant = replace(policy, suites=())
    found = diagnose(evidence(softswitch=softswitch(domains=(policy,), intended_domains=(meant,))))[0]
    assert (found.id, found.where, found.host) == (CauseId.SRTP_SUITE_MISMATCH, Where.SOFTSWITCH, "vos")
    assert found.fix == "ansible-playbook siptls.vos.site --limit vos --tags configuration"
    wanted = diagnose(evidence(softswitch=softswitch(domains=(policy,), intended_domains=(policy,))))[0]
    assert wanted.where is Where.DEVICE
    assert "set gateway_srtp_encryption: aes256_gcm for gw1" in wanted.fix


def test_a_softswitch_that_asks_for_others_than_on_its_disk_is_reloaded() -> None:
    asks = refused(48, authorities=(FOREIGN.certificate.subject.public_bytes(),))
    kind, certainty, fix = first(evidence(probed=probed(asks)))
    assert (kind, certainty) == (CauseId.SERVED_BEHIND_DISK, Certainty.CERTAIN)
    assert fix == "ansible-playbook siptls.vos.site --limit vos -e vos_reload_now=true"
    # Some servers do not tell for whose certificates they ask
    assert first(evidence(probed=probed(refused(48))))[:2] == (CauseId.SERVED_BEHIND_DISK, Certainty.LIKELY)
    right = refused(48, authorities=(ROOT.certificate.subject.public_bytes(),))
    assert first(evidence(probed=probed(right)))[:2] == (CauseId.SERVED_BEHIND_DISK, Certainty.LIKELY)


def test_a_revocation_that_is_in_memory_alone_is_reloaded() -> None:
    lists = (crl(ISSUING), crl(ROOT))
    here = with_file(softswitch(crls=lists), "certificate")
    here = replace(here, files=(*here.files, replace(here.files[0], name="crl", path="/etc/vos/crl.pem", text="")))
    assert first(evidence(softswitch=here, probed=probed(refused(44))))[0] is CauseId.SERVED_BEHIND_DISK
    revoking = replace(here, crls=(crl(ISSUING, GATEWAYS["gw1"]), crl(ROOT)))
    one = evidence(softswitch=revoking, probed=probed(refused(44)))
    assert first(one)[2] == "ansible-playbook siptls.vos.site --limit gw1 -e gateway_after_revocation=issue"
    assert (
        first(replace(one, revoked_in_pki=False))[2] == "ansible-playbook siptls.vos.site --limit vos --tags revocation"
    )


def test_a_registration_over_plain_sip_is_seen_by_its_connection_or_beside_others() -> None:
    mine = Registration("sip:gw1@example.com", "", None)
    by_peer = softswitch(registrations=(mine,), plain_peers=("198.51.100.9", ADDRESS))
    assert first(evidence(softswitch=by_peer))[:2] == (CauseId.PLAIN_SIP, Certainty.CERTAIN)
    beside = softswitch(registrations=(mine, GW2))
    kind, certainty, fix = first(evidence(softswitch=beside))
    assert (kind, certainty) == (CauseId.PLAIN_SIP, Certainty.LIKELY)
    assert fix == "ansible-playbook siptls.vos.site --limit gw1 -e gateway_reload_now=true"
    # Of one that tells nobody's certificate, it says nothing
    assert diagnose(evidence(softswitch=softswitch(registrations=(mine,), plain_peers=("198.51.100.9",)))) == ()


def dropping(table: str, chain: str = "input", handle: object = 7) -> str:
    rule = {
        "family": "inet", "table": table, "chain": chain, "handle": handle,
        "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 5061}}, {"drop": None}],
    }  # fmt: skip
    hook = {
        "family": "inet",
        "table": table,
        "name": chain,
        "type": "filter",
        "hook": "input",
        "prio": 0,
        "policy": "accept",
    }
    return json.dumps({"nftables": [{"table": {"family": "inet", "name": table}}, {"chain": hook}, {"rule": rule}]})


def test_a_rule_of_somebody_else_gets_one_in_front_of_it_and_is_named() -> None:
    found = diagnose(evidence(softswitch=softswitch(packet_filter=dropping("others")), probed=probed(SILENT)))[0]
    assert found.id is CauseId.PORT_BLOCKED
    assert (
        f"nft '\"'\"'insert rule inet others input handle 7 ip saddr {{ {ADDRESS} }} tcp dport 5061 accept'\"'\"'"
        in found.fix
    )
    assert "allowlist" not in found.fix
    assert "nft delete rule inet others input handle 7" in " ".join(found.evidence)


def test_our_own_table_is_made_anew() -> None:
    ours = softswitch(packet_filter=dropping("siptls"))
    assert (
        first(evidence(softswitch=ours, probed=probed(SILENT)))[2]
        == "ansible-playbook siptls.vos.allowlist --limit vos"
    )
    known = gateway(intended={"gateway_address": "192.0.2.0/30"})
    fix = first(evidence(device=known, softswitch=ours, probed=probed(SILENT)))[2]
    assert (
        fix
        == f"set gateway_address: {ADDRESS} for gw1 in the inventory; ansible-playbook siptls.vos.allowlist --limit vos"
    )


@pytest.mark.parametrize("name", ["a'; reboot; '", "{{ x }}", "a b", "x" * 100])
def test_a_table_with_a_name_that_no_shell_should_see_is_left_to_hands(name: str) -> None:
    (step,) = diagnose(evidence(softswitch=softswitch(packet_filter=dropping(name)), probed=probed(SILENT)))[0].steps
    assert step.means is Means.BY_HAND


@pytest.mark.parametrize(
    ("service", "words"),
    [
        (
            Service("gateway", "failed", log=("cannot open gateway.key", "bye"), complaint="cannot read my key"),
            "log: cannot read my key",
        ),
        (Service("gateway", "failed", log=("started", "error: no such key", "bye")), "log: error: no such key"),
        (Service("gateway", "restarting", log=("started", "out of memory")), "log: out of memory"),
    ],
)
def test_a_dead_service_is_shown_with_its_own_last_error(service: Service, words: str) -> None:
    found = diagnose(evidence(device=gateway(service=service)))[0]
    assert found.evidence[1:] == (words,)
    assert found.steps[0].means is Means.BY_HAND


def test_old_firmware_is_opened_by_the_lines_that_close_it() -> None:
    closed = gateway(
        openssl_settings=("MaxProtocol = TLSv1",),
        openssl_path="/etc/ssl/openssl.cnf",
        reload="systemctl restart gateway",
    )
    fix = diagnose(evidence(device=closed, probed=probed(refused(70, chosen=None, established=False))))[0].steps
    assert fix[0].command == (
        r"sed -i 's/^[[:blank:]]*\(MinProtocol\|MaxProtocol\)[[:blank:]]*=/# &/' /etc/ssl/openssl.cnf && systemctl restart gateway"
    )
    odd = replace(closed, openssl_path="/etc/ssl/$(reboot)")
    fix = diagnose(evidence(device=odd, probed=probed(refused(70, chosen=None, established=False))))[0].steps
    assert fix[0].means is Means.BY_HAND


def test_who_has_the_foreign_certificate_gets_another() -> None:
    foreign = gateway(chain_of(GATEWAYS["gw-foreign"], FOREIGN.certificate))
    found = diagnose(evidence(device=foreign, probed=probed(refused(48))))[0]
    assert (found.where, found.fix) == (Where.DEVICE, "ansible-playbook siptls.vos.rotate --limit gw1")
