# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of a report; what is not known is counted as such."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.report import figures
from ansible_collections.siptls.vos.plugins.module_utils.report.contents import contents

WRITTEN = "2026-11-27T01:00:00Z"


def device(name: str, **facts: Any) -> dict[str, Any]:
    return {"device": name, "kind": "gateway", "state": "ok", **facts}


def report(*devices: dict[str, Any], **beside: Any) -> dict[str, Any]:
    return contents({"format": 1, "written": WRITTEN, "devices": list(devices)}, **beside)


def ends(when: str) -> dict[str, Any]:
    return {"certificate": {"not_after": when}}


@pytest.mark.parametrize(
    ("facts", "registered", "encrypted"),
    [
        ({"registered": True, "srtp": {"required": True}}, "yes", "yes"),
        ({"registered": False, "srtp": {"required": False}}, "no", "no"),
        ({"registered": None, "srtp": {"required": None}}, "unknown", "unknown"),
        ({"srtp": None}, "unknown", "unknown"),
        ({"registered": "yes", "srtp": {"required": 1}}, "unknown", "unknown"),
    ],
)
def test_a_gateway_counts_once(facts: dict[str, Any], registered: str, encrypted: str) -> None:
    found = figures.glance(report(device("gw1", **facts), device("vos", kind="softswitch", registered=None)))
    none = dict.fromkeys(("yes", "no", "unknown"), 0)
    assert (found["devices"], found["gateways"]) == (2, 1)
    assert found["registered"] == none | {registered: 1}
    assert found["encrypted"] == none | {encrypted: 1}


def test_states_are_counted_and_what_is_none_is_unknown() -> None:
    states = ["ok", "failed", "unreachable", "due", "unknown", "of another version", None]
    found = figures.glance(report(*(device(f"gw{at}", state=state) for at, state in enumerate(states))))
    assert found["states"] == {"failed": 1, "unreachable": 1, "due": 1, "unknown": 3, "ok": 1}


def test_the_next_expiry_is_the_first_that_is_ahead() -> None:
    authority = {"name": "issuing", "not_after": "2026-12-09T01:00:00Z"}
    devices = [
        device("gw1", **ends("2026-11-27T00:59:59Z")),
        device("gw2", **ends("2026-12-10T02:00:00Z")),
        device("gw3", certificate=None),
    ]
    found = figures.glance(report(*devices, authorities=[authority]))
    assert found["expired"] == 1
    assert found["next_expiry"] == {
        "name": "issuing",
        "kind": "authority",
        "not_after": "2026-12-09T01:00:00Z",
        "days": 12,
    }
    found = figures.glance(report(*devices))
    assert (found["next_expiry"]["name"], found["next_expiry"]["days"]) == ("gw2", 13)
    assert figures.glance(report(device("gw3")))["next_expiry"] is None


def test_a_second_certificate_ends_as_well() -> None:
    second = {"name": "vos.post-quantum", "not_after": "2026-12-04T02:00:00Z"}
    found = report(device("vos", kind="softswitch", second_certificate=second, **ends("2026-12-10T02:00:00Z")))
    first = figures.glance(found)["next_expiry"]
    assert (first["name"], first["days"]) == ("vos.post-quantum", 7)
    assert sum(week["devices"] for week in figures.timeline(found)["weeks"]) == 2


def test_every_certificate_is_in_one_place_of_the_timeline() -> None:
    when = {
        "before": "2026-11-27T01:00:00Z",
        "today": "2026-11-27T01:00:01Z",
        "sixth": "2026-12-03T23:59:59Z",
        "seventh": "2026-12-04T00:00:00Z",
        "last": "2027-12-02T23:59:59Z",
        "later": "2027-12-03T00:00:00Z",
        "no time": "tomorrow",
    }
    found = figures.timeline(report(*(device(name, **ends(end)) for name, end in when.items()), device("none")))
    weeks = [week["devices"] for week in found["weeks"]]
    assert (found["expired"], found["later"], found["unknown"]) == (1, 1, 2)
    assert (weeks[0], weeks[1], weeks[52], sum(weeks), len(weeks)) == (2, 1, 1, 4, 53)
    assert [week["begin"] for week in found["weeks"][:2]] == ["2026-11-27", "2026-12-04"]


def test_checks_are_counted_with_their_causes() -> None:
    def check(state: str, cause: str = "") -> dict[str, Any]:
        return {
            "checks": [
                {"check": "chain", "state": state, "cause": cause, "remedy": "r" if cause else "", "evidence": []}
            ]
        }

    devices = [device(f"gw{at}", **check("failed", f"cause {at}")) for at in range(7)]
    devices += [
        device("a", **check("failed", "cause 3")),
        device("b", **check("ok")),
        device("c", **check("not_applicable")),
    ]
    (found,) = figures.findings(devices)
    assert (found["check"], found["ok"], found["failed"], found["unknown"], found["not_applicable"]) == (
        "chain",
        1,
        8,
        0,
        1,
    )
    assert found["causes"][0] == {"cause": "cause 3", "remedy": "r", "count": 2}
    assert (len(found["causes"]), found["more_causes"]) == (5, 2)


def test_drift_is_gathered_by_what_would_change() -> None:
    devices = [device("gw1", drift=["b", "a"]), device("gw2", drift=["b"]), device("gw3", drift=[]), device("gw4")]
    assert figures.drift(devices) == [{"line": "b", "devices": [0, 1]}, {"line": "a", "devices": [0]}]
    assert figures.glance(report(*devices))["drifted"] == 2


def test_readiness_and_acceleration() -> None:
    ready = {"readiness": "ready", "tls_1_3": True, "client_hello_octets": 1510}
    not_ready = {"readiness": "not", "tls_1_3": False, "reasons": ["too old"]}
    devices = [
        device("gw1", post_quantum=ready, aes={"accelerated": True, "by": "aes-ni"}),
        device("gw2", post_quantum=not_ready, aes={"accelerated": False, "by": ""}),
        device("gw3", aes={"accelerated": None}),
    ]
    found = figures.post_quantum(devices)
    assert found["readiness"] == {"ready": 1, "partly": 0, "not": 1, "unknown": 1}
    assert found["tls_1_3"] == {"yes": 1, "no": 1, "unknown": 1}
    assert found["largest_client_hello"] == 1510
    assert found["reasons"] == [{"reason": "too old", "count": 1}]
    assert figures.acceleration(devices) == {"yes": 1, "no": 1, "unknown": 1, "by": [{"value": "aes-ni", "count": 1}]}


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"format": 2, "devices": []},
        {"format": 1},
        {"format": 1, "devices": [{}]},
        {"format": 1, "devices": "gw1"},
    ],
)
def test_what_is_no_document_is_refused(document: Any) -> None:
    with pytest.raises(SiptlsError, match="here it is"):
        contents(document, where="here it is")
