# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Key exchange groups by the names that OpenSSL knows them by, SSL_CTX_set1_groups_list(3)."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["GROUPS", "least_openssl"]

# Name -> the first OpenSSL that takes it. Left out: curves below 128 bits, and those that TLS has given up.
GROUPS: dict[str, tuple[int, int]] = {
    "X25519": (1, 1),
    "X448": (1, 1),
    "P-256": (1, 1),
    "P-384": (1, 1),
    "P-521": (1, 1),
    "prime256v1": (1, 1),
    "secp384r1": (1, 1),
    "secp521r1": (1, 1),
    "secp256r1": (3, 0),
    "brainpoolP256r1": (1, 1),
    "brainpoolP384r1": (1, 1),
    "brainpoolP512r1": (1, 1),
    "brainpoolP256r1tls13": (3, 2),
    "brainpoolP384r1tls13": (3, 2),
    "brainpoolP512r1tls13": (3, 2),
    "ffdhe2048": (3, 0),
    "ffdhe3072": (3, 0),
    "ffdhe4096": (3, 0),
    "ffdhe6144": (3, 0),
    "ffdhe8192": (3, 0),
    "X25519MLKEM768": (3, 5),
    "SecP256r1MLKEM768": (3, 5),
    "SecP384r1MLKEM1024": (3, 5),
    "MLKEM512": (3, 5),
    "MLKEM768": (3, 5),
    "MLKEM1024": (3, 5),
}


def least_openssl(groups: Iterable[str]) -> tuple[int, int]:
    """The first OpenSSL (major, minor) that takes all of ``groups``; (1, 1) stands for 1.1.1, the oldest supported.

    :raises KeyError: an unknown group
    """
    return max((GROUPS[name] for name in groups), default=(1, 1))
