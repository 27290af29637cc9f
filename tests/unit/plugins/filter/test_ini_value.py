# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.siptls.vos.plugins.filter.ini_value import FilterModule

ini_value = FilterModule().filters()["ini_value"]


@pytest.mark.parametrize(("value", "text"), [(5061, "5061"), ("HIGH:!aNULL", "HIGH:!aNULL"), ("", ""), ("a;b", "a;b")])
def test_a_value_that_ini_can_carry_is_written_as_it_is(value: object, text: str) -> None:
    assert ini_value(value) == text


@pytest.mark.parametrize("value", ["a\nport = 1", "a\r", " a", "a ", "a ;b", "#a", '"a"', "a\\", "a\u2028b"])
def test_a_value_that_ini_cannot_carry_is_refused(value: str) -> None:
    with pytest.raises(AnsibleFilterError, match="cannot be a value in an INI file"):
        ini_value(value)
