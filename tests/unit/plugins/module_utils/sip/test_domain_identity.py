# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which domains a certificate speaks for, case by case (RFC 5922, sections 7.1 and 7.2)."""

from __future__ import annotations

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.sip.domain_identity import (
    PresentedNames,
    domain_identities,
    why_not_for,
)


def names(*alternative: str, common: str = "") -> PresentedNames:
    """``URI:...`` and ``DNS:...``, as openssl writes them; a bare ``-`` for an extension without either."""
    return PresentedNames(
        common,
        tuple(one[4:] for one in alternative if one.startswith("URI:")),
        tuple(one[4:] for one in alternative if one.startswith("DNS:")),
        bool(alternative),
    )


@pytest.mark.parametrize(
    ("presented", "identities"),
    [
        (
            names("URI:sip:example.com", "URI:sip:vos.example.com", "DNS:other.example"),
            ("example.com", "vos.example.com"),
        ),
        (names("DNS:Example.COM", "DNS:*.example.com"), ("example.com", "*.example.com")),
        (names("URI:sip:gw1@example.com", "DNS:gw1.example.com"), ("gw1.example.com",)),
        (names("URI:sips:example.com", "DNS:a.example"), ("a.example",)),
        (names("URI:https://example.com/", "DNS:a.example"), ("a.example",)),
        (names("URI:sip:", "URI:sip:ex ample", "DNS:a.example"), ("a.example",)),
        (names("URI:SIP:Example.com;transport=tls"), ("example.com",)),
        (names(common="example.com"), ("example.com",)),
        (names("-", common="example.com"), ()),
        (names(), ()),
    ],
)
def test_identities_by_section_7_1(presented: PresentedNames, identities: tuple[str, ...]) -> None:
    assert domain_identities(presented) == identities


@pytest.mark.parametrize(
    ("presented", "domain", "why"),
    [
        (names("URI:sip:example.com"), "EXAMPLE.com", None),
        (names("URI:sip:example.com"), "example.com.", None),
        (names("DNS:example.com"), "example.com", None),
        (names(common="example.com"), "example.com", None),
        (names("URI:sip:example.com"), "sub.example.com", "'example.com', and the SIP domain is 'sub.example.com'"),
        (names("URI:sip:example.com"), "ample.com", "the SIP domain is 'ample.com'"),
        (names("URI:sip:other.example", "DNS:example.com"), "example.com", "its DNS name does not count"),
        (names("DNS:*.example.com"), "vos.example.com", "a wildcard is no identity in SIP"),
        (names("DNS:other.example", common="example.com"), "example.com", "its common name does not count"),
        (names("URI:sip:gw1@example.com"), "example.com", "it names users of that domain"),
        (names(), "example.com", "for no SIP domain"),
        (names("DNS:a\nb"), "example.com", "'a\\nb'"),
    ],
)
def test_the_whole_name_counts_and_nothing_else(presented: PresentedNames, domain: str, why: str | None) -> None:
    found = why_not_for(presented, domain)
    assert (found is None) is (why is None), found
    assert why is None or why in str(found)
