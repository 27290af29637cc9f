# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of a PKI directory, as ansible-inventory and ansible-playbook see it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.directory import PkiDirectory, file_name
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import Lifetime, build_device_certificate
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.identity import Identity
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import key_type_named
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.profiles import profile_named
from ansible_collections.siptls.vos.plugins.module_utils.timestamps import utc_now
from ansible_collections.siptls.vos.tests.integration.playground import NO_PYTHON, Play
from ansible_collections.siptls.vos.tests.integration.tasks import (
    ISSUING_PASSPHRASE,
    authority,
    gateway,
    issuing,
    records,
    serial,
)

pytestmark = pytest.mark.nightly

STATES = ["ok", "due", "expired", "revoked", "unknown"]
LIFETIMES = {"gw-ok": "90d", "gw-due": "20d", "gw-revoked": "90d", "gw-unknown": "90d"}


@pytest.fixture(scope="module")
def made_fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PKI directory with one device in each state, made by plays."""
    folder = tmp_path_factory.mktemp("fleet")
    play = Play(folder)
    hosts = {name: {"valid_for": valid_for} for name, valid_for in LIFETIMES.items()}
    certificate = gateway(valid_for="{{ valid_for }}", renew_before="1s")
    play([authority(), issuing(), certificate], hosts=hosts, forks=1)
    revoke = {"siptls.vos.certificate_revocation": {"pki": "pki", "authority": "issuing", "device": "gw-revoked"}}
    play([{"name": "The revocation", **revoke}])
    damaged = next((folder / "pki/certificates/gw-unknown").iterdir())
    damaged.write_text("<<<<<<< HEAD\n")
    record_expired(folder / "pki", "gw-expired")
    return folder / "pki"


def record_expired(pki: Path, device: str) -> None:
    """A certificate that nobody need wait for: it ended an hour ago."""
    directory = PkiDirectory(pki)
    issuer = directory.authority("issuing")
    now = utc_now().replace(microsecond=0)
    certificate = build_device_certificate(
        identity=Identity(device, dns=(f"{device}.example.com",)),
        profile=profile_named("gateway"),
        public_key=key_type_named("ecdsa-p256").generate().public_key(),
        issuer=issuer.certificate,
        signing_key=issuer.signing_key(ISSUING_PASSPHRASE),
        valid=Lifetime(now - timedelta(days=91), now - timedelta(hours=1)),
    )
    directory.record_certificate(
        device, "gateway", certificate, authority="issuing", issued=now - timedelta(days=90, hours=23)
    )


@pytest.fixture
def fleet(made_fleet: Path, play: Play) -> Path:
    """The same, beside the playbooks and inventories of a test."""
    return Path(shutil.copytree(made_fleet, play.folder / "pki"))


def source(play: Play, name: str = "pki.siptls.yml", **options: Any) -> str:
    """An inventory file for the plugin."""
    (play.folder / name).write_text(json.dumps({"plugin": "siptls.vos.pki", "pki": "pki", **options}))
    return name


def hosts_file(play: Play, **groups: list[str]) -> str:
    """An inventory file with these groups, whose hosts are folders of this machine."""
    shared = {"ansible_connection": "local", "ansible_python_interpreter": NO_PYTHON}
    content = {
        group: {"hosts": {host: {**shared, "device": str(play.device(host))} for host in hosts}}
        for group, hosts in groups.items()
    }
    (play.folder / "hosts.yml").write_text(json.dumps(content))
    return "hosts.yml"


def run(play: Play, *command: str, fails: bool = False) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command,
        cwd=play.folder,
        env=play.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done


def inventory(play: Play, *sources: str) -> dict[str, Any]:
    """What ansible-inventory --list tells of these sources, which it has nothing to complain of."""
    done = run(play, "ansible-inventory", *(word for one in sources for word in ("-i", one)), "--list")
    assert "WARNING" not in done.stderr
    listed: dict[str, Any] = json.loads(done.stdout)
    return listed


def grouped(listed: Mapping[str, Any], prefix: str = "") -> dict[str, list[str]]:
    """The hosts of each of the five groups that has any."""
    return {state: listed[prefix + state]["hosts"] for state in STATES if prefix + state in listed}


def variables(listed: Mapping[str, Any], host: str) -> dict[str, Any]:
    return {name: value for name, value in listed["_meta"]["hostvars"][host].items() if name.startswith("siptls_")}


def test_each_device_is_in_the_group_of_its_state_and_says_why(play: Play, fleet: Path) -> None:
    listed = inventory(play, source(play))
    assert grouped(listed) == {state: [f"gw-{state}"] for state in STATES}
    numbers = {path.parent.name: number for number, path in records(fleet).items()}
    due = variables(listed, "gw-due")
    assert due.pop("siptls_not_after").endswith("Z")
    assert due == {
        "siptls_state": "due",
        "siptls_reason": "renewal due: 19 d left, renewed 30 d before the end",
        "siptls_days_left": 19,
        "siptls_serial_number": numbers["gw-due"],
        "siptls_profile": "gateway",
        "siptls_authority": "issuing",
    }
    assert variables(listed, "gw-ok")["siptls_reason"] == "89 d left"
    assert variables(listed, "gw-expired")["siptls_days_left"] == -1
    assert variables(listed, "gw-revoked")["siptls_reason"].endswith("UTC (unspecified)")
    unknown = variables(listed, "gw-unknown")
    assert set(unknown) == {"siptls_state", "siptls_reason"}
    assert f"{fleet}/certificates/gw-unknown/" in unknown["siptls_reason"]


def test_every_run_reads_the_directory_as_it_is(play: Play, fleet: Path) -> None:
    name = source(play)
    shutil.rmtree(fleet / "revocations")
    assert grouped(inventory(play, name))["ok"] == ["gw-ok", "gw-revoked"]
    shutil.rmtree(fleet / "certificates/gw-ok")
    (fleet / "authorities/issuing").rename(fleet / "authorities/renamed")
    listed = inventory(play, name)
    assert grouped(listed)["ok"] == ["gw-revoked"]
    assert variables(listed, "gw-revoked")["siptls_authority"] == "renamed"
    shutil.rmtree(fleet / "authorities/renamed")
    listed = inventory(play, name)
    assert grouped(listed) == {"unknown": ["gw-due", "gw-expired", "gw-revoked", "gw-unknown"]}
    assert "which is not in the PKI directory" in variables(listed, "gw-due")["siptls_reason"]


def test_options_choose_the_states_the_names_of_the_groups_and_what_is_due(play: Play, fleet: Path) -> None:
    listed = inventory(play, source(play, states=["due", "expired"], prefix="certificate_"))
    assert grouped(listed, "certificate_") == {"due": ["gw-due"], "expired": ["gw-expired"]}
    assert set(listed["_meta"]["hostvars"]) == {"gw-due", "gw-expired"}
    assert grouped(inventory(play, source(play, renew_before="10d")))["ok"] == ["gw-due", "gw-ok"]
    assert grouped(inventory(play, source(play, renew_before="100d")))["due"] == ["gw-due", "gw-ok"]
    listed = inventory(
        play,
        source(
            play,
            compose={"weeks_left": "siptls_days_left // 7"},
            groups={"urgent": "siptls_days_left is defined and siptls_days_left < 20"},
            keyed_groups=[{"key": "siptls_profile", "prefix": "profile"}],
        ),
    )
    assert listed["urgent"]["hosts"] == ["gw-due", "gw-expired"]
    assert listed["profile_gateway"]["hosts"] == ["gw-due", "gw-expired", "gw-ok", "gw-revoked"]
    assert int(listed["_meta"]["hostvars"]["gw-ok"]["weeks_left"]) == 12


def test_the_devices_are_those_of_earlier_sources_where_groups_are_named(play: Play, fleet: Path) -> None:
    hosts = hosts_file(play, gateways=["gw-due", "gw-ok", "gw-new"], others=["gw-revoked"])
    listed = inventory(play, hosts, source(play, devices=["gateways"]))
    assert grouped(listed) == {"ok": ["gw-ok"], "due": ["gw-due"], "unknown": ["gw-new"]}
    assert variables(listed, "gw-new") == {"siptls_state": "unknown", "siptls_reason": "no certificate on record"}
    assert variables(listed, "gw-revoked") == {}, "not among the devices"
    assert "gw-expired" not in listed["_meta"]["hostvars"], "out of service"
    assert listed["gateways"]["hosts"] == ["gw-due", "gw-ok", "gw-new"]
    assert listed["_meta"]["hostvars"]["gw-due"]["ansible_connection"] == "local"
    listed = inventory(play, hosts, source(play, devices=["all"]))
    assert grouped(listed)["revoked"] == ["gw-revoked"]
    assert "gw-expired" not in listed["_meta"]["hostvars"]


def test_a_rotation_run_touches_what_is_due_and_then_nothing(play: Play, fleet: Path) -> None:
    hosts = hosts_file(play, gateways=["gw-due", "gw-expired", "gw-ok"])
    sources = ["-i", hosts, "-i", source(play, devices=["gateways"])]
    task = gateway()
    for name, pattern in (("due.yml", "due:expired"), ("all.yml", "gateways")):
        (play.folder / name).write_text(json.dumps([{"hosts": pattern, "gather_facts": False, "tasks": [task]}]))
    for host in ("gw-due", "gw-expired"):
        play.device(host).mkdir()
    before = records(fleet)
    said = run(play, "ansible-playbook", *sources, "all.yml", "--limit", "due").stdout
    assert "gw-due" in said
    assert "gw-ok" not in said
    assert "gw-expired" not in said
    said = run(play, "ansible-playbook", *sources, "due.yml").stdout
    assert "gw-expired" in said
    assert "gw-due" not in said, "what was due has been renewed"
    made = set(records(fleet)) - set(before)
    assert made == {serial(play.device(host) / "certs/gateway.crt") for host in ("gw-due", "gw-expired")}
    assert grouped(inventory(play, *sources[1::2])) == {"ok": ["gw-due", "gw-expired", "gw-ok"]}
    done = run(play, "ansible-playbook", *sources, "due.yml")
    assert "skipping: no hosts matched" in done.stdout
    assert "WARNING" not in done.stderr, "the groups are there though nobody is in them"


def test_text_from_the_directory_is_never_a_template(play: Play, fleet: Path) -> None:
    record = next((fleet / "certificates/gw-ok").iterdir())
    trap = "{{ lookup('pipe', 'touch sprung') }}"
    record.write_text(record.read_text().replace("profile: gateway", f"profile: {trap}"))
    (fleet / "certificates/gw-ok").rename(fleet / "certificates" / file_name(trap))
    for claim in fleet.glob("keys/*/*.txt"):
        claim.write_text(claim.read_text().replace("device: gw-ok\n", f"device: {trap}\n"))
    task = {"ansible.builtin.debug": {"msg": "{{ siptls_profile }} {{ siptls_reason }} {{ inventory_hostname }}"}}
    play_all = {"hosts": "all", "gather_facts": False, "tasks": [task]}
    (play.folder / "show.yml").write_text(json.dumps([play_all]))
    said = run(play, "ansible-playbook", "-i", source(play, states=["ok"]), "show.yml").stdout
    assert f"{trap} 89 d left {trap}" in said
    assert not (play.folder / "sprung").exists()


def test_what_is_wrong_is_told_and_no_group_is_made(play: Play, fleet: Path) -> None:
    cases = {
        f"{play.folder}/nowhere: there is no PKI directory here": source(play, "a.siptls.yml", pki="nowhere"),
        "renew_before is not a duration": source(play, "b.siptls.yml", renew_before="soon"),
        "devices names a group that no earlier inventory source has: 'gatweays'": source(
            play, "c.siptls.yml", devices=["gatweays"]
        ),
        "states": source(play, "d.siptls.yml", states=["fine"]),
        "could not be verified by": source(play, "pki.yml"),
    }
    for words, name in cases.items():
        said = run(play, "ansible-inventory", "-i", name, "--graph", "due", fails=True).stderr
        assert words in " ".join(said.split())
        assert "Pattern must be valid group name" in said, "no group, so that no run takes it for an empty one"
    play.environment["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"] = "true"
    run(play, "ansible-inventory", "-i", "a.siptls.yml", "--list", fails=True)
