# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests have in common."""

from __future__ import annotations

import os

from hypothesis import settings

# No test asserts a time, and a machine under load is no defect.
settings.register_profile("siptls", deadline=None, database=None)
settings.load_profile("siptls")

#: What takes long: make test leaves it to make nightly. Revocation, rotation and its registrations are in the lab of make test as well.
NIGHTLY = [
    "documentation/test_incidents.py",
    "integration/test_execution_environment.py",
    "integration/test_pipelines.py",
    "integration/test_revocation.py",
    "integration/test_revoke.py",
    "integration/test_rollover.py",
    "integration/test_rollover_held.py",
    "integration/test_rotate_interrupted.py",
]
collect_ignore = NIGHTLY if os.environ.get("SIPTLS_SHORT") else []
