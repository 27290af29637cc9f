# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory that the user of the service can write to: nothing is published there, and no root-only file is copied through a link."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.tasks import gateway, openssl, verify

SERVICE = 4711

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


def trap_for_root(folder: Path, secret: Path) -> None:
    """What a service that was taken over would leave for the next run."""
    folder.mkdir(parents=True)
    secret.write_text("root alone may read this\n")
    secret.chmod(0o600)
    for name in ("gateway.crt", "gateway.key"):
        (folder / name).symlink_to(secret)


def test_directory_of_the_service_user_gets_neither_certificate_nor_configuration(play: Play, pki: Path) -> None:
    certs, secret = play.device("gw1") / "certs", play.folder / "secret"
    trap_for_root(certs, secret)
    os.chown(certs, SERVICE, SERVICE)
    before = sorted(certs.iterdir())
    for check in (True, False):
        said = play([gateway()], check=check, fails=True).message("gw1")
        assert f"gw1: {certs} can be written to by others. Expected: " in said
        assert f"owner {SERVICE}, group {SERVICE}, so its owner can. Remedy: chown root {certs}, or name" in said
    conf = {"siptls.vos.device_files": {"files": [{"path": f"{certs}/gateway.conf", "content": "a"}]}}
    archive = {"siptls.vos.device_archive": {"source": "a.tar", "path": f"{certs}/answers"}}
    (play.folder / "a.tar").touch()
    preflight = {"siptls.vos.preflight": {"folders": [str(certs)]}}
    for task in (conf, archive, preflight):
        said = play([{"name": "It", **task}], fails=True).message("gw1")
        assert f"chown root {certs}" in said, task
    assert sorted(certs.iterdir()) == before
    os.chown(certs, 0, 0)
    os.chown(certs.parent, SERVICE, 0)
    assert f"Remedy: chown root {certs.parent}, or name" in play([gateway()], fails=True).message("gw1")
    os.chown(certs.parent, 0, 0)
    for name in ("gateway.crt", "gateway.key"):
        (certs / name).unlink()
    play([gateway()])
    verify(certs)
    os.chown(certs / "generations", SERVICE, 0)
    assert f"{certs}/generations can be written to by others" in play([gateway()], fails=True).message("gw1")


def test_pair_that_is_a_link_to_elsewhere_is_not_copied(play: Play, pki: Path) -> None:
    certs, secret = play.device("gw1") / "certs", play.folder / "secret"
    trap_for_root(certs, secret)
    play([gateway()], check=True, fails=True)
    said = play([gateway()], fails=True).message("gw1")
    assert f"{certs}/gateway.crt is a symlink to {secret}. Expected: a file" in said
    assert not list(certs.rglob("imported"))
    assert secret.read_text() == "root alone may read this\n"
    assert secret.stat().st_mode & 0o777 == 0o600


def test_pair_of_other_origin_that_is_a_link_beside_it_is_kept(play: Play, pki: Path) -> None:
    certs = play.device("gw1") / "certs"
    certs.mkdir(parents=True)
    command = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9")
    openssl(*command, "-subj", "/CN=old", "-keyout", certs / "2026.key", "-out", certs / "2026.crt")
    for kind in ("crt", "key"):
        (certs / f"gateway.{kind}").symlink_to(f"2026.{kind}")
    play([gateway()])
    verify(certs)
    assert (certs / "generations/imported/gateway.crt").read_text() == (certs / "2026.crt").read_text()
    assert (certs / "generations/imported/gateway.key").stat().st_mode & 0o777 == 0o600
    assert not (certs / "generations/imported/gateway.key").is_symlink()
