# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every test of the contract, with every pair of register and signer."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.contract.pairs import PAIRS, Pair


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Pair:
    """A new register and its signers."""
    return PAIRS[request.param](tmp_path)
