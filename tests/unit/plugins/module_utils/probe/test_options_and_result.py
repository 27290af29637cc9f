# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a probe is asked and what it returns, as values: options are checked before anything is done, and a refused OPTIONS is forgiven."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins import action
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.findings import Finding, State
from ansible_collections.siptls.vos.plugins.module_utils.probe.facts import task_result
from ansible_collections.siptls.vos.plugins.module_utils.probe.options import CALL, checked_call, checked_options
from ansible_collections.siptls.vos.plugins.module_utils.probe.result import ProbeResult, Registering
from ansible_collections.siptls.vos.plugins.module_utils.probe.settings import DeviceFacts, DeviceFile, Own, Target
from ansible_collections.siptls.vos.plugins.module_utils.probe.steps import ProbeStep
from ansible_collections.siptls.vos.plugins.module_utils.sip.offer_answer import Keying
from ansible_collections.siptls.vos.plugins.module_utils.tls.observation import Observation

UNUSED = DeviceFile("", "unused")
OPTIONS = {"aor": "sip:gw1@example.com", "trust_bundle": "/etc/ca.crt", "timeout": "7s"}
A_CALL = {"certificate": "", **{name: one.get("default") for name, one in CALL.items()}, "to": "600"}
REFUSED = ProbeStep(State.FAILED, (Finding("OPTIONS was refused with 403 Forbidden"),))
RESULT = ProbeResult(
    Target("vos.example.com:5061", "vos.example.com", "example.com"),
    DeviceFacts("OpenSSL 3.5.7", 0, None, Own(UNUSED, UNUSED), UNUSED, UNUSED),  # type: ignore[arg-type]
    Observation(),
    tls=ProbeStep(State.OK),
    options=REFUSED,
)


def test_options_that_are_not_given_follow_from_the_address_of_record() -> None:
    options = checked_options(OPTIONS)
    assert options.target == Target("example.com:5061", "example.com", "example.com")
    assert (options.patience, options.credentials, options.extra_seconds) == (7, None, 0)
    with_password = checked_options(
        {**OPTIONS, "password": "hidden", "connect": "192.0.2.1:5071", "domain": "sip.example.com"}
    )
    assert with_password.target == Target("192.0.2.1:5071", "sip.example.com", "sip.example.com")
    assert with_password.credentials is not None
    assert "hidden" not in repr(with_password)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"aor": "sip:example.com"}, "aor names no user"),
        ({"aor": "gw1"}, "aor is no SIP URI"),
        ({"certificate": "/a"}, "certificate and private_key belong together"),
        ({"trust_bundle": "ca.crt"}, "trust_bundle is no absolute path"),
        ({"timeout": "121s"}, "timeout is too long"),
        ({"domain": "a b"}, "domain is no SIP domain"),
        ({"connect": "a:b:c"}, "connect is no address"),
    ],
)
def test_connection_that_cannot_be_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SiptlsError, match=words):
        checked_options({**OPTIONS, **options})


def test_call_says_what_it_offers_and_takes_as_long_as_it_may_ring() -> None:
    call = checked_call(A_CALL, "example.com")
    assert (str(call.callee), call.keying, call.ring) == ("sip:600@example.com", Keying.SDES, 10)
    assert call.offered == {"keying": "sdes", "suites": A_CALL["suites"]}
    assert replace(call, keying=Keying.NONE).offered == {"keying": "none", "suites": []}
    assert replace(checked_options(OPTIONS), then=call).extra_seconds == 30


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"suites": ["AES_CM_129"]}, "suites holds a suite that is not known"),
        ({"suites": []}, "suites is empty"),
        ({"keying": "dtls"}, "keying dtls needs a certificate"),
        ({"media_address": "here and there"}, "media_address is no address"),
        ({"media_port": 70000}, "media_port is no port"),
        ({"expect": {"suites": ["x"]}}, "expect.suites holds a suite"),
    ],
)
def test_call_that_cannot_be_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SiptlsError, match=words):
        checked_call({**A_CALL, **options}, "example.com")


def test_refused_options_are_forgiven_where_the_step_after_them_is_ok() -> None:
    registered = replace(RESULT, registering=Registering(ProbeStep(State.OK)))
    found = registered.forgiving_options()
    assert {name: step.state for name, step in found.steps.items()} == dict.fromkeys(
        ("tls", "options", "register"), State.OK
    )
    assert found.notes == ("OPTIONS was refused with 403 Forbidden",)
    for other in (RESULT, replace(RESULT, registering=Registering())):
        assert other.forgiving_options() is other


def test_task_fails_with_the_first_finding_and_names_the_device() -> None:
    failed = task_result(RESULT, where="gw1")
    assert (failed["failed"], failed["verdict"]) == (True, "failed")
    assert failed["msg"].startswith("gw1: failed: OPTIONS was refused with 403 Forbidden")
    assert [one["step"] for one in failed["causes"]] == ["options"]
    assert failed["register"] == {
        "state": "unknown", "status": None, "reason": "", "milliseconds": None, "digest": "", "bindings": [],
    }  # fmt: skip
    fine = task_result(replace(RESULT, options=ProbeStep(State.OK)), where="gw1")
    assert (fine["verdict"], fine["changed"], "failed" in fine) == ("ok", False, False)


def test_no_action_is_made_of_one_that_probes() -> None:
    for file in Path(action.__path__[0]).glob("*.py"):
        imports = [one for one in ast.walk(ast.parse(file.read_text())) if isinstance(one, ast.ImportFrom)]
        assert not {one.module for one in imports if one.level == 1} & {"sip_probe", "srtp_probe"}, file.name
