# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of a second certificate as one: the worst counts and stands in front, and nothing that was found is lost."""

from __future__ import annotations

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.fleet.checks import Check
from ansible_collections.siptls.vos.plugins.module_utils.verification.second_certificate import second_check

FINE = Check("chain", "ok", besides=("to CN=Root: 3 certificates",))
DUE = Check.because("lifetime", "due", "renewal due", ("valid from then to then",), "rotate")
FAILED = Check.because("pair", "failed", "the key is another", ("K1", "K2"), "rotate")
LOOSE = Check.because("modes", "failed", "mode is rw-rw-rw-", (), "site")
UNKNOWN = Check.because("served", "unknown", "no connection was made")
NO_PROBE = Check.because("tls", "not_applicable", "turned off")


@pytest.mark.parametrize(
    ("checks", "state", "cause", "remedy"),
    [
        ((), "not_applicable", "there is no second certificate", ""),
        ((FINE, NO_PROBE), "ok", "", ""),
        ((FINE, UNKNOWN), "unknown", "served: no connection was made", ""),
        ((UNKNOWN, DUE, FINE), "due", "lifetime: renewal due; served: no connection was made", "rotate"),
        (
            (DUE, FAILED, LOOSE, FINE),
            "failed",
            "pair: the key is another; modes: mode is rw-rw-rw-; lifetime: renewal due",
            "rotate; site",
        ),
    ],
)
def test_all_as_one(checks: tuple[Check, ...], state: str, cause: str, remedy: str) -> None:
    found = second_check(checks)
    assert (found.check, found.state, found.cause, found.remedy) == ("second_certificate", state, cause, remedy)


def test_evidence_says_of_which_check_it_is() -> None:
    assert second_check([FINE, NO_PROBE]).evidence == ("chain: to CN=Root: 3 certificates",)
    assert second_check([DUE, FAILED, FINE]).evidence == ("pair: K1", "pair: K2", "lifetime: valid from then to then")
