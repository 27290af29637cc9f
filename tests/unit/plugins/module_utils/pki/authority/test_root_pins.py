# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a CA has come under another root than a device trusts."""

from __future__ import annotations

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.root_pins import exchanged_root
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import DAY, NOW, Maker, authority

ROOT = authority("Root", number=1)
ISSUING = authority("Issuing", above=ROOT, number=2)
EXPIRED = authority("Root", number=1, made=NOW - 400 * DAY, valid_for=300 * DAY)
OTHER_NAME = authority("Other", number=1)
OTHER_KEY = authority("Root", number=3)
STRANGER = authority("Stranger", above=authority("Strange Root", number=4), number=5)
CASES: list[tuple[str, tuple[Maker, ...], bool]] = [
    ("the same root", (ROOT, ISSUING), False),
    ("the same name and key, certified before", (EXPIRED, ISSUING), False),
    ("the same key by another name", (OTHER_NAME, ISSUING), True),
    ("the same name with another key", (OTHER_KEY, ISSUING), True),
    ("others alone, so nothing is known of this CA", (OTHER_KEY, STRANGER), False),
    ("no root, which is a damaged bundle", (ISSUING,), False),
]


@pytest.mark.parametrize(("what", "trusted", "is_exchanged"), CASES, ids=[case[0] for case in CASES])
def test_a_root_is_told_by_its_name_and_its_key(what: str, trusted: tuple[Maker, ...], is_exchanged: bool) -> None:
    path = (ISSUING.certificate, ROOT.certificate)
    assert exchanged_root([one.certificate for one in trusted], path) is is_exchanged
