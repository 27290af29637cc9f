# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shutil
import subprocess

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.tls import ciphers, groups
from ansible_collections.siptls.vos.plugins.module_utils.tls.ciphers import (
    KEYWORDS,
    SUITES,
    cipher_faults,
    cipher_warnings,
)

OPENSSL = shutil.which("openssl") or ""
needs_openssl = pytest.mark.skipif(not OPENSSL, reason="compares with the openssl command of this machine")


def openssl_ciphers(text: str) -> set[str]:
    done = subprocess.run([OPENSSL, "ciphers", text], capture_output=True, text=True, check=False)
    return set(done.stdout.strip().split(":")) if done.returncode == 0 else set()


@pytest.mark.parametrize(
    "text",
    [
        "ECDHE+AESGCM:ECDHE+CHACHA20",
        "HIGH:!aNULL:!MD5",
        "DEFAULT:!kRSA:!PSK:!SRP",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "EECDH+AESGCM:-AES256:+AES128:@STRENGTH:@SECLEVEL=2",
        "HIGH:!aNULL:!EXPORT:!DES:!SSLv2:!RC4-SHA",
        "SUITEB192",
    ],
)
def test_a_good_string_has_no_faults(text: str) -> None:
    assert cipher_faults(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ECDHE+AESGMC", ["'AESGMC'", "did you mean 'AESGCM'?"]),
        ("HIGH:!aNUL:!MD5", ["'aNUL'", "did you mean 'aNULL'?"]),
        ("ecdhe+aesgcm", ["'ecdhe'", "did you mean 'ECDHE'?"]),
        ("HIGH:NOTHING-LIKE-IT", ["'NOTHING-LIKE-IT'", "without a word"]),
        ("HIGH:!aNULL:EXPORT", ["'EXPORT'"]),
        ("HIGH:!aNULL:DEFAULT", ["'DEFAULT' counts only as the first name"]),
        ("TLS_AES_128_GCM_SHA256", ["TLS 1.3"]),
        ("HIGH !aNULL", ["separated by ':'"]),
        ("HIGH::!aNULL", ["'' is no name"]),
        ("", ["'' is no name"]),
        ("HIGH:!aNULL:@SECLEVEL=9", ["@SECLEVEL=9", "no command"]),
        ("RC4-SHA:!RC4-SHA", ["selects no cipher suite"]),
        ("HIGH", ["without authentication", "!aNULL"]),
        ("ALL:eNULL:!aNULL", ["without encryption", "!eNULL"]),
    ],
)
def test_a_fault_is_named(text: str, words: list[str]) -> None:
    faults = cipher_faults(text)
    assert len(faults) == 1
    for word in words:
        assert word in faults[0]


def test_every_fault_is_named_at_once() -> None:
    assert len(cipher_faults("HIHG:!aNULL:!MD6:@FOO")) == 3


def test_the_string_of_the_requirement_is_accepted_with_what_it_lets_in() -> None:
    warnings = "\n".join(cipher_warnings("HIGH:!aNULL:!MD5"))
    for word in ("static RSA", "PSK", "CBC", "DHE"):
        assert word in warnings


def test_cbc_mode_is_named_where_all_else_is_well() -> None:
    (warning,) = cipher_warnings("ECDHE+AES:!AESCCM")
    assert warning.startswith("CBC mode, without authenticated encryption:")


@pytest.mark.parametrize("text", ["ECDHE+AESGCM:ECDHE+CHACHA20", "ECDHE-RSA-AES256-GCM-SHA384"])
def test_forward_secret_aead_has_no_warnings(text: str) -> None:
    assert cipher_warnings(text) == []


@needs_openssl
def test_every_suite_of_this_openssl_is_known() -> None:
    found = openssl_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    assert len(found) > 60
    assert {name for name in found if not name.startswith("TLS_")} <= SUITES


@needs_openssl
def test_every_keyword_and_suite_that_selects_something_here_selects_the_same_for_openssl() -> None:
    """A name in the tables with a typo would select nothing; most names must select something."""
    silent = {name for name in KEYWORDS | SUITES if not openssl_ciphers(f"{name}:@SECLEVEL=0")}
    weak = ("RC4", "DES", "RC2", "IDEA", "SEED", "GOST", "MEDIUM", "LOW")
    assert {name for name in silent if not any(word in name for word in weak)} <= {"COMPLEMENTOFDEFAULT", "MD5"}


@needs_openssl
@pytest.mark.parametrize("name", sorted(name for name, since in groups.GROUPS.items() if since <= (3, 0)))
def test_openssl_takes_every_group(name: str) -> None:
    version = subprocess.run([OPENSSL, "version"], capture_output=True, text=True, check=True).stdout.split()[1]
    if tuple(int(part) for part in version.split(".")[:2]) < groups.GROUPS[name]:
        pytest.skip(f"needs a newer OpenSSL than {version}")
    command = [OPENSSL, "s_client", "-groups", name, "-connect", "127.0.0.1:1"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert "-groups" not in done.stderr


@pytest.mark.parametrize(
    ("names", "version"),
    [
        ([], (1, 1)),
        (["X25519", "P-256"], (1, 1)),
        (["X25519", "ffdhe2048"], (3, 0)),
        (["X25519MLKEM768", "X25519"], (3, 5)),
    ],
)
def test_the_first_openssl_that_takes_the_groups(names: list[str], version: tuple[int, int]) -> None:
    assert groups.least_openssl(names) == version


@pytest.mark.parametrize(("text", "version"), [("HIGH:!aNULL:!CBC", (3, 0)), ("ECDHE+AESGCM", (1, 1))])
def test_the_first_openssl_that_knows_the_ciphers(text: str, version: tuple[int, int]) -> None:
    assert ciphers.least_openssl(text) == version
