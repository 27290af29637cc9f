# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges from elsewhere of what the collection makes: pkilint by the standards, GnuTLS and promtool by what they accept."""

from __future__ import annotations

import contextlib
import csv
import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from ansible_collections.siptls.vos.tests.integration.playground import ROOT
from pkilint.bin import lint_crl, lint_ocsp_response, lint_pkix_cert, lint_pkix_signer_signee_cert_chain


def lint_certificate(path: Path) -> list[str]:
    """What pkilint finds in a certificate, by RFC 5280."""
    return _findings(lint_pkix_cert.main, path)


def lint_pair(issuer: Path, subject: Path) -> list[str]:
    """What it finds in what a certificate and its issuer's have to have in common."""
    return _findings(lint_pkix_signer_signee_cert_chain.main, issuer, subject)


def lint_list(path: Path) -> list[str]:
    """What it finds in a revocation list, by RFC 5280."""
    return _findings(lint_crl.main, "-t", "CRL", "-p", "PKIX", path)


def lint_response(path: Path) -> list[str]:
    """What it finds in an OCSP response, by RFC 6960."""
    return _findings(lint_ocsp_response.main, path)


def _findings(lint: Callable[[list[str]], int], *arguments: str | Path) -> list[str]:
    """All at WARNING or above, but for the known false one; that it could not read the file is one too."""
    said, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        command = [str(each) for each in arguments]
        # Its options come before the file, its sub-command before all
        lint(["lint", "-s", "WARNING", "-f", "CSV", *command])
    rows = list(csv.DictReader(io.StringIO(said.getvalue())))
    assert said.getvalue().startswith("node_path,"), complained.getvalue()
    return [f"{row['severity']} {row['code']}: {row['message']}" for row in rows if not _is_known_false(row)]


def _is_known_false(row: dict[str, str]) -> bool:
    """pkilint wants ``//`` in every URI. A SIP URI has none (RFC 3261, section 25.1), and RFC 5922 has it in certificates."""
    return row["code"] == "pkix.invalid_uri_syntax" and row["message"].startswith('Invalid URI syntax: "sip:')


def certtool_verify(anchor: Path, chain: Path) -> str:
    """What GnuTLS says of a chain, the leaf first, below a trust anchor."""
    done = subprocess.run(
        ["certtool", "--verify", "--load-ca-certificate", str(anchor), "--infile", str(chain)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout + done.stderr


def certtool_verify_chain(chain: Path) -> str:
    """What GnuTLS says of a chain from the leaf up to the anchor."""
    done = subprocess.run(
        ["certtool", "--verify-chain", "--infile", str(chain)], capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout + done.stderr


def certtool_verify_list(anchor: Path, crl: Path) -> str:
    """What GnuTLS says of a revocation list."""
    done = subprocess.run(
        ["certtool", "--verify-crl", "--load-ca-certificate", str(anchor), "--infile", str(crl)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout + done.stderr


def promtool(*arguments: str | Path, given: str = "") -> tuple[int, str]:
    """Its exit status and what it said. It is on the PATH, or where tools/bootstrap put it.

    :param given: its standard input
    """
    program = shutil.which("promtool") or str(ROOT / ".cache/promtool")
    command = [program, *map(str, arguments)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr
