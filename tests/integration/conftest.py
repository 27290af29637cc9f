# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A playground for each test, and a PKI directory where one is needed: see playground.py and tasks.py."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration import tasks
from ansible_collections.siptls.vos.tests.integration.playground import Play


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Says at once what failed: in CI these tests run beside others, and are ended where one of those fails first."""
    if report.failed and os.environ.get("SIPTLS_SAY_AT_ONCE"):
        print(f"\n--- {report.nodeid}\n{report.longreprtext}", file=sys.__stderr__, flush=True)


@pytest.fixture(scope="session", autouse=True)
def plain_process() -> None:
    """What playbooks inherit is as a login has it, whatever started these tests: nohup ignores SIGHUP for all below it."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    os.umask(0o022)


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Runs playbooks; its hosts are folders below tmp_path."""
    return Play(tmp_path)


@pytest.fixture(scope="session")
def made_pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root and an issuing authority, made once by a play."""
    folder = tmp_path_factory.mktemp("pki")
    Play(folder)([tasks.authority(), tasks.issuing()])
    return folder / "pki"


@pytest.fixture
def pki(made_pki: Path, tmp_path: Path) -> Path:
    """The PKI directory of a test's own, beside its playbooks, with a root and an issuing authority."""
    return Path(shutil.copytree(made_pki, tmp_path / "pki"))
