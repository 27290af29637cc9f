# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what Kamailio reads: kamailio.cfg, tls.cfg and the OpenSSL configuration that sets the groups."""

from __future__ import annotations

from pathlib import Path
from string import Template

from .vos_files import SipDomain, TlsServer

TEMPLATE = Path(__file__).parent / "kamailio.cfg.template"
VERIFY_CLIENT = {
    "no_client_cert": "off",
    "verify_client_cert_if_given": "optional",
    "require_any_client_cert": "optional_no_ca",
    "require_and_verify_client_cert": "on",
}
HAS_CERTIFICATE = "$tls_peer_serial != $null"
# Without the parameters that the side that was called adds to its URI
IS_THE_SENDER = '$tls_peer_san_uri == "sip:" + $fU + "@" + $fd'


def tls_cfg(server: TlsServer) -> str:
    """Kamailio's tls.cfg. As a client, towards gateways, it verifies too."""
    shared = [
        f"method = {server.min_version}+",
        f"private_key = {server.key_file}",
        f"certificate = {server.cert_file}",
        f"ca_list = {server.ca_file}",
        f"cipher_list = {server.ciphers}",
        "verify_depth = 3",
        *([f"crl = {server.crl_file}"] if server.crl_file else []),
    ]
    lines = [
        "[server:default]",
        *shared,
        f"verify_client = {VERIFY_CLIENT[server.verify_mode]}",
        "",
        "[client:default]",
        *shared,
        "verify_certificate = yes",
        "require_certificate = yes",
    ]
    return "\n".join(lines) + "\n"


def openssl_cnf(server: TlsServer) -> str:
    """Kamailio has no setting of its own for groups: OpenSSL's defaults for the whole process."""
    groups = f"Groups = {server.groups}\n" if server.groups else ""
    return f"openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = defaults\n[defaults]\n{groups}"


def kamailio_cfg(server: TlsServer, domains: tuple[SipDomain, ...], address: str) -> str:
    """Kamailio's own configuration: a registrar and proxy that listens on TLS and on nothing else."""
    ports = sorted({server.port, *(domain.port for domain in domains)})
    return "#!KAMAILIO\n" + _Kamailio(TEMPLATE.read_text()).substitute(
        listens="\n".join(f"listen=tls:{address}:{port}" for port in ports),
        aliases="\n".join(f'alias="{domain.name}"' for domain in domains),
        session_cache=int(server.session_cache),
        certificate_rule=_certificate_rule(server, domains),
        media_rules="\n".join(_media_rule(domain) for domain in domains if domain.srtp_require),
    )


class _Kamailio(Template):
    """Kamailio's own variables begin with a dollar."""

    delimiter = "@@"


def _certificate_rule(server: TlsServer, domains: tuple[SipDomain, ...]) -> str:
    """Who may speak for an identity. Without a certificate there is none to compare, where the mode allows that."""
    needed = server.verify_mode.startswith("require_") or any(domain.tls_verify for domain in domains)
    if needed:
        return f"if (!({HAS_CERTIFICATE} && {IS_THE_SENDER})) {{ return -1; }}"
    return f"if ({HAS_CERTIFICATE} && !({IS_THE_SENDER})) {{ return -1; }}"


def _media_rule(domain: SipDomain) -> str:
    """An offer without encrypted media is refused (RFC 4568, RFC 5763)."""
    line = "a=crypto:" if domain.srtp_auth == "sdes" else "a=fingerprint:"
    words = f'Warning: 399 {domain.name} \\"SRTP keyed by {domain.srtp_auth} is required\\"\\r\\n'
    return (
        f'    if ($fd == "{domain.name}" && has_body("application/sdp") && !search_body("{line}")) {{\n'
        f'        append_to_reply("{words}");\n'
        '        send_reply("488", "Not Acceptable Here");\n'
        "        exit;\n"
        "    }"
    )
