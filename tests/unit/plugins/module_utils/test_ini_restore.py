# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was merged into an INI file comes out again: byte for byte where nobody else changed it, key by key where somebody did."""

from __future__ import annotations

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.ini import merge_ini
from ansible_collections.siptls.vos.plugins.module_utils.ini_restore import missing_keys, restore_ini
from hypothesis import example, given
from hypothesis import strategies as st

OURS: dict[str, dict[str, str | None]] = {
    "sip": {"register": "sip:vos.example.com:5061", "transport": "tls", "tls_ca_cert": "/etc/gateway/certs/ca.crt"},
    "extra": {"name": "", "file": "/x"},
}
ORIGINALS = {
    "nothing": "",
    "plain": "[sip]\nregister = sip:vos.example.com:5060\ntransport = udp\nuser = gw1\n",
    "comment behind a value": "[sip]\nregister = sip:a:5060 ; the old one\ntransport = udp\n\n[media]\nports = 1-2\n",
    "carriage returns": "[sip]\r\nregister=sip:a:5060\r\n\r\n[media]\r\nx=1\r\n",
    "colons": "[sip]\nregister: sip:a:5060\ntransport: udp\n",
    "quotes": "[sip]\nregister = 'sip:a:5060'\n",
    "twice": "[sip]\ntransport = udp\nregister = sip:a:5060\ntransport = tcp\n",
    "no line end": "[media]\nx = 1\n[sip]\ntransport = udp",
    "no UTF-8": "; \udcfc\n[sip]\ntransport = udp\n",
    "other section": "[media]\nx = 1\n",
    "byte order mark": "\ufeff[sip]\ntransport = udp\n",
    "both sections": "[extra]\nname = theirs\n\n[sip]\nregister = sip:a:5060\n",
}


@pytest.mark.parametrize("name", ORIGINALS)
def test_what_only_we_changed_comes_back_byte_for_byte(name: str) -> None:
    original = ORIGINALS[name]
    merged = merge_ini(original, OURS)
    assert merged != original
    assert restore_ini(merged, original, OURS) == original
    # And stays
    assert restore_ini(original, original, OURS) == original
    # Also after a second run of other values
    again = merge_ini(merged, {"sip": {"register": "sip:vos2.example.com:5061"}})
    assert restore_ini(again, original, OURS) == original


WORDS = st.text(alphabet="ab =:;#[]'\\\t\r\n\ufeffé", max_size=60)


@given(WORDS)
@example("[sip]\na=b")
def test_any_text_comes_back(original: str) -> None:
    assert restore_ini(merge_ini(original, OURS), original, OURS) == original


CHANGED_SINCE = {
    "another key": (
        ORIGINALS["plain"],
        "user = gw1\n",
        "user = gw9\n",
        "[sip]\nregister = sip:vos.example.com:5060\ntransport = udp\nuser = gw9\n",
    ),
    "another section": (
        ORIGINALS["comment behind a value"],
        "ports = 1-2\n",
        "ports = 3-4\n",
        "[sip]\nregister = sip:a:5060 ; the old one\ntransport = udp\n\n[media]\nports = 3-4\n",
    ),
    "key of ours taken out": (
        ORIGINALS["plain"],
        "transport = tls\n",
        "",
        "[sip]\nregister = sip:vos.example.com:5060\ntransport = udp\nuser = gw1\n",
    ),
    # A comment of somebody else in our section keeps its header
    "file that was not there": ("", "[extra]", "# mine\n[extra]", "[sip]\n\n# mine\n"),
    "section gone": (
        "[media]\nx = 1\n[sip]\ntransport = udp\n",
        "x = 1\n[sip]\ntransport = tls\nregister = sip:vos.example.com:5061\ntls_ca_cert = /etc/gateway/certs/ca.crt\n",
        "x = 2\n",
        "[media]\nx = 2\n\n[sip]\ntransport = udp\n",
    ),
}


@pytest.mark.parametrize("name", CHANGED_SINCE)
def test_what_others_changed_since_stays(name: str) -> None:
    original, found, changed, expected = CHANGED_SINCE[name]
    merged = merge_ini(original, OURS)
    assert found in merged, merged
    assert restore_ini(merged.replace(found, changed), original, OURS).strip("\n") == expected.strip("\n")


def test_without_the_original_our_keys_are_taken_out_and_nothing_else() -> None:
    merged = merge_ini("[sip]\nuser = gw1\nregister = sip:a:5060\n", OURS)
    assert restore_ini(merged, None, OURS) == "[sip]\nuser = gw1\n"
    assert restore_ini("[sip]\nuser = gw1\n", None, OURS) == "[sip]\nuser = gw1\n"


def test_keys_that_are_missing_are_named() -> None:
    text = "[sip]\nregister = sip:a\ntransport =\n[other]\ntls_ca_cert = x\n"
    assert missing_keys(text, "sip", OURS["sip"]) == ("transport", "tls_ca_cert")
    assert missing_keys("", "sip", OURS["sip"]) == tuple(OURS["sip"])
