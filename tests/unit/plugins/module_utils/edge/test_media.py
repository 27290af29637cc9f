# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy of a SIP domain, as Kamailio and rtpengine are told of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.edge.media import media_policy

DOMAIN = {"name": "Example.com", "srtp_require": True, "srtp_auth": "sdes", "srtp_suites": []}


def policy(**more: Any) -> dict[str, Any]:
    return media_policy({**DOMAIN, **more})


def test_the_domain_is_found_in_lower_case() -> None:
    assert policy()["name"] == "example.com"


@pytest.mark.parametrize(
    ("suites", "line", "is_allowed"),
    [
        ([], "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x", True),
        ([], "a=crypto:1 AEAD_AES_256_GCM inline:x", True),
        ([], "a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:x", False),
        ([], "a=crypto:1 NULL_HMAC_SHA1_80 inline:x", False),
        (["AEAD_AES_256_GCM"], "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x", False),
        (["AEAD_AES_128_GCM"], "a=crypto:1 AEAD_AES_128_GCM_8 inline:x", False),
        # The name of a draft, which devices still send
        (["AES_256_CM_HMAC_SHA1_80"], "a=crypto:2  AES_CM_256_HMAC_SHA1_80 inline:x", True),
        (["AES_256_CM_HMAC_SHA1_80"], "a=crypto:2 AES_256_CM_HMAC_SHA1_80 inline:x", True),
    ],
)
def test_lines_of_suites_that_the_policy_allows(suites: list[str], line: str, is_allowed: bool) -> None:
    assert bool(re.search(policy(srtp_suites=suites)["suites"], line)) is is_allowed


def test_gateways_are_offered_the_keying_and_the_suites_of_the_policy_alone() -> None:
    assert policy(srtp_suites=["AEAD_AES_256_GCM"])["leg"] == "RTP/SAVP DTLS=off SDES-only-AEAD_AES_256_GCM"
    assert policy(srtp_auth="dtls")["leg"] == "UDP/TLS/RTP/SAVP SDES-off"
