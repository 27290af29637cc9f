# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets in by which verify mode: each mode, and each certificate that a client may come with, by a handshake and a REGISTER.

All clients say that they are gw7. The table of the documentation is compared with what was seen.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lab.clients import Pair, authority, clients
from lab.sip import request, send

ROOT = Path(__file__).resolve().parents[3]
LAB = ROOT / ".cache/lab"
PKI = LAB / "pki"
GUIDE = ROOT / "docs/docsite/rst/hardening.rst"
MODES = ("none", "optional", "require", "require_verify")
AOR = "sip:gw7@example.com"
CLIENT = "siptls-gw1"
FROM = "/run/clients"

REGISTERED = "registered"
REFUSED = "403"
EXPECTED: Mapping[str, tuple[str, ...]] = {
    # none, optional, require, require_verify
    "no certificate": (REGISTERED, REGISTERED, REFUSED, "alert 116"),
    "self-signed": (REGISTERED, "alert 48", REGISTERED, "alert 48"),
    "foreign CA": (REGISTERED, "alert 48", REGISTERED, "alert 48"),
    "ours": (REGISTERED, REGISTERED, REGISTERED, REGISTERED),
    "expired": (REGISTERED, "alert 45", REGISTERED, "alert 45"),
    "not yet valid": (REGISTERED, "alert 42", REGISTERED, "alert 42"),
    "revoked": (REGISTERED, "alert 44", REGISTERED, "alert 44"),
    "other identity": (REGISTERED, REFUSED, REFUSED, REFUSED),
}


def run(*command: str) -> str:
    environment = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache")}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment, "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def revoke(pair: Pair) -> None:
    said = run(
        "ansible", "localhost", "-m", "siptls.vos.certificate_revocation",
        "-a", f"pki={PKI} authority=issuing serial_number={pair.certificate.serial_number:x} on_record=false",
    )  # fmt: skip
    assert "CHANGED" in said


def configure(mode: str) -> None:
    """The softswitch in this mode, by the role."""
    run(
        "ansible-playbook", "-i", "inventories/lab", "-i", "molecule/verify_modes/inventory", "--limit", "vos",
        "--tags", "configuration", "-e", f"vos_verify_mode={mode}", "-e", "vos_allow_weak_verification=true",
        "playbooks/site.yml",
    )  # fmt: skip


def attempt(name: str, pair: Pair | None) -> str:
    """What becomes of a client: registered, the status of a refusal, or the alert that ends its handshake."""
    path = f"{FROM}/{name.replace(' ', '-')}.pem"
    own = (f"-cert '{path}'", f"-key '{path}'") if pair else ()
    answer = send(CLIENT, request("REGISTER", AOR), *own)
    if answer.status is not None:
        return REGISTERED if answer.status == 200 else str(answer.status)
    alert = re.search(r"SSL alert number (\d+)", answer.tls)
    return f"alert {alert[1]}" if alert else f"no answer and no alert: {answer.tls.strip()[-200:]}"


@pytest.fixture(scope="module")
def given() -> Mapping[str, Pair | None]:
    made = clients("gw7", authority(PKI / "authorities/issuing", (LAB / "issuing_passphrase").read_text().strip()))
    revoked = made["revoked"]
    assert revoked
    revoke(revoked)
    for name, pair in made.items():
        if pair:
            program = f"umask 077; mkdir -p {FROM}; cat >'{FROM}/{name.replace(' ', '-')}.pem'"
            subprocess.run(
                ["podman", "exec", "-i", CLIENT, "sh", "-c", program], input=pair.pem, text=True, check=True, timeout=30
            )
    return made


@pytest.fixture(scope="module")
def seen(given: Mapping[str, Pair | None]) -> Iterator[Mapping[str, tuple[str, ...]]]:
    """By certificate: what became of the client in each mode."""
    columns = []
    for mode in MODES:
        configure(mode)
        with ThreadPoolExecutor(len(given)) as pool:
            columns.append(list(pool.map(attempt, given, given.values())))
    table = dict(zip(given, zip(*columns, strict=True), strict=True))
    print("\n" + "\n".join("  ".join(f"{cell:15}" for cell in line) for line in (("", *MODES), *rows(table))))
    yield table
    configure("require_verify")


def rows(table: Mapping[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [(name, *cells) for name, cells in table.items()]


@pytest.mark.parametrize("name", EXPECTED)
def test_who_gets_in(seen: Mapping[str, tuple[str, ...]], name: str) -> None:
    assert dict(zip(MODES, seen[name], strict=True)) == dict(zip(MODES, EXPECTED[name], strict=True))


def test_only_require_verify_authenticates(seen: Mapping[str, tuple[str, ...]]) -> None:
    column = MODES.index("require_verify")
    assert [name for name, cells in seen.items() if cells[column] == REGISTERED] == ["ours"]
    for weak in range(column):
        assert [name for name, cells in seen.items() if cells[weak] == REGISTERED] != ["ours"]


def test_the_documentation_says_what_was_seen(seen: Mapping[str, tuple[str, ...]]) -> None:
    said = [tuple(re.split(r"\s{2,}", line.strip())) for line in GUIDE.read_text().splitlines()]
    for row in rows(seen):
        assert row in said
