# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may go back to plain SIP, who is still on TLS, and how that is reported, by table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.removal.decisions import (
    GatewayAtSwitch,
    GatewayFacts,
    gateway_refusal,
    softswitch_refusal,
    still_on_tls,
    tls_refusal,
    unknown_accepted,
)
from ansible_collections.siptls.vos.plugins.module_utils.removal.report import OUTCOMES, Removal, RemovalReport
from ansible_collections.siptls.vos.plugins.module_utils.sip.registrations import Expected, Registration, compare

GW1, GW2 = "sip:gw1@example.com", "sip:gw2@example.com"
REFUSALS: dict[str, tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]] = {
    # what is known; what is accepted; what the refusal names, nothing for none
    "nothing stands in the way": ({}, (), ()),
    "keys that it needs no more": ({"missing": ("sip.tls_ca_cert",)}, (), ()),
    "nowhere to register": ({"missing": ("sip.register",)}, (), ("gateway_plain_settings", "of before does not say")),
    "nobody knows": ({"missing": ("sip.register",), "unknown": True}, (), ("gateway_plain_settings", "0.4.0")),
    "unknown, and told": ({"unknown": True}, (), ()),
    "to be registered nowhere": ({"missing": ("sip.register",)}, ("unregistered",), ()),
    "SRTP": ({"srtp_required": True}, (), ("vos_sip_domains", "remove_accept=srtp_required")),
    "SRTP accepted": ({"srtp_required": True}, ("srtp_required",), ()),
    "another thing accepted": ({"srtp_required": True}, ("unregistered",), ("vos_sip_domains",)),
    "closed": ({"closed_by": "udp dport 5060 drop"}, (), ("udp dport 5060 drop", "allowlist_close_plain_sip=false")),
    # Nothing is accepted that would cut it off
    "closed whatever": ({"closed_by": "x"}, ("unregistered", "srtp_required", "gateways_on_tls"), ("5060",)),
    "calls": ({"calls_told": False}, (), ("gateway_calls_command", "gateway_when_busy=force")),
    "proof": ({"provable": False}, (), ("vos_registrations_command for vos1", "gateway_registration_proof=none")),
    "all": (
        {"srtp_required": True, "calls_told": False},
        (),
        ("vos_sip_domains", "gateway_calls_command"),
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_why_a_gateway_may_not_go_back(case: str) -> None:
    facts, accepted, named = REFUSALS[case]
    said = gateway_refusal(GatewayFacts("gw1", "vos1", **facts), accepted)
    assert bool(said) is bool(named)
    assert all(each in said for each in named), said


def test_why_a_softswitch_may_not_go_back() -> None:
    assert softswitch_refusal([]) == ""
    assert "/etc/a, /etc/b. Set vos_plain_files" in softswitch_refusal(["/etc/a", "/etc/b"])
    assert tls_refusal([], ()) == ""
    assert "gw1, gw2. Bring them back first" in tls_refusal(["gw1", "gw2"], ["srtp_required"])
    assert tls_refusal(["gw1"], ["gateways_on_tls"]) == ""
    assert "and 190 more" in tls_refusal([f"gw{n}" for n in range(200)], ())


def test_what_is_accepted_is_known() -> None:
    assert unknown_accepted(["srtp_required", "unregistered", "gateways_on_tls"]) == ()
    assert unknown_accepted(["srtp", "unregistered"]) == ("srtp",)


TLS1, PLAIN1 = Registration(GW1, "ab", 5), Registration(GW1, "", 5)
ON_TLS: dict[str, tuple[str, bool, tuple[Registration, ...], bool]] = {
    # what became of gw1; whether its softswitch tells certificates; what it says; whether gw1 is on TLS
    "brought back": ("removed", True, (PLAIN1,), False),
    "brought back, its connection not yet expired": ("removed", True, (PLAIN1, TLS1), False),
    "brought back, not proven": ("removed_not_proven", False, (), False),
    "nothing on it": ("unchanged", True, (), False),
    "in a call": ("deferred", True, (TLS1,), True),
    "back on TLS": ("rolled_back", True, (TLS1,), True),
    "refused": ("refused", True, (), True),
    "not in this run, on TLS": ("", True, (TLS1,), True),
    "not in this run, on plain SIP": ("", True, (PLAIN1,), False),
    "not in this run, on both": ("", True, (PLAIN1, TLS1), True),
    "not in this run, not registered": ("", True, (), True),
    "not in this run, and the softswitch tells no certificates": ("", False, (PLAIN1,), True),
    "in lower case": ("", True, (Registration("sip:gw1@example.com", "", 5),), False),
}


@pytest.mark.parametrize("case", ON_TLS)
def test_who_is_still_on_tls(case: str) -> None:
    outcome, tells, registrations, expected = ON_TLS[case]
    gateway = GatewayAtSwitch("gw1", "sip:GW1@Example.com" if case == "in lower case" else GW1, outcome, tells)
    assert still_on_tls([gateway], registrations) == (("gw1",) if expected else ())


def test_who_is_in_no_inventory_is_told_by_its_name() -> None:
    found = (PLAIN1, Registration(GW2, "cd", 5), Registration("sip:phone@example.com", "", 5))
    assert still_on_tls([GatewayAtSwitch("gw1", GW1, "removed")], found) == (GW2,)


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        ((PLAIN1,), ""),
        ((PLAIN1, TLS1), ""),
        ((TLS1,), "with certificate ab, and not without one"),
        ((), "is not registered"),
        ((Registration(GW2, "", 1),), "is not registered"),
    ],
)
def test_plain_registration_is_one_without_certificate(found: tuple[Registration, ...], problem: str) -> None:
    problems = compare([Expected(GW1, "", plain=True)], found, 0).problems
    assert bool(problems) is bool(problem)
    assert problem in "".join(problems)


def test_the_report_shows_first_what_has_to_be_seen_to() -> None:
    noted: dict[str, dict[str, Any] | None] = {
        "gw1": {"outcome": "removed", "began": 10.0, "ended": 12.34, "reasons": ["x"]},
        "gw2": {"outcome": "rolled_back", "cause": "gw2 is\nnot registered"},
        "gw3": None,
        "gw4": {"outcome": "unchanged"},
        "gw5": {"outcome": "never heard of"},
    }
    time = datetime(2026, 11, 23, 3, tzinfo=UTC)
    report = RemovalReport(
        [Removal.of(name, "gateway", one) for name, one in noted.items()], time, time, predicted=False
    )
    lines = report.table().splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == ["gw5", "gw3", "gw2", "gw1"]
    assert lines[3].endswith("gw2 is not registered")
    assert lines[-1] == "Removal: 1 failed, 1 unreachable, 1 rolled back, 1 removed, 1 unchanged"
    content = report.as_dictionary()
    assert content["counts"] == {"failed": 1, "unreachable": 1, "rolled_back": 1, "removed": 1, "unchanged": 1}
    assert next(one for one in content["devices"] if one["device"] == "gw1")["seconds"] == 2.3
    assert set(content["counts"]) <= set(OUTCOMES)
