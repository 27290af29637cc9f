# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the probes say of Kamailio, from a gateway and from an appliance with BusyBox, and what they leave behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lab.calls import lines
from lab.registrar import podman_exec, registrations

LAB = Path(__file__).resolve().parents[3] / ".cache" / "lab"
DEVICES = ("gw1", "appliance")
CM128 = "AES_CM_128_HMAC_SHA1_80"


@pytest.fixture(params=DEVICES)
def returned(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the tasks returned on a device, by case."""
    found: dict[str, Any] = json.loads((LAB / f"probe_{request.param}.json").read_text())
    return found


def test_a_device_can_register(returned: dict[str, Any]) -> None:
    good = returned["good"]
    assert (good["verdict"], good["cause"], good["changed"]) == ("ok", "", False)
    tls = good["tls"]
    assert (tls["protocol"], tls["group"]) == ("TLSv1.3", "X25519MLKEM768")
    assert (tls["verification"], tls["identity"]["state"]) == ("ok", "ok")
    assert "example.com" in tls["identity"]["identities"]
    assert tls["client_certificate_requested"] is True
    assert [len(one["subjects"]) for one in tls["paths"]] == [3]
    assert (good["options"]["status"], good["register"]["status"]) == (200, 200)


def test_what_a_gateway_has_registered_is_listed_and_was_not_touched() -> None:
    good = json.loads((LAB / "probe_gw1.json").read_text())["good"]
    assert len(good["register"]["bindings"]) == 1
    assert good["register"]["bindings"][0]["contact"].startswith("sip:gw1")
    assert [one.aor for one in registrations()] == ["sip:gw1@example.com", "sip:gw2@example.com"]


@pytest.mark.parametrize(("case", "number"), [("stranger", 116), ("stranger_before", 40)])
def test_a_stranger_is_refused_whatever_his_handshake_says(returned: dict[str, Any], case: str, number: int) -> None:
    result = returned[case]
    assert (result["verdict"], result["tls"]["state"]) == ("failed", "failed")
    assert result["cause"] == "the server requires a client certificate, and this device presented none"
    assert result["tls"]["alert"]["number"] == number


def test_identity_domain_and_port_are_told_apart(returned: dict[str, Any]) -> None:
    assert returned["other"]["cause"].startswith(
        "OPTIONS was refused with 403 Forbidden: the server refuses this identity"
    )
    assert returned["other"]["tls"]["state"] == "ok"
    assert returned["domain"]["cause"].startswith("wrong name: the certificate is for 'example.com', 'vos.example.com'")
    assert returned["port"]["cause"] == "nothing listens at vos.example.com:5060"


def test_a_call_agrees_on_what_the_domain_requires(returned: dict[str, Any]) -> None:
    sdes = returned["sdes"]
    assert sdes["verdict"] == "ok", sdes
    media = sdes["media"]
    assert (media["keying"], media["suite"], media["encrypted"]) == ("sdes", CM128, True)
    assert media["hung_up"] == "ACK, BYE, 200"


def test_calls_that_the_domain_forbids_are_refused(returned: dict[str, Any]) -> None:
    plain, dtls = returned["plain"], returned["dtls"]
    assert (plain["verdict"], plain["media"]["status"]) == ("ok", 488)
    assert (dtls["verdict"], dtls["media"]["status"]) == ("failed", 488)
    assert "Warning 399" in " ".join(dtls["evidence"])
    assert returned["nobody"]["media"]["status"] in (404, 480)


def test_nobody_is_left_in_a_call() -> None:
    assert [lines(gateway) for gateway in ("gw1", "gw2")] == [[], []]


@pytest.mark.parametrize("name", DEVICES)
def test_nothing_is_left_on_a_device(name: str) -> None:
    assert podman_exec(f"siptls-{name}", "sh", "-c", "ls /tmp | grep siptls- || :") == ""
    assert "s_client" not in podman_exec(f"siptls-{name}", "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
