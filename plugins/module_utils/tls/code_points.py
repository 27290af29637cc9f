# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the numbers in a handshake are called: versions, groups, suites (registries of IANA, "TLS Parameters")."""

from __future__ import annotations

import ssl
from functools import cache

__all__ = ["group_name", "suite_name", "version_name"]

_VERSIONS = {0x0300: "SSLv3", 0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}

# By the names of groups.py where that has one.
_GROUPS = {
    0x0013: "secp192r1",
    0x0015: "secp224r1",
    0x0016: "secp256k1",
    0x0017: "P-256",
    0x0018: "P-384",
    0x0019: "P-521",
    0x001A: "brainpoolP256r1",
    0x001B: "brainpoolP384r1",
    0x001C: "brainpoolP512r1",
    0x001D: "X25519",
    0x001E: "X448",
    0x001F: "brainpoolP256r1tls13",
    0x0020: "brainpoolP384r1tls13",
    0x0021: "brainpoolP512r1tls13",
    0x0029: "curveSM2",
    0x0100: "ffdhe2048",
    0x0101: "ffdhe3072",
    0x0102: "ffdhe4096",
    0x0103: "ffdhe6144",
    0x0104: "ffdhe8192",
    0x0200: "MLKEM512",
    0x0201: "MLKEM768",
    0x0202: "MLKEM1024",
    0x11EB: "SecP256r1MLKEM768",
    0x11EC: "X25519MLKEM768",
    0x11ED: "SecP384r1MLKEM1024",
    0x6399: "X25519Kyber768Draft00",
}


def version_name(number: int) -> str:
    """As OpenSSL calls it: ``TLSv1.3``."""
    return _VERSIONS.get(number, f"0x{number:04x}")


def group_name(number: int) -> str:
    """As OpenSSL calls it: ``X25519MLKEM768``."""
    return _GROUPS.get(number, f"0x{number:04x}")


@cache
def _suites() -> dict[int, str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    return {suite["id"] & 0xFFFF: suite["name"] for suite in context.get_ciphers()}


def suite_name(number: int) -> str:
    """As OpenSSL calls it: ``ECDHE-RSA-AES256-GCM-SHA384``. A number where the OpenSSL of this Python has none of that."""
    return _suites().get(number, f"0x{number:04x}")
