# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that inventories of earlier versions have, and that nothing reads any more: what they may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .kinds import Kind, choice

__all__ = ["RETIRED"]

#: By name. Another value asks for what this collection does not do, so it is refused rather than ignored.
RETIRED: Final[Mapping[str, Kind]] = {
    # The role writes transport = tls, and there was never another choice
    "gateway_transport": choice("tls"),
}
