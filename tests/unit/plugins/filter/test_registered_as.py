# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What roles select by an AoR or by the name of a SIP domain."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.siptls.vos.plugins.filter.named_domain import FilterModule as DomainFilters
from ansible_collections.siptls.vos.plugins.filter.registered_as import FilterModule

registered_as = FilterModule().filters()["registered_as"]
named_domain = DomainFilters().filters()["named_domain"]
GW1, GW2 = {"aor": "sip:gw1@example.com", "serial_number": "0a"}, {"aor": "sip:gw2@example.com", "serial_number": "0b"}
DOMAINS = [{"name": "Example.com", "srtp_require": False}, {"name": "example.net"}]


@pytest.mark.parametrize(
    "aor", ["sip:gw1@Example.com", "sips:GW1@example.com:5061", "sip:gw1@example.com;transport=tls"]
)
def test_registration_is_found_however_the_aor_is_written(aor: str) -> None:
    assert registered_as([GW1, GW2], aor) == [GW1]


def test_nobody_is_registered_as_somebody_else() -> None:
    assert registered_as([GW2], "sip:gw1@example.com") == []
    assert registered_as([], "sip:gw1@example.com") == []


@pytest.mark.parametrize(("registrations", "aor"), [([GW1], "gw1"), ([{}], GW1["aor"]), (7, GW1["aor"]), ([GW1], 7)])
def test_value_of_another_kind_is_refused(registrations: Any, aor: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="registered_as expects"):
        registered_as(registrations, aor)


@pytest.mark.parametrize("name", ["example.com", "EXAMPLE.COM", "example.com."])
def test_domain_is_found_whatever_its_case(name: str) -> None:
    assert named_domain(DOMAINS, name) == DOMAINS[:1]


@pytest.mark.parametrize(("domains", "name"), [([{}], "example.com"), ([{"name": 7}], "a"), (7, "a"), (DOMAINS, 7)])
def test_value_of_another_kind_is_no_domain(domains: Any, name: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="named_domain expects"):
        named_domain(domains, name)
