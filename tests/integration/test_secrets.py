# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passphrases and private keys: in no output, no process list, no file but the one that is to hold them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play, Run
from ansible_collections.siptls.vos.tests.integration.tasks import (
    ISSUING_PASSPHRASE,
    ROOT_PASSPHRASE,
    authority,
    gateway,
    issuing,
    openssl,
)

PASSPHRASES = (ROOT_PASSPHRASE, ISSUING_PASSPHRASE)


def command_lines(run: Run) -> set[str]:
    """Every command line of this machine, sampled until the run ends; its playbook holds the passphrases, they do not."""
    seen = set()
    while run.process.poll() is None:
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    seen.add((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:
                    continue  # it has ended
    return seen


def key_lines(path: Path) -> list[str]:
    """The lines of a key's body: none of them is ever to be seen elsewhere."""
    return [line for line in path.read_text().splitlines() if line and not line.startswith("-----")]


def test_no_secret_is_in_any_output_or_process_list(play: Play) -> None:
    """All tasks at the highest verbosity with --diff: made, renewed, gone back, refused."""
    steps = [
        ([authority(), issuing(), gateway()], 0),
        ([authority(), issuing(), gateway(identity={"dns": ["new.example.com"]})], 0),
        ([gateway(state="previous")], 0),
        ([gateway(profile="pbx")], 2),
        ([gateway(valid_for="x")], 2),
        ([authority(subject={"common_name": "Other"})], 2),
        ([gateway(issuer={"authority": "nowhere"})], 2),
    ]
    output, commands, keys = "", set(), set()
    for step, rc in steps:
        run = play.start(step, diff=True, verbosity=4)
        commands |= command_lines(run)
        outcome = run.finish()
        assert outcome.rc == rc, outcome.output
        output += outcome.output
        keys |= {line for path in play.device("gw1").rglob("gateway.key") for line in key_lines(path)}
    assert "EXEC" in output, "the output is not as verbose as it should be"
    assert any("openssl" in command for command in commands), "nothing was sampled"
    keys |= {line for path in play.folder.glob("pki/authorities/*/private_key.pem") for line in key_lines(path)}
    assert len(keys) > 8
    recorded = "".join(path.read_text() for path in play.folder.glob("run-*/record"))
    for secret in (*PASSPHRASES, *keys):
        assert secret not in output
        assert secret not in recorded
        assert not any(secret in command for command in commands)
    assert "PRIVATE KEY" not in output


@pytest.mark.nightly
def test_a_brought_key_and_its_passphrase_are_in_no_output(play: Play, tmp_path: Path) -> None:
    openssl(
        *(
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-days",
            "365",
            "-subj",
            "/CN=Own",
            "-passout",
            "pass:brought-Ohv7ien4",
        ),
        *("-keyout", tmp_path / "own.key", "-out", tmp_path / "own.crt"),
    )
    for text in (str(tmp_path / "own.key"), (tmp_path / "own.key").read_text()):
        for passphrase, rc in (("wrong-Xai3ooy6", 2), ("brought-Ohv7ien4", 0)):
            task = authority(
                subject=None, certificate=str(tmp_path / "own.crt"), private_key=text, private_key_passphrase=passphrase
            )
            outcome = play.start([task], diff=True, verbosity=4).finish()
            assert outcome.rc == (0 if (play.folder / "pki").exists() else rc), outcome.output
            for secret in (passphrase, ROOT_PASSPHRASE, *key_lines(tmp_path / "own.key")):
                assert secret not in outcome.output


def test_the_pki_directory_holds_no_secret_but_encrypted_keys_that_are_0600(play: Play) -> None:
    play([authority(), issuing(), gateway()])
    device_key = (play.device("gw1") / "certs/gateway.key").read_text()
    for path in (play.folder / "pki").rglob("*"):
        if path.is_file():
            text = path.read_text()
            for secret in (*PASSPHRASES, *key_lines(play.device("gw1") / "certs/gateway.key")):
                assert secret not in text
            if path.name == "private_key.pem":
                assert text.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
            else:
                assert "PRIVATE KEY" not in text
    others = [path for path in play.folder.rglob("*") if path.is_file() and "devices" not in path.parts]
    assert not any(device_key in path.read_text(errors="replace") for path in others), "the key has left the device"
    keys = [
        path
        for path in play.device("gw1").rglob("*")
        if path.is_file() and "PRIVATE KEY" in path.read_text(errors="replace")
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys} == {0o600}
