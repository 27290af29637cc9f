# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a certificate: the certificate, below a few lines that say what it is and who got it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..errors import SiptlsError
from .certificates import BACKDATED, describe_certificate, pem
from .lines import read_lines, read_time, write_lines, write_time

try:
    from cryptography import x509
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["Record", "parse_record", "render_record"]

_BEGIN = b"-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True)
class Record:
    """A certificate that was issued.

    :ivar device: who got it
    :ivar profile: what it is for, by its name in :mod:`.profiles`
    :ivar authority: the name in the PKI directory of the authority that issued it
    :ivar issued: when, UTC
    :ivar path: the file; it may not be there yet
    """

    device: str
    profile: str
    authority: str
    issued: datetime
    certificate: x509.Certificate
    path: Path


def render_record(device: str, profile: str, authority: str, issued: datetime, certificate: x509.Certificate) -> bytes:
    """The text of a record."""
    lines = {"device": device, "profile": profile, "authority": authority, "issued": write_time(issued)}
    return write_lines(lines) + (describe_certificate(certificate) + "\n" + pem(certificate)).encode()


def parse_record(device: str, path: Path, text: bytes) -> Record:
    """The record in ``text``.

    :param device: whose it is, by the folder it lies in
    :raises SiptlsError: it is none
    """
    header, begin, body = text.partition(_BEGIN)
    lines = read_lines(header)
    try:
        certificate = x509.load_pem_x509_certificate(begin + body)
        issued = read_time(lines["issued"]) if "issued" in lines else certificate.not_valid_before_utc + BACKDATED
    except ValueError as error:
        raise SiptlsError(
            "this record of a certificate cannot be read",
            where=str(path),
            found=str(error),
            remedy="restore the file from git",
        ) from None
    return Record(device, lines.get("profile", ""), lines.get("authority", ""), issued, certificate, path)
