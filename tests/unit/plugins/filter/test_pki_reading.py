# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters that read a PKI directory: certificates of CAs, and their last CRLs."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.siptls.vos.plugins.filter.ca_certificate import ca_certificate
from ansible_collections.siptls.vos.plugins.filter.last_crls import last_crls
from ansible_collections.siptls.vos.plugins.filter.proven_rollover import proven_rollover
from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.authority import StoredKey
from ansible_collections.siptls.vos.plugins.module_utils.pki.issuing.key_signer import KeySigner
from ansible_collections.siptls.vos.plugins.module_utils.pki.issuing.revocation_lists import RevocationLists
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.validity import Freshness
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.directory import PkiDirectory
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import encrypt_private_key
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import DAY, NOW, authority

ROOT = authority("Root", number=101)
ISSUING = authority("Issuing", above=ROOT, path_length=0)


@pytest.fixture
def pki(tmp_path: Path) -> PkiDirectory:
    """Two CAs in the folder ``pki``; the issuing CA has two CRLs."""
    directory = PkiDirectory(tmp_path / "pki")
    for name, made, chain in (("root", ROOT, ()), ("issuing", ISSUING, (ROOT.certificate,))):
        key = StoredKey.encrypted(encrypt_private_key(made.key, "secret"))
        directory.add_authority(name, made.certificate, chain, key)
    signer = KeySigner(directory.authority("issuing"), "secret")
    for now in (NOW, NOW + 6 * DAY):
        RevocationLists(directory, signer.authority).renew(signer, Freshness(7 * DAY, 3 * DAY), now)
    return directory


def test_the_certificate_is_told_as_it_is_recorded(pki: PkiDirectory) -> None:
    assert ca_certificate(str(pki.path), "issuing") == (pki.authority_path("issuing") / "certificate.pem").read_text()
    assert ca_certificate(str(pki.path), "other") == ""


def test_the_last_crl_of_each_ca_that_has_one_is_told(pki: PkiDirectory) -> None:
    newest = max((pki.path / "revocation_lists/issuing").iterdir()).read_text()
    assert last_crls(str(pki.path), ["root", "issuing", "other"]) == newest


def test_a_crl_of_another_ca_is_an_error(pki: PkiDirectory) -> None:
    newest = max((pki.path / "revocation_lists/issuing").iterdir())
    (pki.path / "revocation_lists/root").mkdir()
    newest.rename(pki.path / "revocation_lists/root" / newest.name)
    with pytest.raises(AnsibleFilterError, match=f"root/{newest.name}.*a signature by another key"):
        last_crls(str(pki.path), ["root"])


def test_a_ca_whose_chain_is_gone_is_an_error(pki: PkiDirectory) -> None:
    (pki.authority_path("issuing") / "chain.pem").write_text("")
    with pytest.raises(AnsibleFilterError, match="issuing"):
        ca_certificate(str(pki.path), "issuing")


def test_a_relative_path_begins_at_the_base_and_a_home_is_found(
    pki: PkiDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    pki.record_trust("issuing", before="old", seen={}, now=NOW)
    for path, base in (("pki", tmp_path), ("../pki", tmp_path / "home"), ("~/pki", Path("/"))):
        assert ca_certificate(path, "issuing", base=str(base))
        assert last_crls(path, ["issuing"], base=str(base))
        assert proven_rollover(path, "issuing", base=str(base))
