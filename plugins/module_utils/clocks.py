# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a device's clock is off the controller's: from what it said, and in words."""

from __future__ import annotations

__all__ = ["clock_words", "seconds_ahead"]

_DAY = 86_400


def seconds_ahead(first: int, last: int, *, before: float, after: float) -> int:
    """Seconds that a device's clock is ahead of the controller's, less than zero where it is behind.

    0 where both may be the same: nobody knows when between ``before`` and ``after`` the device read its clock.

    :param first: what the device's clock said first, in seconds since 1970
    :param last: what it said last; the same where it was read once
    :param before: the controller's time before ``first`` was read
    :param after: the controller's time after ``last`` was read
    """
    if first < int(before):
        return first - int(before)
    return max(0, last - int(after))


def clock_words(seconds: int) -> str:
    """How far a clock is off, for a reader.

    :param seconds: as :func:`seconds_ahead` returns them
    """
    far = abs(seconds)
    words = f"{far} s" if far < _DAY else f"{far / _DAY:.1f} days ({far} s)"
    return f"{words} {'ahead of' if seconds > 0 else 'behind'} the controller's"
