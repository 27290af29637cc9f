# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several hosts of one run ask for the first revocation list at the same time."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.siptls.vos.plugins.module_utils.pki.authority.authority import StoredKey
from ansible_collections.siptls.vos.plugins.module_utils.pki.issuing.key_signer import KeySigner
from ansible_collections.siptls.vos.plugins.module_utils.pki.issuing.revocation_lists import RevocationLists
from ansible_collections.siptls.vos.plugins.module_utils.pki.revocation.validity import Freshness
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.directory import PkiDirectory
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.keys import encrypt_private_key
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import DAY, NOW, authority

ROOT = authority("Root", number=101)
WEEK = Freshness(7 * DAY, 3 * DAY)


def test_whoever_found_no_list_has_a_reason_though_another_run_has_made_one_since(tmp_path: Path) -> None:
    """Without one it would go on with neither the list nor a new one, and the softswitch would get a file that lacks it."""
    directory = PkiDirectory(tmp_path / "pki")
    directory.add_authority("root", ROOT.certificate, (), StoredKey.encrypted(encrypt_private_key(ROOT.key, "secret")))
    signer = KeySigner(directory.authority("root"), "secret")
    lists = RevocationLists(directory, directory.authority("root"))
    read = lists.current()
    made = RevocationLists(directory, directory.authority("root")).renew(signer, WEEK, NOW)
    assert lists.reason(read, WEEK, NOW) == "no revocation list yet"
    assert lists.renew(signer, WEEK, NOW).pem == made.pem
    assert lists.reason(made, WEEK, NOW) is None
