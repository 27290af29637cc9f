# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What faults are made of: files of the lab's containers, replaced and brought back, and certificates that are wrong in one way."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from .clients import DAY, SIP_DOMAIN, Pair, authority, issue

LAB = Path(__file__).resolve().parents[3] / ".cache/lab"
GATEWAY, SOFTSWITCH = "siptls-gw1", "siptls-vos"
# What a fault may change, and so what is brought back
KEPT = {
    GATEWAY: ("/etc/gateway", "/etc/ssl/openssl.cnf"),
    SOFTSWITCH: ("/etc/vos",),
}
SNAPSHOT = "/root/before_faults.tar"
HOSTS = "/root/hosts_before_faults"


def shell(container: str, script: str, standard_input: str = "") -> str:
    """What a script in a container prints.

    :raises subprocess.CalledProcessError: it failed
    """
    return subprocess.run(
        ["podman", "exec", "-i", container, "sh", "-ec", script],
        check=True, capture_output=True, text=True, input=standard_input, timeout=60,
    ).stdout  # fmt: skip


def put(container: str, path: str, text: str) -> None:
    """Writes a file as ``cp`` would: through a symbolic link, owner and mode left as they are."""
    shell(container, f"cat >{path}", text)


def keep() -> None:
    """Keeps what the faults may change, once."""
    for container, paths in KEPT.items():
        shell(
            container, f"[ -e {SNAPSHOT} ] || tar -cpf {SNAPSHOT} {' '.join(paths)} 2>/dev/null; cp /etc/hosts {HOSTS}"
        )


def bring_back(container: str) -> None:
    """Files as they were; nothing left of a clock, a packet filter or a drop-in; and the service with what is there now."""
    folders = " ".join(path for path in KEPT[container] if not path.endswith(".cnf"))
    service = "gateway" if container == GATEWAY else "vos"
    shell(
        container,
        f"""rm -f /etc/ld.so.preload /etc/faketimerc
        [ ! -e {HOSTS} ] || cat {HOSTS} >/etc/hosts
        rm -rf /etc/siptls-allowlist /etc/systemd/system/siptls-allowlist.service /etc/systemd/system/*.wants/siptls-allowlist.service
        rm -rf {folders} && tar -xpf {SNAPSHOT} -C /
        rm -rf /run/systemd/system/{service}.service.d
        ! command -v nft >/dev/null || nft flush ruleset
        systemctl daemon-reload
        systemctl reset-failed {service} 2>/dev/null || :
        systemctl restart {service}""",
    )


@dataclass(frozen=True)
class Authorities:
    """The lab's own, with their keys."""

    root: Pair
    issuing: Pair


@cache
def authorities() -> Authorities:
    """From the PKI directory of the lab."""
    return Authorities(
        *(
            authority(LAB / f"pki/authorities/{name}", (LAB / f"{name}_passphrase").read_text().strip())
            for name in ("root", "issuing")
        )
    )


def gateway_pair(
    user: str = "gw1", *, begin: timedelta = -DAY, end: timedelta = DAY, uses: Sequence[x509.ObjectIdentifier] = ()
) -> Pair:
    """A gateway's certificate, by the issuing authority."""
    given = uses or (ExtendedKeyUsageOID.CLIENT_AUTH, SIP_DOMAIN)
    return issue(user, authorities().issuing, (f"sip:{user}@example.com",), begin=begin, end=end, uses=given)


def softswitch_pair(*names: str) -> Pair:
    """A softswitch's certificate for these domains, by the issuing authority."""
    uses = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH, SIP_DOMAIN)
    return issue(names[0], authorities().issuing, [f"sip:{name}" for name in names], dns=names, uses=uses)


def chain(pair: Pair) -> str:
    """The certificate and its issuing authority, as a file has them."""
    return pair.certificate_pem + authorities().issuing.certificate_pem


def give(container: str, pair: Pair, *, with_chain: bool = True) -> None:
    """Certificate and key in the places that the service reads."""
    certificate, key = (
        ("/etc/gateway/certs/gateway.crt", "/etc/gateway/certs/gateway.key")
        if container == GATEWAY
        else ("/etc/vos/certs/vos_server.crt", "/etc/vos/certs/vos_server.key")
    )
    put(container, certificate, chain(pair) if with_chain else pair.certificate_pem)
    put(container, key, pair.key_pem())


def expired_root() -> str:
    """The lab's root as it would be had it run out: same name, same key."""
    root = authorities().root
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        issuer_name=root.certificate.issuer,
        subject_name=root.certificate.subject,
        public_key=root.certificate.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - 400 * DAY,
        not_valid_after=now - 2 * DAY,
    )
    for extension in root.certificate.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(root.key, hashes.SHA384()).public_bytes(serialization.Encoding.PEM).decode()


def revocation_list(issuer: Pair, *, next_update: timedelta = DAY, serials: Sequence[int] = ()) -> str:
    """A revocation list of an authority."""
    now = datetime.now(UTC)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now - 3 * DAY)
        .next_update(now + next_update)
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.certificate.public_key()), critical=False
        )
    )
    for serial in serials:
        revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - DAY).build()
        builder = builder.add_revoked_certificate(revoked)
    return builder.sign(issuer.key, hashes.SHA384()).public_bytes(serialization.Encoding.PEM).decode()


def restart(container: str) -> None:
    """Has the service take up what is there; whether it likes it or not is for the diagnosis to find out."""
    service = "gateway" if container == GATEWAY else "vos"
    shell(container, f"systemctl reset-failed {service} 2>/dev/null; systemctl restart {service} || :")
