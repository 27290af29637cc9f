# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Distinguished names as they stand in a handshake, read from DER (X.501; RFC 4514 for how they are written)."""

from __future__ import annotations

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["read_name"]

_SEQUENCE, _BIT_STRING = 0x30, 0x03
_VERSION = bytes.fromhex("020100")
_ED25519 = bytes.fromhex("300506032b6570")
_NO_KEY = bytes.fromhex("302a300506032b6570032100") + bytes(32)
_NO_ATTRIBUTES = bytes.fromhex("a000")


def read_name(octets: bytes) -> str:
    """The name as RFC 4514 writes it; an empty text if the octets are none.

    The library reads a name only as part of something, so here it is the subject of a certification request
    (RFC 2986) whose key and signature nobody looks at.
    """
    info = _tagged(_SEQUENCE, _VERSION + octets + _NO_KEY + _NO_ATTRIBUTES)
    request = _tagged(_SEQUENCE, info + _ED25519 + _tagged(_BIT_STRING, bytes(65)))
    try:
        return x509.load_der_x509_csr(request).subject.rfc4514_string()
    except ValueError:
        return ""


def _tagged(tag: int, content: bytes) -> bytes:
    length = len(content)
    size = (length.bit_length() + 7) // 8
    head = bytes((length,)) if length < 0x80 else bytes((0x80 | size,)) + length.to_bytes(size, "big")
    return bytes((tag,)) + head + content
