# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fact rotation at the begin, by a table."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.rotation.needs import Need
from ansible_collections.siptls.vos.plugins.module_utils.rotation.plan import DeviceLook, is_set_up, planned

BEFORE = {"serial_number": "0a", "not_after": "2027-01-01T00:00:00Z"}
CERTIFICATE = {"before": BEFORE, "trusted": True, "forced": False, "issuer": {"authority": "issuing"}}
LOADED = {"not_loaded": [], "never_loaded": False}
NEED = Need("calls", "it does not tell", "set gateway_calls_command")
PATHS = {"certificate_path": "/c/gateway.crt", "trust_bundle_path": "/c/ca.crt", "valid_for": "90d"}


def fact(
    *,
    certificate: dict[str, Any] | None = None,
    second: dict[str, Any] | None = None,
    loaded: dict[str, Any] | None = None,
    reasons: tuple[str, ...] = (),
    needs: tuple[Need, ...] = (),
) -> dict[str, Any]:
    looked = DeviceLook({**CERTIFICATE, **(certificate or {})}, second, {**LOADED, **(loaded or {})}, reasons)
    return planned(looked, needs, **PATHS)


@pytest.mark.parametrize(
    ("reasons", "needs", "outcome", "cause"),
    [
        ((), (), "unchanged", ""),
        # What is lacking is of no account before something is due
        ((), (NEED,), "unchanged", ""),
        (("29 of 90 days left",), (), "due", ""),
        (("29 of 90 days left",), (NEED,), "refused", "it does not tell. Remedy: set gateway_calls_command"),
    ],
)
def test_a_device_is_refused_only_where_something_is_due(
    reasons: tuple[str, ...], needs: tuple[Need, ...], outcome: str, cause: str
) -> None:
    found = fact(reasons=reasons, needs=needs)
    assert (found["outcome"], found["cause"], found["reasons"]) == (outcome, cause, list(reasons))


@pytest.mark.parametrize(
    ("certificate", "second", "loaded", "trusts", "unproven"),
    [
        ({}, None, {}, True, False),
        ({"trusted": False}, None, {}, False, False),
        ({}, {"trusted": True}, {}, True, False),
        ({}, {"trusted": False}, {}, False, False),
        ({}, None, {"not_loaded": ["/c/ca.crt"]}, False, False),
        ({}, None, {"not_loaded": ["/c/gateway.crt"]}, True, True),
        ({}, None, {"never_loaded": True}, False, False),
    ],
)
def test_anchors_are_trusted_only_once_they_are_loaded(
    certificate: dict[str, Any], second: dict[str, Any] | None, loaded: dict[str, Any], trusts: bool, unproven: bool
) -> None:
    found = fact(certificate=certificate, second=second, loaded=loaded)
    assert (found["trusts"], found["unproven"]) == (trusts, unproven)


def test_only_a_device_with_a_second_certificate_has_one_before() -> None:
    assert "second_before" not in fact()
    assert fact(second={"before": BEFORE})["second_before"] == BEFORE
    assert fact(second={})["second_before"] == {}


@pytest.mark.parametrize(
    ("before", "never_loaded", "expected"),
    [({}, True, False), (BEFORE, True, True), ({}, False, True), (BEFORE, False, True)],
)
def test_a_device_is_set_up_once_it_has_a_certificate_or_has_loaded_something(
    before: dict[str, str], never_loaded: bool, expected: bool
) -> None:
    looked = DeviceLook({**CERTIFICATE, "before": before}, None, {**LOADED, "never_loaded": never_loaded}, ())
    assert is_set_up(looked) is expected
