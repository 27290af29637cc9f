# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates in a PEM file, with the line of what cannot be read (RFC 7468)."""

from __future__ import annotations

import re
from dataclasses import dataclass

try:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = ["PRIVATE_KEY", "PemFile", "load_der", "pem_blocks", "private_key_line", "read_pem"]

#: What a device sends in the place of the first line of a private key (``pem_blocks`` in plugin_utils/shell/common.sh).
PRIVATE_KEY = "# private key"

_BEGIN = re.compile(r"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----\s*")
_END = re.compile(r"-----END (?:X509 |TRUSTED )?CERTIFICATE-----\s*")
_BASE64 = re.compile(r"[A-Za-z0-9+/=]*\s*")


@dataclass(frozen=True)
class PemFile:
    """What is in a file of certificates.

    :ivar problem: why one of them cannot be read, with its line; empty if all can
    """

    certificates: tuple[x509.Certificate, ...]
    problem: str = ""


def read_pem(text: str) -> PemFile:
    """The certificates up to the first that cannot be read. Other PEM blocks and text around them are passed over."""
    found: list[x509.Certificate] = []
    block: list[str] = []
    begin = 0
    for number, line in enumerate(text.splitlines(), 1):
        if _BEGIN.fullmatch(line):
            if begin:
                return PemFile(tuple(found), f"line {number}: a certificate begins before the one of line {begin} ends")
            begin, block = number, []
        elif begin and _END.fullmatch(line):
            certificate = _load_block(block)
            if certificate is None:
                return PemFile(tuple(found), f"line {begin}: the certificate that begins here cannot be read")
            found.append(certificate)
            begin = 0
        elif begin and not _BASE64.fullmatch(line):
            return PemFile(tuple(found), f"line {number}: no base64 inside the certificate of line {begin}")
        elif begin:
            block.append(line.strip())
    if begin:
        return PemFile(tuple(found), f"line {begin}: the certificate that begins here does not end")
    if not found:
        return PemFile((), "line 1: no -----BEGIN CERTIFICATE----- in it" if text.strip() else "it is empty")
    return PemFile(tuple(found))


def pem_blocks(text: str, label: str) -> tuple[str, ...]:
    """The blocks of this label, such as ``X509 CRL``, each from its BEGIN to the next END, in time proportional to the text."""
    begin, end = f"-----BEGIN {label}-----", f"-----END {label}-----"
    found = []
    at = text.find(begin)
    while at >= 0:
        last = text.find(end, at)
        if last < 0:
            break
        found.append(f"{text[at : last + len(end)]}\n")
        at = text.find(begin, last)
    return tuple(found)


def private_key_line(text: str) -> int:
    """The line at which a private key begins in a file of certificates, as a device sent it; 0 where there is no key in it."""
    return next((number for number, line in enumerate(text.splitlines(), 1) if line == PRIVATE_KEY), 0)


def _load_block(lines: list[str]) -> x509.Certificate | None:
    pem = "\n".join(("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""))
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    return certificate if _is_whole(certificate) else None


def load_der(octets: bytes) -> x509.Certificate | None:
    """The certificate that these octets are; None if they are none, or one that cannot be read."""
    try:
        certificate = x509.load_der_x509_certificate(octets)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return certificate if _is_whole(certificate) else None


def _is_whole(certificate: x509.Certificate) -> bool:
    """Whether each part can be read that is decoded on demand."""
    try:
        return bool((certificate.extensions, certificate.subject, certificate.issuer, certificate.not_valid_after_utc))
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return False
