# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.identity import Identity
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.profiles import PROFILES, profile_named
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import authority, issued
from cryptography import x509

SERVER, CLIENT, SIP_DOMAIN = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.20"


@pytest.mark.parametrize(
    ("profile", "usages"), [("softswitch", {SERVER, CLIENT, SIP_DOMAIN}), ("gateway", {SERVER, CLIENT})]
)
def test_a_certificate_may_be_used_for_what_its_profile_says_and_nothing_else(profile: str, usages: set[str]) -> None:
    certificate = issued(authority("Root"), profile=profile_named(profile))
    found = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert {usage.dotted_string for usage in found} == usages


@pytest.mark.parametrize(
    ("uris", "fits"),
    [
        (["sip:example.com"], True),
        (["sip:operator@example.com", "sip:example.com"], True),
        (["sip:gw1@example.com"], False),
        ([], False),
    ],
)
def test_a_softswitch_speaks_for_a_domain(uris: list[str], fits: bool) -> None:
    identity = Identity("vos", tuple(uris), ("vos.example.com",))
    PROFILES["gateway"].check(identity)
    if fits:
        PROFILES["softswitch"].check(identity)
    else:
        with pytest.raises(SiptlsError, match="names no SIP domain"):
            PROFILES["softswitch"].check(identity)


def test_each_usage_that_is_missing_or_too_many_is_named() -> None:
    by = authority("Root")
    gateway, softswitch = PROFILES["gateway"], PROFILES["softswitch"]
    assert softswitch.differences(issued(by, profile=gateway)) == ["sipDomain is missing"]
    assert gateway.differences(issued(by, profile=softswitch)) == ["sipDomain is not wanted"]
    assert gateway.differences(by.certificate) == ["clientAuth is missing", "serverAuth is missing"]


def test_an_unknown_profile_is_told_which_there_are() -> None:
    with pytest.raises(SiptlsError, match="one of softswitch, gateway.*'pbx'"):
        profile_named("pbx")
