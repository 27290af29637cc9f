# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator does with a fleet, in this order, by the commands of the documentation. The servers say what came of it.

The commands are in ../vars/stories.yml. Each test is one of them and begins where the one before it ended.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from lab.installed import (
    GATEWAYS,
    SOFTSWITCHES,
    Done,
    ask,
    at_home,
    everybody,
    is_called,
    issuer,
    kept,
    on,
    on_disk,
    operate,
    registered,
    revoked_at,
    served,
    try_on,
    wait_until,
)

STORIES = yaml.safe_load((Path(__file__).parents[1] / "vars/stories.yml").read_text())
SHORT = bool(os.environ.get("SIPTLS_SHORT"))
DEVICES = (*SOFTSWITCHES, *GATEWAYS)
NEW_CA = "SIP Issuing CA issuing2027"
BUNDLES = {
    **dict.fromkeys(SOFTSWITCHES, "/etc/vos/certs/ca_bundle.crt"),
    **dict.fromkeys(GATEWAYS, "/etc/gateway/certs/ca.crt"),
}


def needs(*stories: str) -> pytest.MarkDecorator:
    """Leaves a test out where one of its stories is left to make nightly."""
    why = [f"{name} is for make nightly" for name in stories if SHORT and "nightly" in STORIES[name]]
    return pytest.mark.skipif(bool(why), reason="; ".join(why))


def told(story: str, status: int = 0) -> Done:
    """The command of a story was run, and has ended as it has to."""
    done = operate(STORIES[story]["command"])
    assert done.status == status, done.output[-6000:]
    return done


def assert_at_home(but: str = "") -> None:
    """Whoever is not left out is registered where it belongs, with the certificate on its disk."""
    wanted = at_home(but)
    assert wait_until(lambda: everybody() == wanted), f"expected {wanted}; found {everybody()}"


def states(document: str) -> dict[str, str]:
    """By device, what a verification says of it."""
    return {one["device"]: one["state"] for one in kept(document)["devices"]}


def in_bundle(device: str) -> set[str]:
    """The common names of the CAs in a device's trust bundle."""
    program = (
        f"openssl crl2pkcs7 -nocrl -certfile {BUNDLES[device]} | openssl pkcs7 -print_certs -noout"
        " | sed -n 's/^subject.*CN *= *//p'"
    )
    return set(on(device, program).split("\n"))


def test_the_devices_are_what_they_are_said_to_be() -> None:
    assert on("gw1", "openssl version").startswith("OpenSSL 1.1.1")
    assert "BusyBox" in on("gw2", "ls --help 2>&1 | head -n 1")
    assert try_on("gw2", "find / -xdev -name 'sftp*' | grep -q .") == 1
    for name in ("gw3", "gw4"):
        assert operate(f"ssh -n {on(name, 'hostname -i')} -l deploy umask").output == "0077\n"
    for name in GATEWAYS:
        assert try_on(name, "command -v python3") != 0
    for name in SOFTSWITCHES:
        assert on(name, "ps -o user= -C kamailio | sort -u") == "kamailio"


def test_nobody_comes_in_without_a_known_host_key_or_becomes_root_without_a_password() -> None:
    assert (
        "Host key verification failed"
        in operate("ssh -n -o UserKnownHostsFile=/dev/null deploy@10.77.62.21 true").output
    )
    assert "Permission denied" in operate("ssh -n root@10.77.62.21 true").output
    assert "password is required" in operate("ssh -n deploy@10.77.62.21 sudo -n true").output


def test_everybody_is_registered_at_its_own_softswitch() -> None:
    assert_at_home()
    for name in DEVICES:
        key = "/etc/vos/certs/vos_server.key" if name in SOFTSWITCHES else "/etc/gateway/certs/gateway.key"
        owner = "kamailio" if name in SOFTSWITCHES else "root"
        assert on(name, f"stat -L -c '%a %U' {key}") == f"600 {owner}"


@needs("verify")
def test_verify() -> None:
    told("verify")
    assert states("inventory/verification.json") == dict.fromkeys(DEVICES, "ok")


@needs("verify_call")
def test_an_encrypted_call() -> None:
    told("verify_call")
    (media,) = [one for one in kept("call.json")["devices"][0]["checks"] if one["check"] == "media"]
    assert media["state"] == "ok"
    assert is_called("gw3", "gw1")


@needs("report")
def test_report() -> None:
    told("report")
    page = operate("cat inventory/report.html").output
    assert all(name in page for name in DEVICES)
    assert states("inventory/report.json") == dict.fromkeys(DEVICES, "ok")


@needs("rotate")
def test_rotate() -> None:
    """All of them are due, by the settings of an ordinary fleet."""
    operate("rm inventory/group_vars/all/life.yml")
    before = {name: on_disk(name) for name in DEVICES}
    told("rotate")
    assert all(on_disk(name) != before[name] for name in DEVICES)
    assert_at_home()
    for name in SOFTSWITCHES:
        assert served(name) == on_disk(name)


@needs("rotate_now")
def test_rotate_now() -> None:
    before = {name: on_disk(name) for name in DEVICES}
    told("rotate_now")
    assert {name for name in DEVICES if on_disk(name) != before[name]} == {"gw1", "gw4"}
    assert_at_home()


@needs("diagnose")
def test_diagnose() -> None:
    on("gw3", "systemctl stop gateway")
    assert wait_until(lambda: "gw3" not in registered("vos-a"), 60)
    told("diagnose", status=2)
    first = kept("inventory/diagnosis/gw3.json")["causes"][0]
    assert first["id"] == "device_service_down", first
    on("gw3", "systemctl start gateway")
    assert_at_home()
    told("diagnose")


@needs("diagnose_second")
def test_diagnose_at_the_second_softswitch() -> None:
    told("diagnose_second")


@needs("revoke")
def test_revoke() -> None:
    serial = on_disk("gw1")
    told("revoke")
    assert "gw1" not in registered("vos-a")
    assert_at_home(but="gw1")
    for name in SOFTSWITCHES:
        assert serial in revoked_at(name)
        answer = ask("gw1", name)
        assert answer.sip == ""
        assert "certificate revoked" in answer.tls
    assert not is_called("gw3", "gw1")
    assert not is_called("gw1", "gw3")


@needs("back")
def test_back() -> None:
    revoked = on_disk("gw1")
    told("back")
    assert on_disk("gw1") != revoked
    assert_at_home()
    assert is_called("gw3", "gw1")


@needs("publish", "issue", "retire")
def test_rollover() -> None:
    old = {name: on_disk(name) for name in DEVICES}
    done = operate("""set -e
      for name in root2027 issuing2027; do
        echo "vault_${name}_passphrase: $(openssl rand -base64 24)"
      done >inventory/group_vars/all/vault2027.yml
      ansible-vault encrypt inventory/group_vars/all/vault2027.yml
      cat >inventory/group_vars/all/rollover.yml <<EOT
pki_rollover:
  root: root2027
  issuing: issuing2027
  root_passphrase: "{{ vault_root2027_passphrase }}"
  issuing_passphrase: "{{ vault_issuing2027_passphrase }}"
  phase: publish
EOT""")
    assert done.status == 0, done.output
    told("publish")
    for name in DEVICES:
        assert {"SIP Root CA", "SIP Root CA root2027"} <= in_bundle(name)
    assert {name: on_disk(name) for name in DEVICES} == old
    assert_at_home()
    operate("sed -i 's/phase: publish/phase: issue/' inventory/group_vars/all/rollover.yml")
    told("issue")
    assert {name: issuer(name) for name in DEVICES} == dict.fromkeys(DEVICES, NEW_CA)
    assert_at_home()
    operate("sed -i 's/phase: issue/phase: retire/' inventory/group_vars/all/rollover.yml")
    told("retire")
    for name in DEVICES:
        assert in_bundle(name) == {"SIP Root CA root2027", NEW_CA}
    assert_at_home()
    for name in SOFTSWITCHES:
        assert served(name) == on_disk(name)


@needs("rollover_done")
def test_after_the_rollover_nothing_changes() -> None:
    operate("""rm inventory/group_vars/all/rollover.yml
      cat >inventory/group_vars/all/pki.yml <<EOT
pki_root_name: root2027
pki_root_subject:
  common_name: SIP Root CA root2027
pki_root_passphrase: "{{ vault_root2027_passphrase }}"
pki_issuing_name: issuing2027
pki_issuing_subject:
  common_name: SIP Issuing CA issuing2027
pki_issuing_passphrase: "{{ vault_issuing2027_passphrase }}"
EOT""")
    assert told("rollover_done").changed == dict.fromkeys(DEVICES, 0)
    assert_at_home()


@needs("allowlist")
def test_allowlist() -> None:
    strange = [f"timeout 5 bash -c 'exec 3<>/dev/tcp/{name}.example.com/5061'" for name in SOFTSWITCHES]
    assert [try_on("controller", one) for one in strange] == [0, 0]
    told("allowlist")
    assert [try_on("controller", one) != 0 for one in strange] == [True, True]
    for name, gateways in SOFTSWITCHES.items():
        assert "10.77.62.24" in on(name, "nft list table inet siptls")
        for gateway in gateways:
            assert ask(gateway, name).status == 200
    # So long that whoever was shut out is not registered any more
    assert not wait_until(lambda: everybody() != at_home(), 35)


@needs("audit")
def test_audit() -> None:
    told("audit")
    for name in SOFTSWITCHES:
        assert on(name, "systemctl is-active siptls-audit") == "active"
        assert ask("gw3", name, "-CAfile /etc/gateway/certs/ca.crt").sip == ""
        record = '"source_address":"10.77.62.23"'
        found = f"grep -F '{record}' /var/log/siptls-audit/tls_failures.json | grep -qF 'the peer sent no certificate'"
        assert wait_until(lambda name=name, found=found: try_on(name, found) == 0, 20)
    assert_at_home()


@needs("schedule_verification")
def test_schedule_verification() -> None:
    document, service = "/var/lib/siptls-verification/verification.json", "siptls-verification.service"
    told("schedule_verification")
    assert on("controller", "systemctl is-active siptls-verification.timer") == "active"
    on("controller", f"systemctl start {service} || {{ journalctl --no-pager -u {service} >&2; exit 1; }}")
    assert states(document) == dict.fromkeys(DEVICES, "ok")
    assert try_on("controller", "ls /srv/alarms/*") != 0
    on("gw2", "chmod 0644 /etc/gateway/certs/current/gateway.key")
    assert try_on("controller", f"systemctl start {service}") != 0
    assert wait_until(lambda: try_on("controller", "test -s /srv/alarms/verification.json") == 0, 20)
    assert states("/srv/alarms/verification.json") == {**dict.fromkeys(DEVICES, "ok"), "gw2": "failed"}
    on("gw2", "chmod 0600 /etc/gateway/certs/current/gateway.key")


@needs("remove_check", "remove")
def test_remove() -> None:
    before = {name: on_disk(name) for name in DEVICES}
    told("remove_check")
    assert {name: on_disk(name) for name in DEVICES} == before
    assert_at_home()
    told("remove")
    left = (
        "find /etc/vos /etc/gateway /etc/siptls* /etc/systemd/system/siptls* -type f 2>/dev/null | grep -q ."
        " || nft list table inet siptls 2>/dev/null"
    )
    assert {name: try_on(name, left) != 0 for name in DEVICES} == dict.fromkeys(DEVICES, True)
    for name in SOFTSWITCHES:
        assert try_on("gw3", f"timeout 3 bash -c 'exec 3<>/dev/tcp/{name}.example.com/5061'") != 0
    assert set(told("remove").changed.values()) == {0}
