# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import lifetime, pem
from ansible_collections.siptls.vos.plugins.plugin_utils.certificate_place import (
    CertificatePlace,
    Generation,
    InstalledState,
)
from ansible_collections.siptls.vos.plugins.plugin_utils.certificate_plan import (
    bundle_diff,
    foretold,
    generation_before,
    plan_for,
)
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.issuing.test_renewal import (
    GOOD,
    ISSUING,
    ROOT,
    wanted,
)
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import NOW, issued

BUNDLE = pem(ROOT.certificate, ISSUING.certificate)
IN_ORDER = InstalledState("0a", GOOD, False, True, BUNDLE, (), ())
LINKS = "the paths of certificate and key do not lead to the generation in use"


@pytest.mark.parametrize(
    ("changes", "recorded", "reason"),
    [
        ({}, True, ""),
        ({}, False, "the certificate in use was not on record"),
        ({"trust_bundle": None}, True, "the trust bundle is missing"),
        ({"trust_bundle": BUNDLE + "\n"}, True, "the trust bundle is not the issuer's"),
        ({"linked": False}, True, LINKS),
        (
            {"drift": ("gateway.key: mode is rw-r--r--, to be rw-------",)},
            True,
            "gateway.key: mode is rw-r--r--, to be rw-------",
        ),
        (
            {"trust_bundle": "x", "linked": False, "drift": ("a", "b")},
            False,
            f"the certificate in use was not on record; the trust bundle is not the issuer's; {LINKS}; a; b",
        ),
        ({"installed": None, "linked": False, "drift": ("a",)}, True, "the certificate in use cannot be read"),
        ({"installed": None, "generation": None, "trust_bundle": None}, True, "no certificate installed"),
        (
            {"installed": None, "generation": None, "foreign": True, "trust_bundle": None},
            True,
            "a certificate of other origin is installed; the trust bundle is missing",
        ),
    ],
)
def test_all_that_is_to_be_done_is_in_the_reason(changes: dict[str, object], recorded: bool, reason: str) -> None:
    plan = plan_for(replace(IN_ORDER, **changes), wanted(), trust_bundle=BUNDLE, recorded=recorded, now=NOW)
    assert plan.reason == reason


def generation(name: str, previous: str) -> Generation:
    return Generation(name, previous, GOOD.certificate)


@pytest.mark.parametrize(
    ("in_use", "kept", "target"),
    [
        ("0b", [("0a", ""), ("0b", "0a")], "0a"),
        ("0a", [("0a", ""), ("0b", "0a")], None),
        ("0b", [("0a", "gone"), ("0b", "0a"), ("left-by-a-killed-run", "0b")], "0a"),
        ("0a", [("0a", "gone"), ("0b", "0a")], None),
        ("0c", [("imported", ""), ("0b", "imported"), ("0c", "imported")], "imported"),
        ("imported", [("imported", ""), ("0b", "imported")], None),
    ],
)
def test_the_way_back_leads_to_the_generation_before_the_newest_and_no_further(
    in_use: str, kept: list[tuple[str, str]], target: str | None
) -> None:
    found = replace(IN_ORDER, generation=in_use, generations=tuple(generation(*each) for each in kept))
    back = generation_before(found, where="gw1")
    assert (back.name if back else None) == target


@pytest.mark.parametrize(("in_use", "kept"), [(None, []), ("0a", [("0a", "")]), ("0a", [("0a", "gone")]), ("0a", [])])
def test_without_a_generation_before_there_is_no_way_back(in_use: str | None, kept: list[tuple[str, str]]) -> None:
    found = replace(IN_ORDER, generation=in_use, generations=tuple(generation(*each) for each in kept))
    with pytest.raises(SiptlsError, match="gw1: there is no generation before the one in use"):
        generation_before(found, where="gw1")


def test_what_is_foretold_is_what_is_issued() -> None:
    lines = dict(line.split(": ", 1) for line in foretold(wanted(), NOW).splitlines())
    certificate = issued(ISSUING, valid=lifetime(NOW, timedelta(days=90), ISSUING.certificate))
    assert lines["subject"] == certificate.subject.rfc4514_string()
    assert lines["not after"] == f"{certificate.not_valid_after_utc:%F %T} UTC"


def test_a_bundle_reads_as_anchors_in_a_diff_whatever_the_device_has() -> None:
    for before in (None, "", "garbage \udcff", BUNDLE):
        diff = bundle_diff("/etc/gateway/certs/ca.crt", before, BUNDLE)
        assert diff["after"].startswith("CN=Root ")
        assert len(diff["after"].splitlines()) == 2
    assert diff["before"] == diff["after"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"certificate": ""}, "certificate cannot be the name of a file"),
        ({"certificate": "../x"}, "certificate cannot be the name of a file"),
        ({"private_key": "current"}, "private_key cannot be the name of a file"),
        ({"trust_bundle": "-rf"}, "trust_bundle cannot be the name of a file"),
        ({"trust_bundle": "a b"}, "trust_bundle cannot be the name of a file"),
        ({"certificate": "same", "private_key": "same"}, "to be three files"),
        ({"directory": "certs"}, "no absolute path"),
        ({"owner": "root", "group": "0"}, "two names or two numbers"),
    ],
)
def test_a_place_that_cannot_be_is_refused(changes: dict[str, str], words: str) -> None:
    place = {
        "directory": "/etc/gateway/certs",
        "certificate": "gateway.crt",
        "private_key": "gateway.key",
        "trust_bundle": "ca.crt",
        "owner": "",
        "group": "",
    }
    CertificatePlace(**place)
    with pytest.raises(SiptlsError, match=words):
        CertificatePlace(**{**place, **changes})
