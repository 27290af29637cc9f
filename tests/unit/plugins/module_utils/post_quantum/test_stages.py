# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who stands in the way of a stage of the migration, and whose handshakes do not bear it out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.post_quantum.stages import (
    STAGES,
    Fleet,
    Seen,
    in_the_way,
    not_proven,
)

HYBRID, CLASSICAL = ("X25519MLKEM768", "X25519"), ("X25519", "P-256")


def device(name: str = "gw1", kind: str = "gateway", **changes: Any) -> Seen:
    """A device that has everything, but for ``changes``."""
    everything: dict[str, Any] = {
        "established": True,
        "protocol": "TLSv1.3",
        "group": "X25519MLKEM768",
        "offered": HYBRID,
        "octets": 1543,
        "openssl": "OpenSSL 3.5.7 9 Jun 2026",
        "key_type": "ecdsa-p256",
    }
    return Seen(name, kind, **{**everything, **changes})


def old(**changes: Any) -> Seen:
    return device("gw2", **{"group": "X25519", "offered": CLASSICAL, "openssl": "OpenSSL 3.0.19", **changes})


SOFTSWITCH = device("vos", "softswitch")
UNREACHED = Seen("gw3", "gateway", cause="it was not reached")


@pytest.mark.parametrize(
    ("stage", "devices", "named"),
    [
        ("readiness", [SOFTSWITCH, old(), UNREACHED], []),
        ("anchors", [SOFTSWITCH, old(), UNREACHED], []),
        # A group for everybody is left, so nobody is in the way
        ("key_exchange", [SOFTSWITCH, device(), old(), UNREACHED], []),
        ("key_exchange", [device("vos", "softswitch", groups=HYBRID), old()], []),
        ("key_exchange", [device("vos", "softswitch", groups=("X25519MLKEM768",)), device()], []),
        ("key_exchange", [device("vos", "softswitch", groups=("X25519MLKEM768",)), device(), old()], ["gw2"]),
        # Unknown is not ready
        ("key_exchange", [device("vos", "softswitch", groups=("X25519MLKEM768",)), UNREACHED], ["gw3"]),
        ("key_exchange", [device("vos", "softswitch", groups=CLASSICAL), device()], ["vos"]),
        ("certificates", [SOFTSWITCH, old(), UNREACHED], []),
        ("certificates", [device(wants_signatures=True), old(wants_signatures=True)], ["gw2"]),
        ("certificates", [device(wants_signatures=True, protocol="TLSv1.2", group="X25519")], ["gw1"]),
        ("certificates", [device(wants_signatures=True, openssl="LibreSSL 3.9.2")], ["gw1"]),
    ],
)
def test_who_stands_in_the_way(stage: str, devices: list[Seen], named: list[str]) -> None:
    assert [words.partition(":")[0] for words in in_the_way(stage, devices)] == named


def test_why_somebody_stands_in_the_way_is_said() -> None:
    only = device("vos", "softswitch", groups=("X25519MLKEM768",))
    (words,) = in_the_way("key_exchange", [only, old()])
    assert words.startswith(
        "gw2: key exchange with ML-KEM is missing (it offers no group with ML-KEM, but X25519, P-256;"
    )
    assert words.endswith("and vos_groups of vos leaves no other")
    (words,) = in_the_way("key_exchange", [only, UNREACHED])
    assert words.startswith("gw3: it was not reached")
    (words,) = in_the_way("certificates", [device(wants_signatures=True, openssl=None)])
    assert "ML-DSA signatures is not known" in words


@pytest.mark.parametrize(
    ("stage", "seen", "words"),
    [
        ("key_exchange", device(), ""),
        ("key_exchange", old(), ""),
        ("key_exchange", device(group="X25519"), "it offers X25519MLKEM768, and its handshake agreed on X25519"),
        ("key_exchange", device(group=None), "agreed on nothing that was seen"),
        ("key_exchange", device(established=False, cause="alert 40"), "no handshake: alert 40"),
        ("certificates", device(established=False), "no handshake: nothing was seen"),
        ("certificates", device(group="X25519"), ""),
        ("anchors", device(established=False), ""),
        ("readiness", device(established=False), ""),
    ],
)
def test_what_handshakes_bear_out(stage: str, seen: Seen, words: str) -> None:
    found = not_proven(stage, [seen])
    assert bool(found) is bool(words)
    assert words in "".join(found)


def test_what_the_roles_note_is_read() -> None:
    noted = {
        "established": True,
        "protocol": "TLSv1.3",
        "group": "",
        "offered": ["X25519"],
        "octets": 0,
        "openssl": "",
        "key_type": "",
        "cause": "",
        "groups": [],
        "wants_signatures": False,
    }
    seen = Seen.of("gw1", "gateway", noted)
    assert (seen.protocol, seen.group, seen.octets, seen.openssl, seen.key_type) == ("TLSv1.3", None, None, None, None)
    assert Seen.of("gw9", "gateway", None).cause == "it was not reached"
    assert Seen.of("gw9", "gateway", None).verdict["readiness"] == "unknown"


def test_the_report_counts_and_shows_who_is_furthest_behind_first() -> None:
    fleet = Fleet([SOFTSWITCH, old(), UNREACHED], "readiness", datetime(2026, 11, 27, 1, tzinfo=UTC))
    content = fleet.as_dictionary()
    assert content["counts"] == {"ready": 1, "partly": 0, "unknown": 1, "not": 1}
    assert content["written"] == "2026-11-27T01:00:00Z"
    assert [one["device"] for one in content["devices"]] == ["gw2", "gw3", "vos"]
    lines = fleet.table().splitlines()
    assert [line.split()[0] for line in lines] == ["device", "gw2", "gw3", "vos", "Post-quantum:"]
    assert lines[-1] == "Post-quantum: 1 ready, 1 unknown, 1 not"
    assert "1543, over one MTU" in lines[3]


def test_the_stages_are_in_their_order() -> None:
    assert STAGES == ("readiness", "key_exchange", "anchors", "certificates")
