# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pairs of register and signer that the contract holds for. A new one is added to PAIRS, and to nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.authority import Authority, StoredKey
from ansible_collections.siptls.vos.plugins.module_utils.pki.issuing.issuer import Issuer
from ansible_collections.siptls.vos.plugins.module_utils.pki.openbao.roles import role_of
from ansible_collections.siptls.vos.plugins.module_utils.pki.opened import opened
from ansible_collections.siptls.vos.plugins.module_utils.pki.register import Register
from ansible_collections.siptls.vos.plugins.module_utils.pki.signer import Signer
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.directory import PkiDirectory
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import pem
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import encrypt_private_key
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.profiles import PROFILES
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.bao.node import done, node
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.contract.memory import (
    PLACE,
    MemoryRegister,
    MemorySigner,
)
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import DAY, Maker, authority
from cryptography.hazmat.primitives import serialization

#: The clock of OpenBao cannot be set.
NOW = datetime.now(UTC).replace(microsecond=0)
ROOT = authority("Root", number=101)
ISSUING = authority("Issuing", above=ROOT, path_length=0)
SUCCESSOR = authority("Successor", above=ROOT, path_length=0, number=106)
#: By name in the register, a CA and those above it.
CAS: Mapping[str, tuple[Maker, ...]] = {
    "root": (ROOT,),
    "issuing": (ISSUING, ROOT),
    "successor": (SUCCESSOR, ROOT),
}


@dataclass(frozen=True)
class Pair:
    """A register with a root and two issuing CAs, and how a signer of one of them is had."""

    register: Register
    signer: Callable[[str], Signer]

    def issuer(self, name: str = "issuing") -> Issuer:
        return Issuer(self.register, self.signer(name))


def directory_pair(folder: Path) -> Pair:
    """The PKI directory, and the keys in it."""
    directory = PkiDirectory(folder / "pki")
    for name, (own, *above) in CAS.items():
        key = StoredKey.encrypted(encrypt_private_key(own.key, "secret"))
        directory.add_authority(name, own.certificate, tuple(maker.certificate for maker in above), key)
    options = {"pki": "pki", "passphrase": "secret"}
    return Pair(opened(options, folder).register, lambda name: opened({**options, "authority": name}, folder).signer)


def memory_pair(folder: Path) -> Pair:
    """Both in memory."""
    register = MemoryRegister()
    for name, (own, *above) in CAS.items():
        register.add(Authority(name, PLACE / name, own.certificate, tuple(maker.certificate for maker in above)))
    return Pair(register, lambda name: MemorySigner(register.authority(name), CAS[name][0]))


def bao_signing_pair(folder: Path) -> Pair:
    """The PKI directory for the records, without keys, and OpenBao."""
    directory = directory_pair(folder).register
    for name in CAS:
        (folder / "pki" / "authorities" / name / "private_key.pem").unlink()
    bao = {**_connection(folder), "mount": new_pki_mount(), "pki": "pki"}
    return Pair(directory, lambda name: opened({"bao": bao, "authority": name}, folder).signer)


def bao_pair(folder: Path) -> Pair:
    """OpenBao for both."""
    bao = {**_connection(folder), "mount": new_pki_mount(), "kv": node().new_mount("kv", options={"version": "2"})}
    register = opened({"bao": bao}, folder).register
    for name, (own, *above) in CAS.items():
        register.add_ca(name, own.certificate, tuple(maker.certificate for maker in above))
    return Pair(register, lambda name: opened({"bao": bao, "authority": name}, folder).signer)


def new_pki_mount(domains: Sequence[str] = ("example.com",)) -> str:
    """A PKI engine with both issuing CAs and a role for each profile."""
    client, mount = node().client(), node().new_mount("pki", config={"max_lease_ttl": "87600h"})
    for name in ("issuing", "successor"):
        own, *above = CAS[name]
        key = own.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        bundle = key + pem(own.certificate, *(maker.certificate for maker in above))
        made = done(client.write(f"{mount}/issuers/import/bundle", {"pem_bundle": bundle})).data["mapping"]
        (issuer,) = (one for one, key_id in made.items() if key_id)
        done(client.write(f"{mount}/issuer/{issuer}", {"issuer_name": name, "leaf_not_after_behavior": "err"}))
    for profile in PROFILES.values():
        done(client.write(f"{mount}/roles/{profile.name}", role_of(profile, domains, 9000 * DAY)))
    return mount


def _connection(folder: Path) -> dict[str, object]:
    token = folder / "token"
    token.touch(mode=0o600)
    token.write_text(node().root_token)
    return {
        "addresses": [node().address],
        "ca_certificate": str(node().ca_certificate),
        "auth": {"method": "token", "token_file": str(token)},
    }


PAIRS: Mapping[str, Callable[[Path], Pair]] = {
    "directory": directory_pair,
    "memory": memory_pair,
    "directory-bao": bao_signing_pair,
    "bao": bao_pair,
}
