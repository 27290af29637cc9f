# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One normal form of an AoR, and which AoR is meant where registrars write it another way."""

from __future__ import annotations

from contextlib import suppress

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.sip.aor import (
    AorIndex,
    comparable_host,
    find_aor,
    known_aors,
    normal_aor,
    normal_host,
)
from hypothesis import given
from hypothesis import strategies as st

GW1 = "sip:gw1@example.com"


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("sip:gw1@Example.COM", GW1),
        ("SIP:gw1@example.com", GW1),
        ("sips:gw1@example.com", GW1),
        ("sip:gw1@example.com.", GW1),
        ("sip:gw1@example.com:5061", GW1),
        ("sip:gw1@Example.com:5061;transport=tls?Subject=x", GW1),
        ("sip:gw1:secret@example.com", GW1),
        ("sip:%67w1@example.com", GW1),
        ("sip:GW1@example.com", "sip:GW1@example.com"),
        # A reserved character is not its escape (RFC 3261, section 19.1.4)
        ("sip:+1@example.com", "sip:+1@example.com"),
        ("sip:%2b1@example.com", "sip:%2B1@example.com"),
        ("sip:1;phone-context=+49@example.com", "sip:1;phone-context=+49@example.com"),
        ("sip:%c3%a4@example.com", "sip:%C3%A4@example.com"),
        ("sip:ä@example.com", "sip:%C3%A4@example.com"),
        ("sip:gw1@BÜCHER.example", "sip:gw1@xn--bcher-kva.example"),
        ("sip:gw1@XN--bcher-kva.example", "sip:gw1@xn--bcher-kva.example"),
        ("sip:gw1@[2001:DB8:0::1]:5061", "sip:gw1@[2001:db8::1]"),
        ("sip:gw1@192.0.2.1:5060", "sip:gw1@192.0.2.1"),
    ],
)
def test_aor_has_one_form(text: str, normal: str) -> None:
    assert normal_aor(text) == normal
    assert normal_aor(normal) == normal


@pytest.mark.parametrize(
    "text",
    [
        "gw1@example.com",
        "sip:example.com",
        "sip:a@b@c",
        "sip:gw1@:5061",
        "sip:gw1@.",
        "sip:@example.com",
        "sip:gw1@[zz]",
        "sip:gw 1@example.com",
        "sip:gw1\x00@example.com",
        f"sip:gw1@{'a' * 64}é.example",
        "tel:+1",
        "",
    ],
)
def test_text_that_is_not_the_aor_of_a_user_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        normal_aor(text)


@given(st.text(max_size=60), st.text(max_size=60))
def test_normal_form_is_stable_whatever_the_text(user: str, host: str) -> None:
    for text in (user, f"sip:{user}@{host}", f"sip:{user}@example.com"):
        with suppress(ValueError):
            assert normal_aor(normal_aor(text)) == normal_aor(text)
    assert comparable_host(comparable_host(host)) == comparable_host(host)


@pytest.mark.parametrize(
    ("wanted", "present", "found"),
    [
        (GW1, [GW1, "sip:GW1@example.com"], GW1),
        ("sip:GW1@example.com", [GW1], GW1),
        ("sip:Gw1@example.com", [GW1, "sip:GW1@example.com"], None),
        (GW1, ["sip:gw2@example.com", "sip:gw1@example.net"], None),
        (GW1, [], None),
    ],
)
def test_exact_user_is_preferred_and_another_case_counts_only_if_it_is_the_only_one(
    wanted: str, present: list[str], found: str | None
) -> None:
    assert find_aor(wanted, present) == found
    assert AorIndex(present).find(wanted) == found


def test_certificate_uris_that_name_no_user_are_left_out() -> None:
    assert known_aors(["sip:example.com", "SIPS:gw1@EXAMPLE.com", "https://example.com", "sip:a@b@c"]) == {GW1}


def test_host_has_one_form() -> None:
    assert normal_host("[::FFFF]") == "[::ffff]"
    assert comparable_host("a..b\ud800") == "a..b\ud800"
