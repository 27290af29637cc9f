# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serial numbers of certificates (RFC 5280, section 4.1.2.2) as text."""

from __future__ import annotations

__all__ = ["serial_digits"]


def serial_digits(serial: int) -> str:
    """A serial number in lower-case hexadecimal digits, an even number of them, as in names of files."""
    digits = f"{serial:x}"
    return digits.zfill(len(digits) + len(digits) % 2)
