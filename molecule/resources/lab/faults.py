# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of the gallery, in the order of the table."""

from __future__ import annotations

from . import faults_certificates, faults_connections

__all__ = ["FAULTS"]

FAULTS = (*faults_certificates.FAULTS, *faults_connections.FAULTS)
