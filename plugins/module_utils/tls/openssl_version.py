# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The version of OpenSSL, from what ``openssl version`` says, as numbers that compare: 4.0 is newer than 3.5."""

from __future__ import annotations

import re

__all__ = ["openssl_version"]

_OPENSSL = re.compile(r"OpenSSL ([0-9]{1,3})\.([0-9]{1,3})(?![0-9])")


def openssl_version(text: str | None) -> tuple[int, int] | None:
    """Major and minor, (1, 1) for 1.1.1; None for other libraries and where nothing was said."""
    found = _OPENSSL.match(text or "")
    return (int(found[1]), int(found[2])) if found else None
