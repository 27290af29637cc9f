# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The platform ``vos``: the softswitch of the requirement, with tls.conf and an XML file for each SIP domain."""

from __future__ import annotations

from typing import Final

from .platform import Platform, SettingsFile

__all__ = ["PLATFORM"]

PLATFORM: Final = Platform(
    name="vos",
    file=SettingsFile(
        path="/etc/vos/tls.conf",
        section="tls_server",
        certificate="cert_file",
        private_key="key_file",
        trust_bundle="ca_file",
        crl="crl_file",
        settings=frozenset(
            {
                *("port", "cert_file", "key_file", "ca_file", "crl_file", "verify_mode", "min_version", "ciphers"),
                *("groups", "ssl_session_cache", "ssl_session_timeout", "keepalive_interval", "connection_lifetime"),
            }
        ),
        verify_mode="verify_mode",
        verify_modes={
            "no_client_cert": "none",
            "verify_client_cert_if_given": "optional",
            "require_any_client_cert": "require",
            "require_and_verify_client_cert": "require_verify",
        },
    ),
)
