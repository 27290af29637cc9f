# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""siptls.vos.rotate keeps what a revocation host publishes current: CRLs, OCSP responses and the responder's certificate.

The role writes below /etc/sysusers.d, so a run has a file system of its own there. The services are tested in the lab: they need systemd.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.checking_fleet import CheckingFleet
from ansible_collections.siptls.vos.tests.integration.test_rotate import changes
from ansible_collections.siptls.vos.tests.integration.test_rotate_expiry import SHORT

pytestmark = pytest.mark.nightly

GATEWAYS = ("gw1",)
ROTATE = "siptls.vos.rotate"


class PublishingFleet(CheckingFleet):
    """A checking fleet with a revocation host, ``rev``."""

    def run(
        self, playbook: str, *options: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs a playbook with an /etc/sysusers.d of its own, and with a systemd-sysusers that has no account to make."""
        (self.folder / "ansible.cfg").touch()
        tools = self.folder / "bin"
        tools.mkdir(exist_ok=True)
        (tools / "systemd-sysusers").write_text('#!/bin/sh\n[ -f "$1" ]\n')
        (tools / "systemd-sysusers").chmod(0o755)
        accounts = self.folder / "sysusers.d"
        accounts.mkdir(exist_ok=True)
        command = 'mkdir -p /etc/sysusers.d && mount --bind "$1" /etc/sysusers.d && shift && exec "$@"'
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", command, "sh", str(accounts), "ansible-playbook", playbook, *options],
            cwd=self.folder,
            env={**self._environment(environment or {}), "PATH": f"{tools}:{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip

    def _inventory(self, changed: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        inventory = super()._inventory(changed)
        rev = {
            "revocation_hostname": "pki.example.com",
            "revocation_user": "root",
            "revocation_directory": str(self.device("rev") / "etc"),
            "revocation_data_directory": str(self.device("rev") / "data"),
            "revocation_responses": str(self.folder / "responses.tar"),
            **changed.get("rev", {}),
        }
        inventory["all"]["children"]["revocation_hosts"] = {"hosts": {"rev": rev}}
        return inventory


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[PublishingFleet]:
    """Set up but for the revocation host, whose services need systemd."""
    if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("needs a mount namespace")
    made = PublishingFleet(tmp_path, GATEWAYS)
    try:
        done = made.site("--limit", "vos:gw1")
        assert done.returncode == 0, done.stdout + done.stderr
        yield made
    finally:
        made.end()


def test_what_is_published_is_kept_current_and_what_expires_too_early_is_named(fleet: PublishingFleet) -> None:
    planned = fleet.play(ROTATE, "--check")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert {one["host"]: one["outcome"] for one in fleet.expiry()["crls"]} == {"vos": "current", "rev": "due"}
    done = fleet.play(ROTATE)
    assert done.returncode == 0, done.stdout + done.stderr
    kept = {one["host"]: one for one in fleet.expiry()["crls"]}
    assert kept["rev"]["outcome"] == "pushed"
    assert [one["kind"] for one in kept["rev"]["found"]] == ["crl", "crl", "ocsp_responses", "ocsp_responder"]
    assert all(one["not_after"] for one in kept["rev"]["found"])
    published = fleet.device("rev") / "data/crl/issuing.crl"
    said = subprocess.run(
        ["openssl", "crl", "-inform", "DER", "-in", str(published), "-noout", "-issuer"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "SIP Issuing CA" in said.stdout
    # Nobody of them is a device
    assert set(fleet.reported()) == {"vos", "gw1"}

    again = fleet.play(ROTATE)
    assert again.returncode == 0, again.stdout + again.stderr
    assert changes(again) == 0
    assert {one["outcome"] for one in fleet.expiry()["crls"]} == {"current"}

    short = {"revocation_responses_valid_for": "1h", "revocation_responses_renew_before": "10m"}
    done = fleet.play(ROTATE, changed={"rev": short})
    assert done.returncode == 2
    assert [(one["host"], one["file"]) for one in fleet.expiry()["problems"]] == [
        ("rev", str(fleet.device("rev") / "data/ocsp/issuing"))
    ]
    assert re.search(r"rev, \S+/data/ocsp/issuing: the set of OCSP responses of issuing expires", done.stdout)
    assert "revocation_responses_valid_for" in done.stdout

    # What cannot be published stops nobody else
    (fleet.device("rev") / "data/crl/issuing.crl").unlink()
    (fleet.device("rev") / "etc/publish.sh").write_text("false\n")
    due = {"gw1": {"gateway_certificate_valid_for": "40d"}}
    done = fleet.play(
        ROTATE, changed={**due, "vos": SHORT, "rev": {**SHORT, "pki_issuing_passphrase": "another passphrase"}}
    )
    assert done.returncode == 2
    assert fleet.outcomes()["gw1"] == "renewed"
    assert {one["host"]: one["outcome"] for one in fleet.expiry()["crls"]}["rev"] == "failed"
