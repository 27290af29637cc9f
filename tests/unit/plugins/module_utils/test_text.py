# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of others as it is shown, and their numbers as they are read."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.text import clean, number, printable
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, 中文, é, 𝄞 and \\x1b spelled out", "plain, 中文, é, 𝄞 and \\x1b spelled out"),
        ("\x1b]0;title\x07\x1b[2J", r"\x1b]0;title\x07\x1b[2J"),
        ("a\x9b31m", r"a\x9b31m"),
        ("rm \u202eexe.txt", r"rm \u202eexe.txt"),
        ("\u200b\u200e\u2066\u2028\ufeff", r"\u200b\u200e\u2066\u2028\ufeff"),
        (b"\xd6\xd0\xce\xc4".decode(errors="surrogateescape"), r"\xd6\xd0\xce\xc4"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("a\r\nb\tc\0", r"a\r\nb\tc\x00"),
    ],
)
def test_what_a_terminal_obeys_or_nobody_sees_is_spelled_out(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_lines_are_kept_where_they_are_wanted() -> None:
    assert printable("a\r\n\tb\x1b", lines=True) == "a\\r\n\tb\\x1b"


def test_no_control_format_or_surrogate_character_of_unicode_is_left() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        is_nothing = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") or is_nothing:
            assert printable(character) != character, f"U+{code:04X}"


@given(st.text(st.characters(exclude_categories=())))
def test_whatever_it_is_it_can_be_written_as_utf_8_and_does_not_change_again(text: str) -> None:
    shown = printable(text)
    assert shown.encode().decode() == shown == printable(shown)


def test_a_long_text_is_cut() -> None:
    assert printable("x" * 11, longest=10) == "x" * 10 + " ..."
    assert printable("\x1b" * 10, longest=10) == "\\x1b\\x1b\\x" + " ..."
    assert printable("x" * 10, longest=10) == "x" * 10


class Marked(str):
    """Stands for a string that ansible-core has marked as a template."""

    __slots__ = ()


def test_every_string_of_a_result_is_clean_and_plain() -> None:
    result = clean({"a\x1b": [("\udcff", 1), {"b": Marked("{{ x }}")}], "n": None, "t": True, "f": 1.5})
    assert result == {"a\\x1b": [["\\xff", 1], {"b": "{{ x }}"}], "n": None, "t": True, "f": 1.5}
    assert not isinstance(result["a\\x1b"][1]["b"], Marked)


def test_an_error_shows_nothing_raw_and_not_all_that_was_found() -> None:
    error = SiptlsError("a\x1b[31m", where="gw1\n", expected="\u202e", found="\udcff" + "x" * 10_000, remedy="b\x07")
    assert str(error).startswith("gw1\\n: a\\x1b[31m. Expected: \\u202e. Found: \\xffxxx")
    assert str(error).endswith(" ... Remedy: b\\x07.") or str(error).endswith(" . Remedy: b\\x07.")
    assert len(str(error)) < 2_100


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("65535", 65535), ("000065535", 65535), (" 7\n", 7), ("65536", None), ("9" * 5000, None), ("", None),
     ("+1", None), ("1_0", None), ("1 2", None), ("\u0667", None), ("\xb2", None)],
)  # fmt: skip
def test_a_number_of_others_is_within_its_bounds_or_none(text: str, expected: int | None) -> None:
    assert number(text, 65535) == expected
