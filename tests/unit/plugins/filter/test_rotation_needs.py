# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rotation needs of a platform: one decision for rotate, site and verify."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.siptls.vos.plugins.filter.rotation_needs import rotation_needs

GATEWAY = {
    "kind": "gateway",
    "host": "gw1",
    "softswitch": "vos",
    "proof": "certificate",
    "registrations_command": "vos-cli registrations",
    "calls_command": "sip-gateway-cli calls",
    "when_busy": "defer",
    "seen": {},
}
SOFTSWITCH = {"kind": "softswitch", "host": "vos", "proof": "registration", "registrations_command": "vos-cli"}


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, []),
        ({"calls_command": ""}, ["calls"]),
        ({"calls_command": "", "when_busy": "force"}, []),
        ({"registrations_command": ""}, ["registrations"]),
        ({"registrations_command": "", "calls_command": ""}, ["registrations", "calls"]),
        ({"registrations_command": "", "proof": "registration"}, ["registrations"]),
        ({"registrations_command": "", "proof": "none"}, []),
        ({"seen": {"count": 3, "certificates_known": 0}}, ["certificates"]),
        ({"seen": {"count": 3, "certificates_known": 1}}, []),
        ({"seen": {"count": 0, "certificates_known": 0}}, []),
        ({"seen": {"count": 3, "certificates_known": 0}, "proof": "registration"}, []),
    ],
)
def test_gateway(changed: dict[str, Any], codes: list[str]) -> None:
    found = rotation_needs({**GATEWAY, **changed})
    assert [one["code"] for one in found] == codes
    assert all("gw1" in one["cause"] for one in found)
    # What to set, in the words of the inventory
    assert all("gateway_" in one["remedy"] for one in found)


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, []),
        ({"registrations_command": ""}, ["registrations"]),
        ({"registrations_command": "", "proof": "none"}, []),
    ],
)
def test_softswitch(changed: dict[str, Any], codes: list[str]) -> None:
    found = rotation_needs({**SOFTSWITCH, **changed})
    assert [one["code"] for one in found] == codes
    assert all("vos_registrations_command" in one["remedy"] for one in found)


@pytest.mark.parametrize("device", [{}, "gw1", {"kind": "gateway", "host": "gw1"}, {**GATEWAY, "seen": {"count": "x"}}])
def test_what_is_not_a_device_is_refused(device: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="rotation_needs expects"):
        rotation_needs(device)


@pytest.mark.parametrize("device", [GATEWAY, SOFTSWITCH])
def test_device_that_was_never_set_up_lacks_that_alone(device: dict[str, Any]) -> None:
    [need] = rotation_needs({**device, "registrations_command": "", "set_up": False})
    assert need["code"] == "set_up"
    assert need["cause"] == f"{device['host']} was never set up, or siptls.vos.remove took it back"
    assert need["remedy"] == "run siptls.vos.site for it, or leave it out by --limit"
    assert rotation_needs({**device, "set_up": True}) == []
