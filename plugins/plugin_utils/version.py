# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The version of this collection."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

__all__ = ["collection_version"]

_ROOT = Path(__file__).resolve().parents[2]


def collection_version() -> str:
    """As the installed collection says it, or else the checkout; empty where neither does."""
    manifest, galaxy = _ROOT / "MANIFEST.json", _ROOT / "galaxy.yml"
    if manifest.is_file():
        return str(json.loads(manifest.read_text())["collection_info"]["version"])
    return str(yaml.safe_load(galaxy.read_text())["version"]) if galaxy.is_file() else ""
