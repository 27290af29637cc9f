# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of devices and CAs as names of files in the PKI directory."""

from __future__ import annotations

import string
from urllib.parse import unquote

from ...errors import SiptlsError

__all__ = ["device_name", "file_name"]

_PLAIN = frozenset(string.ascii_letters + string.digits + "._-")


def file_name(name: str) -> str:
    """``name`` as the name of a file: other characters, and a leading dot, as %XX of their UTF-8; one to one.

    :raises SiptlsError: the name is empty
    """
    if not name:
        raise SiptlsError("a name in the PKI directory cannot be empty", expected="a name such as issuing")
    encoded = "".join(
        character if character in _PLAIN else "".join(f"%{octet:02X}" for octet in character.encode())
        for character in name
    )
    return encoded.replace(".", "%2E", 1) if encoded.startswith(".") else encoded


def device_name(name: str) -> str:
    """The name that :func:`file_name` made ``name`` from."""
    return unquote(name, errors="surrogateescape")
