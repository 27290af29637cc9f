# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.name_constraints import constraints_for
from ansible_collections.siptls.vos.plugins.module_utils.pki.survey.chain import Chain
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import (
    build_authority_certificate,
    lifetime,
)
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import (
    DAY,
    NOW,
    Maker,
    authority,
    issued,
    key,
    name,
)
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

ROOT = authority("Root", number=101)
ISSUING = authority("Issuing", above=ROOT, path_length=0)
FOREIGN = authority("Foreign", number=102)
IMPOSTOR = authority("Issuing", above=ROOT, number=103)
BELOW = authority("Below", above=ISSUING, number=104)
DEVICE = issued(ISSUING)


def chain(*path: Maker | x509.Certificate) -> Chain:
    return Chain(tuple(one.certificate if isinstance(one, Maker) else one for one in path))


def limited(*domains: str) -> Maker:
    own = key(105)
    certificate = build_authority_certificate(
        subject=name("Limited"),
        public_key=own.public_key(),
        issuer=None,
        signing_key=own,
        valid=lifetime(NOW - DAY, 900 * DAY, None),
        path_length=None,
        constraints=constraints_for(domains),
    )
    return Maker(certificate, own)


ELSEWHERE, HERE = limited("example.org"), limited("example.com")

#: the path, when, and what is wrong with it
TABLE: dict[str, tuple[Chain, datetime, str]] = {
    "up to the root": (chain(DEVICE, ISSUING, ROOT), NOW, ""),
    "the root alone": (chain(ROOT), NOW, ""),
    "without its root": (
        chain(DEVICE, ISSUING),
        NOW,
        "the chain ends before a trust anchor: no certificate of CN=Root",
    ),
    "alone": (chain(DEVICE), NOW, "the chain ends before a trust anchor: no certificate of CN=Issuing"),
    "an issuer with another key": (
        chain(DEVICE, IMPOSTOR, ROOT),
        NOW,
        "the certificate of CN=gw1 was not signed by CN=Issuing",
    ),
    "another root": (
        chain(DEVICE, ISSUING, FOREIGN),
        NOW,
        "the certificate of CN=Issuing was not signed by CN=Foreign",
    ),
    "a device that issued": (
        chain(issued(Maker(issued(ROOT, number=7), key(7))), issued(ROOT, number=7), ROOT),
        NOW,
        "CN=gw1 is not a certificate authority",
    ),
    "an authority too many": (
        chain(issued(BELOW), BELOW, ISSUING, ROOT),
        NOW,
        "CN=Issuing allows 0 authorities below it, and there are 1",
    ),
    "at its last moment": (chain(DEVICE, ISSUING, ROOT), NOW + 90 * DAY - timedelta(seconds=1), ""),
    "at its end": (
        chain(DEVICE, ISSUING, ROOT),
        NOW + 90 * DAY,
        "the certificate of CN=gw1 ended 2027-02-21 12:00:00 UTC",
    ),
    "before its beginning": (
        chain(DEVICE, ISSUING, ROOT),
        NOW - DAY,
        "the certificate of CN=gw1 begins 2026-11-23 11:00:00 UTC",
    ),
    "before that of the root": (
        chain(ISSUING, ROOT),
        NOW - 900 * DAY,
        "the certificate of CN=Issuing begins 2026-08-15 11:00:00 UTC",
    ),
    "within its domains": (chain(issued(HERE), HERE), NOW, ""),
    "outside its domains": (
        chain(issued(ELSEWHERE), ELSEWHERE),
        NOW,
        "the authority may not issue for these names: sip:gw1@example.com, gw1.example.com",
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_what_is_wrong_with_a_chain_is_told(case: str) -> None:
    path, now, problem = TABLE[case]
    assert path.problem(now) == problem


@given(st.permutations([ROOT, ISSUING, FOREIGN, IMPOSTOR, BELOW]))
def test_a_chain_is_found_among_any_others_in_any_order(others: list[Maker]) -> None:
    found = Chain.among(DEVICE, [maker.certificate for maker in others])
    assert found == chain(DEVICE, ISSUING, ROOT)
    assert Chain.among(ROOT.certificate, [maker.certificate for maker in others]) == chain(ROOT)


def test_what_is_missing_ends_a_chain() -> None:
    assert Chain.among(DEVICE, [ROOT.certificate, FOREIGN.certificate]) == chain(DEVICE)
    assert Chain.among(DEVICE, [DEVICE, ISSUING.certificate]) == chain(DEVICE, ISSUING)
