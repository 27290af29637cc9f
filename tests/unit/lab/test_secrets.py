# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets of the lab are generated with it, never readable by others, and never in git."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MAKE_SECRETS = ROOT / "molecule" / "resources" / "make_secrets"
SECRETS = ("root_passphrase", "issuing_passphrase", "ssh_key")
pytestmark = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="needs ssh-keygen, as the lab does")


def make(lab: Path, *passwords: str, **environment: str) -> str:
    """Runs it with the most generous umask; what it printed."""
    done = subprocess.run(
        ["sh", "-c", f"umask 000; exec '{MAKE_SECRETS}' '{lab}' {' '.join(passwords)}"],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", **environment},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout


def contents(lab: Path) -> dict[str, str]:
    return {name: (lab / name).read_text() for name in SECRETS}


def test_secrets_are_random_and_last_as_long_as_the_lab(tmp_path: Path) -> None:
    assert make(tmp_path / "lab") == "".join(f"made {name}\n" for name in SECRETS)
    first = contents(tmp_path / "lab")
    assert all(re.fullmatch("[0-9a-f]{48}\n", first[name]) for name in SECRETS[:2])
    assert first["root_passphrase"] != first["issuing_passphrase"]
    assert make(tmp_path / "lab") == ""
    assert contents(tmp_path / "lab") == first
    shutil.rmtree(tmp_path / "lab")
    make(tmp_path / "lab")
    again = contents(tmp_path / "lab")
    assert all(again[name] != first[name] for name in SECRETS)


def test_a_password_that_is_named_is_random_and_has_its_hash_beside_it(tmp_path: Path) -> None:
    make(tmp_path / "lab")
    assert make(tmp_path / "lab", "become") == "made become\n"
    password, hashed = ((tmp_path / "lab" / name).read_text().strip() for name in ("become", "become.crypt"))
    assert re.fullmatch("[0-9a-f]{32}", password)
    again = ["openssl", "passwd", "-6", "-salt", hashed.split("$")[2], "-stdin"]
    assert subprocess.run(again, input=password, capture_output=True, text=True, check=True).stdout.strip() == hashed
    assert all((tmp_path / "lab" / name).stat().st_mode & 0o777 == 0o600 for name in ("become", "become.crypt"))
    assert make(tmp_path / "lab", "become") == ""


def test_passphrase_is_readable_by_its_owner_only_before_its_first_byte(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    wrapper = tmp_path / "bin" / "openssl"
    wrapper.write_text(
        f"#!/bin/sh\nstat -c '%a %s' *_passphrase.tmp >>{tmp_path}/seen\nexec {shutil.which('openssl')} \"$@\"\n"
    )
    wrapper.chmod(0o755)
    (tmp_path / "lab").mkdir(mode=0o755)
    make(tmp_path / "lab", PATH=f"{tmp_path}/bin:/usr/local/bin:/usr/bin:/bin")
    assert (tmp_path / "seen").read_text() == "600 0\n600 0\n"
    assert (tmp_path / "lab").stat().st_mode & 0o777 == 0o700
    assert all((tmp_path / "lab" / name).stat().st_mode & 0o777 == 0o600 for name in SECRETS)


def test_interrupted_generation_leaves_nothing_that_is_used(tmp_path: Path) -> None:
    for name in SECRETS:
        (tmp_path / f"{name}.tmp").touch()
    make(tmp_path)
    assert all(contents(tmp_path).values())


def test_ca_key_without_its_passphrase_is_named(tmp_path: Path) -> None:
    key = tmp_path / "pki/authorities/issuing/private_key.pem"
    key.parent.mkdir(parents=True)
    key.touch()
    with pytest.raises(subprocess.CalledProcessError) as refused:
        make(tmp_path)
    assert "issuing_passphrase is missing" in refused.value.stderr
    assert "make demo-down" in refused.value.stderr


def test_no_ignored_file_and_no_secret_is_in_git() -> None:
    """What .gitignore names was made by a tool; a file that holds a secret by its name or its contents was generated too."""

    def listed(*arguments: str) -> list[str]:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode > 1:
            pytest.skip("not a checkout")
        return done.stdout.splitlines()

    assert listed("ls-files", "--cached", "--ignored", "--exclude-standard") == []
    named = re.compile(r"(^|/)(id_(rsa|ecdsa|ed25519)|ssh_key|.*passphrase|\.env|.*\.(key|p12|pfx|jks))$")
    assert [path for path in listed("ls-files") if named.search(path)] == []
    # A private key in PEM has a line of base64 below its first; what tests write of it has not
    assert listed("grep", "--cached", "-I", "-l", "-E", "^[A-Za-z0-9+/]{64}$") == []
    assert listed("grep", "--cached", "-I", "-l", r"^\$ANSIBLE_VAULT;") == []
