# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data in a page: it stays data, whatever text is in it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Sequence

__all__ = ["compressed", "digest", "script_data"]

# Inside a script element, the text ends where "</script" begins, and "<!--" changes how it is read (WHATWG HTML, 4.12.1.3).
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def script_data(value: object) -> str:
    """``value`` as JSON for a script element: ASCII, and none of the characters that mean anything to a parser of HTML."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text


def compressed(values: Sequence[object], size: int) -> list[str]:
    """``values`` as JSON, so many at a time, compressed by gzip (RFC 1952) and in the letters of base64. The same each time."""
    parts = [values[at : at + size] for at in range(0, len(values), size)]
    return [
        base64.b64encode(gzip.compress(json.dumps(part, separators=(",", ":")).encode(), 6, mtime=0)).decode()
        for part in parts
    ]


def digest(text: str) -> str:
    """The source expression that allows a script or a style sheet with this text, and no other (CSP Level 3, 2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
