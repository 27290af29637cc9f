# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every pair of register and signer comes to when certificates are issued."""

from __future__ import annotations

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.revocation_record import Revocation
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.requests import make_request
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.contract.pairs import (
    ISSUING,
    NOW,
    SUCCESSOR,
    Pair,
)
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.issuing.test_renewal import wanted
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import issued, key

MAKERS = {"issuing": ISSUING, "successor": SUCCESSOR}


def sign(pair: Pair, number: int, *, by: str = "issuing", device: str = "gw1", new_key: bool = True):
    return pair.issuer(by).sign(device, make_request(key(number)), wanted(MAKERS[by]), NOW, new_key=new_key)


def test_what_is_issued_is_on_record(pair: Pair) -> None:
    certificate = sign(pair, 1)
    assert pair.issuer().is_recorded("gw1", certificate)
    assert [one.certificate for one in pair.register.records("gw1")] == [certificate]
    assert pair.register.key_owner(certificate.public_key()) == "gw1"


@pytest.mark.parametrize("by", MAKERS)
def test_whoever_was_revoked_gets_nothing_by_any_ca(pair: Pair, by: str) -> None:
    revoked = sign(pair, 1)
    pair.register.revoke("issuing", Revocation("gw1", revoked.serial_number, "key_compromise", NOW))
    with pytest.raises(SiptlsError, match="the newest certificate of this device was revoked"):
        pair.issuer(by).refuse_revoked("gw1")
    with pytest.raises(SiptlsError, match="that of a revoked certificate"):
        sign(pair, 1, by=by, new_key=False)
    assert len(pair.register.records("gw1")) == 1


def test_a_key_of_another_device_is_refused_and_nothing_is_signed(pair: Pair) -> None:
    sign(pair, 1)
    with pytest.raises(SiptlsError, match=r"another device's.*the key of gw1"):
        sign(pair, 1, device="gw2", new_key=False)
    assert pair.register.records("gw2") == ()


def test_a_certificate_that_was_found_is_recorded_unless_it_is_another_devices(pair: Pair) -> None:
    found, issuer = issued(ISSUING, number=4), pair.issuer()
    assert issuer.problem_of_found("gw1", found) == ""
    issuer.record("gw1", found, wanted())
    assert issuer.is_recorded("gw1", found)
    assert "the key is that of gw1" in issuer.problem_of_found("gw9", found)
