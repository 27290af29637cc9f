# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document says of each control: with everything in order, with each thing spoiled, and with everything unknown."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.compliance import assess as assessing
from ansible_collections.siptls.vos.plugins.module_utils.compliance.assess import CONTROLS, STATES
from ansible_collections.siptls.vos.plugins.module_utils.compliance.hipaa import HIPAA
from ansible_collections.siptls.vos.plugins.module_utils.compliance.pci_dss import PCI_DSS
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.fleet.document import FleetDocument
from ansible_collections.siptls.vos.tests.shared.fleet_sample import CHECKS, device, document, set_check
from hypothesis import given
from hypothesis import strategies as st

Entry = dict[str, Any]
MEMBERS = [
    "framework",
    "control",
    "title",
    "state",
    "verified",
    "devices_ok",
    "devices_failed",
    "devices_unknown",
    "when",
    "evidence",
    "source",
]
PCI_ASSESSED = ["4.2.1", "4.2.1.1", "10.2.1.4", "10.2.2", "10.6.1", "12.3.3"]
HIPAA_ASSESSED = [
    "164.312(a)(1)",
    "164.312(b)",
    "164.312(d)",
    "164.312(e)(1)",
    "164.312(e)(2)(i)",
    "164.312(e)(2)(ii)",
]
ASSESSED = {*PCI_ASSESSED, *HIPAA_ASSESSED}
#: the controls that say so where this check does
OF_CHECKS = {
    "chain": {"4.2.1", "164.312(a)(1)", "164.312(d)", "164.312(e)(1)"},
    "lifetime": {"4.2.1", "164.312(d)"},
    "revocation": {"4.2.1", "164.312(a)(1)", "164.312(d)"},
    "anchors": {"4.2.1", "4.2.1.1"},
    "tls": {"4.2.1", "164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"},
    "media": {"4.2.1", "164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"},
    "record": {"4.2.1.1"},
    "clock": {"10.6.1"},
    "pair": {"164.312(d)"},
    "identity": {"164.312(a)(1)", "164.312(d)"},
    "registration": {"164.312(d)"},
    "crl": {"4.2.1"},
    "second_certificate": {"4.2.1", "164.312(d)"},
    "accelerated": set(),
    "configuration": set(),
}


def assess(found: Entry) -> list[Entry]:
    return assessing.assess(FleetDocument.read(found, where="fleet.json"))


def of(entries: list[Entry], control: str) -> Entry:
    return next(one for one in entries if one["control"] == control)


def in_state(entries: list[Entry], state: str) -> set[str]:
    return {one["control"] for one in entries if one["state"] == state}


def test_a_fleet_in_order_meets_what_can_be_verified_and_nothing_else() -> None:
    entries = assess(document())
    assert in_state(entries, "met") == ASSESSED
    assert in_state(entries, "out_of_reach") == {one["control"] for one in entries} - ASSESSED
    for one in entries:
        assert list(one) == MEMBERS
        assert one["evidence"]
        assert one["source"].startswith(("https://www.pcisecuritystandards.org/", "https://www.ecfr.gov/"))
    encrypted = of(entries, "4.2.1")
    assert (encrypted["devices_ok"], encrypted["devices_failed"], encrypted["devices_unknown"]) == (3, [], [])
    assert encrypted["when"] == "2026-11-27T01:00:00Z"
    assert "the certificate verifies up to a trust anchor: 3 of 3 devices" in encrypted["evidence"]
    assert of(entries, "10.2.1.4")["when"] == "2026-11-27T01:00:10Z", "of no device, so the document's own"


@pytest.mark.parametrize("name", OF_CHECKS)
@pytest.mark.parametrize(
    ("state", "expected"), [("failed", "not_met"), ("unknown", "not_verified"), ("due", "met"), ("new", "not_verified")]
)
def test_one_check_of_one_device_decides(name: str, state: str, expected: str) -> None:
    fleet = document()
    spoiled = fleet["devices"][2 if name == "crl" else 0]
    set_check(spoiled, name, state, "so it is")
    entries = assess(fleet)
    touched = OF_CHECKS[name]
    assert in_state(entries, "met") == (ASSESSED if expected == "met" else ASSESSED - touched)
    for control in touched:
        one = of(entries, control)
        assert one["state"] == expected, control
        assert one["devices_failed"] == ([spoiled["device"]] if expected == "not_met" else [])
        assert one["devices_unknown"] == ([spoiled["device"]] if expected == "not_verified" else [])
        if expected != "met":
            assert any(spoiled["device"] in line and "so it is" in line for line in one["evidence"])


def change(path: str, value: Any) -> Callable[[Entry], None]:
    *parents, last = path.split(".")

    def spoil(fleet: Entry) -> None:
        found: Any = fleet
        for name in parents:
            found = found[int(name) if name.isdigit() else name]
        if value is ...:
            del found[last]
        else:
            found[int(last) if last.isdigit() else last] = value

    return spoil


TLS = {"4.2.1", "164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"}
STRENGTH = {"4.2.1", "164.312(e)(2)(ii)"}
ADMITTED = {"4.2.1", "164.312(a)(1)", "164.312(d)", "164.312(e)(1)"}
RECORDED = {"10.2.1.4", "10.2.2", "164.312(b)"}
#: what is changed in a document in order, the state, and the controls that are in it then
TABLE = {
    "TLS 1.1": (change("devices.0.tls.protocol", "TLSv1.1"), "not_met", TLS),
    "no connection": (change("devices.0.tls", None), "not_verified", TLS | {"12.3.3"}),
    "no cipher": (change("devices.0.tls.cipher", None), "not_verified", {"12.3.3"}),
    "a short key": (change("devices.0.certificate.key_type", "rsa-1024"), "not_met", STRENGTH),
    "a key that is long enough": (change("devices.0.certificate.key_type", "rsa-2048"), "not_met", set()),
    "a post-quantum key": (change("devices.0.certificate.key_type", "ml-dsa-65"), "not_met", set()),
    "a key of a new type": (change("devices.0.certificate.key_type", "falcon-512"), "not_verified", STRENGTH),
    "SHA-1": (change("devices.0.certificate.signature_algorithm", "sha1WithRSAEncryption"), "not_met", STRENGTH),
    "an unknown signature": (change("devices.0.certificate.signature_algorithm", None), "not_verified", STRENGTH),
    "media in the clear": (change("devices.0.srtp.required", False), "not_met", TLS),
    "media unknown": (change("devices.0.srtp.required", None), "not_verified", TLS),
    "no media at all": (change("devices.0.srtp", None), "not_verified", TLS),
    "a softswitch that lets media in the clear in": (change("devices.2.srtp", {"required": False}), "not_met", TLS),
    "verify mode none": (change("devices.2.verify_mode", "none"), "not_met", ADMITTED),
    "verify mode unknown": (change("devices.2.verify_mode", None), "not_verified", ADMITTED),
    "no serial number": (change("devices.0.certificate.serial_number", ""), "not_verified", {"4.2.1.1"}),
    "no anchors": (change("devices.0.anchors", []), "not_verified", {"4.2.1.1"}),
    "no certificate": (change("devices.0.certificate", None), "not_verified", STRENGTH | {"4.2.1.1"}),
    "an authority that ended": (change("authorities.0.state", "expired"), "not_met", {"4.2.1.1"}),
    "an authority above that was revoked": (change("authorities.1.state", "revoked"), "not_met", {"4.2.1.1"}),
    "an authority unknown": (change("authorities.0.state", "unknown"), "not_verified", {"4.2.1.1"}),
    "no authorities": (change("authorities", ...), "not_verified", {"4.2.1.1", "4.2.1"}),
    "another's certificates": (
        change("devices.0.certificate.authority", "other"),
        "not_verified",
        {"4.2.1.1", "4.2.1"},
    ),
    "a stale list": (change("authorities.0.revocation_list.state", "expired"), "not_met", {"4.2.1"}),
    "a list unknown": (change("authorities.0.revocation_list.state", "unknown"), "not_verified", {"4.2.1"}),
    "no list": (change("authorities.0.revocation_list", None), "not_verified", {"4.2.1"}),
    "no records": (change("handshake_failures", ...), "not_verified", RECORDED),
    "records unknown": (change("handshake_failures", None), "not_verified", RECORDED),
    "not all records": (change("handshake_failures.truncated", True), "not_verified", RECORDED),
    "not a single record": (change("handshake_failures.records_read", 0), "not_verified", RECORDED),
}


@pytest.mark.parametrize("name", TABLE)
def test_one_fact_decides(name: str) -> None:
    spoil, state, expected = TABLE[name]
    fleet = document()
    spoil(fleet)
    entries = assess(fleet)
    assert in_state(entries, state) == expected
    assert in_state(entries, "met") == ASSESSED - expected


def test_an_authority_that_a_rollover_left_behind_spoils_nothing() -> None:
    fleet = document()
    fleet["authorities"].append(
        {**fleet["authorities"][0], "name": "old", "fingerprint_sha256": "DD", "state": "expired"}
    )
    assert in_state(assess(fleet), "met") == ASSESSED


def test_a_device_that_was_not_reached_leaves_nothing_met_of_its_kind() -> None:
    fleet = document()
    fleet["devices"][1].update(state="unreachable", verified=None, certificate=None, tls=None, checks=[])
    entries = assess(fleet)
    assert in_state(entries, "met") == RECORDED
    assert in_state(entries, "not_met") == set()
    assert of(entries, "4.2.1")["devices_unknown"] == ["gw2"]
    assert of(entries, "4.2.1")["devices_ok"] == 2
    assert any("gw2: it was not reached" in line for line in of(entries, "4.2.1")["evidence"])


@pytest.mark.parametrize("lacking", ["softswitch", "gateway"])
def test_what_no_device_could_show_is_not_verified(lacking: str) -> None:
    fleet = document()
    fleet["devices"] = [one for one in fleet["devices"] if one["kind"] != lacking]
    fleet["devices_total"] = len(fleet["devices"])
    entries = assess(fleet)
    assert of(entries, "4.2.1")["state"] == of(entries, "164.312(d)")["state"] == "not_verified"
    assert any(
        line.endswith("there is no device that this could be seen of") for line in of(entries, "4.2.1")["evidence"]
    )
    assert of(entries, "4.2.1")["devices_unknown"] == []


def test_devices_that_the_document_leaves_out_are_not_known() -> None:
    fleet = document()
    fleet["devices_total"] = 4
    assert in_state(assess(fleet), "met") == set()


def test_an_empty_document_meets_nothing() -> None:
    entries = assess({"format": 1, "devices": []})
    assert in_state(entries, "not_verified") == ASSESSED
    assert all(one["when"] is None for one in entries)


def test_the_oldest_verification_is_told() -> None:
    fleet = document()
    fleet["devices"][1]["verified"] = "2026-11-20T01:00:00Z"
    assert of(assess(fleet), "10.6.1")["when"] == "2026-11-20T01:00:00Z"


def test_many_devices_are_counted_and_few_are_shown() -> None:
    fleet = document(*(device(f"gw{number:03}") for number in range(200)))
    for one in fleet["devices"]:
        set_check(one, "clock", "failed", "301 s ahead")
    found = of(assess(fleet), "10.6.1")
    assert len(found["devices_failed"]) == 200
    assert sum("301 s ahead" in line for line in found["evidence"]) == 5
    assert "failed: 195 more devices" in found["evidence"]


def test_what_is_no_document_is_told() -> None:
    with pytest.raises(SiptlsError, match="devices is no list"):
        assess({"format": 1})


def test_controls_are_listed_once_each_with_what_it_takes() -> None:
    numbers = [one.number for one in CONTROLS]
    assert len(set(numbers)) == len(numbers)
    assert [one.number for one in PCI_DSS if not one.out_of_reach] == PCI_ASSESSED
    assert [one.number for one in HIPAA if not one.out_of_reach] == HIPAA_ASSESSED
    for one in CONTROLS:
        pattern = r"\d+(\.\d+)+" if one in PCI_DSS else r"164\.312(\([a-z0-9]+\))+"
        assert re.fullmatch(pattern, one.number)
        assert one.out_of_reach or ((one.criteria or one.fleet) and one.beyond), one.number


STRANGE = st.sampled_from(["failed", "unknown", "not_applicable", "due", "ok", "missing"])


@given(
    outcomes=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(sorted(CHECKS)), STRANGE),
        max_size=12,
        unique_by=lambda one: one[:2],
    )
)
def test_nothing_is_met_with_a_check_that_failed_or_is_not_known(outcomes: list[tuple[int, str, str]]) -> None:
    fleet = document()
    for number, name, state in outcomes:
        checks = fleet["devices"][number]["checks"]
        if state == "missing":
            checks[:] = [one for one in checks if one["check"] != name]
        else:
            set_check(fleet["devices"][number], name, state)
    entries = assess(fleet)
    assert {one["state"] for one in entries} <= set(STATES)
    gateways = {0, 1}
    for number, name, state in outcomes:
        others = ("crl", "second_certificate") if number in gateways else ("registration", "media")
        concerned = name not in others
        bad = state in ("failed", "unknown") or (state == "missing" and concerned)
        for control in OF_CHECKS.get(name, set()) if bad else ():
            assert of(entries, control)["state"] != "met"
            assert fleet["devices"][number]["device"] in (
                of(entries, control)["devices_failed"] + of(entries, control)["devices_unknown"]
            )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["state", "check", "required"]), inner, max_size=3)
    ),
    max_leaves=5,
)
PLACES = st.sampled_from(
    [
        f"devices.{number}.{name}"
        for number in range(3)
        for name in ("checks", "tls", "srtp", "certificate", "verify_mode", "anchors", "kind")
    ]
    + ["authorities", "handshake_failures", "devices_total"]
)


@given(place=PLACES, value=JSON)
def test_nonsense_in_a_member_never_makes_more_met(place: str, value: Any) -> None:
    fleet = document()
    change(place, value)(fleet)
    assert in_state(assess(fleet), "met") <= ASSESSED
    assert len(assess(fleet)) == len(CONTROLS)
