# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A PKI directory that somebody edited who can merge, as ansible-playbook meets it. The table of edits is in the unit tests."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.certificate_record import render_record
from ansible_collections.siptls.vos.plugins.module_utils.pki.store.directory import PkiDirectory
from ansible_collections.siptls.vos.plugins.module_utils.pki.x509.certificates import (
    build_authority_certificate,
    fingerprint,
    lifetime,
    pem,
    serial_hex,
)
from ansible_collections.siptls.vos.plugins.module_utils.timestamps import utc_now
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.tasks import ISSUER, authority, gateway, issuing
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import DAY, Maker, issued, key
from ansible_collections.siptls.vos.tests.unit.plugins.module_utils.pki.material import authority as made_authority
from cryptography import x509

REVOKE = {"siptls.vos.certificate_revocation": {"pki": "pki", "authority": "issuing", "device": "gw1"}}
LIST = {"siptls.vos.revocation_list": {"issuer": ISSUER}}
INFO = {"siptls.vos.certificate_info": {"pki": "pki"}}
# The same name as the true root, and another key
EVIL = made_authority("Example SIP Root CA", made=utc_now() - DAY, number=120)


def bundle(**options: Any) -> dict[str, Any]:
    task = {"pki": "pki", "authorities": ["issuing"], "path": "{{ device }}/trusted.pem", **options}
    return {"name": "The bundle", "siptls.vos.trust_bundle": task}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet of two gateways, made once; gw1 was revoked and is in the CRL."""
    folder = tmp_path_factory.mktemp("edited")
    play = Play(folder)
    play([authority(), issuing(), gateway(), REVOKE, LIST], hosts=["gw1"])
    play([gateway()], hosts=["gw2"])
    return folder


@pytest.fixture
def fleet(template: Path, play: Play) -> PkiDirectory:
    for name in ("pki", "devices"):
        shutil.copytree(template / name, play.folder / name, symlinks=True, dirs_exist_ok=True)
    return PkiDirectory(play.folder / "pki")


def resign(pki: PkiDirectory, root: Maker) -> None:
    found = pki.authority("issuing").certificate
    certificate = build_authority_certificate(
        subject=found.subject,
        public_key=found.public_key(),
        issuer=root.certificate,
        signing_key=root.key,
        valid=lifetime(utc_now(), 100 * DAY, root.certificate),
        path_length=0,
    )
    (pki.path / "authorities/issuing/certificate.pem").write_text(pem(certificate))
    (pki.path / "authorities/issuing/chain.pem").write_text(pem(root.certificate))


def test_a_revoked_gateway_is_not_certified_again_whatever_record_is_forged_or_removed(
    play: Play, fleet: PkiDirectory
) -> None:
    revoked = fleet.records("gw1")[-1]
    forged = issued(Maker(fleet.authority("issuing").certificate, key(9)), made=utc_now() + 1 * DAY)
    path = revoked.path.with_name(f"{serial_hex(forged)}.pem")
    path.write_bytes(render_record("gw1", "gateway", "issuing", utc_now() + 20000 * DAY, forged))
    said = play([gateway()], fails=True).message("gw1")
    assert str(path) in said
    assert "no CA of this PKI directory signed it" in said
    told = play([{"name": "The look", **INFO}], hosts=["gw2"]).of("gw2")
    assert str(path) in told["certificates"][0]["reason"]
    path.unlink()
    revoked.path.unlink()
    said = play([gateway()], fails=True).message("gw1")
    assert (
        f"{revoked.path}: certificate {serial_hex(revoked.certificate)} of gw1 was revoked, and its record is missing"
        in said
    )


def test_a_revocation_that_was_removed_stops_every_run_by_its_name(play: Play, fleet: PkiDirectory) -> None:
    record = next((fleet.path / "revocations/issuing").iterdir())
    record.unlink()
    for tasks in ([gateway()], [LIST]):
        said = play(tasks, fails=True).message("gw1")
        assert str(record) in said
        assert "git checkout" in said
    warned = play([{"name": "The look", **INFO}]).of("gw1")
    assert str(record) in warned["warnings"][0]
    assert [one["state"] for one in warned["certificates"] if one["device"] == "gw1"] == ["revoked"]


def test_no_device_gets_an_anchor_that_a_merge_request_adds(play: Play, fleet: PkiDirectory) -> None:
    bundle_of_gw2 = play.device("gw2") / "certs/ca.crt"
    before = bundle_of_gw2.read_bytes()
    chain = fleet.path / "authorities/issuing/chain.pem"
    text = chain.read_text()
    chain.write_text(text + pem(EVIL.certificate))
    for task in (gateway(), bundle()):
        assert "adds or hides a trust anchor" in play([task], hosts=["gw2"], fails=True).message("gw2")
    chain.write_text(text)
    # Below another root of another name, which only the device can tell
    other = made_authority("Other Root", made=utc_now() - DAY, number=121)
    root = fingerprint(fleet.authority("root").certificate)
    resign(fleet, other)
    said = play([gateway()], hosts=["gw2"], fails=True).message("gw2")
    assert "issuing has another root in the PKI directory than on this device" in said
    pinned = play([gateway(issuer={"root_fingerprints": [root]}), bundle()], hosts=["gw2"], fails=True).message("gw2")
    assert f"Found: {fingerprint(other.certificate)}" in pinned
    assert bundle_of_gw2.read_bytes() == before


def test_a_file_without_end_and_a_linked_folder_end_the_run_and_do_not_hang_it(play: Play, fleet: PkiDirectory) -> None:
    endless = fleet.path / "certificates/gw1/ff.pem"
    endless.symlink_to("/dev/zero")
    assert f"{endless}: a symbolic link in the PKI directory is not followed" in play([gateway()], fails=True).message(
        "gw1"
    )
    endless.unlink()
    os.mkfifo(endless)
    assert "Is a FIFO" in play([gateway()], fails=True).message("gw1")
    endless.unlink()
    outside = play.folder / "outside"
    outside.mkdir()
    (fleet.path / "certificates/gw3").symlink_to(outside)
    assert "is not followed" in play([gateway()], hosts=["gw3"], fails=True).message("gw3")
    assert not list(outside.iterdir()), "nothing was written through the link"


def test_the_fingerprint_of_the_root_is_offered_and_demanded_where_it_is_set(play: Play) -> None:
    made = play([authority(), issuing()])
    root = x509.load_pem_x509_certificate((play.folder / "pki/authorities/root/certificate.pem").read_bytes())
    for task in ("The root authority", "The issuing authority"):
        assert made.of("gw1", task)["root_fingerprint_sha256"] == fingerprint(root)
    pins = [fingerprint(root).replace(":", "").lower()]
    pinned = [authority(root_fingerprints=pins), issuing(root_fingerprints=pins)]
    assert play([*pinned, gateway(issuer={"root_fingerprints": pins})]).rc == 0
    other = authority("other", root_fingerprints=pins)
    below = issuing("below", issuer={"authority": "other"}, root_fingerprints=pins)
    assert "is not one that the inventory pins" in play([other, below], fails=True).message("gw1")


def test_a_certificate_of_another_device_is_replaced_and_not_recorded_twice(play: Play, fleet: PkiDirectory) -> None:
    # The disk of gw2 in another machine, with names that both could have
    shutil.copytree(play.device("gw2"), play.device("gw4"), symlinks=True)
    identity = {"common_name": "gw2", "sip_uris": ["sip:gw2@example.com"], "dns": ["gw2.example.com"]}
    outcome = play([gateway(identity=identity)], hosts=["gw4"]).of("gw4")
    assert "the certificate in use is another device's: the key is that of gw2" in outcome["reason"]
    before, after = fleet.records("gw2")[-1], fleet.records("gw4")
    assert len(after) == 1
    assert after[0].certificate.public_key() != before.certificate.public_key()
    assert play([gateway(identity=identity)], hosts=["gw4"]).nothing_changed
