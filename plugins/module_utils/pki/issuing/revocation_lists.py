# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making the next revocation list of a CA, and putting it on record.

The number of a list never goes back: of two runs at once the second waits, and sees what the first has made. It grows with
the clock, so that lists of controllers which do not see each other's directory have different numbers too.
"""

from __future__ import annotations

from datetime import datetime

from ...errors import SiptlsError
from ..authority.authority import Authority
from ..register import Register
from ..revocation.crl import reason_for_list
from ..revocation.validity import Freshness
from ..signer import Signer
from ..store.crl_files import HIGHEST_NUMBER, RevocationList

__all__ = ["RevocationLists"]


class RevocationLists:
    """The lists of one authority in a register."""

    def __init__(self, register: Register, authority: Authority) -> None:
        self._register = register
        self._authority = authority

    def current(self) -> RevocationList | None:
        """The list with the highest number; None where there is none.

        :raises SiptlsError: it cannot be read, was not signed by this authority, or has another number than its name
        """
        return self._register.last_crl(self._authority.name)

    def reason(self, read: RevocationList | None, wanted: Freshness, now: datetime) -> str | None:
        """Why a new list is to be made, in words; None where the one that was read will do. Another run may have made one since."""
        revocations = self._register.revocations(self._authority.name)
        return reason_for_list(read, self._authority, revocations, wanted, now)

    def renew(self, signer: Signer, wanted: Freshness, now: datetime) -> RevocationList:
        """The current list, after it was made anew if that was still to be done.

        :param signer: of the authority
        :raises SiptlsError: the authority cannot sign
        """
        # Before anybody waits for it
        signer.unlock()
        with self._register.making_crl(self._authority.name):
            current = self.current()
            revocations = self._register.revocations(self._authority.name)
            if current and reason_for_list(current, self._authority, revocations, wanted, now) is None:
                return current
            number = _next_number(current, self._authority, now)
            made = RevocationList(number, signer.sign_crl(revocations, number, wanted, now))
            self._register.record_crl(self._authority.name, made)
            return made


def _next_number(current: RevocationList | None, authority: Authority, now: datetime) -> int:
    number = max(current.number + 1 if current else 1, int(now.timestamp() * 1000))
    if number > HIGHEST_NUMBER:
        raise SiptlsError(
            "there is no higher CRL number",
            where=f"authority {authority.name}",
            expected=f"at most {HIGHEST_NUMBER}",
            found=str(number),
            remedy="replace this CA by a CA rollover",
        )
    return number
