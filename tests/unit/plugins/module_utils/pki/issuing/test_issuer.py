# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys are certified: a device may lie about having made a new one."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.authority import StoredKey
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.directory import PkiDirectory
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.revocation_record import Revocation
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import encrypt_private_key
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.publication import Publication
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.issuing.test_renewal import wanted
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import (
    DAY,
    NOW,
    Maker,
    authority,
    issuer_of,
    key,
    request,
)

ROOT = authority("Root", number=101)
ISSUING = authority("Issuing", above=ROOT, path_length=0)
SUCCESSOR = authority("Successor", above=ROOT, path_length=0, number=106)
MAKERS = {"issuing": ISSUING, "successor": SUCCESSOR}


@pytest.fixture
def pki(tmp_path: Path) -> PkiDirectory:
    """A root and two issuing CAs."""
    directory = PkiDirectory(tmp_path)
    add(directory, "root", ROOT)
    for name, maker in MAKERS.items():
        add(directory, name, maker, ROOT)
    return directory


def add(directory: PkiDirectory, name: str, made: Maker, *above: Maker) -> None:
    chain = tuple(maker.certificate for maker in above)
    directory.add_authority(name, made.certificate, chain, StoredKey.encrypted(encrypt_private_key(made.key, "secret")))


def sign(pki: PkiDirectory, number: int, *, by: str = "issuing", device: str = "gw1", new_key: bool = True):
    issuer = issuer_of(pki.path, by, "secret")
    return issuer.sign(device, request(key(number)), wanted(MAKERS[by]), NOW, new_key=new_key)


def revoke(pki: PkiDirectory, serial: int, *, by: str = "issuing", reason: str = "key_compromise") -> None:
    pki.revoke(by, Revocation("gw1", serial, reason, NOW, NOW + 90 * DAY))


@pytest.mark.parametrize("new_key", [True, False])
@pytest.mark.parametrize("by", ["issuing", "successor"])
@pytest.mark.parametrize("reason", ["key_compromise", "superseded"])
def test_key_of_a_revoked_certificate_is_not_certified_again_by_any_ca(
    pki: PkiDirectory, by: str, reason: str, new_key: bool
) -> None:
    revoke(pki, sign(pki, 1).serial_number, reason=reason)
    with pytest.raises(SiptlsError, match=rf"gw1: .* that of a revoked certificate.*\({reason}\).*rekey: always"):
        sign(pki, 1, by=by, new_key=new_key)
    assert len(pki.records("gw1")) == 1
    assert sign(pki, 2, by=by)


def test_key_stays_compromised_though_a_newer_certificate_for_it_was_not_revoked(pki: PkiDirectory) -> None:
    first = sign(pki, 1)
    second = sign(pki, 1, new_key=False)
    revoke(pki, first.serial_number)
    found = issuer_of(pki.path, "issuing", "secret").key_revocation("gw1", second.public_key())
    assert found is not None
    assert found.serial == first.serial_number
    with pytest.raises(SiptlsError, match="that of a revoked certificate"):
        sign(pki, 1, new_key=False)


def test_recorded_key_is_no_new_key(pki: PkiDirectory) -> None:
    sign(pki, 1)
    with pytest.raises(SiptlsError, match="was told to make a new key, and offers one that is recorded already"):
        sign(pki, 1)
    assert sign(pki, 1, new_key=False), "with rekey: never, it keeps its key"
    with pytest.raises(SiptlsError, match=r"is another device's.*the key of gw1"):
        sign(pki, 1, device="gw2")


def test_key_that_was_claimed_by_an_interrupted_run_may_be_kept(pki: PkiDirectory) -> None:
    issuer_of(pki.path, "issuing", "secret").claim("gw1", key(3).public_key())
    assert sign(pki, 3, new_key=False)


@pytest.mark.parametrize(
    ("base", "address", "is_taken"),
    [
        ("http://pki.example.com", "http://pki.example.com/crl/issuing.crl", True),
        ("http://pki.example.com/", "http://pki.example.com/crl/issuing.crl", True),
        ("http://pki.example.com", "http://evil/issuing.crl", False),
        ("http://pki.example.com", "http://pki.example.com.evil/issuing.crl", False),
        ("", "http://evil/issuing.crl", False),
        ("", "", True),
        (None, "http://pki.example.com/crl/issuing.crl", True),
    ],
)
def test_addresses_in_certificates_are_those_of_the_inventory(
    pki: PkiDirectory, base: str | None, address: str, is_taken: bool
) -> None:
    pki.publish_at(pki.authority("issuing"), Publication(crl_url=address))
    if is_taken:
        issuer_of(pki.path, "issuing", "secret", publication_url=base)
    else:
        with pytest.raises(
            SiptlsError, match=r"authority issuing: publication\.crl_url is not an address that the inventory"
        ):
            issuer_of(pki.path, "issuing", "secret", publication_url=base)
