# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How ready a device is, and why, by what was observed of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.tls.groups import GROUPS
from ansible_collections.siptls.vos.plugins.module_utils.tls.readiness import (
    ML_KEM_GROUPS,
    SEGMENT_IPV4,
    SEGMENT_IPV6,
    readiness,
)

NEW, OLD = "OpenSSL 3.5.7 9 Jun 2026 (Library: OpenSSL 3.5.7 9 Jun 2026)", "OpenSSL 3.0.19 27 Jan 2026"
HYBRID, CLASSICAL = ("X25519MLKEM768", "X25519", "P-256"), ("X25519", "P-256")
KEYS = {"tls_1_3", "hybrid_group", "client_hello_octets", "over_one_mtu", "signatures", "readiness", "reasons"}


def observed(**changes: Any) -> dict[str, Any]:
    """The verdict on a device that has everything, but for ``changes``."""
    everything: dict[str, Any] = {
        "protocol": "TLSv1.3",
        "group": "X25519MLKEM768",
        "offered_groups": HYBRID,
        "client_hello_octets": 1510,
        "openssl": NEW,
        "key_type": "ecdsa-p256",
    }
    found = readiness(**{**everything, **changes})
    assert set(found) == KEYS
    return found


def test_a_device_that_has_everything_is_ready() -> None:
    found = observed(key_type="ml-dsa-65")
    assert found["readiness"] == "ready"
    assert [found[name] for name in ("tls_1_3", "hybrid_group", "signatures", "over_one_mtu")] == [True] * 4
    assert found["client_hello_octets"] == 1510


@pytest.mark.parametrize(
    ("changes", "tls", "hybrid", "signatures", "verdict"),
    [
        ({}, True, True, True, "ready"),
        # An end that offers it is ready, whatever the other end chose
        ({"group": "X25519"}, True, True, True, "ready"),
        ({"group": "X25519", "offered_groups": CLASSICAL}, True, False, True, "partly"),
        ({"group": "X25519", "offered_groups": CLASSICAL, "openssl": OLD}, True, False, False, "not"),
        ({"openssl": OLD}, True, True, False, "partly"),
        ({"openssl": None}, True, True, None, "partly"),
        ({"openssl": "LibreSSL 3.9.2"}, True, True, None, "partly"),
        ({"openssl": OLD, "key_type": "ml-dsa-44"}, True, True, True, "ready"),
        # Without TLS 1.3 nothing of it is there
        ({"protocol": "TLSv1.2", "group": "X25519"}, False, True, True, "not"),
        # What was not seen is not known
        ({"protocol": None, "group": None, "offered_groups": ()}, None, None, True, "unknown"),
        ({"group": None, "offered_groups": ()}, True, None, True, "partly"),
        ({"group": None, "offered_groups": (), "openssl": None}, True, None, None, "unknown"),
        ({"group": None, "offered_groups": (), "openssl": OLD}, True, False, False, "not"),
        ({"group": "X25519", "offered_groups": (), "openssl": None}, True, None, None, "unknown"),
        ({"protocol": None, "group": None, "offered_groups": (), "openssl": OLD}, None, False, False, "not"),
        (
            {"openssl": "OpenSSL 1.1.1w  11 Sep 2023", "offered_groups": (), "group": "X25519"},
            True,
            False,
            False,
            "not",
        ),
        ({"openssl": "OpenSSL 4.0.0"}, True, True, True, "ready"),
        # A draft of what became the standard is not the standard
        ({"group": "X25519Kyber768Draft00", "offered_groups": ("X25519Kyber768Draft00",)}, True, False, True, "partly"),
    ],
)
def test_what_is_there_and_what_follows(
    changes: dict[str, Any], tls: bool | None, hybrid: bool | None, signatures: bool | None, verdict: str
) -> None:
    found = observed(**changes)
    assert (found["tls_1_3"], found["hybrid_group"], found["signatures"]) == (tls, hybrid, signatures)
    assert found["readiness"] == verdict


def test_nothing_observed_is_nothing_known() -> None:
    nothing = readiness(
        protocol=None, group=None, offered_groups=(), client_hello_octets=None, openssl=None, key_type=None
    )
    assert {name: value for name, value in nothing.items() if value is not None and name != "reasons"} == {
        "readiness": "unknown"
    }
    assert len(nothing["reasons"]) == 3
    assert all("not" in reason for reason in nothing["reasons"])


@pytest.mark.parametrize(
    ("octets", "over", "said"),
    [
        (None, None, ""),
        (517, False, ""),
        (SEGMENT_IPV6 - 5, False, ""),
        (SEGMENT_IPV6 - 4, False, "two over IPv6"),
        (SEGMENT_IPV4 - 5, False, "two over IPv6"),
        (SEGMENT_IPV4 - 4, True, "2 TCP segments"),
        (2 * SEGMENT_IPV4 - 4, True, "3 TCP segments"),
    ],
)
def test_one_segment_is_what_a_packet_of_1500_octets_holds_with_the_record_header(
    octets: int | None, over: bool | None, said: str
) -> None:
    found = observed(client_hello_octets=octets)
    assert found["over_one_mtu"] is over
    about = [reason for reason in found["reasons"] if "ClientHello" in reason]
    assert bool(about) is bool(said)
    assert said in "".join(about)


def test_what_is_missing_comes_first() -> None:
    found = observed(openssl=OLD, key_type="rsa-2048")
    assert found["reasons"][:2] == [
        "its OpenSSL 3.0.19 has no ML-DSA; OpenSSL 3.5 is the first",
        "its certificate is rsa-2048, deprecated after 2030 and disallowed after 2035 by the draft of NIST IR 8547",
    ]


def test_the_levels_of_cnsa_2_are_told_from_the_rest() -> None:
    below = observed(key_type="ml-dsa-65")["reasons"][-1]
    assert below.endswith("ML-DSA-87: X25519MLKEM768, ml-dsa-65")
    whole = observed(group="SecP384r1MLKEM1024", key_type="ml-dsa-87")["reasons"]
    assert not any("CNSA" in reason for reason in whole)


def test_the_groups_are_those_that_openssl_has_since_3_5() -> None:
    assert {name for name, least in GROUPS.items() if least == (3, 5)} == set(ML_KEM_GROUPS)
