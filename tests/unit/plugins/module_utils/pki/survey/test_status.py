# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.revocation_record import Revocation
from ansible_collections.siptls.vos.plugins.module_utils.pki.survey.status import (
    STATES,
    Above,
    Revoked,
    Standing,
    days_left,
    standing_of,
    unknown_issuer,
)
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import Lifetime
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import DAY, NOW
from hypothesis import given
from hypothesis import strategies as st

SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)
YEARS = NOW + 1825 * DAY
ISSUING = Above("issuing", YEARS)
TAKEN = Revoked.by(Revocation("gw1", 1, "key_compromise", NOW - DAY, NOW + DAY))
DAMAGED = Revoked.somehow(ValueError("no record"))


def lasting(left: timedelta, *, begin: datetime = NOW - 60 * DAY) -> Lifetime:
    return Lifetime(begin, NOW + left)


#: the lifetime, those above, its revocation, the state and the words that are expected
TABLE = {
    "long": (lasting(90 * DAY), ISSUING, None, "ok", "90 d left"),
    "a moment before it is due": (lasting(30 * DAY + MICROSECOND), ISSUING, None, "ok", "30 d left"),
    "the moment when it is due": (
        lasting(30 * DAY),
        ISSUING,
        None,
        "due",
        "renewal due: 30 d left, renewed 30 d before the end",
    ),
    "the last second": (
        lasting(SECOND),
        ISSUING,
        None,
        "due",
        "renewal due: 1 s left, renewed 30 d before the end",
    ),
    "the end itself": (lasting(timedelta(0)), ISSUING, None, "expired", "expired 0 s ago"),
    "long past": (lasting(-40 * DAY), ISSUING, None, "expired", "expired 40 d ago"),
    "begins now": (lasting(90 * DAY, begin=NOW), ISSUING, None, "ok", "90 d left"),
    "begins in a second": (
        lasting(90 * DAY, begin=NOW + SECOND),
        ISSUING,
        None,
        "due",
        "not valid before 2026-11-23 12:00:01 UTC",
    ),
    "revoked": (lasting(90 * DAY), ISSUING, TAKEN, "revoked", "revoked 2026-11-22 12:00:00 UTC (key_compromise)"),
    "revoked and expired": (
        lasting(-DAY),
        ISSUING,
        TAKEN,
        "revoked",
        "revoked 2026-11-22 12:00:00 UTC (key_compromise)",
    ),
    "revoked by a record that is damaged": (
        lasting(90 * DAY),
        ISSUING,
        DAMAGED,
        "revoked",
        "revoked, but the record of that cannot be read: no record",
    ),
    "its authority was revoked": (
        lasting(90 * DAY),
        Above("issuing", YEARS, TAKEN),
        None,
        "revoked",
        "its authority issuing was revoked 2026-11-22 12:00:00 UTC (key_compromise)",
    ),
    "its authority ended": (
        lasting(90 * DAY),
        Above("issuing", NOW - 3 * DAY),
        None,
        "expired",
        "its authority issuing expired 3 d ago",
    ),
    "an authority without a name ended": (
        lasting(90 * DAY),
        Above("", NOW - 3 * DAY),
        None,
        "expired",
        "an authority above it expired 3 d ago",
    ),
    "both ended, it first": (lasting(-9 * DAY), Above("issuing", NOW - 3 * DAY), None, "expired", "expired 9 d ago"),
    "ends with its authority": (
        lasting(20 * DAY),
        Above("issuing", NOW + 20 * DAY),
        None,
        "due",
        "renewal due: 20 d left, renewed 30 d before the end; "
        "it ends with its authority issuing, which has to be replaced first",
    ),
    "its authority ends before it": (
        lasting(90 * DAY),
        Above("issuing", NOW + 20 * DAY),
        None,
        "due",
        "renewal due: 20 d left, renewed 30 d before the end; "
        "it ends with its authority issuing, which has to be replaced first",
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_the_state_is_decided_in_this_order(case: str) -> None:
    valid, above, revoked, state, reason = TABLE[case]
    assert standing_of(valid, above, revoked, renew_before=30 * DAY, now=NOW) == Standing(state, reason)


def test_who_issued_it_is_named_where_nobody_here_did() -> None:
    assert unknown_issuer("CN=Other") == Standing("unknown", "issued by CN=Other, which is not in the PKI directory")
    assert "somebody without a name" in unknown_issuer("").reason


@pytest.mark.parametrize(
    ("left", "days"),
    [
        (2 * DAY, 2),
        (2 * DAY - SECOND, 1),
        (DAY - SECOND, 0),
        (timedelta(0), 0),
        (-SECOND, -1),
        (-DAY, -1),
        (-DAY - SECOND, -2),
    ],
)
def test_days_are_rounded_down_so_that_the_last_day_is_zero(left: timedelta, days: int) -> None:
    assert days_left(NOW + left, NOW) == days


seconds = st.integers(-400 * 86400, 400 * 86400).map(lambda number: timedelta(seconds=number))


@given(begin=seconds, end=seconds, above=seconds, revoked=st.booleans(), above_revoked=st.booleans(), later=seconds)
def test_time_only_makes_it_worse(
    begin: timedelta, end: timedelta, above: timedelta, revoked: bool, above_revoked: bool, later: timedelta
) -> None:
    """But for one that is not valid yet."""

    def at(now: datetime) -> str:
        found = standing_of(
            Lifetime(NOW + begin, NOW + end),
            Above("issuing", NOW + above, TAKEN if above_revoked else None),
            TAKEN if revoked else None,
            renew_before=30 * DAY,
            now=now,
        )
        assert found.reason
        return found.state

    first, second = at(NOW), at(NOW + abs(later))
    assert STATES.index(second) >= STATES.index(first) or begin > timedelta(0)
    assert (first == "revoked") == (revoked or above_revoked) == (second == "revoked")
