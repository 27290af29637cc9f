# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({}, "it failed."),
        ({"where": "gw1"}, "gw1: it failed."),
        ({"expected": "rain", "found": "snow"}, "it failed. Expected: rain. Found: snow."),
        (
            {"where": "gw1, /etc/x", "expected": "a.", "found": "b", "remedy": "c."},
            "gw1, /etc/x: it failed. Expected: a. Found: b. Remedy: c.",
        ),
    ],
)
def test_an_error_reads_where_what_expected_found_remedy(parts: dict[str, str], text: str) -> None:
    error = SiptlsError("it failed", **parts)
    assert str(error) == text
    assert error.remedy == parts.get("remedy", "")


def test_an_error_names_the_variable_by_which_its_reader_sets_an_option() -> None:
    error = SiptlsError("no", remedy="run once with {after_revocation}, not {x}", options={"after_revocation": "issue"})
    assert str(error) == "no. Remedy: run once with after_revocation: issue, not {x}."
    named = error.said({"after_revocation": "gateway_after_revocation", "x": "y"})
    assert named == "no. Remedy: run once with gateway_after_revocation: issue, not {x}."
    address = SiptlsError("no", remedy="see the address in {connect}", options={"connect": ""})
    assert str(address) == "no. Remedy: see the address in connect."
    assert address.said({"connect": "vos_tls_connect"}) == "no. Remedy: see the address in vos_tls_connect."
