# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of the gallery: each is put into the running lab for real, and undone again."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from .clients import DAY, client, foreign_authority, issue
from .material import (
    GATEWAY,
    SOFTSWITCH,
    authorities,
    bring_back,
    chain,
    expired_root,
    gateway_pair,
    give,
    put,
    restart,
    revocation_list,
    shell,
    softswitch_pair,
)

__all__ = ["FAULTS", "Fault"]

CONF = "/etc/gateway/gateway.conf"
CERTS = "/etc/gateway/certs"
VOS_CERTS = "/etc/vos/certs"
DOMAIN = "/etc/vos/sip_domains/example.com.xml"
ADDRESS, OTHER_ADDRESS = "10.77.61.21", "10.77.61.99"
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Fault:
    """One fault.

    :ivar inject: puts it in
    :ivar cause: the identifier of the cause that has to come first
    :ivar words: what an operator has to read in that cause, its evidence, remedy or fix
    :ivar where: where that cause has to be; empty for wherever
    :ivar touches: the containers whose files and services are brought back
    :ivar variables: of the diagnosis
    """

    name: str
    inject: Callable[[], None]
    cause: str
    words: tuple[str, ...]
    where: str = ""
    touches: tuple[str, ...] = (GATEWAY,)
    variables: Mapping[str, str] = field(default_factory=dict)
    after: Callable[[], None] | None = None

    def undo(self) -> None:
        """Everything as it was before."""
        if self.after:
            self.after()
        for container in self.touches:
            bring_back(container)


def setting(key: str, value: str) -> Callable[[], None]:
    """A key of the gateway's configuration."""

    def inject() -> None:
        shell(GATEWAY, f"sed -i 's|^{key} = .*|{key} = {value}|' {CONF}")
        restart(GATEWAY)

    return inject


def on_gateway(script: str) -> Callable[[], None]:
    """A script on the gateway, and a restart of its service."""

    def inject() -> None:
        shell(GATEWAY, script)
        restart(GATEWAY)

    return inject


def on_softswitch(script: str) -> Callable[[], None]:
    """A script on the softswitch."""
    return lambda: shell(SOFTSWITCH, script) and None


def presents(pair: Callable[[], object], *, with_chain: bool = True) -> Callable[[], None]:
    """Another pair for the gateway."""

    def inject() -> None:
        give(GATEWAY, pair(), with_chain=with_chain)  # type: ignore[arg-type]
        restart(GATEWAY)

    return inject


def anchors(text: Callable[[], str], container: str = GATEWAY) -> Callable[[], None]:
    """Other anchors for one end."""

    def inject() -> None:
        put(container, f"{CERTS}/ca.crt" if container == GATEWAY else f"{VOS_CERTS}/ca_bundle.crt", text())
        restart(container)

    return inject


def openssl(*lines: str) -> Callable[[], None]:
    """The gateway's OpenSSL can do no more than this, as old firmware."""
    text = "openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = all\n[all]\n" + "\n".join(lines) + "\n"

    def inject() -> None:
        put(GATEWAY, "/etc/ssl/openssl.cnf", text)
        restart(GATEWAY)

    return inject


def lists(issuing: Callable[[], str], *, root: bool = True) -> Callable[[], None]:
    """Other revocation lists for the softswitch."""

    def inject() -> None:
        others = revocation_list(authorities().root) if root else ""
        put(SOFTSWITCH, f"{VOS_CERTS}/crl.pem", others + issuing())
        restart(SOFTSWITCH)

    return inject


def revoked_list() -> str:
    serial = shell(GATEWAY, f"openssl x509 -in {CERTS}/gateway.crt -noout -serial").strip().partition("=")[2]
    return revocation_list(authorities().issuing, serials=[int(serial, 16)])


def other_key() -> None:
    put(GATEWAY, f"{CERTS}/gateway.key", gateway_pair().key_pem())
    restart(GATEWAY)


def encrypted_key() -> None:
    pair = gateway_pair()
    give(GATEWAY, pair)
    put(GATEWAY, f"{CERTS}/gateway.key", pair.key_pem("a passphrase that nobody has"))
    restart(GATEWAY)


def lost_intermediate() -> None:
    """The gateway sends its leaf alone, to a softswitch that has the root alone."""
    give(GATEWAY, gateway_pair(), with_chain=False)
    put(SOFTSWITCH, f"{VOS_CERTS}/ca_bundle.crt", authorities().root.certificate_pem)
    restart(SOFTSWITCH)
    restart(GATEWAY)


def serves(*names: str, reload: bool) -> Callable[[], None]:
    """Another certificate for the softswitch."""

    def inject() -> None:
        give(SOFTSWITCH, softswitch_pair(*names))
        if reload:
            restart(SOFTSWITCH)

    return inject


def not_reloaded() -> None:
    """The gateway's files are new, and its service still has the old ones."""
    give(GATEWAY, gateway_pair())


def domain_wants(policy: str) -> Callable[[], None]:
    """Another media policy of the SIP domain."""
    return on_softswitch(f"sed -i 's|<srtp_policy .*/>|<srtp_policy {policy}/>|' {DOMAIN}; systemctl restart vos")


def drops(*rules: str) -> Callable[[], None]:
    """Rules in the softswitch's packet filter."""
    lines = "".join(f"nft 'add rule inet fault input {rule}'\n" for rule in rules)
    return on_softswitch(
        f"nft add table inet fault; nft 'add chain inet fault input {{ type filter hook input priority 0; policy accept; }}'\n{lines}"
    )


def allows(*addresses: str) -> Callable[[], None]:
    """The list of who may come, as the role allowlist has it."""
    return on_softswitch(f"""nft -f - <<'END'
table inet siptls {{
  set gateways_ipv4 {{ type ipv4_addr; flags interval; elements = {{ {", ".join(addresses)} }}; }}
  chain signalling {{
    ip saddr @gateways_ipv4 accept
    counter drop comment "signalling: not on the list"
  }}
  chain input {{
    type filter hook input priority -10; policy accept;
    iifname "lo" accept
    tcp dport 5061 goto signalling
  }}
}}
END""")


def in_network(*command: str) -> None:
    """A command in the network of the gateway, from outside of it."""
    process = subprocess.run(
        ["podman", "inspect", "--format", "{{ .State.Pid }}", GATEWAY], check=True, capture_output=True, text=True
    ).stdout.strip()
    subprocess.run(["nsenter", "-t", process, "-n", *command], check=True, capture_output=True, timeout=20)


def translate() -> None:
    """The gateway's packets arrive with another address (NAT)."""
    mac = shell(GATEWAY, "cat /sys/class/net/eth0/address").strip()
    shell(SOFTSWITCH, f"ip neigh replace {OTHER_ADDRESS} lladdr {mac} dev eth0 nud permanent")
    in_network(
        "sh", "-ec",
        "nft add table ip fault; nft 'add chain ip fault post { type nat hook postrouting priority 100; }'; "
        f"nft add rule ip fault post tcp dport 5061 snat to {OTHER_ADDRESS}",
    )  # fmt: skip
    restart(GATEWAY)


def translate_no_more() -> None:
    in_network("nft", "flush", "ruleset")
    shell(SOFTSWITCH, f"ip neigh del {OTHER_ADDRESS} dev eth0 2>/dev/null || :")


def translated_and_listed() -> None:
    allows(ADDRESS)()
    translate()


def weak() -> object:
    return issue("gw1", authorities().issuing, ("sip:gw1@example.com",), key=rsa.generate_private_key(65537, 1024))


def behind_lifetime() -> None:
    shell(
        SOFTSWITCH,
        "sed -i 's|^connection_lifetime = .*|connection_lifetime = 60s|' /etc/vos/tls.conf; systemctl restart vos",
    )
    setting("register_expires", "1h")()


BOTH = (SOFTSWITCH, GATEWAY)
VOS = (SOFTSWITCH,)
CALL = {"diagnose_call_to": "gw2"}

FAULTS: tuple[Fault, ...] = (
    # The gateway's certificate and key
    Fault("expired leaf", presents(lambda: gateway_pair(begin=-3 * DAY, end=-DAY)), "certificate_expired", ("expired at", "siptls.vos.rotate --limit gw1"), "device"),
    Fault("leaf not yet valid", presents(lambda: gateway_pair(begin=DAY, end=2 * DAY)), "certificate_not_yet_valid", ("not valid before",), "device"),
    Fault("wrong key", other_key, "pair_mismatch", ("no pair", "gateway.key"), "device"),
    Fault("no clientAuth", presents(lambda: gateway_pair(uses=(ExtendedKeyUsageOID.SERVER_AUTH,))), "client_auth_missing", ("clientAuth", "serverAuth"), "device"),
    Fault("self-signed", presents(lambda: client("gw1", None), with_chain=False), "certificate_self_signed", ("self-signed",), "device"),
    Fault("foreign authority", presents(lambda: client("gw1", foreign_authority("Elsewhere")), with_chain=False), "authority_unknown_to_softswitch", ("does not know the authority of gw1", "CN=Elsewhere"), "softswitch"),
    Fault("certificate of another gateway", presents(lambda: gateway_pair("gw8")), "identity_mismatch", ("sip:gw8@example.com", "sip:gw1@example.com"), "device"),
    Fault("weak key", presents(weak), "key_weak", ("1024 bits", "2048"), "device"),
    Fault("unreadable PEM", on_gateway(f"sed -i '3s/.*/#!! no base64/' {CERTS}/gateway.crt"), "pem_unreadable", ("line 3", "gateway.crt"), "device"),
    Fault("encrypted key", encrypted_key, "key_encrypted", ("encrypted", "passphrase"), "device"),
    Fault("key without permission", on_gateway("mkdir -p /run/systemd/system/gateway.service.d; printf '[Service]\\nUser=nobody\\n' >/run/systemd/system/gateway.service.d/user.conf; systemctl daemon-reload"), "file_forbidden", ("gateway.key", "nobody", "permissions"), "device"),
    Fault("new files, not loaded", not_reloaded, "device_behind_disk", ("old certificate", "reload"), "device"),
    # The way to an anchor
    Fault("expired anchor", anchors(lambda: expired_root() + authorities().issuing.certificate_pem), "anchor_expired", ("Root", "ca.crt", "expired at"), "device"),
    Fault("unknown server authority", anchors(lambda: foreign_authority("Elsewhere").certificate_pem), "authority_unknown_to_device", ("ca.crt", "does not know the authority of vos"), "device"),
    Fault("softswitch lacks our authority", anchors(lambda: foreign_authority("Elsewhere").certificate_pem, SOFTSWITCH), "authority_unknown_to_softswitch", ("ca_bundle.crt", "Elsewhere"), "softswitch", VOS),
    Fault("missing intermediate", lost_intermediate, "intermediate_missing", ("Issuing", "leaf and then its issuing authority"), "device", BOTH),
    # Revocation
    Fault("revoked", lists(revoked_list), "certificate_revoked", ("revoked", "serial number"), "device", VOS),
    Fault("stale CRL", lists(lambda: revocation_list(authorities().issuing, next_update=-HOUR)), "crl_stale", ("ran out at", "nextUpdate", "--tags revocation"), "softswitch", VOS),
    Fault("CRL of the root missing", lists(lambda: revocation_list(authorities().issuing), root=False), "crl_incomplete", ("Root", "root included"), "softswitch", VOS),
    # Names
    Fault("server certificate for another domain", serves("pbx.example.net", reload=True), "server_name_wrong", ("pbx.example.net", "example.com"), "softswitch", VOS),
    Fault("wrong SIP domain dialled", on_gateway(f"echo '10.77.61.10 voice.example.org' >>/etc/hosts; sed -i 's|vos.example.com|voice.example.org|' {CONF}"), "domain_dialled_wrong", ("voice.example.org", "gateway_register"), "device"),
    Fault("name does not resolve", setting("register", "sip:vos.example.invalid:5061"), "name_unresolved", ("vos.example.invalid", "resolve"), "device"),
    # What the two have in common
    Fault("TLS 1.0 only", openssl("MinProtocol = TLSv1", "MaxProtocol = TLSv1", "CipherString = ALL:@SECLEVEL=0"), "no_common_version", ("TLSv1", "MaxProtocol", "TLS 1.2"), "device"),
    Fault("no common cipher", openssl("MaxProtocol = TLSv1.2", "CipherString = AES128-SHA:@SECLEVEL=0"), "no_common_cipher", ("cipher suite", "AES128-SHA", "ECDHE"), "device"),
    Fault("no common group", openssl("MinProtocol = TLSv1.3", "Groups = brainpoolP384r1tls13"), "no_common_group", ("group", "brainpoolP384r1tls13"), "device"),
    # Time, and the services
    Fault("clock 2 days behind", on_gateway("echo -2d >/etc/faketimerc; ls /usr/lib/*/faketime/libfaketime.so.1 >/etc/ld.so.preload"), "clock_off", ("2.0 days", "behind", "NTP"), "device"),
    Fault("gateway service stopped", lambda: shell(GATEWAY, "systemctl stop gateway") and None, "device_service_down", ("does not run", "systemctl restart gateway"), "device"),
    Fault("softswitch service stopped", on_softswitch("systemctl stop vos"), "softswitch_service_down", ("does not run", "systemctl restart vos"), "softswitch", VOS),
    Fault("plain SIP configured", setting("transport", "udp"), "plain_sip", ("transport = udp", "gateway_transport: tls"), "device"),
    Fault("pings too rare", behind_lifetime, "keepalive_too_slow", ("60 s", "ping every 120 s"), "device", BOTH),
    # What is served
    Fault("old certificate still served", serves("vos.example.com", "example.com", reload=False), "served_behind_disk", ("old certificate", "not reloaded"), "softswitch", VOS),
    Fault("unreadable PEM at the softswitch", on_softswitch(f"sed -i '5s/.*/#!! no base64/' {VOS_CERTS}/vos_server.crt; systemctl reload vos || :"), "pem_unreadable", ("line 5", "vos_server.crt"), "softswitch", VOS),
    # The way there
    Fault("port blocked", drops("tcp dport 5061 drop"), "port_blocked", ("5061", "dport 5061 drop"), "softswitch", VOS),
    Fault("source not admitted", allows("10.77.61.22"), "source_not_admitted", (ADDRESS, "not on the list", "siptls.vos.allowlist"), "softswitch", VOS),
    Fault("source changed on the way", translate, "nat_between", ("NAT", OTHER_ADDRESS, ADDRESS), "path", after=translate_no_more),
    Fault("source changed, and a list", translated_and_listed, "source_not_admitted", ("NAT", "list"), "path", BOTH, after=translate_no_more),
    # Media
    Fault("SRTP suites differ", domain_wants('require="true" auth="sdes" suites="AEAD_AES_256_GCM"'), "srtp_suite_mismatch", ("AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM"), "device", VOS, CALL),
    Fault("SRTP keying differs", setting("srtp_auth", "dtls"), "srtp_keying_mismatch", ("DTLS", "SDES", "488"), "device", variables=CALL),
    Fault("SRTP switched off", setting("srtp_encryption", "none"), "srtp_off", ("requires SRTP", "gateway_srtp_encryption"), "device"),
    Fault("UDP range closed", drops("udp dport 10000-20000 drop"), "media_ports_closed", ("10000-20000", "closed"), "softswitch", VOS),
)  # fmt: skip
