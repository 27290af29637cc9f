# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes first of several causes, what is unknown, and what people are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.cause import Cause, CauseId, Certainty, Where
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.evidence import Evidence, Side
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.ranking import EXPLAINS, diagnose, ranked, verdict_of
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.remedy import Invocation
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.report import cause_facts, summary
from ansible_collections.siptls.vos.plugins.module_utils.diagnosis.unknowns import unknowns
from ansible_collections.siptls.vos.plugins.module_utils.findings import Finding, State
from ansible_collections.siptls.vos.plugins.module_utils.tls.observation import Observation, OpensslError, Reach
from ansible_collections.siptls.vos.tests.shared.probe_material import GATEWAYS, ISSUING, NOW
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.diagnosis import (
    test_rules_of_certificates,
    test_rules_of_connections,
)
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.diagnosis.healthy import (
    ADDRESS,
    EVERYTHING_OK,
    crl,
    evidence,
    gateway,
    probed,
    softswitch,
    with_file,
)

NO_KEY = Observation(reach=Reach.UNKNOWN, ended=True, errors=(OpensslError(0, "no key"),))


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert diagnose(evidence()) == ()
    assert verdict_of((), evidence()) == "ok"


@pytest.mark.parametrize(
    "fine",
    [
        lambda: evidence(device=gateway(clock_ahead=200)),
        lambda: evidence(probed=replace(probed(), connect="vos1.internal:5061")),
        lambda: evidence(probed=replace(probed(), seen_from="127.0.0.1")),
        lambda: evidence(device=gateway(addresses=("2001:db8::7",)), probed=replace(probed(), seen_from="2001:DB8:0::7")),
        lambda: evidence(softswitch=softswitch(served="0badcafe")),
        lambda: evidence(
            probed=replace(probed(), states={**EVERYTHING_OK, "register": State.FAILED}, register_status=401,
                           findings=(Finding("REGISTER was refused with 401"),))
        ),
        lambda: evidence(
            device=with_file(gateway(), "private_key", state="unreadable"),
            probed=replace(probed(NO_KEY), findings=(Finding("cannot be read"),)),
        ),
        lambda: evidence(softswitch=None),
    ],
)  # fmt: skip
def test_what_is_no_fault_is_none(fine: Callable[[], Evidence]) -> None:
    assert diagnose(fine()) == ()


def test_of_several_addresses_one_that_is_let_in_is_enough() -> None:
    found = diagnose(
        evidence(
            device=gateway(addresses=("203.0.113.5", ADDRESS)), softswitch=softswitch(packet_filter=test_rules_of_connections.LISTED),
            probed=probed(Observation(reach=Reach.SILENT)),
        )
    )  # fmt: skip
    assert (found[0].id, found[0].certainty) == (CauseId.SOURCE_NOT_ADMITTED, Certainty.LIKELY)


def test_each_cause_comes_first_in_some_case() -> None:
    assert set(CauseId) == {
        case.cause for case in (*test_rules_of_certificates.CASES, *test_rules_of_connections.CASES)
    }


def test_each_cause_is_in_the_table_of_the_documentation() -> None:
    text = (Path(__file__).resolve().parents[5] / "docs/docsite/rst/troubleshooting.rst").read_text()
    assert [one.value for one in CauseId if f"``{one.value}``" not in text] == []


def cause(kind: CauseId, certainty: Certainty = Certainty.CERTAIN) -> Cause:
    return Cause(kind, kind.value, certainty, Where.DEVICE, "gw1")


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (CauseId.CLOCK_OFF, CauseId.CERTIFICATE_NOT_YET_VALID),
        (CauseId.CLOCK_OFF, CauseId.CRL_STALE),
        (CauseId.PORT_BLOCKED, CauseId.NOT_REGISTERED),
        (CauseId.PEM_UNREADABLE, CauseId.PAIR_MISMATCH),
        (CauseId.PEM_UNREADABLE, CauseId.DEVICE_SERVICE_DOWN),
        (CauseId.CRL_STALE, CauseId.REFUSED),
        (CauseId.SOFTSWITCH_SERVICE_DOWN, CauseId.NOTHING_LISTENS),
        (CauseId.CERTIFICATE_SELF_SIGNED, CauseId.AUTHORITY_UNKNOWN_TO_SOFTSWITCH),
    ],
)
def test_what_others_follow_from_comes_first_however_sure_they_are(first: CauseId, then: CauseId) -> None:
    found = ranked(
        [cause(then), cause(first, Certainty.LIKELY if then in EXPLAINS.get(first, ()) else Certainty.CERTAIN)]
    )
    assert [one.id for one in found] == [first, then]


def test_a_guess_explains_nothing() -> None:
    found = ranked([cause(CauseId.NOT_REGISTERED, Certainty.LIKELY), cause(CauseId.FILE_FORBIDDEN, Certainty.POSSIBLE)])
    assert [one.id for one in found] == [CauseId.NOT_REGISTERED, CauseId.FILE_FORBIDDEN]


def test_each_cause_is_named_once_and_as_sure_as_any_rule_is() -> None:
    found = ranked([cause(CauseId.CRL_STALE, Certainty.LIKELY), cause(CauseId.CRL_STALE)])
    assert [one.certainty for one in found] == [Certainty.CERTAIN]


def test_what_cannot_be_known_is_told_and_is_no_cause() -> None:
    little = Evidence(NOW, "sip:gw1@example.com", Side("gw1"))
    assert diagnose(little) == ()
    assert verdict_of((), little) == "unknown"
    whats = " | ".join(one.what for one in unknowns(little))
    for words in (
        "service of gw1",
        "clock of gw1",
        "AES-NI",
        "only the softswitch knows",
        "after TLS",
        "a call agrees on",
        "NAT",
    ):
        assert words in whats
    asked = " | ".join(one.what for one in unknowns(evidence(softswitch=Side("vos"))))
    assert "who is registered" in asked
    assert "which certificate vos serves" in asked


def test_what_is_told_to_people_has_evidence_and_a_fix() -> None:
    causes = diagnose(evidence(device=gateway(clock_ahead=90_000)))
    lines = summary("gw1", causes, (), Invocation())
    assert lines[0].startswith("1. the clock of gw1 is 1.0 days (90000 s) ahead")
    assert any(line.startswith("   fix: by hand: set the clock of gw1") for line in lines)
    assert cause_facts(causes, Invocation())[0]["rank"] == 1
    assert summary("gw1", (), (), Invocation()) == ["nothing was found that keeps gw1 from working"]


def test_one_end_survives_its_way_as_facts() -> None:
    before = softswitch(crls=(crl(ISSUING, GATEWAYS["gw1"]),), refusals=("{}",), openssl_settings=("Groups = X25519",))
    assert Side.of_facts(json.loads(json.dumps(before.facts()))) == before
