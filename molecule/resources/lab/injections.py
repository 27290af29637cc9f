# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How faults are put into the running lab: real files, packet filters, clocks and services of its containers."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import rsa

from .clients import Pair, foreign_authority, issue
from .material import (
    GATEWAY,
    SOFTSWITCH,
    authorities,
    gateway_pair,
    give,
    put,
    restart,
    revocation_list,
    shell,
    softswitch_pair,
)

CONF = "/etc/gateway/gateway.conf"
CERTS = "/etc/gateway/certs"
VOS_CERTS = "/etc/vos/certs"
DOMAIN = "/etc/vos/sip_domains/example.com.xml"
ADDRESS, OTHER_ADDRESS = "10.77.61.21", "10.77.61.99"


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


def on_gateway_alone(script: str) -> Callable[[], None]:
    """A script on the gateway."""

    def inject() -> None:
        shell(GATEWAY, script)

    return inject


def on_softswitch(script: str) -> Callable[[], None]:
    """A script on the softswitch."""

    def inject() -> None:
        shell(SOFTSWITCH, script)

    return inject


def presents(pair: Callable[[], Pair], *, with_chain: bool = True) -> Callable[[], None]:
    """Another pair for the gateway."""

    def inject() -> None:
        give(GATEWAY, pair(), with_chain=with_chain)
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
    """The gateway sends its leaf alone, to a softswitch that has the root alone.

    OpenSSL would send an intermediate that is among the gateway's anchors, so it is not there either.
    """
    give(GATEWAY, gateway_pair(), with_chain=False)
    put(GATEWAY, f"{CERTS}/ca.crt", authorities().root.certificate_pem)
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


def loaded_before() -> None:
    """The softswitch has loaded another trust bundle, and then the right one came back: no file says so any more."""
    path = f"{VOS_CERTS}/ca_bundle.crt"
    right = shell(SOFTSWITCH, f"cat {path}")
    put(SOFTSWITCH, path, foreign_authority("Elsewhere").certificate_pem)
    restart(SOFTSWITCH)
    put(SOFTSWITCH, path, right)
    restart(GATEWAY)


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


def weak() -> Pair:
    """A gateway's pair with a key that is too short."""
    return issue("gw1", authorities().issuing, ("sip:gw1@example.com",), key=rsa.generate_private_key(65537, 1024))  # noqa: S505 -- it is to be refused


def behind_lifetime() -> None:
    shell(
        SOFTSWITCH,
        "sed -i 's|^connection_lifetime = .*|connection_lifetime = 60s|' /etc/vos/tls.conf; systemctl restart vos",
    )
    setting("register_expires", "1h")()
