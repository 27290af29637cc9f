# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths among cross-signed, expired and unrelated certificates: their order does not matter, and their number is bounded."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.cause import CauseId
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.ranking import diagnose
from ansible_collections.siptls.vos.plugins.module_utils.pki.survey.chain import Chain
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509 import certification_paths as certificate_paths
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certification_paths import ways_up
from ansible_collections.siptls.vos.plugins.module_utils.tls.chains import open_ends, paths_to_anchors
from ansible_collections.siptls.vos.plugins.module_utils.verification.certificates import best_path, chain_check
from ansible_collections.siptls.vos.tests.shared import probe_material as material
from ansible_collections.siptls.vos.tests.shared.probe_material import GATEWAYS, ISSUING, NOW, ROOT
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.diagnosis.healthy import (
    chain_of,
    evidence,
    gateway,
    softswitch,
    with_file,
)
from cryptography import x509

DAY = timedelta(days=1)
OLD_ROOT = material.authority("Old Root", end=NOW - DAY)
OTHER_ROOT = material.authority("Other Root")


def cross_signed(by: material.Authority, of: material.Authority, number: int, end: datetime) -> x509.Certificate:
    """Another certificate for the name and key of a CA."""
    builder = x509.CertificateBuilder(
        issuer_name=by.certificate.subject,
        subject_name=of.certificate.subject,
        public_key=of.key.public_key(),
        serial_number=number,
        not_valid_before=NOW - 900 * DAY,
        not_valid_after=end,
    )
    constraints = x509.BasicConstraints(ca=True, path_length=None)
    return builder.add_extension(constraints, critical=True).sign(by.key, material.hashes.SHA256())


LEAF = GATEWAYS["gw1"]
GOOD, EXPIRED = ISSUING.certificate, cross_signed(OLD_ROOT, ISSUING, 11, NOW - DAY)
EXPIRED_BY_ROOT = cross_signed(ROOT, ISSUING, 12, NOW - DAY)
OF_NOBODY = cross_signed(material.authority("Lost Root"), ISSUING, 13, NOW + 900 * DAY)
UNRELATED = material.authority("Unrelated").certificate
BUNDLE = (ROOT.certificate, OLD_ROOT.certificate)
ORDERS = list(itertools.permutations((GOOD, EXPIRED, EXPIRED_BY_ROOT, OF_NOBODY, UNRELATED)))[::5]


@pytest.mark.parametrize("others", ORDERS)
def test_an_expired_cross_sign_before_or_after_the_good_one_changes_nothing(
    others: tuple[x509.Certificate, ...],
) -> None:
    found = Chain.among(LEAF, [*others, *BUNDLE], now=NOW)
    assert found == Chain((LEAF, GOOD, ROOT.certificate))
    assert found.problem(NOW) == ""
    served = (LEAF, *others)
    assert paths_to_anchors(served, BUNDLE, now=NOW)[-1].certificates == (LEAF, GOOD, ROOT.certificate)
    seen = SimpleNamespace(leaf=LEAF, certificates=served, bundle=BUNDLE, now=NOW)
    assert chain_check(seen).state == "ok"  # type: ignore[arg-type]  # what is looked at of it
    best = best_path(seen)  # type: ignore[arg-type]  # likewise
    assert best
    assert best.certificates == (LEAF, GOOD, ROOT.certificate)


@pytest.mark.parametrize("others", ORDERS)
def test_a_chain_with_expired_cross_signs_is_no_cause(others: tuple[x509.Certificate, ...]) -> None:
    bundle = material.pem(*reversed(others), *BUNDLE)
    device = with_file(gateway(chain_of(LEAF, *others)), "trust_bundle", text=bundle)
    assert diagnose(evidence(device=device, softswitch=with_file(softswitch(), "trust_bundle", text=bundle))) == ()


@pytest.mark.parametrize("others", list(itertools.permutations((GOOD, UNRELATED, EXPIRED))))
def test_the_missing_issuer_is_named_whatever_the_order(others: tuple[x509.Certificate, ...]) -> None:
    bundle = (OTHER_ROOT.certificate,)
    missing = {one.issuer.rfc4514_string() for one in open_ends((LEAF, *others), bundle)}
    assert missing == {"CN=Root", "CN=Old Root"}
    at_softswitch = with_file(softswitch(registrations=()), "trust_bundle", text=material.pem(*bundle))
    found = diagnose(evidence(device=gateway(chain_of(LEAF, *others)), softswitch=at_softswitch, probed=None))
    named = next(one for one in found if one.id is CauseId.AUTHORITY_UNKNOWN_TO_SOFTSWITCH)
    assert "CN=Unrelated" not in named.cause
    assert any(name in named.cause for name in missing)


def test_a_valid_path_is_found_behind_many_that_are_not() -> None:
    many = [cross_signed(OLD_ROOT, ISSUING, 100 + number, NOW - number * DAY) for number in range(1, 40)]
    for others in ([*many, GOOD], [GOOD, *many]):
        assert Chain.among(LEAF, [*others, *BUNDLE], now=NOW).problem(NOW) == ""
        found = paths_to_anchors((LEAF, *others), BUNDLE, now=NOW)
        assert len(found) == 16
        assert found[-1].certificates == (LEAF, GOOD, ROOT.certificate)


@pytest.mark.parametrize("has_anchor", [True, False])
def test_a_hostile_bundle_does_not_make_the_search_long(has_anchor: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven CAs that each have signed each other, eight times: more than 10^12 paths."""
    makers = [material.authority(f"CA {number}") for number in range(7)]
    mesh = [
        cross_signed(above, below, 1000 + number, NOW + 900 * DAY)
        for number, (above, below, _again) in enumerate(itertools.product(makers, makers, range(8)))
        if above is not below
    ]
    leaf = cross_signed(makers[0], material.authority("Leaf"), 9, NOW + DAY)
    verified = []
    verifies = certificate_paths.is_issued_by
    monkeypatch.setattr(certificate_paths, "is_issued_by", lambda *pair: verified.append(pair) or verifies(*pair))
    anchors = [makers[6].certificate] if has_anchor else []
    found = ways_up(leaf, mesh, anchors, now=NOW)
    assert len(found.complete) == (16 if has_anchor else 0)
    assert has_anchor or 0 < len(found.open) <= 16
    assert len(verified) <= 1000
    assert all(len(path) <= 8 for path in (*found.complete, *found.open))


def test_without_a_time_any_order_gives_the_chain_that_ends_last() -> None:
    for others in itertools.permutations((GOOD, EXPIRED, *BUNDLE)):
        assert Chain.among(LEAF, others) == Chain((LEAF, GOOD, ROOT.certificate))
