# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All platforms, by name. The first of each kind is the default of ``vos_platform`` and ``gateway_platform``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from . import generic, vos
from .platform import Platform

__all__ = ["GATEWAYS", "PLATFORMS", "SOFTSWITCHES"]

SOFTSWITCHES: Final[Mapping[str, Platform]] = {one.name: one for one in (vos.PLATFORM,)}
GATEWAYS: Final[Mapping[str, Platform]] = {one.name: one for one in (generic.PLATFORM,)}
#: By the variable that names the platform of a host.
PLATFORMS: Final[Mapping[str, Mapping[str, Platform]]] = {"vos_platform": SOFTSWITCHES, "gateway_platform": GATEWAYS}
