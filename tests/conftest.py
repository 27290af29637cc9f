# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests have in common."""

from __future__ import annotations

from hypothesis import settings

# No test asserts a time, and a machine under load is no defect.
settings.register_profile("siptls", deadline=None, database=None)
settings.load_profile("siptls")
