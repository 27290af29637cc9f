# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What connections tell of the resumption of sessions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.tls.sessions import Resumption, notes_on, resumption_of

HOUR = timedelta(hours=1)
FRESH = "New, TLSv1.2, Cipher is ECDHE-ECDSA-AES256-GCM-SHA384\n    TLS session ticket lifetime hint: 7200 (seconds)\n"
AGAIN = "Reused, TLSv1.2, Cipher is ECDHE-ECDSA-AES256-GCM-SHA384\n"


def test_what_openssl_says_is_counted() -> None:
    seen = resumption_of([("tls1_2", FRESH), ("tls1_2", AGAIN), ("tls1_2", FRESH), ("tls1_3", "")])
    assert seen == (
        Resumption("TLSv1.2", handshakes=3, attempts=2, resumed=1, lifetime=2 * HOUR),
        Resumption("TLSv1.3", handshakes=0, attempts=0, resumed=0, lifetime=None),
    )
    assert seen[0].as_dictionary()["lifetime"] == 7200


@pytest.mark.parametrize(
    ("attempts", "resumed", "lifetime", "cache", "words"),
    [
        (3, 1, HOUR, "shared:10m", ""),
        (3, 3, None, "shared:10m", ""),
        (3, 1, 2 * HOUR, "shared:10m", "announces 2 h for a session, and 1 h is wanted"),
        (3, 0, HOUR, "shared:10m", "no session was resumed in 3 attempts"),
        (3, 0, HOUR, "none", ""),
        (3, 2, HOUR, "none", "though no cache is wanted"),
        # Nobody was reached, so there is nothing to say
        (0, 0, None, "shared:10m", ""),
        (0, 0, None, "none", ""),
    ],
)
def test_what_is_not_honoured_is_said(
    attempts: int, resumed: int, lifetime: timedelta | None, cache: str, words: str
) -> None:
    seen = Resumption("TLSv1.2", attempts + 1 if attempts else 0, attempts, resumed, lifetime)
    notes = notes_on([seen], cache=cache, timeout=HOUR)
    assert bool(notes) is bool(words)
    assert words in "".join(notes)
