# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metrics of a fleet document, read back by the parser of Prometheus' own client library."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.compliance.assess import assess
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.fleet.document import FleetDocument
from ansible_collections.siptls.vos.plugins.module_utils.metrics.exposition import Family, render
from ansible_collections.siptls.vos.plugins.module_utils.metrics.fleet import METRICS, metrics_text
from ansible_collections.siptls.vos.plugins.module_utils.metrics.samples import CAUSES
from ansible_collections.siptls.vos.tests.shared.fleet_sample import (
    CHECKS,
    OF_SOFTSWITCHES,
    STATES,
    device,
    document,
    set_check,
)
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]


def text_of(document: Any, /, *, passing_checks: bool = True, **labels: str) -> str:
    return metrics_text(document, where="fleet.json", labels=labels, passing_checks=passing_checks)


def samples_in(text: str) -> dict[tuple[str, Labels], float]:
    """By name and labels. Each family once, each sample once, all of them gauges with a help."""
    found: dict[tuple[str, Labels], float] = {}
    families = list(text_string_to_metric_families(text))
    assert len({family.name for family in families}) == len(families)
    for family in families:
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, key
            found[key] = sample.value
    return found


def value_of(fleet: Any, name: str, **labels: str) -> float | None:
    return samples_in(text_of(fleet)).get((name, frozenset(labels.items())))


def all_of(fleet: Any, name: str) -> dict[Labels, float]:
    return {labels: value for (found, labels), value in samples_in(text_of(fleet)).items() if found == name}


def test_a_fleet_in_order() -> None:
    fleet = document()
    fleet["compliance"] = assess(FleetDocument.read(fleet, where="fleet.json"))
    expected = {
        ("siptls_verification_timestamp_seconds",): 1795741210,
        ("siptls_devices", "state", "ok"): 3,
        ("siptls_devices", "state", "failed"): 0,
        ("siptls_checks", "check", "crl", "state", "ok"): 1,
        ("siptls_checks", "check", "crl", "state", "not_applicable"): 2,
        ("siptls_device_info", "device", "gw1", "kind", "gateway", "softswitch", "vos"): 1,
        ("siptls_device_state", "device", "vos", "kind", "softswitch", "state", "ok"): 1,
        ("siptls_device_verified_timestamp_seconds", "device", "gw1"): 1795741200,
        ("siptls_check_ok", "device", "gw1", "check", "chain"): 1,
        ("siptls_certificate_not_before_seconds", "device", "gw1"): 1795428000,
        ("siptls_certificate_not_after_seconds", "device", "gw1"): 1803207600,
        ("siptls_last_rotation_timestamp_seconds", "device", "gw1"): 1795431600,
        ("siptls_registered", "device", "gw1"): 1,
        ("siptls_registrations", "device", "vos"): 2,
        ("siptls_clock_ahead_seconds", "device", "gw1"): 0,
        ("siptls_tls_handshake_seconds", "device", "gw1"): 0.012,
        ("siptls_tls_client_hello_bytes", "device", "gw1"): 1510,
        ("siptls_srtp_required", "device", "gw1"): 1,
        ("siptls_aes_accelerated", "device", "gw1"): 1,
        ("siptls_post_quantum_ready", "device", "gw1"): 1,
        ("siptls_drift", "device", "gw1"): 0,
        ("siptls_authority_state", "authority", "issuing", "state", "ok"): 1,
        ("siptls_authority_in_use", "authority", "root"): 1,
        ("siptls_authority_not_after_seconds", "authority", "root"): 2110788000,
        ("siptls_revocation_list_next_update_seconds", "authority", "issuing"): 1796036400,
        ("siptls_handshake_failures", "cause", "the peer sent no certificate"): 5,
        ("siptls_handshake_failures_all",): 5,
        ("siptls_handshake_failures_window_seconds",): 86400,
        ("siptls_compliance_controls", "framework", "HIPAA Security Rule", "state", "met"): 6,
    }
    found = samples_in(text_of(fleet))
    for (name, *pairs), value in expected.items():
        labels = frozenset(zip(pairs[::2], pairs[1::2], strict=True))
        assert found.get((name, labels)) == value, (name, labels)
    assert {name for name, _labels in found} == {metric.name for metric in METRICS} - {"siptls_check_unknown"}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_has_the_labels_that_it_says_and_is_named_as_usual(metric: Any) -> None:
    fleet = document()
    fleet["compliance"] = assess(FleetDocument.read(fleet, where="fleet.json"))
    set_check(fleet["devices"][0], "clock", "unknown")
    found = all_of(fleet, metric.name)
    assert found
    for labels in found:
        assert {name for name, _value in labels} <= set(metric.labels)
    assert {name for labels in found for name, _value in labels} == set(metric.labels)
    assert re.fullmatch(r"siptls_[a-z_]+", metric.name)
    assert metric.help.endswith(".")


@pytest.mark.parametrize("state", STATES)
def test_a_check(state: str) -> None:
    fleet = document()
    set_check(fleet["devices"][0], "chain", state)
    ok = value_of(fleet, "siptls_check_ok", device="gw1", check="chain")
    unknown = value_of(fleet, "siptls_check_unknown", device="gw1", check="chain")
    assert (ok, unknown) == {
        "ok": (1, None),
        "due": (1, None),
        "failed": (0, None),
        "unknown": (None, 1),
        "not_applicable": (None, None),
    }[state]
    assert value_of(fleet, "siptls_checks", check="chain", state=state) == (3 if state == "ok" else 1)


def test_what_is_not_known_has_no_sample() -> None:
    fleet = document(
        {
            "device": "gw1",
            "kind": "gateway",
            "state": "unreachable",
            "verified": None,
            "certificate": None,
            "checks": [],
        }
    )
    del fleet["handshake_failures"], fleet["authorities"]
    assert set(samples_in(text_of(fleet))) == {
        ("siptls_verification_timestamp_seconds", frozenset()),
        *(
            ("siptls_devices", frozenset({("state", state)}))
            for state in ("ok", "due", "failed", "unknown", "unreachable")
        ),
        ("siptls_device_info", frozenset({("device", "gw1"), ("kind", "gateway"), ("softswitch", "")})),
        ("siptls_device_state", frozenset({("device", "gw1"), ("kind", "gateway"), ("state", "unreachable")})),
    }


@pytest.mark.parametrize(("name", "member"), [("siptls_registered", "registered")])
def test_no_is_not_unknown(name: str, member: str) -> None:
    fleet = document()
    fleet["devices"][0][member] = False
    assert value_of(fleet, name, device="gw1") == 0
    fleet["devices"][0][member] = None
    assert value_of(fleet, name, device="gw1") is None


def test_no_drift_is_told_only_where_somebody_looked() -> None:
    fleet = document()
    set_check(fleet["devices"][0], "configuration", "unknown")
    set_check(fleet["devices"][1], "configuration", "failed")
    fleet["devices"][1]["drift"] = ["tls.conf: port", "tls.conf: ciphers"]
    assert value_of(fleet, "siptls_drift", device="gw1") is None
    assert value_of(fleet, "siptls_drift", device="gw2") == 2


@pytest.mark.parametrize(("readiness", "expected"), [("ready", 1), ("partly", 0), ("not", 0), ("unknown", None)])
def test_readiness(readiness: str, expected: int | None) -> None:
    fleet = document()
    fleet["devices"][0]["post_quantum"]["readiness"] = readiness
    assert value_of(fleet, "siptls_post_quantum_ready", device="gw1") == expected


def test_an_authority_that_a_rollover_left_behind_is_not_in_use() -> None:
    fleet = document()
    fleet["authorities"].append({**fleet["authorities"][0], "name": "old", "fingerprint_sha256": "DD"})
    assert {dict(labels)["authority"]: value for labels, value in all_of(fleet, "siptls_authority_in_use").items()} == {
        "issuing": 1,
        "root": 1,
        "old": 0,
    }


def test_causes_are_as_many_as_there_may_be_and_none_is_lost() -> None:
    fleet = document()
    fleet["handshake_failures"]["by_cause"] = [{"cause": f"cause {number}", "count": number} for number in range(100)]
    found = {dict(labels)["cause"]: value for labels, value in all_of(fleet, "siptls_handshake_failures").items()}
    assert len(found) == CAUSES + 1
    assert sum(found.values()) == sum(range(100))
    assert (found["cause 99"], "cause 1" in found) == (99, False)
    fleet["handshake_failures"]["by_cause"].append({"cause": "other", "count": 1000})
    found = {dict(labels)["cause"]: value for labels, value in all_of(fleet, "siptls_handshake_failures").items()}
    assert sum(found.values()) == sum(range(100)) + 1000


def test_a_second_certificate_has_series_under_the_name_that_it_is_on_record_for() -> None:
    softswitch = device("vos", "softswitch")
    second = {
        "name": "vos.post-quantum",
        "not_after": "2026-12-01T00:00:00Z",
        "key_type": "ml-dsa-65",
        "authority": "pq",
    }
    softswitch["second_certificate"] = {**softswitch["certificate"], **second}
    fleet = document(softswitch)
    fleet["authorities"].append({**fleet["authorities"][0], "name": "pq"})
    ends = all_of(fleet, "siptls_certificate_not_after_seconds")
    assert {dict(labels)["device"]: value for labels, value in ends.items()} == {
        "vos": 1803207600,
        "vos.post-quantum": 1796083200,
    }
    types = {dict(labels)["device"]: dict(labels)["key_type"] for labels in all_of(fleet, "siptls_certificate_info")}
    assert types == {"vos": "ecdsa-p256", "vos.post-quantum": "ml-dsa-65"}
    assert value_of(fleet, "siptls_authority_in_use", authority="pq") == 1


def test_sources_of_failures_are_no_labels() -> None:
    assert "192.0.2.7" not in text_of(document())


def test_series_grow_with_devices_and_checks_alone() -> None:
    def size(devices: int, *, passing_checks: bool) -> int:
        fleet = document(*(device(f"gw{number}") for number in range(devices)))
        return len(samples_in(text_of(fleet, passing_checks=passing_checks)))

    each = size(3, passing_checks=False) - size(2, passing_checks=False)
    assert each == size(30, passing_checks=False) - size(29, passing_checks=False)
    assert size(3, passing_checks=True) - size(2, passing_checks=True) == each + len(CHECKS) - len(OF_SOFTSWITCHES)
    assert each < 20


def test_without_passing_checks_those_that_failed_are_there() -> None:
    fleet = document()
    set_check(fleet["devices"][0], "chain", "failed")
    text = text_of(fleet, passing_checks=False)
    assert [line for line in text.splitlines() if line.startswith("siptls_check_ok{")] == [
        'siptls_check_ok{device="gw1",check="chain"} 0'
    ]


def test_the_order_is_that_of_the_names_whatever_that_of_the_document() -> None:
    fleet = document()
    text = text_of(fleet)
    fleet["devices"].reverse()
    fleet["authorities"].reverse()
    assert text_of(fleet) == text
    assert text.endswith("\n")


@given(st.text())
def test_any_value_of_a_label_survives(value: str) -> None:
    value = value.encode("utf-8", "replace").decode()
    text = render([Family("siptls_x", "A help.", (({"device": value}, 1.5),), ("device",))], {"fleet": value})
    assert samples_in(text) == {("siptls_x", frozenset({("device", value), ("fleet", value)})): 1.5}


@given(name=st.text(min_size=1), cause=st.text(min_size=1), serial=st.text())
def test_hostile_names_in_a_document_stay_names(name: str, cause: str, serial: str) -> None:
    fleet = json.loads(json.dumps(document(device(name))))
    fleet["devices"][0]["certificate"]["serial_number"] = serial
    fleet["handshake_failures"]["by_cause"][0]["cause"] = cause
    found = samples_in(text_of(fleet))
    assert ("siptls_registered", frozenset({("device", name)})) in found
    assert ("siptls_handshake_failures", frozenset({("cause", cause)})) in found


def test_half_of_a_surrogate_pair_becomes_text() -> None:
    text_of(document(device("gw\ud800"))).encode()


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**18), 10**18))
def test_any_number_survives(value: float) -> None:
    text = render([Family("siptls_x", "A help.", (({}, value),))], {})
    assert [float(found) for found in samples_in(text).values()] == [float(value)]


@pytest.mark.parametrize("value", [True, float("nan"), float("inf"), "7", None, [7]])
def test_what_is_no_number_is_not_known(value: Any) -> None:
    fleet = document()
    fleet["devices"][0]["clock_ahead"] = value
    assert value_of(fleet, "siptls_clock_ahead_seconds", device="gw1") is None


REFUSED = {
    "this is no fleet document": [],
    "expected: format 1. found: format none": {"devices": []},
    "found: format 2": {"format": 2, "devices": []},
    "devices is no list": {"format": 1},
    "devices[0] has no name": {"format": 1, "devices": [{"kind": "gateway"}]},
    "two entries are for the device gw1": {"format": 1, "devices": [{"device": "gw1"}, {"device": "gw1"}]},
    "two entries are for the authority a": {"format": 1, "devices": [], "authorities": [{"name": "a"}, {"name": "a"}]},
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_no_document_is_told(words: str) -> None:
    with pytest.raises(SiptlsError) as caught:
        text_of(REFUSED[words])
    assert words in str(caught.value).lower()
    assert str(caught.value).startswith("fleet.json: ")


@pytest.mark.parametrize("name", ["device", "state", "9lives", "a-b", "", "__name__"])
def test_a_label_that_cannot_be_added_is_told(name: str) -> None:
    with pytest.raises(SiptlsError, match="labels"):
        text_of(document(), **{name: "x"})


def test_labels_are_added_to_every_sample() -> None:
    assert all(("fleet", "east") in labels for _name, labels in samples_in(text_of(document(), fleet="east")))
