# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serial numbers as text."""

from __future__ import annotations

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.serial_numbers import serial_digits
from ansible_collections.siptls.vos.plugins.module_utils.sip.registrations import normal_serial
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("serial", "digits"), [(0, "00"), (1, "01"), (0xABC, "0abc"), (0xABCD, "abcd"), (2**159, "80" + 38 * "0")]
)
def test_digits_are_lower_case_and_even_in_number(serial: int, digits: str) -> None:
    assert serial_digits(serial) == digits


@given(st.integers(1, 2**159))
def test_what_a_softswitch_says_is_written_as_the_pki_directory_writes_it(serial: int) -> None:
    assert normal_serial(f"{serial:X}") == serial_digits(serial)
