# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a revocation list or an OCSP response may be relied on, and when the next one is due."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ...durations import format_duration, parse_duration
from ...errors import SiptlsError
from ..x509.certificates import BACKDATED

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Freshness"]


@dataclass(frozen=True)
class Freshness:
    """What a site wants of statements about revocation.

    :ivar valid_for: from now until the next update
    :ivar renew_before: how long before its next update a statement is made anew; shorter than ``valid_for``
    """

    valid_for: timedelta
    renew_before: timedelta

    @classmethod
    def checked(cls, *, valid_for: str, renew_before: str, run_interval: str = "") -> Freshness:
        """The same in the words of a playbook.

        :param run_interval: how long it takes until the next run, where that is known: what would last for less than two of them is
            renewed too, so that one run may fail. One that is too long for ``valid_for`` changes nothing, for every run would renew
        :raises SiptlsError: a word that is no duration, or two that do not go together
        """
        fresh = cls(parse_duration(valid_for, name="valid_for"), parse_duration(renew_before, name="renew_before"))
        if fresh.renew_before >= fresh.valid_for:
            raise SiptlsError(
                "renew_before is not shorter than valid_for, so every run would renew",
                expected=f"less than {format_duration(fresh.valid_for)}",
                found=format_duration(fresh.renew_before),
            )
        least = 2 * parse_duration(run_interval, name="run_interval") if run_interval else timedelta(0)
        return replace(fresh, renew_before=max(fresh.renew_before, least)) if least < fresh.valid_for else fresh

    def next_update(self, now: datetime, authority: x509.Certificate) -> datetime:
        """Until when a statement made at ``now`` holds: its authority's end at the latest."""
        return min(now.replace(microsecond=0) + self.valid_for, authority.not_valid_after_utc)

    def reason_to_renew(self, next_update: datetime, now: datetime, authority: x509.Certificate) -> str | None:
        """Why a statement that holds until ``next_update`` is to be made anew; None where it is fresh enough.

        One that ends together with its authority cannot be made to hold longer.
        """
        left = next_update - now
        if left > self.valid_for + BACKDATED:
            return (
                f"valid for another {format_duration(left)}, longer than the {format_duration(self.valid_for)} wanted"
            )
        if left > self.renew_before or self.next_update(now, authority) <= next_update:
            return None
        if left <= timedelta(0):
            return f"next update was due {format_duration(-left)} ago"
        return f"renewal due: {format_duration(left)} left, renewed {format_duration(self.renew_before)} before the end"
