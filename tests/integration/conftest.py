# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A playground for each test: see playground.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Runs playbooks; its hosts are folders below tmp_path."""
    return Play(tmp_path)
