# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A private key in a file that is for certificates: it is reported, and not one line of it leaves the device.

The devices are reached by the ssh plugin, whose verbose output holds all that a device says; in the place of ssh is a program that
runs the command on this machine.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Outcome, Play
from ansible_collections.siptls.vos.tests.integration.tasks import gateway, openssl

SECRET = "Ohgh9ahvOfGw1"
REPORT = "a private key is in"


def _swap(certs: Path, a: str, b: str) -> None:
    one, other = (certs / a).resolve(), (certs / b).resolve()
    texts = one.read_text(), other.read_text()
    one.write_text(texts[1])
    other.write_text(texts[0])


def _append_key(certs: Path, name: str) -> None:
    file = certs / name
    target = file.resolve()
    target.write_text((target.read_text() if file.exists() else "") + (certs / "gateway.key").read_text())


#: by name, what somebody did to the files of a device, and the file that has a key then
MISTAKES: dict[str, tuple[Callable[[Path], None], str]] = {
    "swapped": (lambda certs: _swap(certs, "gateway.crt", "gateway.key"), "gateway.crt"),
    "combined": (lambda certs: _append_key(certs, "gateway.crt"), "gateway.crt"),
    "bundle": (lambda certs: _append_key(certs, "ca.crt"), "ca.crt"),
    "crl": (lambda certs: _append_key(certs, "crl.pem"), "crl.pem"),
}


@pytest.fixture
def over_ssh(play: Play) -> dict[str, dict[str, Any]]:
    """A host for each mistake, over ssh."""
    program = play.folder / "ssh-to-here"
    program.write_text('#!/bin/sh\nfor last; do :; done\nexec /bin/sh -c "$last"\n')
    program.chmod(0o755)
    connection = {
        "ansible_connection": "ansible.builtin.ssh",
        "ansible_ssh_executable": str(program),
        "ansible_pipelining": True,
        "ansible_remote_tmp": str(play.temporary),
    }
    return dict.fromkeys(MISTAKES, connection)


def _tasks() -> list[dict[str, Any]]:
    paths = {
        "certificate": "{{ device }}/certs/gateway.crt",
        "private_key": "{{ device }}/certs/gateway.key",
        "trust_bundle": "{{ device }}/certs/ca.crt",
    }
    aor = "sip:{{ inventory_hostname }}@example.com"
    identity = {
        "common_name": "{{ inventory_hostname }}",
        "sip_uris": [aor],
        "dns": ["{{ inventory_hostname }}.example.com"],
    }
    conf = "{{ device }}/gateway.conf"
    tasks: dict[str, dict[str, Any]] = {
        "verification": {
            **paths,
            "kind": "gateway",
            "pki": "pki",
            "authority": "issuing",
            "identity": identity,
            "aor": aor,
            "crl": "{{ device }}/certs/crl.pem",
            "connect": "127.0.0.1:1",
        },
        "diagnosis": {**paths, "aor": aor, "configuration": conf, "connect": "127.0.0.1:1"},
        "served_certificate": {"certificate": paths["certificate"], "connect": "127.0.0.1:1", "state": "seen"},
        "sip_probe": {**paths, "aor": aor, "connect": "127.0.0.1:1"},
        "device_files": {"files": [{"path": conf, "merge": "ini", "content": "[sip]\ntransport = tls\n"}]},
    }
    made = [{"name": name, f"siptls.vos.{name}": options} for name, options in tasks.items()]
    return [{**task, "ignore_errors": True} for task in (*made, {**gateway(), "name": "device_certificate"})]


def _bodies(folder: Path) -> set[str]:
    """The lines of every key's body below a folder."""
    lines = {
        line
        for path in folder.rglob("*.key")
        for text in (path.read_text(),)
        if "PRIVATE KEY" in text
        for line in text.splitlines()
        if line and not line.startswith("-----")
    }
    assert lines
    return lines


def test_private_key_among_certificates_is_reported_and_does_not_leave_the_device(
    play: Play, pki: Path, over_ssh: dict[str, dict[str, Any]]
) -> None:
    play([gateway()], hosts=tuple(MISTAKES))
    # Before the mistake: what was swapped has another name then
    keys = _bodies(play.devices)
    for name, (make, _file) in MISTAKES.items():
        certs = play.device(name) / "certs"
        (play.device(name) / "gateway.conf").write_text(
            f"[sip]\nauth_pass = {SECRET}\ntls_client_cert = {certs}/gateway.crt\ntls_client_key = {certs}/gateway.key\n"
            f"tls_ca_cert = {certs}/ca.crt\nregister = sip:127.0.0.1:1\n;auth_pass = {SECRET}\n"
        )
        make(certs)
    outcome = play.start(_tasks(), hosts=over_ssh, verbosity=4, diff=True).finish()
    assert "EXEC" in outcome.output, "the output is not as verbose as it should be"
    seen = outcome.output + (play.folder / "run-2" / "record").read_text()
    assert [line for line in keys if line in seen] == []
    assert SECRET not in seen
    for name, (_make, file) in MISTAKES.items():
        _is_reported(outcome, name, str(play.device(name) / "certs" / file))


def _is_reported(outcome: Outcome, host: str, path: str) -> None:
    checks = {one["check"]: one for one in outcome.of(host, "verification")["device"]["checks"]}
    assert checks["files"]["state"] == "failed", host
    assert f"{REPORT} {path}" in checks["files"]["cause"]
    if host == "crl":
        # Nothing else reads that file
        assert not outcome.of(host, "device_certificate").get("failed")
        return
    refused = outcome.message(host, "device_certificate")
    assert f"{REPORT} {path}" in refused
    assert "Remedy: " in refused
    diagnosis = outcome.of(host, "diagnosis")
    assert diagnosis["facts"]["device"]["settings"]["register"] == "sip:127.0.0.1:1"
    assert f"{REPORT} {path}" in f"{diagnosis['causes']} {diagnosis['unknown']}", host
    if host == "swapped":
        assert f"{REPORT} {path}" in str(outcome.of(host, "sip_probe"))
    if host != "bundle":
        assert f"{REPORT} {path}" in outcome.message(host, "served_certificate")


def test_combined_pem_is_not_published_readable_by_all(play: Play, pki: Path) -> None:
    """Installed by other means before the first run: it is left as it was."""
    certs = play.device("gw1") / "certs"
    certs.mkdir(parents=True)
    command = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9")
    openssl(*command, "-subj", "/CN=old", "-keyout", certs / "gateway.key", "-out", certs / "gateway.crt")
    _append_key(certs, "gateway.crt")
    (certs / "gateway.crt").chmod(0o600)
    before = shutil.copytree(certs, play.folder / "before")
    for check in (True, False):
        refused = play([gateway()], check=check, fails=True).message("gw1")
        assert f"{REPORT} {certs}/gateway.crt, where a certificate belongs" in refused
    assert {path.name: path.read_text() for path in certs.iterdir()} == {
        path.name: path.read_text() for path in before.iterdir()
    }
