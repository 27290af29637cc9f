# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a verification is that of the whole fleet, whatever was noted of one device."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.action.verification_report import ActionModule
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.json_text import read_json
from ansible_collections.siptls.vos.tests.shared.fleet_sample import device


def report(folder: Path, noted: dict[str, Any], **more: Any) -> dict[str, Any]:
    action = ActionModule.__new__(ActionModule)
    action.variables = {"hostvars": {host: {"verification": facts} for host, facts in noted.items()}}
    action.controller_path = Path
    options = {"began": 1795741200.0, "path": str(folder / "it.json"), "shown": False, "strict": False}
    return action.operate({"hosts": list(noted), **options, **more})


def test_bytes_of_a_device_that_are_not_text_do_not_end_the_report(tmp_path: Path) -> None:
    odd = device("gw1") | {"openssl": "OpenSSL \udcff\x1b[2J"}
    assert report(tmp_path, {"gw1": odd, "gw2": device("gw2")})["failed_devices"] == []
    found = read_json((tmp_path / "it.json").read_text())
    assert [one["device"] for one in found["devices"]] == ["gw1", "gw2"]


@pytest.mark.parametrize(
    "facts", [{"clock_ahead": "soon"}, {"verified": "50-01-01T00:00:00Z"}, {"checks": 7}, {"state": "fine"}]
)
def test_facts_that_cannot_be_read_are_one_device_that_is_not_verified(tmp_path: Path, facts: dict[str, Any]) -> None:
    result = report(tmp_path, {"gw1": device("gw1") | facts, "gw2": device("gw2")})
    assert result["failed_devices"] == ["gw1"]
    assert result["counts"]["ok"] == 1
    first = result["document"]["devices"][0]
    assert first["state"] == "unknown"
    assert "cannot be read" in first["checks"][0]["cause"]


@pytest.mark.parametrize("began", [float("nan"), float("inf"), 1e300])
def test_time_that_is_no_moment_is_an_error_for_an_operator(tmp_path: Path, began: float) -> None:
    with pytest.raises(SiptlsError, match="began is not a moment"):
        report(tmp_path, {"gw1": device("gw1")}, began=began)
