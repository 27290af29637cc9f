# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of one softswitch and two gateways that are folders of this machine, for the playbooks of the collection.

Every command that a play runs on a host goes through a shell that leaves a trace, so a test can tell that there was none.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.siptls.vos.tests.integration.playground import (
    CALLBACKS,
    NO_PYTHON,
    Run,
    collections_path,
    temporary_folder,
)

__all__ = ["GATEWAYS", "Fleet"]

GATEWAYS = ("gw1", "gw2")


class Fleet:
    """An inventory with right values, and where its hosts keep their files.

    :ivar folder: of the inventory; the PKI directory is below it
    :ivar more_softswitches: those beside vos, with their variables
    :ivar temporary: where all hosts have their temporary files, and nobody else does
    """

    def __init__(self, folder: Path, gateways: tuple[str, ...] = GATEWAYS) -> None:
        self.folder = folder
        self.gateways = gateways
        self.temporary = temporary_folder(self)
        self.more_softswitches: dict[str, dict[str, Any]] = {}
        self._shell = folder / "traced-shell"
        self._shell.write_text('#!/bin/sh\ntouch "${0%/*}/touched"\nexec /bin/sh "$@"\n')
        self._shell.chmod(0o755)

    @property
    def touched(self) -> bool:
        """Whether any command has been run on any host."""
        return (self.folder / "touched").exists()

    def device(self, host: str) -> Path:
        """The folder that is the file system of a host."""
        return self.folder / "devices" / host

    def site(
        self,
        *options: str,
        changed: Mapping[str, Mapping[str, Any]] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Runs the playbook siptls.vos.site.

        :param options: of ansible-playbook
        :param changed: variables by host, in place of the right ones
        """
        return self.play("siptls.vos.site", *options, changed=changed, environment=environment)

    def play(
        self,
        playbook: str,
        *options: str,
        changed: Mapping[str, Mapping[str, Any]] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Runs a playbook with the inventory of the fleet; the rest as for ``site``."""
        inventory = self.folder / "hosts.json"
        inventory.write_text(json.dumps(self._inventory(changed or {})))
        return self.run(playbook, "-i", str(inventory), *options, environment=environment)

    def run(
        self, playbook: str, *options: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs a playbook in the folder of the fleet."""
        (self.folder / "ansible.cfg").touch()
        return subprocess.run(
            ["ansible-playbook", playbook, *options],
            cwd=self.folder,
            env=self._environment(environment or {}),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip

    def start(self, playbook: str, *options: str, changed: Mapping[str, Mapping[str, Any]] | None = None) -> Run:
        """Starts a playbook with the inventory of the fleet, to be killed or finished."""
        (self.folder / "ansible.cfg").touch()
        inventory = self.folder / "hosts.json"
        inventory.write_text(json.dumps(self._inventory(changed or {})))
        folder = Path(tempfile.mkdtemp(prefix="run-", dir=self.folder))
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen(
                ["ansible-playbook", playbook, "-i", str(inventory), *options],
                cwd=self.folder,
                env=self._environment(
                    {"SIPTLS_RECORD": str(folder / "record"), "ANSIBLE_CALLBACKS_ENABLED": "siptls_record"}
                ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        return Run(process, folder, self.temporary)

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TMPDIR": str(self.temporary),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(collections_path()),
            "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
            "ANSIBLE_EXECUTABLE": str(self._shell),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "COLUMNS": "10000",
            **more,
        }

    def _inventory(self, changed: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        softswitches = {"vos": {**self._softswitch(), **changed.get("vos", {})}, **self.more_softswitches}
        gateways = {name: {**self._gateway(name), **changed.get(name, {})} for name in self.gateways}
        return {
            "all": {
                "vars": {
                    "ansible_connection": "local",
                    "ansible_python_interpreter": NO_PYTHON,
                    "pki_root_passphrase": "of the root authority",
                    "pki_root_key_type": "ecdsa-p384",
                    "pki_issuing_passphrase": "of the issuing authority",
                },
                "children": {"softswitches": {"hosts": softswitches}, "gateways": {"hosts": gateways}},
            }
        }

    def _softswitch(self) -> dict[str, Any]:
        return {
            "vos_hostname": "vos.example.com",
            "vos_sip_domains": [{"name": "example.com"}],
            "vos_conf_directory": str(self.device("vos") / "etc"),
            "vos_reload_command": f"echo reloaded >> {self.device('vos')}/reloads",
            "vos_xml_schema_check": False,
            # Nobody listens, and nobody registers
            "vos_listener_proof": "none",
            "vos_registration_proof": "none",
            "vos_srtp_cutover": "at_once",
        }

    def _gateway(self, name: str) -> dict[str, Any]:
        return {
            "gateway_sip_domain": "example.com",
            "gateway_register": "sip:vos.example.com:5061",
            "gateway_conf": str(self.device(name) / "etc" / "gateway.conf"),
            "gateway_certificates_directory": str(self.device(name) / "etc" / "certs"),
            "gateway_reload_command": f"echo reloaded >> {self.device(name)}/reloads",
            "gateway_when_busy": "force",
            "gateway_connection_proof": "none",
            "gateway_registration_proof": "none",
        }
