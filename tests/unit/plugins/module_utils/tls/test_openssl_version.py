# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of OpenSSL compare as numbers."""

from __future__ import annotations

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.tls.openssl_version import openssl_version


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("OpenSSL 1.1.1k  FIPS 25 Mar 2021", (1, 1)),
        ("OpenSSL 3.5.7 1 Jul 2026", (3, 5)),
        ("OpenSSL 4.0.0 1 Apr 2026", (4, 0)),
        ("OpenSSL 3.10.0", (3, 10)),
        ("LibreSSL 3.8.2", None),
        ("OpenSSL " + "9" * 5000 + ".1", None),
        ("OpenSSL 3." + "9" * 5000, None),
        ("OpenSSL ²¹.³", None),
        ("", None),
        (None, None),
    ],
)
def test_major_and_minor_are_read_as_numbers(text: str | None, version: tuple[int, int] | None) -> None:
    assert openssl_version(text) == version


def test_a_new_major_version_is_newer() -> None:
    assert openssl_version("OpenSSL 4.0.0") > openssl_version("OpenSSL 3.10.0") > openssl_version("OpenSSL 3.5.0")  # type: ignore[operator]
