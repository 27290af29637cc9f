# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what Kamailio and rtpengine read.

kamailio.cfg, tls.cfg, the OpenSSL configuration that sets the groups, and the environment of rtpengine.
"""

from __future__ import annotations

from pathlib import Path
from string import Template

from .vos_files import DTLS_SUITES, NamedServer, SipDomain, TlsServer

TEMPLATE = Path(__file__).parent / "kamailio.cfg.template"
VERIFY_CLIENT = {
    "no_client_cert": "off",
    "verify_client_cert_if_given": "optional",
    "require_any_client_cert": "optional_no_ca",
    "require_and_verify_client_cert": "on",
}
# OpenSSL's names
PROFILES = {
    "AES_CM_128_HMAC_SHA1_80": "SRTP_AES128_CM_SHA1_80",
    "AES_CM_128_HMAC_SHA1_32": "SRTP_AES128_CM_SHA1_32",
    "AEAD_AES_128_GCM": "SRTP_AEAD_AES_128_GCM",
    "AEAD_AES_256_GCM": "SRTP_AEAD_AES_256_GCM",
}
# Names of drafts that are still in use
HISTORIC = {
    f"AES_{bits}_CM_{tag}": f"AES_CM_{bits}_{tag}" for bits in (192, 256) for tag in ("HMAC_SHA1_80", "HMAC_SHA1_32")
}
HAS_CERTIFICATE = "$tls_peer_serial != $null"
# Without the parameters that the side that was called adds to its URI
IS_THE_SENDER = '$tls_peer_san_uri == "sip:" + $fU + "@" + $fd'


def tls_cfg(server: TlsServer, named: tuple[NamedServer, ...] = ()) -> str:
    """Kamailio's tls.cfg. As a client, towards gateways, it verifies too.

    :param named: what is served instead to clients that ask for these names
    """
    shared = [f"method = {server.min_version}+", *_material(server, server), *_policy_of_tls(server)]
    lines = [
        "[server:default]",
        *shared,
        f"verify_client = {VERIFY_CLIENT[server.verify_mode]}",
        "",
        *(line for one in named for line in _named(one, server)),
        "[client:default]",
        *shared,
        "verify_certificate = yes",
        "require_certificate = yes",
    ]
    return "\n".join(lines) + "\n"


def _named(one: NamedServer, server: TlsServer) -> list[str]:
    """All that its section does not say is as in [tls_server]."""
    return [
        "[server:any]",
        f"server_name = {one.server_name}",
        "method = TLSv1.3+",
        *_material(one, server),
        *_policy_of_tls(server),
        f"verify_client = {VERIFY_CLIENT[server.verify_mode]}",
        "",
    ]


def _material(one: TlsServer | NamedServer, server: TlsServer) -> list[str]:
    return [
        f"private_key = {one.key_file}",
        f"certificate = {one.cert_file}",
        f"ca_list = {one.ca_file}",
        *([f"crl = {server.crl_file}"] if server.crl_file else []),
    ]


def _policy_of_tls(server: TlsServer) -> list[str]:
    return [f"cipher_list = {server.ciphers}", "verify_depth = 3"]


def openssl_cnf(server: TlsServer) -> str:
    """Kamailio has no setting of its own for groups: OpenSSL's defaults for the whole process."""
    groups = f"Groups = {server.groups}\n" if server.groups else ""
    return f"openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = defaults\n[defaults]\n{groups}"


def kamailio_cfg(server: TlsServer, domains: tuple[SipDomain, ...], address: str, *, silence: int = 300) -> str:
    """Kamailio's own configuration: a registrar and proxy that listens on TLS and on nothing else.

    :param silence: seconds after which a connection is closed on which no first message, or a part of one, has come
    """
    ports = sorted({server.port, *(domain.port for domain in domains)})
    return "#!KAMAILIO\n" + _Kamailio(TEMPLATE.read_text()).substitute(
        listens="\n".join(f"listen=tls:{address}:{port}" for port in ports),
        aliases="\n".join(f'alias="{domain.name}"' for domain in domains),
        silence=silence,
        session_cache=int(server.session_cache != "none"),
        certificate_rule=_certificate_rule(server, domains),
        connection_lifetime=server.connection_lifetime,
        # Beyond this the module has no digits
        flow_timer=min(server.keepalive_interval, 999),
        policies="\n".join(_policy(domain) for domain in domains),
    )


def media_environment(domains: tuple[SipDomain, ...], address: str) -> str:
    """What rtpengine is started with: its address, and the suites that a DTLS handshake may agree on."""
    suites = next((domain.srtp_suites for domain in domains if domain.srtp_auth == "dtls"), DTLS_SUITES)
    profiles = ":".join(PROFILES[suite] for suite in suites)
    return f"ADDRESS={address}\nLD_PRELOAD=/usr/local/lib/srtp_profiles.so\nSRTP_PROFILES={profiles}\n"


class _Kamailio(Template):
    """Kamailio's own variables begin with a dollar."""

    delimiter = "@@"


def _certificate_rule(server: TlsServer, domains: tuple[SipDomain, ...]) -> str:
    """Who may speak for an identity. Without a certificate there is none to compare, where the mode allows that."""
    needed = server.verify_mode.startswith("require_") or any(domain.tls_verify for domain in domains)
    if needed:
        return f"if (!({HAS_CERTIFICATE} && {IS_THE_SENDER})) {{ return -1; }}"
    return f"if ({HAS_CERTIFICATE} && !({IS_THE_SENDER})) {{ return -1; }}"


def _policy(domain: SipDomain) -> str:
    """What the media of a SIP domain has to be, as route[POLICY] sets it, and what rtpengine is to offer its gateways."""
    if domain.srtp_auth == "sdes":
        leg = " ".join(["RTP/SAVP", "DTLS=off", *(f"SDES-only-{suite}" for suite in domain.srtp_suites)])
    else:
        leg = "UDP/TLS/RTP/SAVPF SDES-off"
    written = [name for suite in domain.srtp_suites for name in (suite, HISTORIC.get(suite)) if name]
    return (
        f'    if ($var(domain) == "{domain.name}") {{\n'
        f"        $var(require) = {int(domain.srtp_require)};\n"
        f'        $var(auth) = "{domain.srtp_auth}";\n'
        f'        $var(suites) = "^a=crypto:[0-9]+ +({"|".join(written)}) ";\n'
        f'        $var(suites_named) = "{", ".join(domain.srtp_suites)}";\n'
        f'        $var(leg) = "{leg}";\n'
        "        return 1;\n"
        "    }"
    )
