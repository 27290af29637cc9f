# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CRLs of a CA as the PKI directory keeps them: believed by their signature and their number, not by their file name."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from ...errors import SiptlsError
from ...serial_numbers import serial_digits
from ..text.reader import CRL_LIMIT, PkiFiles

try:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
except ImportError:  # ansible-core depends on cryptography, so only ansible-test's import check comes here
    pass

__all__ = [
    "HIGHEST_NUMBER",
    "RevocationList",
    "crl_file_name",
    "current_crl",
    "first_missing",
    "missing_record",
    "read_crl",
]

#: The highest cRLNumber that is made or accepted. RFC 5280, section 5.2.3 would allow 20 bytes.
HIGHEST_NUMBER = (1 << 63) - 1
_FILE_NAME = re.compile(r"[0-9]{1,20}\.pem")


@dataclass(frozen=True)
class RevocationList:
    """A list that was made.

    :ivar number: its cRLNumber (RFC 5280, section 5.2.3)
    """

    number: int
    crl: x509.CertificateRevocationList

    @property
    def next_update(self) -> datetime:
        """Until when it may be relied on."""
        end = self.crl.next_update_utc
        if end is None:
            raise SiptlsError(f"revocation list {self.number} says nothing about its next update")
        return end

    @cached_property
    def serials(self) -> frozenset[int]:
        """The serial numbers in it."""
        return frozenset(entry.serial_number for entry in self.crl)

    @property
    def pem(self) -> str:
        """As PEM."""
        return self.crl.public_bytes(serialization.Encoding.PEM).decode()


def crl_file_name(number: int) -> str:
    """The name of the file with the CRL of this number; names sort as numbers do."""
    return f"{number:020}.pem"


def current_crl(files: PkiFiles, folder: Path, authority: x509.Certificate) -> RevocationList | None:
    """The CRL with the highest number; None where there is none.

    :param folder: with the CRLs of this CA, each in a file that its number names
    :param authority: the certificate of the CA, whose key must have signed it
    :raises SiptlsError: a file whose name is not a CRL number; or the highest is not a CRL with this number by this CA
    """
    numbers = {_number(folder / name): name for name in files.names(folder, ".pem")}
    return read_crl(files, folder / numbers[max(numbers)], authority) if numbers else None


def read_crl(files: PkiFiles, path: Path, authority: x509.Certificate) -> RevocationList:
    """The CRL in a file that its number names.

    :param authority: the certificate of the CA, whose key must have signed it
    :raises SiptlsError: it is not a CRL with this number by this CA
    """
    number, text = _number(path), files.read(path, CRL_LIMIT)
    try:
        found = x509.load_pem_x509_crl(text)
        own = found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        is_signed = found.issuer == authority.subject and found.is_signature_valid(authority.public_key())  # type: ignore[arg-type]  # a CA key
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.ExtensionNotFound) as error:
        raise _refused(path, f"a readable CRL with the number {number}", str(error)) from None
    if not is_signed:
        subject = authority.subject.rfc4514_string()
        raise _refused(path, f"a CRL signed by {subject}", f"a signature by another key; issuer {_issuer(found)}")
    if own != number:
        raise _refused(path, f"cRLNumber {number}, as in the name of the file", f"cRLNumber {own}")
    return RevocationList(number, found)


def missing_record(name: str, crl: RevocationList, path: Path) -> SiptlsError:
    """The error about a certificate that is in the last CRL of the CA ``name``, while its revocation record is gone.

    :param path: of the revocation record
    """
    return SiptlsError(
        f"the last CRL of {name} (number {crl.number}) revokes certificate {path.stem}, but the record of that is missing",
        where=str(path),
        expected="the revocation record that siptls.vos.certificate_revocation wrote; a revocation is never undone",
        found="no such file",
        remedy=f"restore it from git: git log --diff-filter=D -- '*/{path.name}' names the commit that removed it, "
        "then git checkout COMMIT^ -- FILE",
    )


def first_missing(crl: RevocationList, present: Collection[str]) -> str | None:
    """The serial number of the first certificate in the CRL without a revocation record, in digits; None where there is none.

    :param present: the serial numbers with a record, in digits
    """
    return min((digits for one in crl.serials if (digits := serial_digits(one)) not in present), default=None)


def _number(path: Path) -> int:
    number = int(path.stem) if _FILE_NAME.fullmatch(path.name) else HIGHEST_NUMBER + 1
    if number > HIGHEST_NUMBER:
        raise _refused(path, f"a name that is a CRL number of at most {HIGHEST_NUMBER}", repr(path.name[:60]))
    return number


def _issuer(crl: x509.CertificateRevocationList) -> str:
    return crl.issuer.rfc4514_string()[:200] or "without a name"


def _refused(path: Path, expected: str, found: str) -> SiptlsError:
    return SiptlsError(
        "this revocation list cannot be read, or is not one of this CA",
        where=str(path)[:500],
        expected=expected,
        found=found,
        remedy="restore the file from git; remove it if it was never made by siptls.vos.revocation_list, so that it "
        "neither hides the last CRL nor decides the number of the next",
    )
