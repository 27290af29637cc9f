# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of the gallery that are about certificates: their files, their way to an anchor, their revocation."""

from __future__ import annotations

from datetime import timedelta

from cryptography.x509.oid import ExtendedKeyUsageOID

from .clients import DAY, client, foreign_authority
from .fault import Fault
from .injections import (
    CERTS,
    anchors,
    encrypted_key,
    lists,
    lost_intermediate,
    not_reloaded,
    on_gateway,
    other_key,
    presents,
    revoked_list,
    weak,
)
from .material import GATEWAY, SOFTSWITCH, authorities, expired_root, gateway_pair, revocation_list

__all__ = ["FAULTS"]

HOUR = timedelta(hours=1)
AS_NOBODY = """mkdir -p /run/systemd/system/gateway.service.d
printf '[Service]\\nUser=nobody\\n' >/run/systemd/system/gateway.service.d/user.conf
systemctl daemon-reload"""
BOTH = (SOFTSWITCH, GATEWAY)
VOS = (SOFTSWITCH,)

FAULTS: tuple[Fault, ...] = (
    # The gateway's certificate and key
    Fault(
        "expired leaf",
        presents(lambda: gateway_pair(begin=-3 * DAY, end=-DAY)),
        "certificate_expired",
        ("expired at", "siptls.vos.rotate --limit gw1"),
        "device",
    ),
    Fault(
        "leaf not yet valid",
        presents(lambda: gateway_pair(begin=DAY, end=2 * DAY)),
        "certificate_not_yet_valid",
        ("not valid before",),
        "device",
    ),
    Fault("wrong key", other_key, "pair_mismatch", ("no pair", "gateway.key"), "device"),
    Fault(
        "no clientAuth",
        presents(lambda: gateway_pair(uses=(ExtendedKeyUsageOID.SERVER_AUTH,))),
        "client_auth_missing",
        ("clientAuth", "serverAuth"),
        "device",
    ),
    Fault(
        "self-signed",
        presents(lambda: client("gw1", None), with_chain=False),
        "certificate_self_signed",
        ("self-signed",),
        "device",
    ),
    Fault(
        "foreign authority",
        presents(lambda: client("gw1", foreign_authority("Elsewhere")), with_chain=False),
        "authority_unknown_to_softswitch",
        ("does not know the authority of gw1", "CN=Elsewhere", "siptls.vos.rotate --limit gw1"),
        "device",
    ),
    Fault(
        "certificate of another gateway",
        presents(lambda: gateway_pair("gw8")),
        "identity_mismatch",
        ("sip:gw8@example.com", "sip:gw1@example.com"),
        "device",
    ),
    Fault("weak key", presents(weak), "key_weak", ("1024 bits", "2048"), "device"),
    Fault(
        "unreadable PEM",
        on_gateway(f"sed -i '3s/.*/#!! no base64/' {CERTS}/gateway.crt"),
        "pem_unreadable",
        ("line 3", "gateway.crt"),
        "device",
    ),
    Fault("encrypted key", encrypted_key, "key_encrypted", ("encrypted", "passphrase"), "device"),
    Fault(
        "key without permission",
        on_gateway(AS_NOBODY),
        "file_forbidden",
        ("gateway.key", "nobody", "permissions"),
        "device",
    ),
    Fault("new files, not loaded", not_reloaded, "device_behind_disk", ("old certificate", "reload"), "device"),
    # The way to an anchor
    Fault(
        "expired anchor",
        anchors(lambda: expired_root() + authorities().issuing.certificate_pem),
        "anchor_expired",
        ("Root", "ca.crt", "expired at"),
        "device",
    ),
    Fault(
        "unknown server authority",
        anchors(lambda: foreign_authority("Elsewhere").certificate_pem),
        "authority_unknown_to_device",
        ("ca.crt", "does not know the authority of vos"),
        "device",
    ),
    Fault(
        "softswitch lacks our authority",
        anchors(lambda: foreign_authority("Elsewhere").certificate_pem, SOFTSWITCH),
        "authority_unknown_to_softswitch",
        ("ca_bundle.crt", "Elsewhere"),
        "softswitch",
        VOS,
    ),
    Fault(
        "missing intermediate",
        lost_intermediate,
        "intermediate_missing",
        ("Issuing", "leaf and then its issuing authority"),
        "device",
        BOTH,
    ),
    # Revocation
    Fault("revoked", lists(revoked_list), "certificate_revoked", ("revoked", "serial number"), "device", VOS),
    Fault(
        "stale CRL",
        lists(lambda: revocation_list(authorities().issuing, next_update=-HOUR)),
        "crl_stale",
        ("ran out at", "nextUpdate", "--tags revocation"),
        "softswitch",
        VOS,
    ),
    Fault(
        "CRL of the root missing",
        lists(lambda: revocation_list(authorities().issuing), root=False),
        "crl_incomplete",
        ("Root", "root included"),
        "softswitch",
        VOS,
    ),
)
