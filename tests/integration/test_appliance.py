# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An appliance: BusyBox, openssl, and nothing else. Ansible reaches it through its chroot connection, and changes root."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from ansible_collections.siptls.vos.tests.integration.playground import Play
from ansible_collections.siptls.vos.tests.integration.tasks import gateway, openssl, records

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="chroot is for root")


def on_appliance(root: Path, script: str) -> subprocess.CompletedProcess[str]:
    """What the appliance's own shell makes of a script."""
    return subprocess.run(
        [shutil.which("chroot") or "/usr/sbin/chroot", root, "/bin/sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/bin:/usr/bin"},
        timeout=60,
    )


def install(program: str, root: Path) -> None:
    """A program and the libraries it is linked with."""
    path = shutil.which(program)
    assert path, f"{program} is not installed; on Debian: apt-get install {program}"
    listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
    for source in [path, *re.findall(r"(/\S+) \(0x", listed)]:
        target = root / source.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(source).resolve(), target)


def inventory(root: Path) -> dict[str, dict[str, str]]:
    return {
        "appliance": {
            "ansible_connection": "community.general.chroot",
            "ansible_host": str(root),
            "ansible_remote_tmp": "/tmp",
        }
    }


@pytest.fixture
def appliance(tmp_path: Path) -> Path:
    """The root of an appliance's file system."""
    root = tmp_path / "appliance"
    for folder in ("bin", "dev", "tmp", "etc"):
        (root / folder).mkdir(parents=True)
    install("busybox", root)
    install("openssl", root)
    busybox = "/" + os.path.relpath(shutil.which("busybox") or "", "/")
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for applet in applets:
        if not (root / "bin" / applet).exists():
            (root / "bin" / applet).symlink_to(busybox)
    (root / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\nsip:x:100:100::/:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\nsip:x:100:\n")
    os.mknod(root / "dev/null", 0o666 | 0o020000, os.makedev(1, 3))
    return root


def test_an_appliance_gets_renews_and_takes_back_its_certificate(play: Play, pki: Path, appliance: Path) -> None:
    hosts = inventory(appliance)
    said = on_appliance(appliance, "readlink /bin/sh; ls -la /bin/python* /usr/bin/perl")
    assert "busybox" in said.stdout
    assert "No such file" in said.stderr
    certs = appliance / "certs"

    def pair() -> str:
        """The certificate in use, its serial number, its key and its chain examined: by the appliance's own openssl."""
        script = (
            "cd /certs && openssl verify -x509_strict -CAfile ca.crt gateway.crt >/dev/null"
            ' && test "$(openssl x509 -in gateway.crt -noout -pubkey)" = "$(openssl pkey -in gateway.key -pubout)"'
            " && stat -Lc '%a %U' gateway.key gateway.crt ca.crt && openssl x509 -in gateway.crt -noout -serial"
        )
        done = on_appliance(appliance, script)
        assert done.returncode == 0, done.stdout + done.stderr
        *modes, number = done.stdout.splitlines()
        assert modes == ["600 sip", "644 sip", "644 sip"]
        return number.removeprefix("serial=").lower()

    def task(**options: object) -> dict[str, object]:
        return gateway(directory="/certs", owner="sip", group="sip", **options)

    foretold = play([task()], hosts=hosts, check=True)
    assert foretold.of("appliance")["changed"]
    assert not certs.exists()
    first = play([task()], hosts=hosts).of("appliance")["serial_number"]
    assert pair() == first
    assert play([task()], hosts=hosts).nothing_changed

    (certs / "generations" / first / "gateway.key").chmod(0o644)
    (certs / "ca.crt").unlink()
    healed = play([task()], hosts=hosts).of("appliance")["reason"]
    assert healed == "the trust bundle is missing; current/gateway.key: mode is rw-r--r--, to be rw-------"
    assert pair() == first

    serials = [first]
    for dns in ("a.example.com", "b.example.com"):
        serials.append(play([task(identity={"dns": [dns]})], hosts=hosts).of("appliance")["serial_number"])
        assert pair() == serials[-1]
    assert sorted(path.name for path in (certs / "generations").iterdir()) == sorted(serials[1:])
    back = play([task(state="previous")], hosts=hosts)
    assert back.of("appliance")["generation"] == serials[1]
    assert pair() == serials[1]
    assert play([task(state="previous")], hosts=hosts).nothing_changed
    assert set(records(pki)) == set(serials)
    assert not (certs / "staging").exists()


def test_a_pair_that_an_appliance_came_with_is_kept(play: Play, pki: Path, appliance: Path) -> None:
    certs = appliance / "certs"
    certs.mkdir()
    openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365", "-subj", "/CN=factory"),
        *("-keyout", certs / "gateway.key", "-out", certs / "gateway.crt"),
    )
    factory = (certs / "gateway.crt").read_bytes()
    hosts = inventory(appliance)
    made = play([gateway(directory="/certs")], hosts=hosts)
    assert made.of("appliance")["changed"]
    assert (certs / "generations/imported/gateway.crt").read_bytes() == factory
    assert (
        play([gateway(directory="/certs", state="previous")], hosts=hosts).of("appliance")["generation"] == "imported"
    )


def test_an_appliance_without_openssl_is_told_what_it_needs(play: Play, pki: Path, appliance: Path) -> None:
    for path in appliance.rglob("openssl"):
        path.unlink()
    hosts = inventory(appliance)
    for check in (True, False):
        refused = play([gateway(directory="/certs")], hosts=hosts, check=check, fails=True)
        assert "appliance: openssl is not installed. Expected: the openssl command" in refused.message("appliance")
    assert not (appliance / "certs").exists()
