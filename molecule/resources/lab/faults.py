# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of the gallery, and what a diagnosis has to say first of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography.x509.oid import ExtendedKeyUsageOID

from .clients import DAY, client, foreign_authority
from .injections import (
    ADDRESS,
    CERTS,
    CONF,
    OTHER_ADDRESS,
    VOS_CERTS,
    allows,
    anchors,
    behind_lifetime,
    domain_wants,
    drops,
    encrypted_key,
    lists,
    loaded_before,
    lost_intermediate,
    not_reloaded,
    on_gateway,
    on_gateway_alone,
    on_softswitch,
    openssl,
    other_key,
    presents,
    revoked_list,
    serves,
    setting,
    translate,
    translate_no_more,
    translated_and_listed,
    weak,
)
from .material import GATEWAY, SOFTSWITCH, authorities, bring_back, expired_root, gateway_pair, revocation_list

__all__ = ["FAULTS", "Fault"]

HOUR = timedelta(hours=1)
AS_NOBODY = """mkdir -p /run/systemd/system/gateway.service.d
printf '[Service]\\nUser=nobody\\n' >/run/systemd/system/gateway.service.d/user.conf
systemctl daemon-reload"""
TWO_DAYS_BEHIND = "echo -2d >/etc/faketimerc; ls /usr/lib/*/faketime/libfaketime.so.1 >/etc/ld.so.preload"
OTHER_DOMAIN = (
    f"echo '10.77.61.10 voice.example.org' >>/etc/hosts; sed -i 's|vos.example.com|voice.example.org|' {CONF}"
)


@dataclass(frozen=True)
class Fault:
    """One fault.

    :ivar inject: puts it in
    :ivar cause: the identifier of the cause that has to come first
    :ivar words: what an operator has to read in that cause, its evidence, remedy or fix
    :ivar where: where that cause has to be; empty for wherever
    :ivar touches: the containers whose files and services are brought back
    :ivar variables: of the diagnosis
    :ivar by_hand: no command mends it, such as the clock of a device, or an address that is changed between two networks
    """

    name: str
    inject: Callable[[], None]
    cause: str
    words: tuple[str, ...]
    where: str = ""
    touches: tuple[str, ...] = (GATEWAY,)
    variables: Mapping[str, str] = field(default_factory=dict)
    after: Callable[[], None] | None = None
    by_hand: bool = False

    def undo(self) -> None:
        """Everything as it was before."""
        if self.after:
            self.after()
        for container in self.touches:
            bring_back(container)


BOTH = (SOFTSWITCH, GATEWAY)
VOS = (SOFTSWITCH,)
CALL = {"diagnose_call_to": "gw2"}

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
    # Names
    Fault(
        "server certificate for another domain",
        serves("pbx.example.net", reload=True),
        "server_name_wrong",
        ("pbx.example.net", "example.com"),
        "softswitch",
        VOS,
    ),
    Fault(
        "wrong SIP domain dialled",
        on_gateway(OTHER_DOMAIN),
        "domain_dialled_wrong",
        ("voice.example.org", "--limit gw1 --tags configuration"),
        "device",
    ),
    Fault(
        "name does not resolve",
        setting("register", "sip:vos.example.invalid:5061"),
        "name_unresolved",
        ("vos.example.invalid", "resolve"),
        "device",
    ),
    # What the two have in common
    Fault(
        "TLS 1.0 only",
        openssl("MinProtocol = TLSv1", "MaxProtocol = TLSv1", "CipherString = ALL:@SECLEVEL=0"),
        "no_common_version",
        ("TLSv1", "MaxProtocol", "TLS 1.2"),
        "device",
    ),
    Fault(
        "no common cipher",
        openssl("MaxProtocol = TLSv1.2", "CipherString = AES128-SHA:@SECLEVEL=0"),
        "no_common_cipher",
        ("cipher suite", "AES128-SHA", "ECDHE"),
        "device",
    ),
    Fault(
        "no common group",
        openssl("MinProtocol = TLSv1.3", "Groups = brainpoolP384r1tls13"),
        "no_common_group",
        ("group", "brainpoolP384r1tls13"),
        "device",
    ),
    # Time, and the services
    Fault(
        "clock 2 days behind",
        on_gateway(TWO_DAYS_BEHIND),
        "clock_off",
        ("2.0 days", "behind", "NTP"),
        "device",
        by_hand=True,
    ),
    Fault(
        "gateway service stopped",
        on_gateway_alone("systemctl stop gateway"),
        "device_service_down",
        ("does not run", "systemctl restart gateway"),
        "device",
    ),
    Fault(
        "gateway service ends by an error of its own",
        on_gateway(f"sed -i 's|^transport = .*|transport = tls\\nno_such_key = 1|' {CONF}"),
        "device_service_down",
        ("does not run", "no_such_key", "journalctl -u gateway"),
        "device",
        by_hand=True,
    ),
    Fault(
        "softswitch service stopped",
        on_softswitch("systemctl stop vos"),
        "softswitch_service_down",
        ("does not run", "systemctl restart vos"),
        "softswitch",
        VOS,
    ),
    Fault(
        "plain SIP configured",
        setting("transport", "udp"),
        "plain_sip",
        ("transport = udp", "--limit gw1", "gateway_reload_now=true"),
        "device",
    ),
    Fault("pings too rare", behind_lifetime, "keepalive_too_slow", ("60 s", "ping every 120 s"), "device", BOTH),
    # What is served
    Fault(
        "old certificate still served",
        serves("vos.example.com", "example.com", reload=False),
        "served_behind_disk",
        ("old certificate", "not reloaded"),
        "softswitch",
        VOS,
    ),
    Fault(
        "another authority loaded, and the right one on the disk",
        loaded_before,
        "served_behind_disk",
        ("not reloaded", "vos_reload_now=true"),
        "softswitch",
        VOS,
    ),
    Fault(
        "unreadable PEM at the softswitch",
        on_softswitch(f"sed -i '5s/.*/#!! no base64/' {VOS_CERTS}/vos_server.crt; systemctl reload vos || :"),
        "pem_unreadable",
        ("line 5", "vos_server.crt"),
        "softswitch",
        VOS,
    ),
    # The way there
    Fault(
        "port blocked",
        drops("tcp dport 5061 drop"),
        "port_blocked",
        ("5061", "dport 5061 drop", "insert rule inet fault input handle", "nft delete rule"),
        "softswitch",
        VOS,
    ),
    Fault(
        "source not admitted",
        allows("10.77.61.22"),
        "source_not_admitted",
        (ADDRESS, "not on the list", "siptls.vos.allowlist"),
        "softswitch",
        VOS,
    ),
    Fault(
        "source changed on the way",
        translate,
        "nat_between",
        ("NAT", OTHER_ADDRESS, ADDRESS),
        "path",
        after=translate_no_more,
        by_hand=True,
    ),
    Fault(
        "source changed, and a list",
        translated_and_listed,
        "source_not_admitted",
        ("NAT", "list"),
        "path",
        BOTH,
        after=translate_no_more,
        by_hand=True,
    ),
    # Media
    Fault(
        "SRTP suites differ",
        domain_wants('require="true" auth="sdes" suites="AEAD_AES_256_GCM"'),
        "srtp_suite_mismatch",
        ("AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM", "488"),
        "softswitch",
        VOS,
        CALL,
    ),
    Fault(
        "SRTP keying differs",
        setting("srtp_auth", "dtls"),
        "srtp_keying_mismatch",
        ("DTLS", "SDES", "488"),
        "device",
        variables=CALL,
    ),
    Fault(
        "SRTP switched off",
        setting("srtp_encryption", "none"),
        "srtp_off",
        ("requires SRTP", "--limit gw1 --tags configuration"),
        "device",
    ),
    Fault(
        "UDP range closed",
        drops("udp dport 10000-20000 drop"),
        "media_ports_closed",
        ("10000-20000", "closed", "insert rule inet fault input handle"),
        "softswitch",
        VOS,
    ),
)
