# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and texts of a PKI directory, read fast and one at a time, for telling the status of what is in it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ...errors import SiptlsError
from ...serial_numbers import serial_digits
from ..store.crl_files import RevocationList, missing_record
from ..store.directory import PkiDirectory, file_name
from .status import Revoked

__all__ = ["RevokedSerials", "check_is_pki"]


class RevokedSerials:
    """Which certificates were revoked. All names are read at once; a text is read only for a certificate asked about.

    :param authorities: the names of those whose last CRL is compared with the records
    :ivar problems: what is missing or not believed, so that somebody may be revoked without being known as such
    """

    def __init__(self, directory: PkiDirectory, authorities: Iterable[str]) -> None:
        self._directory = directory
        self._crls: dict[str, RevocationList] = {}
        self.problems: list[SiptlsError] = []
        for name in authorities:
            self._read_crl(name)
        # After the CRLs: a run beside this one records first, and then makes the CRL
        folder = directory.path / "revocations"
        self._by_authority = {
            name: frozenset(directory.files.names(folder / file_name(name), ".txt"))
            for name in sorted({*directory.revoking(), *self._crls})
        }
        for name, crl in self._crls.items():
            self.problems += [
                missing_record(name, crl, directory.revocation_path(name, serial))
                for serial in sorted(crl.serials)
                if f"{serial_digits(serial)}.txt" not in self._by_authority[name]
            ]

        self._find_missing_records()

    def _find_missing_records(self) -> None:
        """Without its record a revoked certificate is not a device's newest any more, and the one before may look good."""
        certificates = self._directory.path / "certificates"
        for name, files in self._by_authority.items():
            for file in sorted(files):
                try:
                    revocation = self._directory.recorded_revocation_in(name, file)
                    record = f"{serial_digits(revocation.serial)}.pem"
                    is_missing = revocation.device and not self._directory.files.has(
                        certificates / file_name(revocation.device) / record
                    )
                except SiptlsError:
                    # Such a record revokes, and says so where its certificate is looked at
                    continue
                if is_missing:
                    self.problems.append(self._directory.missing_certificate(revocation))

    def _read_crl(self, name: str) -> None:
        try:
            crl = self._directory.last_crl(name)
        except SiptlsError as error:
            self.problems.append(error)
        else:
            self._crls |= {name: crl} if crl else {}

    def find(self, authority: str, serial: int) -> Revoked | None:
        """The revocation of the certificate with this serial number of this authority; None where it is not revoked."""
        if f"{serial_digits(serial)}.txt" not in self._by_authority.get(authority, ()):
            crl = self._crls.get(authority)
            if crl and serial in crl.serials:
                return Revoked.somehow(
                    missing_record(authority, crl, self._directory.revocation_path(authority, serial))
                )
            return None
        try:
            record = self._directory.recorded_revocation(authority, serial)
        except SiptlsError as error:
            return Revoked.somehow(error)
        return Revoked.by(record) if record else None

    def find_anywhere(self, serial: int) -> Revoked | None:
        """The revocation of a certificate whose authority is not known; None where no authority revoked this number."""
        return next((found for name in self._by_authority if (found := self.find(name, serial))), None)


def check_is_pki(path: Path) -> None:
    """Makes sure that ``path`` is a PKI directory.

    :raises SiptlsError: it is none
    """
    if (path / "authorities").is_dir():
        return
    raise SiptlsError(
        "there is no PKI directory here",
        where=str(path),
        expected="a folder with authorities/ in it, as siptls.vos.authority makes it",
        found="a folder without it" if path.is_dir() else "a file" if path.exists() else "nothing",
        remedy="correct the path; or make the first authority",
    )
