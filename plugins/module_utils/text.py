# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of a device, a file or a peer, made safe to show: what a terminal would obey or a reader could not see is spelled out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["clean", "number", "printable", "whole_number"]

# Controls, surrogates (bytes that are not UTF-8 among them), format characters, line and paragraph separators, characters without
# a glyph, non-characters and tags. Bidirectional controls reorder what a reader sees (Unicode Technical Report 36, section 2.11).
_UNSEEN = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
) + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
_ANY = re.compile(f"[{_UNSEEN}]")
_BUT_LINES = re.compile(f"(?![\n\t])[{_UNSEEN}]")
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_CUT = " ..."


def printable(text: str, *, lines: bool = False, longest: int | None = None) -> str:
    r"""``text`` with every character that cannot be seen or that a terminal obeys as an escape, such as ``\x1b`` or ``\u202e``.

    A byte that was not UTF-8, read with ``surrogateescape``, is shown as that byte: ``\xff``.

    :param lines: whether newlines and tabs are kept
    :param longest: the most characters to return, of a longer text its beginning and an ellipsis; None for all of them
    """
    if longest is not None and len(text) > longest:
        text = text[:longest] + _CUT
    shown = (_BUT_LINES if lines else _ANY).sub(_escape, text)
    if longest is not None and len(shown) > longest + len(_CUT):
        shown = shown[:longest] + _CUT
    return shown


def clean(value: Any) -> Any:
    """``value`` with every string in it, keys too, as :func:`printable` shows it with its lines; all else is returned as it is."""
    if isinstance(value, str):
        # A plain str: what marks a string as a template of the playbook stays behind.
        return printable(str(value), lines=True)
    if isinstance(value, Mapping):
        return {clean(key): clean(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(each) for each in value]
    return value


def number(text: str, maximum: int) -> int | None:
    """The same as :func:`whole_number`, with blanks around it or without."""
    return whole_number(text.strip(), maximum)


def whole_number(text: str, largest: int) -> int | None:
    """The number that ``text`` is in ASCII digits, leading zeros allowed; None if it is none or more than ``largest``.

    Looks at no more digits than ``largest`` has, but for leading zeros, so a number without end costs nothing.
    """
    digits = text.lstrip("0") or text[-1:]
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > len(str(largest)):
        return None
    found = int(digits)
    return found if found <= largest else None


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
