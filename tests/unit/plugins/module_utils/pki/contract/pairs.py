# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pairs of register and signer that the contract holds for. A new one is added to PAIRS, and to nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.authority import Authority, StoredKey
from ansible_collections.siptls.vos.plugins.module_utils.pki.issuing.issuer import Issuer
from ansible_collections.siptls.vos.plugins.module_utils.pki.opened import opened
from ansible_collections.siptls.vos.plugins.module_utils.pki.register import Register
from ansible_collections.siptls.vos.plugins.module_utils.pki.signer import Signer
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.directory import PkiDirectory
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import encrypt_private_key
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.contract.memory import (
    PLACE,
    MemoryRegister,
    MemorySigner,
)
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import Maker, authority

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


PAIRS: Mapping[str, Callable[[Path], Pair]] = {"directory": directory_pair, "memory": memory_pair}
