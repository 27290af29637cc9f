# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The platform ``generic``: the gateway of the requirement, with the section ``[sip]`` of one INI file."""

from __future__ import annotations

from typing import Final

from .platform import Platform, SettingsFile

__all__ = ["PLATFORM"]

PLATFORM: Final = Platform(
    name="generic",
    file=SettingsFile(
        path="/etc/gateway/gateway.conf",
        section="sip",
        certificate="tls_client_cert",
        private_key="tls_client_key",
        trust_bundle="tls_ca_cert",
        settings=frozenset(
            {
                *("register", "transport", "tls_client_cert", "tls_client_key", "tls_ca_cert", "srtp_encryption"),
                *("srtp_auth", "register_expires", "keepalive_interval"),
            }
        ),
    ),
)
