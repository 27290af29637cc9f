# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""siptls.vos.verify: what is in order is told so, and each thing that is not is found, on the device that it is about alone."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.fleet.checks import CHECKS
from ansible_collections.siptls.vos.plugins.module_utils.fleet.document import FleetDocument
from ansible_collections.siptls.vos.tests.integration.tasks import openssl
from ansible_collections.siptls.vos.tests.integration.verified_fleet import VerifiedFleet

EVERYBODY = {"vos": "ok", "gw1": "ok", "gw2": "ok"}
#: As with a vault that nobody opens
NO_PASSPHRASE = {
    name: dict.fromkeys(("pki_root_passphrase", "pki_issuing_passphrase"), "{{ of_nobody }}") for name in EVERYBODY
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VerifiedFleet]:
    """Set up once; each test puts right what it spoils."""
    fleet = VerifiedFleet(tmp_path_factory.mktemp("fleet"))
    try:
        fleet.begin()
        yield fleet
    finally:
        fleet.end()


@pytest.fixture
def fleet(made: VerifiedFleet, tmp_path: Path) -> Iterator[VerifiedFleet]:
    """As it was set up, whatever the test before did to it."""
    kept = tmp_path / "kept"
    for name in ("devices", "pki"):
        shutil.copytree(made.folder / name, kept / name, symlinks=True)
    yield made
    for name in ("devices", "pki"):
        shutil.rmtree(made.folder / name)
        shutil.copytree(kept / name, made.folder / name, symlinks=True)
    made.refused.clear()
    made.serve()


def snapshot(fleet: VerifiedFleet) -> dict[str, bytes]:
    """Every file of every device and of the PKI directory."""
    return {
        str(path): path.read_bytes()
        for name in ("devices", "pki")
        for path in (fleet.folder / name).rglob("*")
        if path.is_file()
    }


def test_a_fleet_in_order_is_ok_without_a_passphrase_and_nothing_is_changed(fleet: VerifiedFleet) -> None:
    before = snapshot(fleet)
    done = fleet.verify(changed=NO_PASSPHRASE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert fleet.states() == EVERYBODY, fleet.document()
    assert "Verification: 3 ok" in done.stdout
    assert not re.search(r"changed=[1-9]", done.stdout)
    assert snapshot(fleet) == before
    document = FleetDocument.parse(fleet.document_path.read_text(), where="it")
    assert document.as_dict() == fleet.document()
    gateway, softswitch = fleet.entry("gw1"), fleet.entry("vos")
    assert gateway["certificate"]["serial_number"] == fleet.serial("gw1")
    assert gateway["certificate"]["names"] == ["URI:sip:gw1@example.com", "DNS:gw1.example.com"]
    assert gateway["registration"] == {"serial_number": fleet.serial("gw1"), "seconds": 7}
    assert (gateway["registered"], gateway["softswitch"], softswitch["registrations"]) == (True, "vos", 2)
    assert gateway["tls"]["protocol"] == "TLSv1.3"
    assert gateway["last_rotation"] == gateway["certificate"]["issued"]
    assert softswitch["verify_mode"] == "require_verify"
    assert gateway["srtp"] == {"required": True, "keying": "sdes", "suite": "AES_CM_128_HMAC_SHA1_80", "seen": False}
    assert [one["check"] for one in gateway["checks"]] == list(CHECKS)
    assert fleet.checks("gw1", "not_applicable").keys() == {"crl", "served", "connections", "second_certificate"}
    assert fleet.checks("vos", "not_applicable").keys() == {"second_certificate"}


def test_a_second_certificate_is_asked_all_that_the_first_is_asked(fleet: VerifiedFleet, tmp_path: Path) -> None:
    """The pair of the softswitch once more, in a folder of its own."""
    first, second = fleet.certs("vos"), fleet.device("vos") / "second"
    second.mkdir()
    for name in ("vos_server.crt", "vos_server.key", "ca_bundle.crt"):
        shutil.copy(first / name, second / name)
    (second / "vos_server.key").chmod(0o644)
    names = ["example.com", "vos.example.com"]
    identity = {"common_name": names[1], "sip_uris": [f"sip:{name}" for name in names], "dns": names}
    pair = {"certificate": "vos_server.crt", "private_key": "vos_server.key", "trust_bundle": "ca_bundle.crt"}

    def look(name: str, folder: Path, record_as: str, **more: Any) -> dict[str, Any]:
        of_second = {
            "record_as": record_as,
            "authority": "issuing",
            "identity": identity,
            "server_name": "localhost",
            **{option: str(folder / file) for option, file in pair.items()},
        }
        options = {
            "kind": "softswitch",
            "pki": str(fleet.folder / "pki"),
            "authority": "issuing",
            "identity": identity,
            "connect": f"127.0.0.1:{fleet.port}",
            "second_certificate": {**of_second, **more},
            **{option: str(first / file) for option, file in pair.items()},
        }
        return {"name": name, "siptls.vos.verification": options}

    tasks = [
        look("in order", first, "vos"),
        look("spoilt", second, "vos.post-quantum"),
        {**look("relative", second, "vos", private_key="vos_server.key"), "ignore_errors": True},
        {**look("nobody's", second, "vos", authority="of nobody"), "ignore_errors": True},
    ]
    playbook = tmp_path / "look.yml"
    playbook.write_text(json.dumps([{"hosts": "vos", "gather_facts": False, "tasks": tasks}]))
    outcome = fleet.start(str(playbook)).finish()
    good, bad = (outcome.of("vos", name)["device"] for name in ("in order", "spoilt"))
    found = {one["check"]: one for one in good["checks"]}["second_certificate"]
    assert (found["state"], found["cause"]) == ("ok", ""), found
    assert f"served: 127.0.0.1:{fleet.port} serves {fleet.serial('vos')}" in found["evidence"]
    assert good["second_certificate"] == {**good["certificate"], "name": "vos"}
    found = {one["check"]: one for one in bad["checks"]}["second_certificate"]
    assert found["state"] == bad["state"] == "failed"
    modes, record = found["cause"].split("; ")
    assert modes == f"modes: {second}/vos_server.key: mode is rw-r--r--: others than owner and group may use the key"
    assert record == f"record: certificate {fleet.serial('vos')} was issued to vos, and not to this device"
    assert [one["check"] for one in bad["checks"] if one["state"] == "failed"] == ["second_certificate"]
    assert "second_certificate.private_key is no absolute path" in outcome.message("vos", "relative")
    assert "there is no authority named 'of nobody'" in outcome.message("vos", "nobody's")


@pytest.mark.nightly
def test_check_mode_and_a_limit_say_the_same(fleet: VerifiedFleet) -> None:
    assert fleet.verify().returncode == 0
    whole = fleet.document()
    assert fleet.verify("--check").returncode == 0
    volatile = ("verified", "tls")

    def steady(device: str) -> dict[str, object]:
        return {name: value for name, value in fleet.entry(device).items() if name not in volatile}

    checked = {name: steady(name) for name in EVERYBODY}
    assert checked == {
        one["device"]: {name: value for name, value in one.items() if name not in volatile} for one in whole["devices"]
    }
    # The softswitch is asked though it is no part of the run
    assert fleet.verify("--limit", "gw1").returncode == 0
    assert fleet.states() == {"gw1": "ok"}
    assert steady("gw1") == checked["gw1"]


def test_certificate_of_another_gateway_is_neither_its_own_nor_on_record_for_it(fleet: VerifiedFleet) -> None:
    for name in ("gateway.crt", "gateway.key"):
        shutil.copy(fleet.certs("gw1") / name, fleet.certs("gw2") / "current" / name)
    fleet.register("gw1", "gw2", gw2=fleet.serial("gw1"))
    fleet.refused.add("gw2")
    done = fleet.verify()
    assert done.returncode == 2
    failed = fleet.checks("gw2", "failed")
    assert failed.keys() == {"record", "identity", "registration", "configuration"}
    assert failed["record"] == f"certificate {fleet.serial('gw1')} was issued to gw1, and not to this device"
    assert "the certificate does not name sip:gw2@example.com, which the device registers" in failed["identity"]
    assert "the softswitch refuses a REGISTER of sip:gw2@example.com now: 403 Forbidden" in failed["registration"]
    # The other gateway is in order, and the softswitch knows who it took for whom
    assert fleet.states() == {"vos": "failed", "gw1": "ok", "gw2": "failed"}
    assert fleet.checks("vos", "failed") == {
        "registration": f"sip:gw2@example.com is registered with certificate {fleet.serial('gw1')} of gw1, which names sip:gw1@example.com"
    }
    assert any(word.startswith("identity: ") for word in fleet.entry("gw2")["drift"])


def test_certificate_of_ours_that_nobody_recorded_is_found(fleet: VerifiedFleet) -> None:
    record = fleet.folder / "pki" / "certificates" / "gw1" / f"{fleet.serial('gw1')}.pem"
    record.unlink()
    assert fleet.verify().returncode == 2
    assert fleet.checks("gw1", "failed").keys() == {"record"}
    assert "is not on record: nobody knows who issued it" in fleet.checks("gw1", "failed")["record"]
    assert fleet.checks("vos", "failed").keys() == {"registration"}
    assert fleet.states()["gw2"] == "ok"


def test_revoked_gateway_is_found_though_the_softswitch_does_not_know_yet(fleet: VerifiedFleet) -> None:
    revoke_in_directory(fleet, "gw1")
    assert fleet.verify().returncode == 2
    assert fleet.checks("gw1", "failed")["revocation"].startswith("revoked ")
    failed = fleet.checks("vos", "failed")
    assert failed["crl"] == "1 revoked by issuing are not in its list on the softswitch, which still admits them"
    assert (
        f"sip:gw1@example.com is registered with certificate {fleet.serial('gw1')}, revoked " in failed["registration"]
    )
    assert fleet.states()["gw2"] == "ok"


def revoke_in_directory(fleet: VerifiedFleet, device: str) -> None:
    """As another controller does it, before the softswitch gets the list."""
    task = {"pki": str(fleet.folder / "pki"), "device": device, "reason": "key_compromise"}
    playbook = fleet.folder / "revoke.yml"
    playbook.write_text(
        json.dumps(
            [{"hosts": "localhost", "gather_facts": False, "tasks": [{"siptls.vos.certificate_revocation": task}]}]
        )
    )
    done = fleet.run(str(playbook), "-i", "localhost,", "-c", "local")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.nightly
def test_old_certificate_that_is_still_served_after_a_renewal_is_found(fleet: VerifiedFleet) -> None:
    old = fleet.serial("vos")
    # As the reload command of this fleet only takes a note, the server goes on with what it loaded
    renewed = fleet.site("--limit", "vos", changed={"vos": {"vos_certificate_valid_for": "40d"}})
    assert renewed.returncode == 0, renewed.stdout
    new = fleet.serial("vos")
    (fleet.device("vos") / "connections").write_text(f"10.0.0.1:5061 {old} 90\n10.0.0.2:5061 {new} 3\n")
    done = fleet.verify(changed={"vos": {"vos_certificate_valid_for": "40d"}})
    assert done.returncode == 2
    assert fleet.checks("vos", "failed") == {"served": f"a new connection gets certificate {old}, on disk is {new}"}
    assert fleet.checks("vos", "due") == {
        "connections": "1 of 2 established connections were made with an older certificate"
    }
    fleet.serve()
    assert fleet.verify(changed={"vos": {"vos_certificate_valid_for": "40d"}}).returncode == 0
    assert fleet.states() == {**EVERYBODY, "vos": "due"}


@pytest.mark.nightly
def test_device_out_of_reach_is_unreachable_and_the_others_are_not_the_worse_for_it(fleet: VerifiedFleet) -> None:
    away = {"ansible_connection": "ansible.builtin.ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
    done = fleet.verify(changed={"gw1": away})
    assert done.returncode == 2, done.stdout
    assert fleet.states() == {"vos": "ok", "gw1": "unreachable", "gw2": "ok"}
    entry = fleet.entry("gw1")
    assert (entry["verified"], entry["certificate"], entry["registered"]) == (None, None, None)
    assert "Connection refused" in fleet.checks("gw1", "failed")["reachable"]
    assert set(fleet.checks("gw1", "unknown").values()) == {"it was not reached"}
    # Nobody is left to ask, and the document is written all the same
    done = fleet.verify("--limit", "gw1", changed={"gw1": away})
    assert done.returncode == 2
    assert fleet.states() == {"gw1": "unreachable"}


@pytest.mark.nightly
def test_softswitch_out_of_reach_leaves_unknown_what_it_alone_knows(fleet: VerifiedFleet) -> None:
    away = {"ansible_connection": "ansible.builtin.ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
    done = fleet.verify(changed={"vos": away})
    assert done.returncode == 2, done.stdout + done.stderr
    assert fleet.document_path.exists(), done.stdout + done.stderr
    assert fleet.states() == {"vos": "unreachable", "gw1": "unknown", "gw2": "unknown"}, done.stdout
    assert fleet.checks("gw1", "unknown").keys() == {"registration"}
    assert fleet.entry("gw1")["registered"] is True


@pytest.mark.nightly
def test_what_cannot_be_told_is_no_failure_unless_it_is_to_be(fleet: VerifiedFleet) -> None:
    silent = {
        "vos": {"vos_registrations_command": "", "vos_connections_command": "", "vos_registration_proof": "none"},
        # Else no rotation could renew them, which is to be seen to
        **{name: {"gateway_registration_proof": "none"} for name in EVERYBODY if name != "vos"},
    }
    assert fleet.verify("-e", "verify_probe=false", changed=silent).returncode == 0
    assert fleet.states() == dict.fromkeys(EVERYBODY, "unknown")
    assert fleet.checks("gw1", "unknown").keys() == {"registration"}
    assert fleet.checks("gw1", "not_applicable").keys() >= {"tls"}
    assert (fleet.entry("gw1")["registered"], fleet.entry("vos")["registrations"]) == (None, None)
    strict = fleet.verify("-e", "verify_probe=false", "-e", "verify_strict=true", changed=silent)
    assert strict.returncode == 2


def test_gateway_that_is_not_registered_or_with_an_older_certificate_is_found(fleet: VerifiedFleet) -> None:
    fleet.register("gw1", gw1="0a1b")
    assert fleet.verify().returncode == 2
    assert fleet.checks("gw1", "failed") == {
        "registration": f"sip:gw1@example.com is registered with certificate 0a1b, on the device is {fleet.serial('gw1')}"
    }
    assert fleet.checks("gw2", "failed") == {"registration": "sip:gw2@example.com is not registered"}
    assert [fleet.entry(name)["registered"] for name in ("gw1", "gw2")] == [True, False]


@pytest.mark.nightly
def test_files_are_looked_at(fleet: VerifiedFleet) -> None:
    key = fleet.certs("gw1") / "current" / "gateway.key"
    key.chmod(0o644)
    bundle = fleet.certs("gw2") / "ca.crt"
    openssl(
        *(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/CN=Stranger",
            "-days",
            "30",
        ),
        *("-keyout", fleet.folder / "stranger.key", "-out", fleet.folder / "stranger.crt"),
    )
    bundle.write_text(bundle.read_text() + (fleet.folder / "stranger.crt").read_text())
    (fleet.device("vos") / "etc" / "crl.pem").write_text("none")
    assert fleet.verify().returncode == 2
    assert fleet.checks("gw1", "failed") == {
        "modes": f"{fleet.certs('gw1')}/gateway.key: mode is rw-r--r--: others than owner and group may use the key"
    }
    assert fleet.checks("gw2", "failed")["anchors"].startswith("the device trusts CN=Stranger (")
    assert "is no revocation list that can be read" in fleet.checks("vos", "failed")["crl"]
    assert "PRIVATE KEY" not in fleet.document_path.read_text()


def test_key_of_another_is_no_pair_and_configuration_drift_is_told(fleet: VerifiedFleet) -> None:
    shutil.copy(fleet.certs("gw2") / "gateway.key", fleet.certs("gw1") / "current" / "gateway.key")
    conf = fleet.device("vos") / "etc" / "tls.conf"
    conf.write_text(conf.read_text().replace("require_and_verify_client_cert", "no_client_cert"))
    done = fleet.verify()
    assert done.returncode == 2
    assert not re.search(r"changed=[1-9]", done.stdout)
    assert "certificate and private key of the device are no pair" in fleet.checks("gw1", "failed")["pair"]
    assert "tls" in fleet.checks("gw1", "failed")
    assert fleet.checks("vos", "failed").keys() == {"configuration"}
    assert fleet.entry("vos")["drift"] == [f"{conf} differs from what it is to be"]


def test_certificate_that_is_due_ends_well_and_the_table_says_why(fleet: VerifiedFleet) -> None:
    longer = {"gateway_certificate_valid_for": "95d", "gateway_certificate_renew_before": "91d"}
    done = fleet.verify("--limit", "gw1", changed={"gw1": longer})
    assert done.returncode == 0
    assert fleet.states() == {"gw1": "due"}
    assert re.search(r"gw1 +due .* lifetime: renewal due: ", done.stdout)


@pytest.mark.nightly
def test_it_costs_little(tmp_path: Path) -> None:
    gateways = tuple(f"gw{number:02}" for number in range(1, 21))
    fleet = VerifiedFleet(tmp_path, gateways)
    try:
        fleet.begin()
        traces = tmp_path / "traces"
        shell = tmp_path / "traced-shell"
        shell.write_text(f'#!/bin/sh\necho run >>{traces}\nexec /bin/sh "$@"\n')
        began = time.monotonic()
        done = fleet.verify("--forks", "2")
        seconds = time.monotonic() - began
        assert done.returncode == 0, done.stdout
        assert set(fleet.states().values()) == {"ok"}
        commands = len(traces.read_text().splitlines())
        # Each gateway: look, OPTIONS, REGISTER. The softswitch: registrations, look, OPTIONS. The shell of the connection and the one
        # that it starts both leave a trace
        assert commands <= 2 * (3 * len(gateways) + 3)
        print(f"{commands} commands, {seconds:.1f} s for {len(gateways) + 1} devices")
    finally:
        fleet.end()
