# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of the gallery that are about connections: names, what both ends have in common, services, the way there, media."""

from __future__ import annotations

from .fault import Fault
from .injections import (
    ADDRESS,
    CONF,
    OTHER_ADDRESS,
    VOS_CERTS,
    allows,
    behind_lifetime,
    domain_wants,
    drops,
    loaded_before,
    on_gateway,
    on_gateway_alone,
    on_softswitch,
    openssl,
    serves,
    setting,
    translate,
    translate_no_more,
    translated_and_listed,
)
from .material import GATEWAY, SOFTSWITCH

__all__ = ["FAULTS"]

TWO_DAYS_BEHIND = "echo -2d >/etc/faketimerc; ls /usr/lib/*/faketime/libfaketime.so.1 >/etc/ld.so.preload"
OTHER_DOMAIN = (
    f"echo '10.77.61.10 voice.example.org' >>/etc/hosts; sed -i 's|vos.example.com|voice.example.org|' {CONF}"
)
BOTH = (SOFTSWITCH, GATEWAY)
VOS = (SOFTSWITCH,)
CALL = {"diagnose_call_to": "gw2"}

FAULTS: tuple[Fault, ...] = (
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
        mends=("gw1",),
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
