# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trust anchors in a file of a host that has no certificate of its own, with openssl as the judge of what they verify."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.tasks import (
    ROOT_PASSPHRASE,
    Task,
    authority,
    gateway,
    issuing,
    openssl,
)

RELOAD = "echo reloaded >>{{ device }}/reloads"


def bundle(*authorities: str, **options: Any) -> Task:
    given = {"pki": "pki", "authorities": list(authorities), "path": "{{ device }}/ca.pem", **options}
    return {"name": "The bundle", "siptls.vos.trust_bundle": given}


def others() -> list[Task]:
    """Another root and an issuing authority below it."""
    return [
        authority("root2", subject={"common_name": "Example SIP Root CA 2"}),
        issuing(
            "issuing2",
            subject={"common_name": "Example SIP Issuing CA 2"},
            issuer={"authority": "root2", "passphrase": ROOT_PASSPHRASE},
        ),
    ]


def test_what_the_authority_issued_verifies_with_it_and_a_second_run_changes_nothing(play: Play, pki: Path) -> None:
    host, device = play.device("monitor"), play.device("gw1")
    play([gateway()])
    task = bundle("issuing", mode="0640", reload=RELOAD)
    first = play([task], hosts=["monitor"]).of("monitor")
    assert first["reason"] == f"{host}/ca.pem does not exist"
    assert [one["subject"].partition(",")[0] for one in first["anchors"]] == [
        "CN=Example SIP Root CA",
        "CN=Example SIP Issuing CA",
    ]
    assert stat.S_IMODE((host / "ca.pem").stat().st_mode) == 0o640
    openssl("verify", "-x509_strict", "-CAfile", host / "ca.pem", device / "certs/gateway.crt")
    second = play([task], hosts=["monitor"])
    assert second.nothing_changed
    assert second.of("monitor")["anchors"] == first["anchors"]
    assert (host / "reloads").read_text() == "reloaded\n"


def test_old_and_new_stand_side_by_side_whatever_their_order(play: Play, pki: Path) -> None:
    host = play.device("monitor")
    play([*others(), bundle("issuing")], hosts=["monitor"])
    one = (host / "ca.pem").read_text()
    foretold = play([bundle("issuing2", "issuing")], hosts=["monitor"], check=True, diff=True)
    assert foretold.of("monitor")["changed"]
    assert (host / "ca.pem").read_text() == one
    assert "+CN=Example SIP Root CA 2" in foretold.output
    assert "BEGIN CERTIFICATE" not in foretold.output.partition("TASK [The bundle]")[2].partition("anchors")[0]
    play([bundle("issuing2", "issuing")], hosts=["monitor"])
    both = (host / "ca.pem").read_text()
    assert both.count("BEGIN CERTIFICATE") == 4
    assert one in both
    assert play([bundle("issuing", "issuing2", "issuing")], hosts=["monitor"]).nothing_changed
    play([bundle("issuing2")], hosts=["monitor"])
    assert (host / "ca.pem").read_text().count("BEGIN CERTIFICATE") == 2


def test_a_service_that_refuses_the_bundle_keeps_the_one_before(play: Play, pki: Path) -> None:
    host = play.device("monitor")
    play([*others(), bundle("issuing", reload=RELOAD)], hosts=["monitor"])
    before = (host / "ca.pem").read_bytes()
    refusing = "[ $(grep -c BEGIN {{ device }}/ca.pem) = 2 ] || { echo too many anchors; exit 1; }"
    failed = play([bundle("issuing", "issuing2", reload=refusing)], hosts=["monitor"], fails=True)
    assert "too many anchors" in failed.message("monitor")
    assert (host / "ca.pem").read_bytes() == before


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (bundle("isuing"), "Expected: one of: issuing, root"),
        (bundle(), "trusts nobody"),
        (bundle("issuing", path="ca.pem"), "Expected: an absolute path"),
        (bundle("issuing", mode="rw"), "mode cannot be read"),
    ],
)
def test_what_is_wrong_is_said_before_the_host_is_touched(play: Play, pki: Path, task: Task, words: str) -> None:
    assert words in play([task], hosts=["monitor"], fails=True).message("monitor")
    assert not list(play.device("monitor").iterdir())


def test_an_anchor_that_has_ended_is_a_warning(play: Play) -> None:
    short = authority("root", valid_for="1s")
    outcome = play([short, {"ansible.builtin.pause": {"seconds": 2}}, bundle("root")], hosts=["monitor"])
    assert "nothing verifies with it" in outcome.of("monitor", "The bundle")["warnings"][0]


def test_a_check_run_foretells_the_bundle_of_an_authority_that_is_only_foretold(play: Play) -> None:
    outcome = play([authority(), bundle("root")], hosts=["monitor"], check=True)
    assert outcome.of("monitor")["reason"] == "no anchors of root, which will itself be made first"
    assert not (play.device("monitor") / "ca.pem").exists()
