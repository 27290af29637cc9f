# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users get: the collection built, installed from its tarball, and used from there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import ROOT, Play
from ansible_collections.siptls.vos.tests.integration.tasks import assert_pair, authority, gateway, issuing, verify

pytestmark = pytest.mark.nightly


def test_the_installed_tarball_makes_a_certificate_and_then_nothing(play: Play, tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "installed")}
    commands = (
        ["ansible-galaxy", "collection", "build", "--output-path", tmp_path / "built", ROOT],
        ["ansible-galaxy", "collection", "install", "--no-deps", "-p", tmp_path / "installed"],
    )
    subprocess.run(commands[0], cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=120)
    (tarball,) = (tmp_path / "built").iterdir()
    subprocess.run([*commands[1], tarball], cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=120)
    installed = tmp_path / "installed/ansible_collections/siptls/vos"
    assert (installed / "plugins/plugin_utils/shell/certificate_look.sh").is_file()
    assert len(list((installed / "monitoring").iterdir())) == 3
    assert not [path for path in installed.rglob("*") if path.name in (".git", ".venv", ".cache", "__pycache__")]

    play.environment["ANSIBLE_COLLECTIONS_PATH"] = str(tmp_path / "installed")
    everything = [authority(), issuing(), gateway()]
    foretold = play(everything, check=True, diff=True)
    assert foretold.changed() == {"gw1": True}
    assert not (tmp_path / "pki").exists()
    made = play(everything, verbosity=2)
    assert made.changed() == {"gw1": True}
    certs = play.device("gw1") / "certs"
    verify(certs)
    assert_pair(certs)
    assert play(everything).nothing_changed
