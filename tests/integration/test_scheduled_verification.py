# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""siptls.vos.schedule_verification: what it installs runs as its account, with the collection where that account installed it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.network import NetworkHost
from ansible_collections.siptls.vos.tests.integration.playground import NO_PYTHON, ROOT, collections_path

pytestmark = pytest.mark.nightly

SYSTEMCTL = Path(__file__).resolve().parent / "units" / "systemctl.py"
STATE = Path("/var/lib/siptls-verification")
PLAYBOOK = "/usr/local/bin/ansible-playbook"
UNIT = "siptls-verification.service"


class Controller(NetworkHost):
    """A host that runs Ansible, on this machine: /etc, homes, /srv and /var/lib of its own, and an account ``siptls``.

    It has a gateway, which is a folder, and knows it by an inventory in /srv/fleet. The collection is installed for the account alone.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"sh -e {self._preparation()}")

    def root(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a command as root, with the collection of this checkout."""
        environment = [
            "HOME=/root-of-the-controller",
            "PATH=/opt/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL=C.UTF-8",
            "ANSIBLE_NOCOLOR=1",
            f"ANSIBLE_COLLECTIONS_PATH={collections_path()}",
            "COLUMNS=10000",
        ]
        done = subprocess.run(
            [*self.enter, "env", "-i", *environment, *command],
            cwd="/", capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def play(self, playbook: str, *options: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a playbook of the collection as root."""
        return self.root(PLAYBOOK, playbook, *options, check=check)

    def schedule(self, *options: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs siptls.vos.schedule_verification."""
        return self.play("siptls.vos.schedule_verification", "-i", "/srv/controllers.json", *options, check=check)

    def as_account(self, *command: str) -> None:
        """Runs a command as the account that verifies."""
        to_siptls = ("setpriv", "--reuid=siptls", "--regid=siptls", "--init-groups")
        self.root(*to_siptls, "env", "-u", "ANSIBLE_COLLECTIONS_PATH", "HOME=/home/siptls", *command)

    def read(self, path: Path | str) -> Any:
        """A JSON file."""
        return json.loads(self.run("cat", str(path)).stdout)

    def journal(self) -> str:
        return self.run("cat", "/run/units/journal").stdout

    def _preparation(self) -> Path:
        """A script that makes the file system. What others may not reach, such as a Python below /root, they can in here."""
        base = Path(sys.base_prefix).resolve()
        needed = {base, Path(sys.prefix), ROOT}
        shut = {
            top
            for path in needed
            for top in [Path("/", path.parts[1])]
            if top.is_dir() and not top.stat().st_mode & 0o001
        }
        lines = [
            "mount --make-rprivate /",
            f"mkdir -p {self.folder}/etc {self.folder}/kept && cp -a /etc/. {self.folder}/etc && mount --bind {self.folder}/etc /etc",
        ]
        for top in shut:
            kept = self.folder / "kept" / top.name
            lines.append(f"mkdir -p {kept} && mount --rbind {top} {kept} && mount -t tmpfs -o mode=755 tmpfs {top}")
            for path in sorted(path for path in needed if path.is_relative_to(top)):
                inside = path.relative_to(top)
                lines.append(f"[ -d {path} ] || {{ mkdir -p {path} && mount --rbind {kept / inside} {path}; }}")
        for at in ("/home", "/srv", "/var/lib", "/opt", "/run", "/usr/local/bin"):
            lines.append(f"mkdir -p {at} && mount -t tmpfs -o mode=755 tmpfs {at}")
        lines += [
            "useradd --create-home siptls",
            "mkdir -p /opt/bin",
            f"printf '#!/bin/sh\\nexec {sys.prefix}/bin/python {SYSTEMCTL} \"$@\"\\n' >/opt/bin/systemctl",
            "printf '#!/bin/sh\\ntail -n 20 /run/units/journal\\n' >/opt/bin/journalctl",
            f"for name in ansible-playbook ansible-galaxy; do ln -s {sys.prefix}/bin/$name /usr/local/bin/$name; done",
            "chmod +x /opt/bin/*",
        ]
        script = self.folder / "prepare.sh"
        script.write_text("\n".join(lines) + "\n")
        return script


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    command = ["ansible-galaxy", "collection", "build", "--output-path", str(folder), str(ROOT)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
    return next(folder.iterdir())


@pytest.fixture
def controller(tmp_path: Path, tarball: Path) -> Iterator[Controller]:
    host = Controller(tmp_path)
    try:
        _write(host, "/srv/fleet/hosts.json", FLEET)
        _write(host, "/srv/controllers.json", CONTROLLERS)
        host.play("siptls.vos.site", "-i", "/srv/fleet/hosts.json", "-e", json.dumps(PASSPHRASES))
        host.run("mkdir", "/srv/alarms")
        host.run("chown", "-R", "siptls:siptls", "/srv/fleet", "/srv/devices", "/srv/alarms")
        host.run("sh", "-c", f"cat >/srv/siptls.tar.gz <{tarball}")
        host.as_account("/usr/local/bin/ansible-galaxy", "collection", "install", "--no-deps", "/srv/siptls.tar.gz")
        yield host
    finally:
        host.close()


_DEVICE = "/srv/devices/gw1"
FLEET = {
    "gateways": {
        "hosts": {
            "gw1": {
                "ansible_connection": "local",
                "ansible_python_interpreter": NO_PYTHON,
                "gateway_sip_domain": "example.com",
                "gateway_conf": f"{_DEVICE}/gateway.conf",
                "gateway_certificates_directory": f"{_DEVICE}/certs",
                "gateway_certificate_owner": "siptls",
                "gateway_certificate_group": "siptls",
                "gateway_reload_command": "true",
                # A folder registers nowhere
                "gateway_connection_proof": "none",
                "gateway_registration_proof": "none",
                "gateway_when_busy": "force",
                # It registers nowhere
                "verify_probe": False,
            }
        }
    }
}
PASSPHRASES = {"pki_root_passphrase": "of the root authority", "pki_issuing_passphrase": "of the issuing authority"}
CONTROLLERS = {
    "controllers": {
        "hosts": {
            "here": {
                "ansible_connection": "local",
                "ansible_python_interpreter": NO_PYTHON,
                "verification_inventory": ["/srv/fleet/hosts.json"],
                "verification_ansible_playbook": PLAYBOOK,
                "verification_alarm_command": "cp --target-directory=/srv/alarms",
            }
        }
    }
}


def _write(host: Controller, path: str, content: Any) -> None:
    host.run("sh", "-c", f"mkdir -p {os.path.dirname(path)} && printf %s {shlex.quote(json.dumps(content))} >{path}")


def test_it_runs_for_the_account_that_installed_the_collection_and_the_alarm_is_heard(controller: Controller) -> None:
    predicted = controller.schedule("--check", "--diff")
    assert "changed=2" in predicted.stdout
    controller.schedule()
    good = controller.read(STATE / "verification.json")
    assert (good["devices_total"], good["counts"]["failed"]) == (1, 0), json.dumps(good)
    assert controller.run("ls", "/srv/alarms").stdout == ""
    assert "changed=0" in controller.schedule().stdout

    # What is wrong with a device is in the document that the alarm gets
    controller.run("chmod", "0644", f"{_DEVICE}/certs/current/gateway.key")
    assert controller.root("systemctl", "start", UNIT, check=False).returncode != 0
    assert controller.run("ls", "/srv/alarms").stdout == "verification.json\n"
    assert controller.read("/srv/alarms/verification.json")["counts"]["failed"] == 1
    controller.run("rm", "/srv/alarms/verification.json")

    # There is no new document, and the one of the run before is not given for it
    controller.run("mv", "/srv/fleet/hosts.json", "/srv/fleet/elsewhere.json")
    assert controller.root("systemctl", "start", UNIT, check=False).returncode != 0
    assert controller.run("ls", "/srv/alarms").stdout == "not-verified.json\n"
    problem = controller.read("/srv/alarms/not-verified.json")
    assert problem["verified"] is False
    assert problem["problem"].startswith("the fleet could not be verified: exit-code, exit status ")
    assert "the inventory has no host" in controller.journal()

    controller.schedule("-e", "verification_state=absent")
    left = controller.run("find", "/etc", "-name", "*siptls-verification*", "!", "-type", "d").stdout
    assert left + controller.run("find", "/etc/siptls-verification", "-type", "f", check=False).stdout == ""


def test_a_unit_that_cannot_run_fails_where_it_is_installed(controller: Controller) -> None:
    controller.run("mv", "/home/siptls/.ansible", "/home/siptls/elsewhere")
    done = controller.schedule(check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert "the first run of siptls-verification.service left no document: exit-code" in said
    assert "siptls.vos.verify" in said
    # And once it can, the next run of the playbook sees it run
    controller.run("mv", "/home/siptls/elsewhere", "/home/siptls/.ansible")
    assert "changed=1" in controller.schedule().stdout
    assert controller.read(STATE / "verification.json")["counts"]["failed"] == 0
    assert "changed=0" in controller.schedule().stdout
